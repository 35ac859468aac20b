"""Thresholds and temperatures from rows whose truth is known."""

import numpy as np
import pytest

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.label.decide import calibrated, log_odds
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.training.calibrate import (
    SCREENING_RECALL,
    balancing_threshold,
    cross_fitted,
    fit_decision,
)
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.targets import Targets

LABELS = LabelSets.of(load_codebook())
ROWS = 6000


def made_rows(temperature: float = 2.0, bias: float = -1.0, rows: int = ROWS) -> OutOfFold:
    """Codes drawn from the calibrated scores; markers, strategies, processes right from .3 up."""
    random = np.random.default_rng(5)
    logits = random.normal(0, 3, (rows, 5)).astype(np.float32)
    logits[:, 0] += 6
    truth = calibrated(logits, SpeakerDecision(temperature, bias))
    code = (truth.cumsum(axis=1) > random.random((rows, 1))).argmax(axis=1)
    yes = np.ones(rows, dtype=bool)

    def half(width: int) -> tuple[np.ndarray, np.ndarray]:
        p = random.random((rows, width)).astype(np.float32)
        return p, (p > 0.3).astype(np.float32)

    markers, strategies = half(len(LABELS.markers)), half(len(LABELS.strategies))
    processes = random.random((rows, len(LABELS.processes) + 1)).astype(np.float32)
    best = processes[:, :-1].argmax(axis=1)
    sure = processes[:, :-1].max(axis=1) > 0.8
    return OutOfFold(
        Answers(
            rupture=logits,
            intensity=np.full((rows, 3), 1 / 3, dtype=np.float32),
            markers=markers[0],
            strategies=strategies[0],
            processes=processes,
            vectors=np.zeros((rows, 2), dtype=np.float32),
        ),
        Targets(
            rupture=np.eye(5, dtype=np.float32)[code],
            intensity=np.ones(rows, dtype=np.int64),
            markers=markers[1],
            strategies=strategies[1],
            process=np.where(sure, best, len(LABELS.processes)),
            is_patient=np.arange(rows) % 2 == 0,
            ask_rupture=yes,
            ask_intensity=yes,
            ask_markers=np.ones_like(markers[1], dtype=bool),
            ask_strategies=yes,
            ask_process=yes,
        ),
        session=np.arange(rows) // 20,
        fold=np.arange(rows) // 20 % 3,
        group=np.arange(rows) // 20,
        session_ids=(),
        groups=(),
    )


ALL = made_rows()
FITTED = fit_decision(ALL)


@pytest.mark.parametrize("speaker", [FITTED.patient, FITTED.therapist])
def test_temperature_and_bias_are_found_again(speaker: SpeakerDecision) -> None:
    assert speaker.temperature == pytest.approx(2.0, rel=0.1)
    assert speaker.bias == pytest.approx(-1.0, abs=0.2)


def test_counting_calls_as_many_ruptures_as_there_are() -> None:
    rows = ALL.rows(ALL.targets.is_patient)
    truth = rows.targets.rupture[:, 0] < 0.5
    p = 1 - calibrated(rows.answers.rupture, FITTED.patient)[:, 0]
    assert (p >= FITTED.patient.thresholds["counting"]).sum() == truth.sum()
    assert FITTED.patient.prevalence == pytest.approx(truth.mean())


def test_screening_finds_its_share_and_never_less_than_counting() -> None:
    rows = ALL.rows(ALL.targets.is_patient)
    truth = rows.targets.rupture[:, 0] < 0.5
    p = 1 - calibrated(rows.answers.rupture, FITTED.patient)[:, 0]
    found = (p >= FITTED.patient.thresholds["screening"])[truth].mean()
    assert found >= SCREENING_RECALL
    assert FITTED.patient.thresholds["screening"] <= FITTED.patient.thresholds["counting"]


@pytest.mark.parametrize("preset", ["counting", "screening"])
def test_half_of_the_errors_lie_in_the_margin_and_sure_turns_never(preset: str) -> None:
    rows = ALL.rows(ALL.targets.is_patient)
    truth = rows.targets.rupture[:, 0] < 0.5
    p = 1 - calibrated(rows.answers.rupture, FITTED.patient)[:, 0]
    threshold, margin = FITTED.patient.thresholds[preset], FITTED.patient.margins[preset]
    wrong = (p >= threshold) != truth
    assert wrong.sum() > 50
    inside = abs(log_odds(p[wrong]) - log_odds(threshold)) <= margin
    assert inside.mean() == pytest.approx(0.5, abs=0.02)
    assert abs(log_odds(1e-6) - log_odds(threshold)) > margin


@pytest.mark.parametrize(
    ("scores", "ruptures", "called"),
    [
        ([0.9, 0.8, 0.2, 0.1], 2, 2),
        ([0.3, 0.3, 0.3, 0.3], 1, 0),  # four that score the same: none is nearer to one than all
        ([0.9, 0.3, 0.3, 0.1], 2, 1),  # one or three for two: the fewer
        ([0.9, 0.3, 0.3, 0.1], 3, 3),
    ],
)
def test_as_many_turns_are_called_as_there_are_ruptures(
    scores: list[float], ruptures: int, called: int
) -> None:
    p = np.array(scores)
    truth = np.arange(len(p)) < ruptures
    assert (p >= balancing_threshold(p, truth)).sum() == called


def test_other_thresholds_are_where_the_truth_turns() -> None:
    assert FITTED.marker == pytest.approx(0.3, abs=0.02)
    assert FITTED.strategy == pytest.approx(0.3, abs=0.02)
    assert FITTED.process == pytest.approx(0.8, abs=0.02)


def test_questions_that_were_not_asked_fit_nothing() -> None:
    silent = ALL.targets
    nobody = np.zeros(ROWS, dtype=bool)
    rows = OutOfFold(
        ALL.answers,
        Targets(
            silent.rupture,
            silent.intensity,
            silent.markers,
            silent.strategies,
            silent.process,
            silent.is_patient,
            ask_rupture=silent.is_patient,
            ask_intensity=nobody,
            ask_markers=np.zeros_like(silent.ask_markers),
            ask_strategies=nobody,
            ask_process=nobody,
        ),
        ALL.session,
        ALL.fold,
        ALL.group,
        (),
        (),
    )
    fitted, default = fit_decision(rows), Decision()
    assert fitted.patient == FITTED.patient
    assert fitted.therapist == SpeakerDecision()
    assert (fitted.marker, fitted.strategy, fitted.process) == (
        default.marker,
        default.strategy,
        default.process,
    )


def test_few_ruptures_leave_the_defaults() -> None:
    few = made_rows(bias=4.0, rows=300)
    assert 0 < (few.targets.rupture[:, 0] < 0.5).sum() < 20
    assert fit_decision(few).patient == SpeakerDecision()


def test_a_fold_is_decided_by_the_other_folds() -> None:
    parts = cross_fitted(ALL)
    assert [np.unique(ALL.fold[rows]).tolist() for rows, _ in parts] == [[0], [1], [2]]
    assert sum(rows.sum() for rows, _ in parts) == ROWS
    for rows, decision in parts:
        assert decision == fit_decision(ALL.rows(~rows))
