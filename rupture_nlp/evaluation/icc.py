"""Intraclass correlations of a table of numbers, every target rated by every coder.

Conventions in `rupture_nlp.evaluation.counts`. A target that misses a rating is left out.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from rupture_nlp.evaluation.counts import (
    PAIRABLE,
    FloatArray,
    Grouping,
    check_axes,
    one_group,
    ratio,
)

IccKind = Literal["A,1", "C,1", "A,k", "C,k"]
"""A asks for the same numbers, C for the same order up to a shift of each coder; 1 is the
reliability of one coder, k that of the mean of all."""

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class IccResult:
    """An intraclass correlation with its interval from the F distribution."""

    estimate: float
    low: float
    high: float
    targets: int
    coders: int
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class _Squares:
    targets: FloatArray
    between: FloatArray  # mean square of targets
    coders: FloatArray  # mean square of coders
    error: FloatArray


def icc_statistics(ratings: ArrayLike, groups: Grouping | None = None) -> FloatArray:
    """What an ICC needs of each group: targets, sum of squares, squared row sums, column sums.

    Parameters
    ----------
    ratings : (targets, coders)
        Numbers; a target with a NaN is left out.
    groups
        Of the targets.

    Returns
    -------
    (groups, 3 + coders). Numbers are taken from the grand mean, which changes no ICC but keeps
    sums of squares exact

    Raises
    ------
    ValueError
        Fewer than two coders, or no complete target.
    """
    given = np.asarray(ratings, dtype=np.float64)
    check_axes(given, "targets, coders")
    if given.shape[1] < PAIRABLE:
        raise ValueError("ratings must be (targets, coders) with two coders or more")
    complete = ~np.isnan(given).any(axis=1)
    if not complete.any():
        raise ValueError("no target was rated by all coders")
    where = (groups or one_group(len(given))).take(complete)
    rows = given[complete] - given[complete].mean()
    squares = (rows**2).sum(axis=1)
    return where.sum(np.column_stack([np.ones(len(rows)), squares, rows.sum(axis=1) ** 2, rows]))


def icc_of(statistics: FloatArray, kind: IccKind = "A,1") -> FloatArray:
    """ICC of statistics (..., 3 + coders).

    NaN for fewer than two targets, where nothing varies, and where the variance that the error is
    held against is estimated as 0 or less (with k, when targets differ by less than chance).
    """
    coders = statistics.shape[-1] - 3
    mean = _squares(statistics)
    signal = mean.between - mean.error
    bias = mean.coders - mean.error
    whole = {
        "A,1": mean.between + (coders - 1) * mean.error + coders * ratio(bias, mean.targets),
        "C,1": mean.between + (coders - 1) * mean.error,
        "A,k": mean.between + ratio(bias, mean.targets),
        "C,k": mean.between,
    }[kind]
    size = mean.between + (coders - 1) * mean.error + mean.coders
    return ratio(signal, np.where(whole > _ROUNDING * size, whole, 0.0))


def icc(ratings: ArrayLike, kind: IccKind = "A,1", level: float = 0.95) -> IccResult:
    """Intraclass correlation, two-way, with its F-based interval.

    Parameters
    ----------
    ratings : (targets, coders)
        Numbers; a target with a NaN is left out.
    kind
        Absolute agreement (A) or consistency (C), of one coder (1) or of the mean of all (k).
    level
        Of the interval.

    Returns
    -------
    IccResult; all NaN where `icc_of` gives NaN, an end NaN where it is minus infinity

    Source
    ------
    McGraw & Wong (1996), Psychological Methods 1, tables 4 and 7; their 2-way models, random or
    mixed, give the same numbers. C,1 and A,1 are (3,1) and (2,1) of Shrout & Fleiss (1979).
    """
    sums = icc_statistics(ratings)[0]
    targets, coders = int(sums[0]), len(sums) - 3
    estimate = float(icc_of(sums, kind))
    mean = _squares(sums)
    if np.isnan(estimate) or (mean.between == 0 and mean.error == 0):
        return IccResult(estimate, float("nan"), float("nan"), targets, coders, level)
    single = _consistency if kind.startswith("C") else _absolute
    low, high = single(mean, coders, level)
    if kind.endswith("k"):
        low, high = _of_mean(low, coders), _of_mean(high, coders)
    return IccResult(estimate, low, high, targets, coders, level)


def _squares(statistics: FloatArray) -> _Squares:
    coders = statistics.shape[-1] - 3
    targets, squares, row_squares = (statistics[..., at] for at in range(3))
    columns = statistics[..., 3:]
    centre = ratio(columns.sum(axis=-1) ** 2, targets * coders)
    total = squares - centre
    between = row_squares / coders - centre
    of_coders = ratio((columns**2).sum(axis=-1), targets) - centre
    error = total - between - of_coders
    enough = (targets > 1) & (total > _ROUNDING * np.maximum(squares, _ROUNDING))
    # What rounding leaves of a sum of squares that is nothing would pass for variance.
    between, of_coders, error = (
        np.where(enough, np.where(part > _ROUNDING * total, part, 0.0), np.nan)
        for part in (between, of_coders, error)
    )
    degrees = np.where(targets > 1, targets - 1, 1.0)
    return _Squares(
        targets, between / degrees, of_coders / (coders - 1), error / (degrees * (coders - 1))
    )


def _consistency(mean: _Squares, coders: int, level: float) -> tuple[float, float]:
    rows = float(mean.targets) - 1
    if mean.error == 0:
        return 1.0, 1.0
    observed = float(mean.between / mean.error)
    low = observed / _quantile(level, rows, rows * (coders - 1))
    high = observed * _quantile(level, rows * (coders - 1), rows)
    return (low - 1) / (low + coders - 1), (high - 1) / (high + coders - 1)


def _absolute(mean: _Squares, coders: int, level: float) -> tuple[float, float]:
    count, between, of_coders, error = (
        float(part) for part in (mean.targets, mean.between, mean.coders, mean.error)
    )
    if error == 0 and of_coders == 0:
        return 1.0, 1.0
    noise = coders * of_coders + (coders * count - coders - count) * error
    point = (between - error) / (
        between + (coders - 1) * error + coders / count * (of_coders - error)
    )
    # Satterthwaite's degrees of freedom of a * MS(coders) + b * MS(error), both times (1 - point)
    # so that a point of 1 is no division by zero.
    first = coders * point / count * of_coders
    second = (1 - point + coders * point * (count - 1) / count) * error
    parts = first**2 / (coders - 1) + second**2 / ((count - 1) * (coders - 1))
    if parts == 0:  # neither targets nor coders differ: nothing to take the freedom from
        return float("nan"), float("nan")
    freedom = (first + second) ** 2 / parts
    upper, lower = _quantile(level, count - 1, freedom), _quantile(level, freedom, count - 1)
    return (
        count * (between - upper * error) / (upper * noise + count * between),
        count * (lower * between - error) / (noise + count * lower * between),
    )


def _of_mean(single: float, coders: int) -> float:
    """Spearman-Brown: the reliability of the mean of all coders; NaN where it has no bound."""
    spread = 1 + (coders - 1) * single
    return coders * single / spread if spread > _ROUNDING else float("nan")


def _quantile(level: float, first: float, second: float) -> float:
    return float(stats.f.ppf((1 + level) / 2, first, second))
