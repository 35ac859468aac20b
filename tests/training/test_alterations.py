"""Coded sessions altered as users' transcripts differ."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.io.corpus.check import check_corpus
from rupture_nlp.io.corpus.write import write_corpus
from rupture_nlp.schema import CodedSession, Speaker
from rupture_nlp.training.alterations import AlterationSettings, Altered, alter_session
from rupture_nlp.training.misheard import Confusions
from tests.training.made import coded_session

SHARES = st.sampled_from([0.0, 0.1, 0.4, 1.0])
SEEDS = st.integers(0, 1000)
STRUCTURE = ("missing", "merged", "moved_ends", "split", "wrong_speaker", "truncated")
KEEPS_WORDS = st.builds(
    AlterationSettings,
    merged=SHARES,
    merge_across=st.booleans(),
    moved_ends=SHARES,
    split=SHARES,
    wrong_speaker=SHARES,
)
ANY = st.builds(
    AlterationSettings,
    **dict.fromkeys(STRUCTURE, SHARES),
    merge_across=st.booleans(),
    bare=st.booleans(),
    fillers_dropped=SHARES,
    fillers_added=SHARES,
    misheard=SHARES,
)
VOCABULARY = Confusions.of(
    u.text for number in range(9) for u in coded_session(number).transcript.utterances
)


def only(name: str, share: float) -> AlterationSettings:
    strengths: dict[str, Any] = {name: share}
    return AlterationSettings(**strengths)


def words(session: CodedSession) -> list[str]:
    return [word for turn in session.transcript.utterances for word in turn.text.split()]


def gold(altered: Altered) -> list[str]:
    coding = altered.session.coding_by("gold")
    assert coding is not None
    return [code.rupture.value if code and code.rupture else "-" for code in coding.codes]


def test_no_alteration_gives_the_session_back() -> None:
    session = coded_session(1)
    altered = alter_session(session, AlterationSettings(), 3)
    assert altered.session == session
    assert altered.origins == altered.homes == tuple((at,) for at in range(12))


@settings(max_examples=40, deadline=None)
@given(ANY, SEEDS)
def test_the_same_seed_alters_in_the_same_way(chosen: AlterationSettings, seed: int) -> None:
    session = coded_session(0)
    first = alter_session(session, chosen, seed, VOCABULARY)
    np.random.seed(seed + 1)  # noqa: NPY002  # the global generator must not matter
    assert alter_session(session, chosen, seed, VOCABULARY) == first


def test_another_seed_or_session_alters_in_another_way() -> None:
    half = AlterationSettings(missing=0.5)
    drawn = [alter_session(coded_session(0), half, seed).origins for seed in range(5)]
    assert len(set(drawn)) == 5
    assert drawn[0] != alter_session(coded_session(1), half, 0).origins


@settings(max_examples=40, deadline=None)
@given(KEEPS_WORDS, SEEDS)
def test_words_are_kept_in_their_order(chosen: AlterationSettings, seed: int) -> None:
    session = coded_session(2)
    altered = alter_session(session, chosen, seed)
    assert words(altered.session) == words(session)
    assert all(altered.homes)


@settings(max_examples=40, deadline=None)
@given(ANY, SEEDS)
def test_the_map_is_consistent(chosen: AlterationSettings, seed: int) -> None:
    session = coded_session(0)
    altered = alter_session(session, chosen, seed, VOCABULARY)
    turns = altered.session.transcript.utterances
    assert len(turns) == len(altered.origins) > 0
    assert all(of == tuple(sorted(set(of))) and of for of in altered.origins)
    assert all(one[-1] <= other[0] for one, other in pairwise(altered.origins))
    held = {origin for of in altered.origins for origin in of}
    for origin, homes in enumerate(altered.homes):
        assert bool(homes) == (origin in held)
        assert list(homes) == sorted(homes)
        assert all(origin in altered.origins[home] for home in homes)
        speaker = session.transcript.utterances[origin].speaker
        own = [
            at
            for at, of in enumerate(altered.origins)
            if origin in of and turns[at].speaker is speaker
        ]
        assert list(homes) == own or (not own and len(homes) <= 1)


@settings(max_examples=25, deadline=None)
@given(ANY, SEEDS)
def test_what_is_carried_keeps_to_the_rules_of_a_corpus(
    chosen: AlterationSettings, seed: int
) -> None:
    made = [alter_session(coded_session(n), chosen, seed, VOCABULARY).session for n in range(3)]
    with TemporaryDirectory() as folder:
        write_corpus(made, Path(folder) / "made")
        assert check_corpus(Path(folder) / "made").errors == ()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(STRUCTURE[:-1]), SEEDS)
def test_a_strong_alteration_does_what_a_weak_one_does(name: str, seed: int) -> None:
    session = coded_session(0, turns=40)
    weak, strong = (alter_session(session, only(name, share), seed) for share in (0.2, 0.6))
    done = [_what_was_done(name, session, altered) for altered in (weak, strong)]
    assert done[0] <= done[1]


def _what_was_done(name: str, session: CodedSession, altered: Altered) -> set[object]:
    if name == "missing":
        return {at for at, of in enumerate(altered.homes) if not of}
    if name == "split":
        return {at for at, of in enumerate(altered.homes) if len(of) > 1}
    if name == "wrong_speaker":
        turns = zip(
            altered.session.transcript.utterances, session.transcript.utterances, strict=True
        )
        return {was.utterance_id for one, was in turns if one.speaker is not was.speaker}
    return {pair for of in altered.origins for pair in pairwise(of)}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("missing", lambda a: sum(not of for of in a.homes)),
        ("merged", lambda a: 2000 - len(a.origins)),
        ("split", lambda a: len(a.origins) - 2000),
        ("moved_ends", lambda a: sum(len(of) > 1 for of in a.origins)),
        ("truncated", lambda a: sum(not of for of in a.homes)),
    ],
)
def test_as_much_is_altered_as_asked(name: str, count: object) -> None:
    session = coded_session(0, turns=2000)
    altered = alter_session(session, only(name, 0.3), 1)
    assert callable(count)
    assert count(altered) == pytest.approx(600, abs=70)


def test_wrong_speakers_are_as_many_as_asked_and_other_speakers_stay() -> None:
    session = coded_session(0, turns=2000)
    spoken = session.transcript.utterances
    third = replace(spoken[0], speaker=Speaker.OTHER)
    transcript = replace(session.transcript, utterances=(third, *spoken[1:]))
    coding = session.codings[0]
    session = replace(
        session,
        transcript=transcript,
        codings=(replace(coding, codes=(None, *coding.codes[1:])),),
    )
    turns = alter_session(session, AlterationSettings(wrong_speaker=0.3), 1).session.transcript
    changed = sum(a.speaker != b.speaker for a, b in zip(turns.utterances, spoken, strict=True))
    assert changed - 1 == pytest.approx(600, abs=70)
    assert turns.utterances[0].speaker is Speaker.OTHER


def test_only_neighbours_of_one_speaker_are_joined_unless_asked() -> None:
    session = coded_session(0)  # speakers take turns
    same = AlterationSettings(merged=1.0, merge_across=False)
    assert alter_session(session, same).session == session
    assert alter_session(session, replace(same, merge_across=True)).origins == (tuple(range(12)),)


def test_a_moved_end_stands_before_the_next_speakers_words_and_leaves_half() -> None:
    session = coded_session(0)
    altered = alter_session(session, AlterationSettings(moved_ends=1.0))
    assert altered.origins[1:] == tuple((at - 1, at) for at in range(1, 12))
    assert altered.homes == tuple((at,) for at in range(12))
    for turn, was in zip(
        altered.session.transcript.utterances[:1], session.transcript.utterances, strict=False
    ):
        kept = len(turn.text.split())
        assert len(was.text.split()) // 2 <= kept < len(was.text.split())


def test_truncation_leaves_neighbours() -> None:
    for seed in range(10):
        altered = alter_session(coded_session(0), AlterationSettings(truncated=0.5), seed)
        left = [of[0] for of in altered.origins]
        assert left == list(range(left[0], left[0] + 6))


def test_one_turn_is_always_left() -> None:
    everything = AlterationSettings(truncated=1.0, missing=1.0)
    assert len(alter_session(coded_session(0), everything).origins) == 1


def test_ids_stay_unique_also_where_they_look_like_fragments() -> None:
    session = coded_session(0, turns=4)
    turns = session.transcript.utterances
    renamed = replace(turns[3], utterance_id="0.2")
    coding = session.codings[0]
    codes = (*coding.codes[:3], replace(coding.codes[3], utterance_id="0.2"))  # type: ignore[type-var]
    session = replace(
        session,
        transcript=replace(session.transcript, utterances=(*turns[:3], renamed)),
        codings=(replace(coding, codes=codes, episodes=()),),
    )
    altered = alter_session(session, AlterationSettings(split=1.0))
    ids = [turn.utterance_id for turn in altered.session.transcript.utterances]
    assert ids[:2] == ["0", "0.3"]
    assert len(set(ids)) == 8


def test_times_stay_with_turns_that_are_whole() -> None:
    session = coded_session(0, turns=4)
    timed = tuple(
        replace(u, start_s=float(at), end_s=at + 1.0)
        for at, u in enumerate(session.transcript.utterances)
    )
    session = replace(session, transcript=replace(session.transcript, utterances=timed))
    altered = alter_session(session, AlterationSettings(split=0.5), 2)
    for turn, of in zip(altered.session.transcript.utterances, altered.origins, strict=True):
        whole = len(altered.homes[of[0]]) == 1
        assert turn.start_s == (float(of[0]) if whole else None)


@pytest.mark.parametrize("wrong", [("split", 1.1), ("missing", -0.1)])
def test_shares_outside_0_and_1_are_refused(wrong: tuple[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        only(*wrong)


def test_misheard_words_need_a_vocabulary() -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        alter_session(coded_session(0), AlterationSettings(misheard=0.1))


def test_a_session_without_turns_stays_so() -> None:
    session = coded_session(0, turns=0)
    everything = AlterationSettings(0.5, 0.5, 1.0, True, 1.0, 1.0, 1.0)
    assert alter_session(session, everything).session.transcript.utterances == ()


def test_settings_that_alter_nothing_say_so() -> None:
    assert AlterationSettings().is_none
    assert AlterationSettings(merge_across=False).is_none
    assert not AlterationSettings(bare=True).is_none
