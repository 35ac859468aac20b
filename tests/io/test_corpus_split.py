"""Folds: each session tested once, no group on both sides, even, the same for the same seed."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus import (
    Fold,
    Split,
    data_hash,
    leave_one_group_out,
    read_corpus,
    read_split,
    split_groups,
    write_split,
)
from rupture_nlp.schema import (
    CodedSession,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)
from tests.io.corpus_samples import DATA, SHARED


def session(name: str, group: str, turns: int, ruptures: int = 0) -> CodedSession:
    """A session of a patient alone, whose first turns are ruptures."""
    utterances = tuple(Utterance(str(i), Speaker.PATIENT, f"{name} {i}") for i in range(turns))
    codes = tuple(
        UtteranceCode(str(i), Rupture.CONFRONTATION_AGGRESSION if i < ruptures else Rupture.NONE)
        for i in range(turns)
    )
    return CodedSession(Transcript(name, utterances), (SessionCoding(name, "a", codes),), group)


@st.composite
def corpora(draw: st.DrawFn) -> list[CodedSession]:
    groups = draw(st.lists(st.integers(0, 5), min_size=3, max_size=15))
    groups += [6, 7, 8]  # at least three groups
    return [
        session(f"s{i}", f"g{group}", draw(st.integers(1, 6)), draw(st.integers(0, 1)))
        for i, group in enumerate(groups)
    ]


def require_a_partition(folds: Sequence[Fold], sessions: Sequence[CodedSession]) -> None:
    group = {s.transcript.session_id: s.group for s in sessions}
    assert sorted(name for fold in folds for name in fold.test) == sorted(group)
    for fold in folds:
        assert fold.test
        assert sorted(fold.train + fold.test) == sorted(group)
        assert not {group[name] for name in fold.train} & {group[name] for name in fold.test}


@given(corpora(), st.integers(2, 3), st.integers(0, 3))
def test_each_session_is_tested_once_and_no_group_straddles(
    sessions: list[CodedSession], folds: int, seed: int
) -> None:
    cut = split_groups(sessions, folds, seed)
    assert len(cut) == folds
    require_a_partition(cut, sessions)
    require_a_partition(leave_one_group_out(sessions), sessions)


@given(corpora(), st.randoms(use_true_random=False))
def test_the_order_of_the_sessions_changes_nothing(
    sessions: list[CodedSession],
    random: Random,
) -> None:
    shuffled = list(sessions)
    random.shuffle(shuffled)
    assert split_groups(shuffled, 3, 0) == split_groups(sessions, 3, 0)
    assert data_hash(shuffled) == data_hash(sessions)


def test_ruptures_and_turns_are_shared_evenly() -> None:
    # Two groups hold all ruptures, two hold none; each fold must get one of each kind.
    sessions = [
        session("a", "g1", 10, 5),
        session("b", "g2", 10, 5),
        session("c", "g3", 10),
        session("d", "g4", 10),
    ]
    for seed in range(5):
        for fold in split_groups(sessions, 2, seed):
            assert len(set(fold.test) & {"a", "b"}) == 1
            assert len(set(fold.test) & {"c", "d"}) == 1


def test_a_seed_gives_the_same_folds_and_another_seed_others() -> None:
    sessions = [session(f"s{i:02}", f"g{i:02}", 5 + i % 7, i % 3) for i in range(30)]
    assert split_groups(sessions, 5, 0) == split_groups(sessions, 5, 0)
    assert split_groups(sessions, 5, 0) != split_groups(sessions, 5, 1)


def test_a_fold_that_leaves_out_one_group_bears_its_name() -> None:
    sessions = [session("a", "g2", 1), session("b", "g1", 1), session("c", "g2", 1)]
    assert leave_one_group_out(sessions) == (
        Fold("g1", train=("a", "c"), test=("b",)),
        Fold("g2", train=("b",), test=("a", "c")),
    )


@pytest.mark.parametrize("folds", [-1, 0, 1, 3])
def test_impossible_numbers_of_folds_are_refused(folds: int) -> None:
    sessions = [session("a", "g1", 1), session("b", "g2", 1)]
    with pytest.raises(CorpusError, match="cannot be cut from 2 groups"):
        split_groups(sessions, folds, 0)


def test_one_group_cannot_be_left_out() -> None:
    with pytest.raises(CorpusError, match="needs two groups"):
        leave_one_group_out([session("a", "g1", 1)])


def test_a_split_list_comes_back_and_knows_its_corpus(tmp_path: Path) -> None:
    sessions = [session("a", "g1", 1), session("b", "g2", 1)]
    made = Split("groups", 7, data_hash(sessions), split_groups(sessions, 2, 7))
    write_split(made, tmp_path / "split.json")
    assert read_split(tmp_path / "split.json", sessions) == made
    assert read_split(tmp_path / "split.json") == made
    moved = dataclasses.replace(sessions[0], group="g3")
    reworded = [session("a", "g1", 2), sessions[1]]
    for others in (sessions[:1], [moved, sessions[1]], reworded):
        with pytest.raises(CorpusError, match="made from other sessions"):
            read_split(tmp_path / "split.json", others)


@pytest.mark.parametrize(
    "content", ["", "canary", "[]", '{"format": 2}', '{"format": 1, "folds": "canary"}']
)
def test_what_is_no_split_list_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "split.json").write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match="not a split list") as caught:
        read_split(tmp_path / "split.json")
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("folds", [3, 5])
def test_the_shipped_split_lists_are_those_that_the_command_makes(folds: int) -> None:
    path = DATA / "splits" / f"annomi-{folds}fold-seed0.json"
    assert len(read_split(path).folds) == folds
    if not SHARED.exists():
        pytest.skip("AnnoMI's words are not beside this checkout")
    sessions = read_corpus(SHARED / "annomi")
    shipped = read_split(path, sessions)
    assert shipped.folds == split_groups(sessions, folds, 0)
    assert (shipped.scheme, shipped.seed) == ("groups", 0)


def test_the_shipped_split_lists_keep_the_groups_of_the_shipped_codes() -> None:
    lines = (DATA / "annomi" / "groups.csv").read_text(encoding="utf-8").splitlines()[1:]
    group = dict(line.split(",") for line in lines)
    for path in sorted((DATA / "splits").iterdir()):
        for fold in read_split(path).folds:
            assert sorted(fold.train + fold.test) == sorted(group)
            assert not {group[s] for s in fold.train} & {group[s] for s in fold.test}
        assert json.loads(path.read_text(encoding="utf-8"))["format"] == 1
