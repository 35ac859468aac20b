"""The figures of one row of the benchmark: how an engine's codes agree with the reference."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Floats
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.calibration import (
    brier_skill_of,
    brier_statistics,
    calibration_statistics,
    ece_of,
    equal_width_edges,
)
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM, f1_of
from rupture_nlp.evaluation.counts import FloatArray, Grouping, confusion_by_group
from rupture_nlp.evaluation.ranking import rank_rows
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.decision import SpeakerDecision
from rupture_nlp.schema import RUPTURES, Speaker
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import OutOfFold

CODES = len(RUPTURES)


@dataclass(frozen=True, slots=True)
class Coded:
    """Codes of one kind of speaker, and whose they are. Probabilities are None for a coder."""

    reference: NDArray[np.int64]  # (rows,), positions in RUPTURES
    predicted: NDArray[np.int64]
    p_rupture: FloatArray | None
    grouping: Grouping


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands in a row for one kind of speaker; None where it cannot be computed."""

    turns: int
    ruptures: int
    kappa: Interval
    f1: Interval
    by_code: dict[str, Interval | None]  # F1; None: not estimable
    average_precision: Interval | None = None
    ece: Interval | None = None
    brier_skill: Interval | None = None


def decided(predicted: OutOfFold, *, patient: bool, folds: Collection[int] | None = None) -> Coded:
    """Decide each fold by what the other folds gave; keep the rows of all folds, or of some."""
    asked = predicted.targets.ask_rupture & (predicted.targets.is_patient == patient)
    codes = np.full(len(asked), -1)
    p_rupture = np.full(len(asked), np.nan)
    for fold, decision in cross_fitted(predicted):
        rows = fold & asked
        rules = decision.of(Speaker.PATIENT if patient else Speaker.THERAPIST)
        codes[rows], p_rupture[rows] = _decide(predicted.answers.rupture[rows], rules)
    if folds is not None:
        asked &= np.isin(predicted.fold, list(folds))
    return Coded(
        predicted.targets.rupture.argmax(axis=1)[asked],
        codes[asked],
        p_rupture[asked],
        Grouping(predicted.groups, predicted.group).take(asked),
    )


def measure(coded: Coded, resamples: Resamples) -> Figures:
    """All figures, each with its interval over groups."""
    tables = confusion_by_group(coded.reference, coded.predicted, CODES, coded.grouping)
    truth, called = coded.reference > 0, coded.predicted > 0
    binary = confusion_by_group(truth.astype(int), called.astype(int), 2, coded.grouping)
    each = resamples.interval_each(tables, f1_of)
    counts = np.bincount(coded.reference, minlength=CODES)
    figures = Figures(
        turns=len(truth),
        ruptures=int(truth.sum()),
        kappa=resamples.interval(tables, kappa_of),
        f1=resamples.interval(binary, lambda sums: f1_of(sums)[..., 1]),
        by_code={
            code.value: each[at] if counts[at] >= ESTIMABLE_FROM else None
            for at, code in enumerate(RUPTURES)
            if at
        },
    )
    return figures if coded.p_rupture is None else _with_probabilities(figures, coded, resamples)


def _with_probabilities(figures: Figures, coded: Coded, resamples: Resamples) -> Figures:
    p, truth = coded.p_rupture, (coded.reference > 0).astype(int)
    if p is None:
        raise ValueError("the codes have no probabilities")
    bins = calibration_statistics(p, truth, equal_width_edges(), coded.grouping)
    return Figures(
        turns=figures.turns,
        ruptures=figures.ruptures,
        kappa=figures.kappa,
        f1=figures.f1,
        by_code=figures.by_code,
        average_precision=rank_rows(p, truth, coded.grouping)
        .intervals(resamples)
        .average_precision,
        ece=resamples.interval(bins, ece_of),
        brier_skill=resamples.interval(brier_statistics(p, truth, coded.grouping), brier_skill_of),
    )


def _decide(logits: Floats, rules: SpeakerDecision) -> tuple[NDArray[np.int64], FloatArray]:
    p = calibrated(logits, rules).astype(np.float64)
    p_rupture = 1.0 - p[:, 0]
    code = np.where(p_rupture >= rules.thresholds["counting"], 1 + p[:, 1:].argmax(axis=1), 0)
    return code.astype(np.int64), p_rupture
