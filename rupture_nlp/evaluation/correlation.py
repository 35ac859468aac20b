"""Rank correlation, plain and with a third measure held fixed, for samples and for draws.

Conventions in `rupture_nlp.evaluation.counts`. Ranks have no sums per group, so these figures work
on weights: how often each row was drawn.
"""

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.counts import FloatArray, ratio


def ranks_of(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Mid-ranks of values (rows,) when row r stands weights (draws, rows) times: (draws, rows)."""
    distinct, place = np.unique(values, return_inverse=True)
    times = np.zeros((len(weights), len(distinct)))
    for at, column in zip(place.reshape(-1), weights.T, strict=True):
        times[:, at] += column
    middle = np.cumsum(times, axis=1) - times / 2 + 0.5
    ranks: FloatArray = middle[:, place.reshape(-1)]
    return ranks


def spearman_of(first: ArrayLike, second: ArrayLike, weights: ArrayLike) -> FloatArray:
    """Spearman's rho when row r of the columns (rows,) stands weights (draws, rows) times.

    The columns hold no NaN; leave out incomplete rows, and their weights, first.
    """
    times = np.asarray(weights, dtype=np.float64)
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    return _correlation(ranks_of(one, times), ranks_of(other, times), times)


def partial_spearman_of(
    first: ArrayLike, second: ArrayLike, held: ArrayLike, weights: ArrayLike
) -> FloatArray:
    """Spearman's rho of two columns with a third held fixed, such as session length.

    NaN where the third determines one of the two.

    Source
    ------
    The partial correlation of first order, of ranks: Conover (1999), Practical Nonparametric
    Statistics, 3rd edition, section 5.4.
    """
    times = np.asarray(weights, dtype=np.float64)
    ranks = [ranks_of(np.asarray(one, np.float64), times) for one in (first, second, held)]
    plain = _correlation(ranks[0], ranks[1], times)
    one, other = (_correlation(rank, ranks[2], times) for rank in ranks[:2])
    room = (1.0 - one**2) * (1.0 - other**2)
    possible = room > _ROUNDING
    return ratio(plain - one * other, np.where(possible, np.sqrt(np.maximum(room, 0.0)), 0.0))


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's rank correlation; ties share their mean rank.

    Parameters
    ----------
    first, second : (rows,)
        Numbers; a row that misses either (NaN) is left out.

    Returns
    -------
    float
        -1 to 1; NaN where either column is constant.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.shape != other.shape:
        raise ValueError("the columns must have one length")
    both = ~(np.isnan(one) | np.isnan(other))
    if not both.any():
        raise ValueError("no row has both numbers")
    return float(spearman_of(one[both], other[both], np.ones((1, int(both.sum()))))[0])


_ROUNDING = 1e-12


def _correlation(first: FloatArray, second: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum(axis=1, keepdims=True)
    one = first - ratio((weights * first).sum(axis=1, keepdims=True), total)
    other = second - ratio((weights * second).sum(axis=1, keepdims=True), total)
    together = (weights * one * other).sum(axis=1)
    spread = (weights * one**2).sum(axis=1) * (weights * other**2).sum(axis=1)
    return ratio(together, np.sqrt(np.where(spread > _ROUNDING, spread, 0.0)))
