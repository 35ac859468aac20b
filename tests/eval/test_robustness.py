"""Labels on altered sessions: what is read, how it is told of the original turns, what is kept."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval import robustness
from eval.robustness import Fold
from eval.robustness_figures import Scorer, Told, in_part, reference_episodes, told_of
from eval.robustness_picture import draw
from eval.robustness_readings import (
    CUT,
    JOINED,
    LENGTH,
    SETTINGS,
    Reading,
    Setting,
    readings_of,
    stands_for,
)
from eval.robustness_table import NAMES, NOTICE, markdown
from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.label import reading as reading_of_a_session
from rupture_nlp.label.crf import SequenceReader
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.schema import CodedSession, Ratings, Speaker, Utterance
from rupture_nlp.training.alterations import AlterationSettings
from rupture_nlp.training.misheard import Confusions
from rupture_nlp.training.outoffold import OutOfFold, predict_folds
from rupture_nlp.training.run import Corpus
from tests.tiny_model import make_tiny_network
from tests.training.made import coded_session

NOTHING = Confusions.of([])
LABELS = LabelSets.of(load_codebook())
ENGINE = TorchEngine(*make_tiny_network())
LENGTHS = [12, 31, 7, 44, 20]


class NoEpisodes:
    """A sequence layer that finds none."""

    decision = Decision()

    def read(self, *_: object) -> reading_of_a_session.Reading:
        return reading_of_a_session.Reading((), Ratings())


READER = cast("SequenceReader", NoEpisodes())


def with_rows(lengths: list[int]) -> list[tuple[CodedSession, int]]:
    starts = np.cumsum([0, *lengths]).tolist()
    return [(coded_session(number, turns), starts[number]) for number, turns in enumerate(lengths)]


def answers(p_rupture: list[float]) -> Answers:
    """Answers of an engine that is so sure of a withdrawal from the other."""
    p = np.array(p_rupture)
    count = len(p)
    logits = np.log(
        np.column_stack([1 - p, p * 0.97, *(p * 0.01 for _ in range(3))]) + 1e-9
    ).astype(np.float32)
    none = np.zeros((count, len(LABELS.processes) + 1), dtype=np.float32)
    none[:, -1] = 1.0
    return Answers(
        rupture=logits,
        intensity=np.tile(np.array([0.1, 0.8, 0.1], dtype=np.float32), (count, 1)),
        markers=np.zeros((count, len(LABELS.markers)), dtype=np.float32),
        strategies=np.zeros((count, len(LABELS.strategies)), dtype=np.float32),
        processes=none,
        vectors=np.zeros((count, 4), dtype=np.float32),
    )


def reading(rows: list[tuple[int, ...]]) -> Reading:
    turns = tuple(Utterance(str(at), Speaker.PATIENT, "word") for at in range(len(rows)))
    return Reading(turns, tuple(rows))


def out_of_fold(corpus: Corpus) -> OutOfFold:
    return predict_folds(
        corpus, [(ENGINE, [s.transcript.session_id for s in corpus.sessions])], LABELS
    )


@pytest.mark.parametrize("turns", [*CUT, *JOINED])
def test_a_length_reads_every_turn_once_in_order(turns: int) -> None:
    read = readings_of(Setting(LENGTH, turns), with_rows(LENGTHS), 0, NOTHING)
    rows = [row for one in read for of in one.rows for row in of]
    assert sorted(rows) == list(range(sum(LENGTHS)))
    for one in read:
        assert len({u.utterance_id for u in one.utterances}) == len(one.utterances)
        inside = [row for of in one.rows for row in of]
        # Only where a session begins may the row before be another's.
        begins = {first for _, first in with_rows(LENGTHS)}
        assert all(b == a + 1 or b in begins for a, b in pairwise(inside))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.sampled_from(CUT))
def test_parts_are_at_most_so_long_and_of_one_length(lengths: list[int], turns: int) -> None:
    read = readings_of(Setting(LENGTH, turns), with_rows(lengths), 0, NOTHING)
    sizes = [len(one.utterances) for one in read]
    assert max(sizes) <= turns
    assert len(read) == sum(-(-length // turns) for length in lengths)


def test_sessions_are_joined_until_they_are_long_enough() -> None:
    read = readings_of(Setting(LENGTH, 200), with_rows([120] * 5), 0, NOTHING)
    assert [len(one.utterances) for one in read] == [240, 240, 120]


def test_rows_stand_where_a_turn_is_at_home() -> None:
    assert stands_for(((0, 1), (), (2,)), 4, 10) == ((10,), (10,), (12,), ())


def test_settings_have_names_of_their_own_and_a_line_in_the_table() -> None:
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    assert {setting.kind for setting in SETTINGS} == set(NAMES)
    assert not any(s.alterations.is_none for s in SETTINGS if s.alterations is not None)


def test_a_turn_is_told_what_its_surest_fragment_says() -> None:
    session = np.zeros(4, dtype=np.int64)
    # Turn 0 in two fragments; 1 and 2 run together; 3 gone.
    labelled = [(reading([(0,), (0,), (1, 2)]), answers([0.1, 0.9, 0.2]), READER)]
    told = told_of(labelled, session)
    assert told.p_rupture == pytest.approx([0.9, 0.2, 0.2, np.nan], abs=1e-4, nan_ok=True)
    assert told.code.tolist() == [1, 0, 0, -1]
    assert told.left.tolist() == [True, True, True, False]
    assert [part.tolist() for part in told.parts] == [[0, 1, 2]]
    assert told.episodes == {"layer": [], "rules": [(0, 0)]}


def test_an_episode_over_a_join_belongs_to_the_session_in_which_it_opens() -> None:
    session = np.array([0, 0, 0, 1, 1, 1])
    labelled = [
        (reading([(0,), (1,), (2,), (3,), (4,), (5,)]), answers([0, 0.9, 0, 0.9, 0, 0]), READER)
    ]
    told = told_of(labelled, session)
    assert told.episodes["rules"] == [(1, 2)]
    assert [part.tolist() for part in told.parts] == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([0, 1, 2, 3, 4, 5], [(1, 4)]),
        ([0, 2, 3, 4, 5], [(3, 4)]),  # opens at the next rupture
        ([0, 1, 2], [(1, 2)]),  # closes with what is left
        ([0, 2, 4, 5], []),  # no rupture is left
        ([1, 4], [(1, 4)]),
    ],
)
def test_episodes_as_far_as_they_are_left(rows: list[int], expected: list[tuple[int, int]]) -> None:
    ruptures = np.isin(np.arange(6), [1, 3])
    assert in_part([(1, 4)], np.array(rows), ruptures) == expected


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    corpus = Corpus("made", "gold", tuple(coded_session(number) for number in range(4)))
    predicted = out_of_fold(corpus)
    told = perfect(predicted)
    return Scorer(predicted, told, reference_episodes(predicted, corpus), resample(4, 200))


def perfect(predicted: OutOfFold) -> Told:
    code = predicted.targets.rupture.argmax(axis=1)
    parts = [np.flatnonzero(predicted.session == number) for number in range(4)]
    episodes = [(int(row), int(row) + 1) for row in np.flatnonzero(code)]
    found = {"layer": episodes, "rules": episodes}
    return Told((code > 0) * 0.8 + 0.1, code, found, parts)


def without(told: Told, gone: NDArray[np.bool_]) -> Told:
    return replace(
        told,
        p_rupture=np.where(gone, np.nan, told.p_rupture),
        code=np.where(gone, -1, told.code),
        parts=[rows[~gone[rows]] for rows in told.parts],
    )


def test_the_unaltered_are_no_better_than_themselves(scorer: Scorer) -> None:
    figures = scorer.turns([scorer.unaltered], patient=True)
    assert {c.difference.estimate for c in figures.values()} == {0.0}
    assert figures["average_precision"].altered.estimate == 1.0
    found = scorer.found_episodes([scorer.unaltered])
    assert {(f.altered.estimate, f.difference.estimate) for f in found.values()} == {(1.0, 0.0)}
    assert scorer.gone([scorer.unaltered]) == (0.0, 0.0)


def test_turns_that_are_gone_are_no_errors_but_are_counted(scorer: Scorer) -> None:
    ruptures = scorer.unaltered.code > 0
    gone = ruptures & (np.arange(len(ruptures)) % 12 == 1)  # one of three in each session
    altered = without(scorer.unaltered, gone)
    figures = scorer.turns([altered], patient=True)
    assert {c.altered.estimate for c in figures.values()} == {1.0}
    assert {c.difference.estimate for c in figures.values()} == {0.0}
    assert scorer.found_episodes([altered])["rules"].altered.estimate == 1.0
    assert scorer.gone([altered]) == pytest.approx((1 / 12, 1 / 3))


def test_what_is_missed_lowers_each_figure_and_repeats_are_averaged(scorer: Scorer) -> None:
    told = scorer.unaltered
    blind = replace(
        told,
        p_rupture=np.full(len(told.code), 0.1),
        code=np.zeros_like(told.code),
        episodes={"layer": [], "rules": []},
    )
    half = scorer.turns([told, blind], patient=True)
    # A blind ranking has the prevalence, one half of the patient's turns.
    assert half["average_precision"].altered.estimate == pytest.approx(0.75)
    assert half["f1"].altered.estimate == pytest.approx(0.5)
    assert half["f1"].difference.estimate == pytest.approx(-0.5)
    assert {f.altered.estimate for f in scorer.found_episodes([told, blind]).values()} == {0.5}


def test_episodes_are_counted_where_turns_are_left(scorer: Scorer) -> None:
    gone = np.arange(48) < 12
    counts = scorer.episodes_found([without(scorer.unaltered, gone)])
    assert counts["rules"] == {"altered": 9.0, "unaltered": 9.0}  # three a session, one gone


def folds() -> list[Fold]:
    return [Fold(0, Path(), "weights", with_rows([6, 8]), READER)]


def label(
    folder: Path, setting: Setting, of: list[Fold], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Label; the names of the files that were written."""
    written: list[str] = []
    plain = robustness._label  # noqa: SLF001

    def counted(engine: TorchEngine, readings: Sequence[Reading], path: Path, key: str) -> None:
        written.append(path.name)
        plain(engine, readings, path, key)

    monkeypatch.setattr(robustness, "_label", counted)
    monkeypatch.setattr(robustness, "load_network", lambda _: make_tiny_network())
    robustness._label_all(folder, [(setting, 0)], of, NOTHING)  # noqa: SLF001
    monkeypatch.setattr(robustness, "_label", plain)
    return written


def test_what_is_labelled_is_not_labelled_again_unless_words_or_network_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting("split", 0.4, AlterationSettings(split=0.4))
    name = ["split-0.4-seed-0-fold-0.safetensors"]
    assert label(tmp_path, setting, folds(), monkeypatch) == name
    assert label(tmp_path, setting, folds(), monkeypatch) == []
    changed = replace(setting, alterations=AlterationSettings(split=0.5))
    assert label(tmp_path, replace(changed, strength=0.4), folds(), monkeypatch) == name
    other = [replace(fold, weights="others") for fold in folds()]
    assert label(tmp_path, replace(changed, strength=0.4), other, monkeypatch) == name


def figure(value: float) -> dict[str, Any]:
    interval = {"estimate": value, "low": value - 0.1, "high": value + 0.1}
    less = {"estimate": value - 0.4, "low": value - 0.5, "high": value - 0.3}
    return {"altered": interval, "unaltered": interval, "difference": less}


def result() -> dict[str, Any]:
    measures = ("average_precision", "kappa", "f1")
    rows = [
        {
            "kind": setting.kind,
            "strength": setting.strength,
            "seeds": 1,
            "gone": {"turns": 0.25, "ruptures": 0.5},
            **{who: {m: figure(0.3) for m in measures} for who in ("patient", "therapist")},
            "episodes": {"layer": figure(0.36), "rules": figure(0.26)},
            "turns_read": 100,
            "processor_ms_per_turn": 15.4,
            "wall_ms_per_turn": 20.0,
        }
        for setting in SETTINGS
    ]
    return {"signature": "s|t", "not_run": ["missing-0.9"], "rows": rows}


def test_the_table_says_what_is_artificial_certain_and_not_run() -> None:
    table = markdown(result())
    assert "AI coders" in table
    assert "Joins are artificial" in table
    assert "| turns missing (share) | 0.2 | 0.30 | -0.10 [-0.20, 0.00] |" in table.replace("**", "")
    assert "Not run: missing-0.9." in table
    assert (
        "| 0.36 | -0.04 [-0.14, 0.06] | 0.26 | -0.14 [-0.24, -0.04] | 25 % | 50 % | 15 |"
        in table.replace("**", "")
    )
    assert "`s|t`" in table


@pytest.mark.parametrize("left", [(), ("split",), (LENGTH,)])
def test_a_picture_is_drawn_of_what_has_been_run(left: tuple[str, ...], tmp_path: Path) -> None:
    made = result()
    made["rows"] = [row for row in made["rows"] if row["kind"] in left]
    draw(made, tmp_path)
    assert (tmp_path / "robustness.png").stat().st_size > 0
    assert NOTICE in markdown(made)


def test_the_picture_is_drawn_twice_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        draw(json.loads(json.dumps(result())), tmp_path / name)
    for kind in ("png", "svg"):
        first, second = ((tmp_path / n / f"robustness.{kind}").read_bytes() for n in ("one", "two"))
        assert first == second
    assert "turns missing" in (tmp_path / "one" / "robustness.svg").read_text(encoding="utf-8")
