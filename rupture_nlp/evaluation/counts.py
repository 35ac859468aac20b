"""The common ground of all metrics: labels, groups, and sums per group.

Conventions, the same for every metric of this package:

* A label is an integer from 0, a negative one is missing. A number is a float, NaN is missing.
  Two-coder figures leave out a row that misses either; figures for any number of coders use what
  is there, as each says.
* Empty input (no row left) raises ValueError. What is undefined, such as kappa when only one label
  occurs, is NaN.
* A figure is computed in two steps. `..._statistics` (or `confusion_by_group`) sums what the figure
  needs over the rows of each group: `(groups, ...)`. `..._of` turns summed statistics, with any
  leading axes, into figures. So one matrix product resamples all groups, and a bootstrap of 2,000
  draws costs little more than one figure.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

PAIRABLE = 2
"""Fewer values than this show no agreement."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which group each row belongs to. Splits and bootstraps go by group.

    `names` are all groups, sorted, also those without a row: figures of one corpus that are to be
    compared keep the same groups, so that the same draws resample them.
    """

    names: tuple[str, ...]
    index: IntArray  # (rows,), positions in `names`

    def take(self, rows: ArrayLike) -> "Grouping":
        """The grouping of some of the rows (a mask or positions); the groups stay the same."""
        return Grouping(self.names, self.index[np.asarray(rows)])

    def sum(self, rows: ArrayLike) -> FloatArray:
        """Sum rows `(rows, ...)` to `(groups, ...)`."""
        values = np.asarray(rows, dtype=np.float64)
        if len(values) != len(self.index):
            raise ValueError(f"{len(values)} rows, but {len(self.index)} group entries")
        places = (self.index, np.arange(len(values)))
        shape = (len(self.names), len(values))
        member = sparse.csr_array((np.ones(len(values)), places), shape=shape)
        flat = values.reshape(len(values), math.prod(values.shape[1:]))
        summed = np.asarray(member @ flat, dtype=np.float64)
        return summed.reshape(len(self.names), *values.shape[1:])


def group_rows(ids: Iterable[object]) -> Grouping:
    """Group rows by an id each, such as the session's `group`."""
    text = np.asarray([str(one) for one in ids], dtype=np.str_)
    names, index = np.unique(text, return_inverse=True)
    return Grouping(tuple(names.tolist()), np.asarray(index, dtype=np.int64).reshape(-1))


def one_group(rows: int) -> Grouping:
    """All rows in one group: statistics of the whole sample."""
    return Grouping(("all",), np.zeros(rows, dtype=np.int64))


def check_axes(values: NDArray[np.generic], axes: str) -> None:
    """Raise ValueError unless the array has the named axes, such as `rows, coders`."""
    if values.ndim != len(axes.split(",")):
        raise ValueError(f"expected an array of ({axes})")


def as_labels(values: ArrayLike) -> IntArray:
    """Labels as int64; all negative values become -1, as does NaN.

    Raises
    ------
    ValueError
        A value is not a whole number.
    """
    given = np.asarray(values)
    if not np.issubdtype(given.dtype, np.number) and given.dtype != np.bool_:
        raise ValueError("labels must be integers, negative where missing")
    if np.issubdtype(given.dtype, np.integer):
        return np.maximum(given.astype(np.int64), -1)
    numbers = np.where(np.isnan(given.astype(np.float64)), -1.0, given)
    if not (np.isfinite(numbers) & (numbers == np.floor(numbers))).all():
        raise ValueError("labels must be whole numbers")
    return np.maximum(numbers.astype(np.int64), -1)


def pair_labels(reference: ArrayLike, predicted: ArrayLike) -> tuple[IntArray, IntArray]:
    """Two label columns of one length, checked. Missing entries stay in, as -1."""
    first, second = as_labels(reference), as_labels(predicted)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError("reference and predicted must be two columns of one length")
    return first, second


def confusion_by_group(
    reference: ArrayLike, predicted: ArrayLike, labels: int, groups: Grouping | None = None
) -> FloatArray:
    """Confusion table of each group.

    Parameters
    ----------
    reference, predicted : (rows,)
        Labels; a row that misses either is left out.
    labels
        How many labels there are; they are 0 to labels - 1.
    groups
        Of the rows; all rows are one group where None.

    Returns
    -------
    (groups, labels, labels), counts: reference in rows, predicted in columns

    Raises
    ------
    ValueError
        No row has both labels, or a label is `labels` or more.
    """
    first, second = pair_labels(reference, predicted)
    where = groups or one_group(len(first))
    both = (first >= 0) & (second >= 0)
    if not both.any():
        raise ValueError("no row has both labels")
    first, second, index = first[both], second[both], where.index[both]
    if max(first.max(), second.max()) >= labels:
        raise ValueError(f"labels must be below {labels}")
    cell = (index * labels + first) * labels + second
    size = len(where.names) * labels * labels
    counts = np.bincount(cell, minlength=size).astype(np.float64)
    return counts.reshape(len(where.names), labels, labels)


def confusion(reference: ArrayLike, predicted: ArrayLike, labels: int | None = None) -> FloatArray:
    """Confusion table of all rows, (labels, labels); the labels that occur where None."""
    if labels is None:
        labels = labels_in(reference, predicted)
    table: FloatArray = confusion_by_group(reference, predicted, labels)[0]
    return table


def labels_in(*columns: ArrayLike) -> int:
    """How many labels there must be: the highest that occurs, plus one (at least 1)."""
    return max((int(as_labels(column).max(initial=0)) for column in columns), default=0) + 1


def ratio(part: ArrayLike, whole: ArrayLike) -> FloatArray:
    """`part / whole`, NaN where the whole is 0."""
    top, bottom = np.broadcast_arrays(
        np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    )
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=np.abs(bottom) > 0)
    return out


def mean_where_defined(values: FloatArray) -> FloatArray:
    """Mean over the last axis of what is not NaN; NaN where nothing is."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1))
