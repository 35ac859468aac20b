"""Coded sessions as training windows."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.models.windows import cut_pieces
from rupture_nlp.training.batches import collate, window_tensors
from rupture_nlp.training.losses import TargetBatch
from rupture_nlp.training.material import (
    TrainingWindow,
    data_hash,
    draw_epoch,
    prepare_sessions,
)
from rupture_nlp.training.targets import Targets
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, coded_session, training_sessions

SESSIONS = training_sessions()
NETWORK, TOKENIZER = make_tiny_network()
TOKENS = NETWORK.config.tokens


def as_written(batches: list[list[TrainingWindow]]) -> list[list[tuple[str, object]]]:
    return [[(w.session.session_id, w.window) for w in batch] for batch in batches]


def test_an_epoch_follows_from_seed_and_number_alone() -> None:
    np.random.seed(1)  # noqa: NPY002  # the global generator must not matter
    first = draw_epoch(SESSIONS, SETTINGS, 1)
    np.random.seed(2)  # noqa: NPY002
    assert as_written(draw_epoch(SESSIONS, SETTINGS, 1)) == as_written(first)


@pytest.mark.parametrize(("seed", "epoch"), [(0, 2), (1, 1)])
def test_another_epoch_or_seed_draws_other_windows(seed: int, epoch: int) -> None:
    first = as_written(draw_epoch(SESSIONS, SETTINGS, 1))
    other = as_written(draw_epoch(SESSIONS, replace(SETTINGS, seed=seed), epoch))
    assert other != first
    # Not only the order differs but where sessions are cut.
    windows = [{repr(w) for batch in drawn for w in batch} for drawn in (first, other)]
    assert windows[0] != windows[1]


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(0, 5), st.sampled_from([1, 2, 7]))
def test_every_piece_of_every_session_is_new_once(seed: int, epoch: int, size: int) -> None:
    chosen = replace(SETTINGS, seed=seed, batch_windows=size)
    batches = draw_epoch(SESSIONS, chosen, epoch)
    assert all(1 <= len(batch) <= size for batch in batches)
    new: dict[str, list[object]] = {session.session_id: [] for session in SESSIONS}
    for batch in batches:
        for training in batch:
            assert training.window.size <= chosen.windows.window_tokens
            pieces = training.window.pieces
            context = sum(len(p.tokens) for p in pieces[: training.window.first_new])
            assert context <= chosen.context_tokens
            new[training.session.session_id] += pieces[training.window.first_new :]
    for session in SESSIONS:
        written = (session.tokens, session.unpunctuated)
        readings = [cut_pieces(words, chosen.windows.piece_tokens) for words in written]
        assert sorted(new[session.session_id], key=repr) in [
            sorted(reading, key=repr) for reading in readings
        ]


@pytest.mark.parametrize(("share", "bare"), [(0.0, False), (1.0, True)])
def test_sessions_are_read_with_or_without_punctuation(share: float, bare: bool) -> None:
    drawn = draw_epoch(SESSIONS, replace(SETTINGS, unpunctuated_share=share), 0)
    tokens = {t for batch in drawn for w in batch for p in w.window.pieces for t in p.tokens}
    marks = {TOKENIZER.token_to_id(mark) for mark in ".,!"}
    assert bool(tokens & marks) is not bare


def test_punctuation_goes_and_words_stay() -> None:
    (session,) = prepare_sessions([coded_session(0)], "made", "gold", TOKENIZER, TOKENS, 0.3)
    marks = {TOKENIZER.token_to_id(mark) for mark in ".,!:"}
    for with_marks, without in zip(session.tokens, session.unpunctuated, strict=True):
        assert [t for t in with_marks if t not in marks | {TOKENIZER.token_to_id("[UNK]")}] == list(
            without
        )


@pytest.mark.parametrize(("weight", "times"), [(1.0, {1}), (2.0, {2}), (0.0, {0}), (1.5, {1, 2})])
def test_a_corpus_is_read_as_often_as_its_weight_says(weight: float, times: set[int]) -> None:
    chosen = replace(SETTINGS, corpus_weights={"made": weight})
    read: Counter[int] = Counter()
    for epoch in range(20):
        drawn = draw_epoch(SESSIONS, chosen, epoch)
        first = [
            (w.session.session_id, p.utterance)
            for batch in drawn
            for w in batch
            for p in w.window.pieces[w.window.first_new :]
        ]
        read.update(first.count((session.session_id, 0)) for session in SESSIONS)
    assert set(read) == times
    mean = sum(count * often for count, often in read.items()) / read.total()
    assert mean == pytest.approx(weight, abs=0.2)


@pytest.mark.parametrize(("often", "times"), [(1.0, {1}), (0.0, {0}), (0.5, {0, 1}), (2.0, {2})])
def test_sessions_without_a_rupture_are_read_as_often_as_asked(
    often: float, times: set[int]
) -> None:
    quiet = replace(SESSIONS[0], targets=without_ruptures(SESSIONS[0].targets))
    read: set[int] = set()
    for epoch in range(10):
        drawn = draw_epoch([quiet, SESSIONS[1]], replace(SETTINGS, quiet_sessions=often), epoch)
        new = [
            (w.session.session_id, p.utterance)
            for batch in drawn
            for w in batch
            for p in w.window.pieces[w.window.first_new :]
        ]
        assert new.count((SESSIONS[1].session_id, 0)) == 1
        read.add(new.count((quiet.session_id, 0)))
    assert read == times


def test_a_rupture_that_was_not_asked_for_leaves_a_session_quiet() -> None:
    targets = SESSIONS[0].targets
    assert targets.has_ruptures
    assert not without_ruptures(targets).has_ruptures
    assert not replace(targets, ask_rupture=np.zeros_like(targets.ask_rupture)).has_ruptures
    # A turn that one of several coders called a rupture, against the others.
    doubted = without_ruptures(targets).rupture.copy()
    doubted[0] = [0.7, 0.3, 0, 0, 0]
    assert not replace(targets, rupture=doubted).has_ruptures


def without_ruptures(targets: Targets) -> Targets:
    none = np.zeros_like(targets.rupture)
    none[:, 0] = 1.0
    return replace(targets, rupture=none)


def test_only_sessions_that_the_reference_coded_are_learned() -> None:
    uncoded = replace(coded_session(1), codings=())
    other = coded_session(2)
    other = replace(other, codings=(replace(other.codings[0], coder="ai1"),))
    made = prepare_sessions(
        [coded_session(0), uncoded, other], "made", "gold", TOKENIZER, TOKENS, 0.3
    )
    assert [session.session_id for session in made] == ["s0"]
    assert (made[0].corpus, made[0].group) == ("made", "g0")
    assert made[0].text_hash == coded_session(0).transcript.text_hash()


CPU = torch.device("cpu")


def test_a_batch_pairs_each_new_piece_with_the_answers_of_its_turn() -> None:
    windows = draw_epoch(SESSIONS, replace(SETTINGS, batch_windows=5), 0)[0]
    batch, places, targets = collate(windows, TOKENS, CPU)
    expected = [
        (row * batch.slots + slot, window.session, piece.utterance)
        for row, window in enumerate(windows)
        for slot, piece in enumerate(window.window.pieces)
        if slot >= window.window.first_new
    ]
    assert places.tolist() == [place for place, _, _ in expected]
    for name in TargetBatch.__slots__:
        found = getattr(targets, name)
        assert len(found) == len(expected)
        for row, (_, session, utterance) in enumerate(expected):
            assert found[row].tolist() == getattr(session.targets, name)[utterance].tolist()
    assert set(window_tensors(batch, CPU)) == {"token_ids", "attention", "utterance", "slot"}


def test_the_data_hash_knows_words_and_codes_but_not_the_order_of_sessions() -> None:
    before = data_hash(SESSIONS)
    assert data_hash(SESSIONS[::-1]) == before
    assert data_hash(SESSIONS[:2]) != before
    changed = replace(SESSIONS[0], text_hash="other words")
    assert data_hash([changed, *SESSIONS[1:]]) != before
    for name in ("rupture", "strategies"):
        answers = replace(SESSIONS[0].targets, **{name: getattr(SESSIONS[0].targets, name) + 1})
        assert data_hash([replace(SESSIONS[0], targets=answers), *SESSIONS[1:]]) != before
