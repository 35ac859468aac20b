"""Figures by class, all from confusion tables (..., labels, labels), reference in rows.

Conventions in `rupture_nlp.evaluation.counts`. A class is left out of a mean over classes where its
own figure is undefined, as when it occurs nowhere.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.counts import BoolArray, FloatArray, mean_where_defined, ratio

ESTIMABLE_FROM = 20
"""A class with fewer positives in a corpus and speaker is called not estimable."""


def is_estimable(tables: FloatArray) -> BoolArray:
    """Whether each class (..., labels) has positives enough in the reference."""
    return np.asarray(tables.sum(axis=-1) >= ESTIMABLE_FROM, dtype=np.bool_)


def merge_labels(tables: FloatArray, into: Sequence[int]) -> FloatArray:
    """Tables with labels merged: label i becomes `into[i]`, such as rupture or none."""
    member = np.equal.outer(np.asarray(into), np.arange(max(into) + 1)).astype(np.float64)
    merged: FloatArray = member.T @ tables @ member
    return merged


def prevalence_of(tables: FloatArray) -> FloatArray:
    """Share of each class in the reference, (..., labels)."""
    return ratio(tables.sum(axis=-1), tables.sum(axis=(-2, -1))[..., None])


def precision_of(tables: FloatArray) -> FloatArray:
    """Share of what was predicted as a class that is it, (..., labels); NaN if never predicted."""
    return ratio(_hits(tables), tables.sum(axis=-2))


def recall_of(tables: FloatArray) -> FloatArray:
    """Share of a class that was found, (..., labels); NaN if it never occurs."""
    return ratio(_hits(tables), tables.sum(axis=-1))


def f1_of(tables: FloatArray) -> FloatArray:
    """F1 of each class, (..., labels); NaN if it neither occurs nor was predicted."""
    return ratio(2 * _hits(tables), tables.sum(axis=-1) + tables.sum(axis=-2))


def macro_f1_of(tables: FloatArray, classes: Sequence[int] | None = None) -> FloatArray:
    """Mean F1 over the classes, or over some of them (the ruptures, without `none`)."""
    scores = f1_of(tables)
    return mean_where_defined(scores if classes is None else scores[..., list(classes)])


def balanced_accuracy_of(tables: FloatArray) -> FloatArray:
    """Mean recall over the classes that occur in the reference."""
    return mean_where_defined(recall_of(tables))


def mcc_of(tables: FloatArray) -> FloatArray:
    """Matthews correlation, for any number of classes; NaN where either side has one class only.

    Source
    ------
    Gorodkin (2004), Computational Biology and Chemistry 28, the R_K statistic.
    """
    total = tables.sum(axis=(-2, -1))
    reference, predicted = tables.sum(axis=-1), tables.sum(axis=-2)
    covariance = total * _hits(tables).sum(axis=-1) - (reference * predicted).sum(axis=-1)
    spread = (total**2 - (reference**2).sum(axis=-1)) * (total**2 - (predicted**2).sum(axis=-1))
    return ratio(covariance, np.sqrt(spread))


def _hits(tables: ArrayLike) -> FloatArray:
    return np.asarray(np.diagonal(tables, axis1=-2, axis2=-1), dtype=np.float64)
