"""How wide the intervals will be, from the lab's own turns, ruptures and patients, before training.

A model is made up that is as good as ours were on sessions new to them, and gives its answers on
the lab's turns by chance; its figures are bootstrapped over groups as those of the trained model
will be. The width is the mean over many such models. So it takes in that ruptures cluster in some
patients, which no formula for independent turns would.

The made-up model scores a turn `distance` x (1 if it is a rupture) + a draw of the turn + a draw of
its group (standard normal, and with standard deviation `GROUP_SPREAD`), and calls as many turns
ruptures as there are: the binormal model of signal detection (Green & Swets 1966), with clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.bootstrap import Interval, resample
from rupture_nlp.evaluation.classification import f1_of
from rupture_nlp.evaluation.counts import (
    BoolArray,
    FloatArray,
    Grouping,
    confusion_by_group,
    group_rows,
)
from rupture_nlp.evaluation.ranking import rank_rows
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.data import LabData

RECALL = 0.4
"""Recall and precision of the made-up model: about what the shipped models reach out of fold."""

GROUP_SPREAD = 0.8
"""How far groups differ in how a model scores their turns, where turns differ by 1. With it the
intervals of F1 and average precision of `small` on AnnoMI come out about as wide as they were: .22
and .28 for patients (simulated .22 and .28), .34 and .35 for therapists (.31 and .38)."""

MODELS = 20
DRAWS = 400


@dataclass(frozen=True, slots=True)
class Expected:
    """The intervals to expect of "rupture or not" for one speaker. A width is high minus low."""

    speaker: Speaker
    groups: int
    turns: int
    positives: int
    kappa: float  # widths
    f1: float
    average_precision: float


def expected_widths(data: LabData, seed: int = 0) -> tuple[Expected, ...]:
    """For each speaker whose ruptures were coded, if there are any in two groups or more."""
    found = []
    for speaker in data.labels.speakers:
        rows = _rows(data, speaker)
        positive = np.array([is_rupture for _, is_rupture in rows], dtype=np.bool_)
        groups = group_rows(group for group, _ in rows)
        if len(set(groups.index[positive].tolist())) > 1 and not positive.all():
            widths = simulated_widths(positive, groups, seed)
            found.append(
                Expected(speaker, len(groups.names), len(rows), int(positive.sum()), *widths)
            )
    return tuple(found)


def simulated_widths(
    positive: BoolArray, groups: Grouping, seed: int = 0, models: int = MODELS
) -> tuple[float, float, float]:
    """Mean widths of the 95 % intervals of kappa, F1 and average precision."""
    random = np.random.default_rng(seed)
    widths = [
        [
            one.high - one.low
            for one in intervals(positive, draw_scores(positive, groups, random), groups)
        ]
        for _ in range(models)
    ]
    kappa, f1, precision = np.nanmean(np.array(widths), axis=0)
    return float(kappa), float(f1), float(precision)


def draw_scores(positive: BoolArray, groups: Grouping, random: np.random.Generator) -> FloatArray:
    """What one made-up model says of the turns, (rows,): the higher, the more like a rupture."""
    spread = float(np.hypot(1.0, GROUP_SPREAD))
    distance = spread * _separation(float(positive.mean()))
    of_groups = random.normal(scale=GROUP_SPREAD, size=len(groups.names))
    noise = random.normal(size=len(positive))
    return np.asarray(distance * positive + noise + of_groups[groups.index], dtype=np.float64)


def intervals(
    positive: BoolArray, scores: FloatArray, groups: Grouping, draws: int = DRAWS
) -> tuple[Interval, Interval, Interval]:
    """Kappa, F1 and average precision of scores, each with its bootstrap interval over groups."""
    count = int(positive.sum())
    threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
    called = (scores >= threshold).astype(np.int64)
    tables = confusion_by_group(positive.astype(np.int64), called, 2, groups)
    resamples = resample(len(groups.names), draws)
    return (
        resamples.interval(tables, kappa_of),
        resamples.interval(tables, lambda sums: f1_of(sums)[..., 1]),
        rank_rows(scores, positive, groups).intervals(resamples).average_precision,
    )


def _separation(prevalence: float) -> float:
    """Distance of the two means at which recall and precision are both RECALL."""
    false_alarms = prevalence * (1.0 - RECALL) / (1.0 - prevalence)
    if false_alarms >= RECALL:  # so many ruptures that calling turns by chance does better
        return 1.0
    return float(stats.norm.isf(false_alarms) - stats.norm.isf(RECALL))


def _rows(data: LabData, speaker: Speaker) -> Sequence[tuple[str, bool]]:
    """Group, and whether it is a rupture, of each turn of the speaker that has a code."""
    return [
        (session.group, code.is_rupture)
        for session in data.sessions
        if (coding := session.coding_by(data.reference)) is not None
        for utterance, code in zip(session.transcript.utterances, coding.codes, strict=True)
        if utterance.speaker is speaker and code is not None and code.rupture is not None
    ]
