"""Krippendorff's alpha for any number of coders, with missing values, also for sets of labels.

Conventions in `rupture_nlp.evaluation.counts`. A unit with fewer than two values is not pairable
and is left out, as alpha prescribes.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.counts import (
    PAIRABLE,
    BoolArray,
    FloatArray,
    Grouping,
    IntArray,
    as_labels,
    check_axes,
    one_group,
    ratio,
)

Scale = Literal["nominal", "ordinal", "interval"]

_MOST_BITS = 63  # of a number without sign


@dataclass(frozen=True, slots=True)
class CodedValues:
    """Numbers or sets turned into labels: `values[labels[u, c]]` is what coder c gave unit u."""

    labels: IntArray  # (units, coders), -1 where missing
    values: FloatArray  # (labels,) numbers in order, or (labels, members) sets of 0 and 1


def code_values(ratings: ArrayLike) -> CodedValues:
    """Label the distinct numbers of (units, coders) in order; NaN is missing."""
    numbers = np.asarray(ratings, dtype=np.float64)
    known = ~np.isnan(numbers)
    values, places = np.unique(numbers[known], return_inverse=True)
    labels = np.full(numbers.shape, -1, dtype=np.int64)
    labels[known] = places.reshape(-1)
    return CodedValues(labels, np.asarray(values, dtype=np.float64))


def code_sets(sets: ArrayLike) -> CodedValues:
    """Label the distinct sets of (units, coders, members), 1 in and 0 out.

    A coder with any negative entry at a unit is missing there.
    """
    given = as_labels(sets)
    check_axes(given, "units, coders, members")
    known = (given >= 0).all(axis=2)
    rows = given[known] > 0
    _, first, places = np.unique(_as_numbers(rows), return_index=True, return_inverse=True)
    labels = np.full(known.shape, -1, dtype=np.int64)
    labels[known] = places.reshape(-1)
    return CodedValues(labels, rows[first].astype(np.float64))


def _as_numbers(rows: BoolArray) -> IntArray:
    """A number for each set (rows, members), in the order of the sets: sorts far faster."""
    if rows.shape[1] >= _MOST_BITS:
        _, places = np.unique(rows, axis=0, return_inverse=True)
        return np.asarray(places, dtype=np.int64).reshape(-1)
    bits = np.int64(1) << np.arange(rows.shape[1], dtype=np.int64)[::-1]
    return np.asarray(rows @ bits, dtype=np.int64)


def coincidences(labels: ArrayLike, count: int, groups: Grouping | None = None) -> FloatArray:
    """Coincidence matrix of each group: pairs of values inside units, each unit weighing its size.

    Parameters
    ----------
    labels : (units, coders)
        Negative where missing.
    count
        How many labels there are.
    groups
        Of the units.

    Returns
    -------
    (groups, count, count), symmetric

    Raises
    ------
    ValueError
        No unit has two values.
    """
    given = _pairable(labels)
    where = groups or one_group(len(given))
    if given.max() >= count:
        raise ValueError(f"labels must be below {count}")
    tallies = (given[:, :, None] == np.arange(count)).sum(axis=1).astype(np.float64)
    share = _unit_weights(given)
    summed = np.empty((len(where.names), count, count))
    for label in range(count):
        pairs = tallies * tallies[:, [label]]
        pairs[:, label] -= tallies[:, label]
        summed[:, label] = where.sum(pairs * share[:, None])
    return summed


def alpha_of(
    matrices: FloatArray, scale: Scale = "nominal", values: FloatArray | None = None
) -> FloatArray:
    """Alpha of coincidence matrices (..., labels, labels); NaN where only one value occurs.

    `values` are the numbers behind the labels, for the interval scale; 0, 1, 2, ... where None.
    """
    totals = matrices.sum(axis=-1)
    count = matrices.shape[-1]
    if scale == "ordinal":
        place = np.cumsum(totals, axis=-1) - totals / 2
    elif scale == "interval":
        place = np.arange(count, dtype=np.float64) if values is None else values
    else:
        distances = 1.0 - np.eye(count)
        return _one_minus(matrices, totals, np.asarray(distances, dtype=np.float64))
    return _one_minus(matrices, totals, (place[..., :, None] - place[..., None, :]) ** 2)


def _one_minus(matrices: FloatArray, totals: FloatArray, distances: FloatArray) -> FloatArray:
    observed = (matrices * distances).sum(axis=(-2, -1))
    products = totals[..., :, None] * totals[..., None, :]
    expected = (products * distances).sum(axis=(-2, -1))
    return 1.0 - ratio((totals.sum(axis=-1) - 1.0) * observed, expected)


def alpha_statistics(
    labels: ArrayLike, distances: FloatArray, groups: Grouping | None = None
) -> FloatArray:
    """What alpha needs when distances are fixed beforehand, for many labels (sets of labels).

    Parameters
    ----------
    labels : (units, coders)
        Negative where missing.
    distances : (labels, labels)
        Symmetric, 0 on the diagonal.
    groups
        Of the units.

    Returns
    -------
    (groups, labels + 1): how often each label occurs in pairable units, then the disagreement
    """
    given = _pairable(labels)
    where = groups or one_group(len(given))
    share = _unit_weights(given)
    pairable = share > 0
    count = len(distances)
    disagreement = np.zeros(len(given))
    for first, second in combinations(range(given.shape[1]), 2):
        both = (given[:, first] >= 0) & (given[:, second] >= 0)
        disagreement[both] += 2.0 * distances[given[both, first], given[both, second]]
    known = (given >= 0) & pairable[:, None]
    cells = (where.index[:, None] * count + given)[known]
    tallies = np.bincount(cells, minlength=len(where.names) * count).astype(np.float64)
    return np.column_stack(
        [tallies.reshape(len(where.names), count), where.sum(disagreement * share)]
    )


def alpha_of_statistics(statistics: FloatArray, distances: FloatArray) -> FloatArray:
    """Alpha of statistics (..., labels + 1) as `alpha_statistics` gives them."""
    totals, observed = statistics[..., :-1], statistics[..., -1]
    expected = ((totals @ distances) * totals).sum(axis=-1)
    return 1.0 - ratio((totals.sum(axis=-1) - 1.0) * observed, expected)


def masi_distances(sets: FloatArray) -> FloatArray:
    """MASI distance of every pair of sets.

    One minus Jaccard times 1 (same set), 2/3 (one holds the other), 1/3 (they share a member) or 0.
    Two empty sets are the same; an empty set and another have distance 1.

    Parameters
    ----------
    sets : (sets, members)
        1 in and 0 out.

    Returns
    -------
    (sets, sets), 0 to 1

    Source
    ------
    Passonneau (2006), Measuring agreement on set-valued items (MASI), LREC.
    """
    member = np.asarray(sets, dtype=np.float64)
    shared = member @ member.T
    size = member.sum(axis=1)
    union = size[:, None] + size[None, :] - shared
    jaccard = np.where(union > 0, shared / np.maximum(union, 1.0), 1.0)
    smaller = np.minimum(size[:, None], size[None, :])
    nested = np.where(shared == smaller, 2 / 3, np.where(shared > 0, 1 / 3, 0.0))
    return np.asarray(1.0 - jaccard * np.where(shared == union, 1.0, nested), dtype=np.float64)


def krippendorff_alpha(ratings: ArrayLike, scale: Scale = "nominal") -> float:
    """Agreement of any number of coders beyond chance, chance from the pooled values.

    Parameters
    ----------
    ratings
        (units, coders); integers are labels, negative where missing; floats are numbers,
        NaN where missing.
    scale
        What counts as near: `nominal` the same only, `ordinal` by rank, `interval` by square.

    Returns
    -------
    at most 1, 0 at chance, below it negative; NaN where only one value occurs

    Raises
    ------
    ValueError
        No unit has two values.

    Source
    ------
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    given = np.asarray(ratings)
    if np.issubdtype(given.dtype, np.integer):
        given = np.where(given < 0, np.nan, given.astype(np.float64))
    coded = code_values(given)
    matrix = coincidences(coded.labels, max(1, len(coded.values)))[0]
    return float(alpha_of(matrix, scale, coded.values))


def masi_alpha(sets: ArrayLike) -> float:
    """Krippendorff's alpha of sets of labels, with the MASI distance.

    Parameters
    ----------
    sets : (units, coders, members)
        1 in and 0 out; negative where a coder is missing.

    Returns
    -------
    at most 1; NaN where only one set occurs
    """
    coded = code_sets(sets)
    distances = masi_distances(coded.values)
    return float(alpha_of_statistics(alpha_statistics(coded.labels, distances)[0], distances))


def _pairable(labels: ArrayLike) -> IntArray:
    given = as_labels(labels)
    check_axes(given, "units, coders")
    if not ((given >= 0).sum(axis=1) >= PAIRABLE).any():
        raise ValueError("no unit has values of two coders")
    return given


def _unit_weights(given: IntArray) -> FloatArray:
    """1 / (values - 1) of each unit, 0 where it is not pairable."""
    values = (given >= 0).sum(axis=1)
    return np.where(values >= PAIRABLE, 1.0 / np.maximum(values - 1.0, 1.0), 0.0)
