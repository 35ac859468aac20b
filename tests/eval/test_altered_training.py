"""Networks trained with and without altered sessions, on sessions altered and as they are."""

import numpy as np
import pytest

from eval.altered_training import NETWORKS, UNALTERED, compared, markdown, tell
from eval.robustness_readings import SETTINGS, Reading, readings_of
from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answerer, Answers
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import Speaker, Utterance
from rupture_nlp.training.misheard import Confusions
from rupture_nlp.training.run import Corpus
from tests.training.made import coded_session

NOTHING = Confusions.of([])
SESSIONS = tuple(coded_session(number) for number in range(6))


class Knows:
    """Answers with the rupture that the reference has, or the reverse; `sure` in log-odds."""

    def __init__(self, sure: float) -> None:
        self.sure = sure
        self.ruptures = {
            u.text: code is not None and code.is_rupture
            for s in SESSIONS
            for u, code in zip(s.transcript.utterances, s.codings[0].codes, strict=True)
        }

    def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
        rows = np.zeros((len(utterances), 5), np.float32)
        rows[:, 1] = [self.sure if self.ruptures[u.text] else -self.sure for u in utterances]
        rows[:, 2:] = -20
        empty = Answers.empty(LabelSets.of(load_codebook()), 4)
        return Answers(
            rows, empty.intensity, empty.markers, empty.strategies, empty.processes, empty.vectors
        )


def estimate(interval: object) -> float:
    assert isinstance(interval, dict)
    return float(interval["estimate"])


def test_unaltered_readings_are_the_sessions_as_they_are() -> None:
    placed = [(SESSIONS[0], 0), (SESSIONS[1], 12)]
    readings = readings_of(UNALTERED, placed, 0, NOTHING)
    assert [r.utterances for r in readings] == [s.transcript.utterances for s in SESSIONS[:2]]
    assert [row for r in readings for row in r.rows] == [(n,) for n in range(24)]


def test_a_row_takes_the_surest_of_its_turns_and_one_without_a_turn_stays_empty() -> None:
    class Rising:
        def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
            answers = Answers.empty(LabelSets.of(load_codebook()), 4)
            logits = np.zeros((len(utterances), 5), np.float32)
            logits[:, 1] = [2.0, 5.0, 1.0]
            return Answers(logits, *(getattr(answers, n) for n in Answers.__slots__[1:]))

    turns = tuple(Utterance(str(n), Speaker.PATIENT, "x") for n in range(3))
    p = np.full(4, np.nan)
    tell(p, Rising(), [Reading(turns, ((0,), (0, 2), (2,)))])
    weight = np.exp(5.0)
    surest = 1 - 1 / (weight + 4)
    assert p[[0, 2]] == pytest.approx([surest, surest], abs=1e-6)
    assert np.isnan(p[[1, 3]]).all()


def test_who_knows_is_ahead_of_who_says_the_reverse() -> None:
    corpus = Corpus("made", "gold", SESSIONS)
    engines: dict[str, Answerer] = dict(zip(NETWORKS, (Knows(3.0), Knows(-3.0)), strict=True))
    held = [(engines, list(SESSIONS))]
    resamples = resample(len({s.group for s in SESSIONS}), 20, 0)
    rows = compared(UNALTERED, held, corpus, NOTHING, resamples)
    assert {row["speaker"] for row in rows} == {"patient", "therapist"}
    row = next(row for row in rows if row["ruptures"])
    own, shipped, difference = (estimate(row[n]) for n in (*NETWORKS, "difference"))
    assert own == pytest.approx(1.0)
    assert shipped < 0.9
    assert difference == pytest.approx(1.0 - shipped)
    told = markdown(rows, [0], "signature")
    assert told.startswith("Codes by AI coders, not by people.")
    assert "| as it is | patient | 1.00" in told


def test_the_settings_that_are_measured_are_there() -> None:
    assert {one.kind for one in SETTINGS} >= {"together", "recognised"}
