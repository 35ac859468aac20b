"""Figures for several labels at once: markers and strategies.

Conventions in `rupture_nlp.evaluation.counts`. Labels are columns of 1 and 0; a row with a negative
entry on either side is left out. Alpha with the MASI distance is in `alpha`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.counts import (
    BoolArray,
    FloatArray,
    Grouping,
    as_labels,
    check_axes,
    mean_where_defined,
    one_group,
    ratio,
)


def label_statistics(
    reference: ArrayLike, predicted: ArrayLike, groups: Grouping | None = None
) -> FloatArray:
    """Hits, reference positives and predicted positives of each label: (groups, labels, 3)."""
    truth, found, where = _complete(reference, predicted, groups)
    return where.sum(np.stack([truth & found, truth, found], axis=-1))


def label_precision_of(statistics: FloatArray) -> FloatArray:
    """By label, (..., labels); NaN if never predicted."""
    return ratio(statistics[..., 0], statistics[..., 2])


def label_recall_of(statistics: FloatArray) -> FloatArray:
    """By label, (..., labels); NaN if it never occurs."""
    return ratio(statistics[..., 0], statistics[..., 1])


def label_f1_of(statistics: FloatArray) -> FloatArray:
    """By label, (..., labels); NaN if it neither occurs nor was predicted."""
    return ratio(2 * statistics[..., 0], statistics[..., 1] + statistics[..., 2])


def label_kappa_of(statistics: FloatArray, rows: FloatArray) -> FloatArray:
    """Cohen's kappa by label, (..., labels), given the number of rows (...); NaN for one class."""
    total = rows[..., None]
    hits, truth, found = (statistics[..., at] for at in range(3))
    observed = ratio(total - truth - found + 2 * hits, total)
    expected = ratio(truth * found + (total - truth) * (total - found), total**2)
    return ratio(observed - expected, np.where(expected < 1.0, 1.0 - expected, 0.0))


def label_macro_f1_of(statistics: FloatArray, labels: Sequence[int] | None = None) -> FloatArray:
    """Mean F1 over labels (all, or those given, such as the estimable ones) where defined."""
    scores = label_f1_of(statistics)
    return mean_where_defined(scores if labels is None else scores[..., list(labels)])


def label_micro_f1_of(statistics: FloatArray) -> FloatArray:
    """F1 of all single decisions together."""
    return label_f1_of(statistics.sum(axis=-2, keepdims=True))[..., 0]


def sample_f1_statistics(
    reference: ArrayLike, predicted: ArrayLike, groups: Grouping | None = None
) -> FloatArray:
    """Summed F1 of rows, and rows: (groups, 2). Mean: `sample_f1_of`.

    Rows with no label on either side are left out: they are nearly all rows, agree trivially, and
    would hide everything else.
    """
    truth, found, where = _complete(reference, predicted, groups)
    labels = truth.sum(axis=1) + found.sum(axis=1)
    scores = 2.0 * (truth & found).sum(axis=1) / np.maximum(labels, 1)
    return where.sum(np.column_stack([scores, labels > 0]))


def sample_f1_of(statistics: FloatArray) -> FloatArray:
    """Mean F1 over rows with any label; NaN without such a row."""
    return ratio(statistics[..., 0], statistics[..., 1])


def _complete(
    reference: ArrayLike, predicted: ArrayLike, groups: Grouping | None
) -> tuple[BoolArray, BoolArray, Grouping]:
    truth, found = as_labels(reference), as_labels(predicted)
    check_axes(truth, "rows, labels")
    if truth.shape != found.shape:
        raise ValueError("reference and predicted must have one shape")
    known = (truth >= 0).all(axis=1) & (found >= 0).all(axis=1)
    if not known.any():
        raise ValueError("no row has both sets of labels")
    where = (groups or one_group(len(truth))).take(known)
    return truth[known] > 0, found[known] > 0, where
