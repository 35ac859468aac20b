"""Curves of a system's probabilities: precision by recall, and reliability.

Each speaker apart, over the rows of the figures in `harness.probabilities`.
"""

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.calibration import (
    BINS,
    calibration_statistics,
    equal_mass_edges,
    reliability_table,
)
from rupture_nlp.evaluation.counts import FloatArray, ratio
from rupture_nlp.evaluation.harness.probabilities import ScoredRows, scored_rows
from rupture_nlp.evaluation.harness.report import Curve
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.schema import Speaker

STEPS = 100
"""A precision-recall curve has at most so many steps, of two points each."""


def curves(paired: Paired, resamples: Resamples) -> tuple[Curve, ...]:
    """Precision by recall and reliability of P(rupture), speaker by speaker.

    Nothing where there are no probabilities; no precision by recall where the reference has no
    rupture. `resamples` draws the groups of `paired.groups`.
    """
    found: list[Curve] = []
    for speaker in CODED_SPEAKERS:
        rows = scored_rows(paired.turns(speaker))
        if rows is None:
            continue
        if rows.rupture.any():
            found.append(_precision_recall(speaker, rows))
        found.append(_reliability(speaker, rows, resamples))
    return tuple(found)


def _precision_recall(speaker: Speaker, rows: ScoredRows) -> Curve:
    """Corners of a step function: joined by straight lines they draw the steps.

    Over each stretch of recall stands the precision at the threshold that ends it, so the area
    below is the average precision. Of more than STEPS thresholds as many are kept, evenly by
    recall, always the one that finds all; each point is a precision that a threshold reaches.

        precision    |--.            both corners of a step have its precision
                     |  '---.
                     +---------- recall
    """
    recall, precision = _operating_points(rows)
    if len(recall) > STEPS:
        kept = np.searchsorted(recall, np.arange(1, STEPS + 1) / STEPS - _ROUNDING)
        recall, precision = (column[np.unique(kept)] for column in (recall, precision))
    before = np.concatenate([[0.0], recall[:-1]])
    return Curve(
        speaker=speaker,
        name="precision_recall",
        x=tuple(np.column_stack([before, recall]).ravel().tolist()),
        y=tuple(np.repeat(precision, 2).tolist()),
        chance=float(rows.rupture.mean()),
    )


_ROUNDING = 1e-9


def _operating_points(rows: ScoredRows) -> tuple[FloatArray, FloatArray]:
    """Recall and precision at each distinct score of a rupture, the highest score first."""
    order = np.argsort(-rows.score, kind="stable")
    score, truth = rows.score[order], rows.rupture[order]
    found = np.cumsum(truth)
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True))  # of each distinct score
    gained = np.diff(found[last], prepend=0) > 0
    at = last[gained]
    return ratio(found[at], found[-1]), ratio(found[at], at + 1)


def _reliability(speaker: Speaker, rows: ScoredRows, resamples: Resamples) -> Curve:
    edges = _edges(rows.score)
    statistics = calibration_statistics(rows.score, rows.rupture, edges, rows.groups)
    held = statistics[:, statistics[..., 0].sum(axis=0) > 0]
    table = reliability_table(held.sum(axis=0))

    def shares(sums: FloatArray) -> FloatArray:
        return ratio(sums[..., 2], sums[..., 0])

    intervals = resamples.interval_each(held, shares)
    return Curve(
        speaker=speaker,
        name="reliability",
        x=tuple(table.mean_probability.tolist()),
        y=tuple(table.observed_share.tolist()),
        y_low=tuple(interval.low for interval in intervals),
        y_high=tuple(interval.high for interval in intervals),
        weights=tuple(table.rows.tolist()),
    )


def _edges(scores: FloatArray) -> FloatArray:
    """Ten bins of equal mass among scores above 0; scores of 0 are a bin of their own.

    A system that gives most turns exactly 0 would otherwise fill most bins with them.
    """
    above = scores[scores > 0]
    if len(above) in (0, len(scores)):
        return equal_mass_edges(scores, BINS)
    return np.insert(equal_mass_edges(above, BINS), 1, above.min())
