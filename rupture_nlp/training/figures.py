"""How codes of rows that a network did not learn from agree with the reference, by speaker."""

from collections.abc import Collection, Sequence
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
from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.schema import RUPTURES, Speaker
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import OutOfFold

Decisions = Sequence[tuple[NDArray[np.bool_], Decision]]
"""Rows, (utterances,) bool, and what decides them; what `cross_fitted` gives."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Codes of one kind of speaker, and whose they are. Probabilities are None for a coder."""

    reference: NDArray[np.int64]  # (rows,), positions in `classes`
    predicted: NDArray[np.int64]
    p_rupture: FloatArray | None
    grouping: Grouping
    classes: tuple[str, ...] = tuple(RUPTURES)  # the first is `none`


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
    coded = decided_by(predicted, cross_fitted(predicted), patient=patient)
    if folds is None:
        return coded
    kept = np.isin(predicted.fold[_asked(predicted, patient=patient)], list(folds))
    if coded.p_rupture is None:
        raise ValueError("decided rows have probabilities")
    return Coded(
        coded.reference[kept],
        coded.predicted[kept],
        coded.p_rupture[kept],
        coded.grouping.take(kept),
        coded.classes,
    )


def decided_by(predicted: OutOfFold, decisions: Decisions, *, patient: bool) -> Coded:
    """Decide rows by the decision that stands beside them; every row must have one."""
    asked = _asked(predicted, patient=patient)
    codes = np.full(len(asked), -1)
    p_rupture = np.full(len(asked), np.nan)
    for chosen, decision in decisions:
        rows = chosen & asked
        rules = decision.of(Speaker.PATIENT if patient else Speaker.THERAPIST)
        codes[rows], p_rupture[rows] = _decide(predicted.answers.rupture[rows], rules)
    return Coded(
        predicted.targets.rupture.argmax(axis=1)[asked],
        codes[asked],
        p_rupture[asked],
        Grouping(predicted.groups, predicted.group).take(asked),
    )


def in_classes(coded: Coded, classes: tuple[str, ...], class_of: Sequence[int]) -> Coded:
    """The same in coarser classes; `class_of` gives each code of `RUPTURES` its class.

    A code of class -1 is missing; rows whose reference is are left out.
    """
    places = np.asarray([*class_of, -1])  # the last: what is missing stays so
    reference, codes = places[coded.reference], places[coded.predicted]
    kept = reference >= 0
    p_rupture = None if coded.p_rupture is None else coded.p_rupture[kept]
    return Coded(reference[kept], codes[kept], p_rupture, coded.grouping.take(kept), classes)


def measure(coded: Coded, resamples: Resamples) -> Figures:
    """All figures, each with its interval over groups."""
    many = len(coded.classes)
    tables = confusion_by_group(coded.reference, coded.predicted, many, coded.grouping)
    truth, called = coded.reference > 0, coded.predicted > 0
    binary = confusion_by_group(truth.astype(int), called.astype(int), 2, coded.grouping)
    each = resamples.interval_each(tables, f1_of)
    counts = np.bincount(coded.reference, minlength=many)
    figures = Figures(
        turns=len(truth),
        ruptures=int(truth.sum()),
        kappa=resamples.interval(tables, kappa_of),
        f1=resamples.interval(binary, lambda sums: f1_of(sums)[..., 1]),
        by_code={
            name: each[at] if counts[at] >= ESTIMABLE_FROM else None
            for at, name in enumerate(coded.classes)
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


def _asked(predicted: OutOfFold, *, patient: bool) -> NDArray[np.bool_]:
    asked: NDArray[np.bool_] = predicted.targets.ask_rupture & (
        predicted.targets.is_patient == patient
    )
    return asked


def _decide(logits: Floats, rules: SpeakerDecision) -> tuple[NDArray[np.int64], FloatArray]:
    p = calibrated(logits, rules).astype(np.float64)
    p_rupture = 1.0 - p[:, 0]
    code = np.where(p_rupture >= rules.thresholds["counting"], 1 + p[:, 1:].argmax(axis=1), 0)
    return code.astype(np.int64), p_rupture
