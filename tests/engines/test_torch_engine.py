"""The reference engine."""

import pytest
import torch
from hypothesis import given, settings

from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.torch_engine import BATCH_WINDOWS, TorchEngine, intensity_probabilities
from rupture_nlp.models.tokens import encode_utterances
from rupture_nlp.models.windows import Window, cut_pieces, pack_windows, to_batch
from rupture_nlp.schema import Speaker, Utterance
from tests.models.made import WORDS, sessions, talk, utterance
from tests.tiny_model import make_tiny_network

ENGINE = TorchEngine(*make_tiny_network())
CONFIG = ENGINE.network.config


def test_intensities_worked_by_hand() -> None:
    # More than 1: sigmoid(0) = .5; more than 2, given that: sigmoid(log 3) = .75
    logits = torch.tensor([[0.0, torch.log(torch.tensor(3.0))], [-50.0, 50.0], [50.0, 50.0]])
    expected = torch.tensor([[0.5, 0.125, 0.375], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    torch.testing.assert_close(intensity_probabilities(logits), expected)


def test_a_session_without_utterances_has_no_rows() -> None:
    answers = ENGINE.answer(())
    assert {name: len(getattr(answers, name)) for name in Answers.__slots__} == dict.fromkeys(
        Answers.__slots__, 0
    )
    assert answers.rupture.shape == (0, 5)
    assert answers.vectors.shape == (0, 32)


@settings(max_examples=20)
@given(sessions())
def test_answers_have_their_shapes_and_probabilities_their_sums(
    utterances: tuple[Utterance, ...],
) -> None:
    answers = ENGINE.answer(utterances)
    count, labels = len(utterances), CONFIG.labels
    assert answers.rupture.shape == (count, 5)
    assert answers.intensity.shape == (count, 3)
    assert answers.markers.shape == (count, len(labels.markers))
    assert answers.strategies.shape == (count, len(labels.strategies))
    assert answers.processes.shape == (count, len(labels.processes) + 1)
    assert answers.intensity.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert answers.processes.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    for part in (answers.markers, answers.strategies):
        assert ((part >= 0) & (part <= 1)).all()


def test_what_was_answered_before_does_not_change_a_digit() -> None:
    first, second = talk("how do you feel", "fine", "why"), talk("okay", "so angry " * 40)
    alone = ENGINE.answer(first).rupture.tobytes()
    ENGINE.answer(second)
    assert ENGINE.answer(first).rupture.tobytes() == alone


def test_a_turn_that_was_split_is_the_mean_of_its_pieces_weighed_by_their_tokens() -> None:
    # One patient turn of 70 words in a network whose windows hold pieces of 31 tokens.
    turns = (utterance(0, Speaker.PATIENT, " ".join(WORDS[at % 18] for at in range(70))),)
    (tokens,) = encode_utterances(ENGINE.tokenizer, CONFIG.tokens, turns)
    pieces = cut_pieces([tokens], CONFIG.windows.piece_tokens)
    assert [len(piece.tokens) for piece in pieces] == [31, 31, 11]
    # The three fit one window together, and all are new in it.
    batch = to_batch([Window(tuple(pieces), 0)], CONFIG.tokens)
    arrays = [batch.token_ids, batch.attention, batch.utterance, batch.slot]
    ids, attention, utterances, slot = (torch.from_numpy(array) for array in arrays)
    with torch.inference_mode():
        means = ENGINE.network.encode(ids, attention, utterances, slot, 3)[0]
    by_hand = (31 * means[0] + 31 * means[1] + 11 * means[2]) / 73
    found = torch.from_numpy(ENGINE.answer(turns).vectors[0])
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=0)


def test_a_turn_is_read_from_the_one_window_in_which_it_is_new() -> None:
    # Not again where it is context for others, though its vector would be another there.
    turns = talk(*[" ".join(WORDS[at % 18 : at % 18 + 5]) for at in range(60)])
    pieces = cut_pieces(encode_utterances(ENGINE.tokenizer, CONFIG.tokens, turns), 31)
    windows = pack_windows(pieces, CONFIG.windows)
    assert sum(window.first_new for window in windows) > 20
    found = torch.from_numpy(ENGINE.answer(turns).vectors)
    at = 0
    for window in windows:
        batch = to_batch([window], CONFIG.tokens)
        arrays = [batch.token_ids, batch.attention, batch.utterance, batch.slot]
        ids, attention, utterances, slot = (torch.from_numpy(array) for array in arrays)
        with torch.inference_mode():
            alone = ENGINE.network.encode(ids, attention, utterances, slot, batch.slots)[0]
        new = alone[window.first_new :]
        torch.testing.assert_close(found[at : at + len(new)], new, atol=1e-5, rtol=0)
        at += len(new)
    assert at == len(turns)


def test_a_session_of_many_batches_is_answered_in_order() -> None:
    # Without context each turn is read in windows of its own batch; equal turns far apart and in
    # the same surroundings get the same answers, other turns others.
    turn = "i want help with work and you it okay mother " * 3
    turns = talk(*([turn] * 60))
    answers = ENGINE.answer((*turns, utterance(60, Speaker.PATIENT, "no no no")))
    pieces = cut_pieces(encode_utterances(ENGINE.tokenizer, CONFIG.tokens, turns), 31)
    assert len(pieces) > 2 * BATCH_WINDOWS
    torch.testing.assert_close(
        torch.from_numpy(answers.vectors[22]),
        torch.from_numpy(answers.vectors[44]),
        atol=1e-4,
        rtol=0,
    )
    assert abs(answers.vectors[44] - answers.vectors[60]).max() > 0.01


def test_the_marker_tells_who_speaks() -> None:
    asked = [ENGINE.answer((utterance(0, speaker, "fine"),)).vectors[0] for speaker in Speaker]
    assert abs(asked[0] - asked[1]).max() > 0.01
    assert abs(asked[1] - asked[2]).max() > 0.01


def test_precision_is_named_and_16_bits_give_nearly_the_same() -> None:
    half = TorchEngine(*make_tiny_network(), bf16=True)
    assert (ENGINE.precision, half.precision) == ("fp32", "bf16")
    turns = talk("how do you feel", "fine", "why so angry", "i do not know " * 20)
    exact, rounded = ENGINE.answer(turns), half.answer(turns)
    assert rounded.vectors.dtype == exact.vectors.dtype
    assert abs(exact.vectors - rounded.vectors).max() < 0.1
    assert exact.vectors.tobytes() != rounded.vectors.tobytes()


def test_a_network_in_training_is_put_to_use_without_dropout() -> None:
    network, tokenizer = make_tiny_network()
    network.train()
    turns = talk("how do you feel", "fine")
    engine = TorchEngine(network, tokenizer)
    assert engine.answer(turns).rupture.tobytes() == ENGINE.answer(turns).rupture.tobytes()
