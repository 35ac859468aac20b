"""Intervals: groups are drawn with replacement, never utterances, which are not independent.

A draw is a row of weights, how often each group was drawn; `weights @ statistics` sums the
statistics of all draws at once. Figures that share groups, draws and seed share their draws, which
is what makes their differences paired.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from rupture_nlp.evaluation.counts import PAIRABLE, FloatArray, Grouping

FEW_GROUPS = 20
"""With fewer groups a bootstrap interval is too narrow to be trusted, and says so."""

DRAWS = 2000
_CELLS_AT_ONCE = 4_000_000  # numbers held per block of draws: about 32 MB

Estimate = Callable[[FloatArray], FloatArray]
"""From summed statistics (draws, ...) to figures (draws,), NaN where undefined."""

Method = Literal["percentile", "bca"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its bootstrap interval."""

    estimate: float
    low: float
    high: float
    draws: int
    seed: int
    groups: int  # groups with data
    undefined: int = 0  # draws in which the figure is undefined; left out of the interval
    level: float = 0.95
    method: Method = "percentile"

    @property
    def few_groups(self) -> bool:
        return self.groups < FEW_GROUPS

    @property
    def warning(self) -> str | None:
        """What must stand beside the interval, or None."""
        if self.few_groups:
            groups = "1 group" if self.groups == 1 else f"{self.groups} groups"
            return f"only {groups}: the interval is likely too narrow"
        if 2 * self.undefined > self.draws:
            return f"undefined in {self.undefined} of {self.draws} draws"
        return None


@dataclass(frozen=True, slots=True)
class Resamples:
    """Draws of groups, made once and used for every figure of a comparison.

    Row 0 of `weights` is all ones, the sample itself; the others are the draws.
    """

    weights: FloatArray  # (1 + draws, groups)
    seed: int
    level: float = 0.95
    method: Method = "percentile"

    @property
    def draws(self) -> int:
        return len(self.weights) - 1

    @property
    def groups(self) -> int:
        return int(self.weights.shape[1])

    def interval(self, statistics: ArrayLike, estimate: Estimate) -> Interval:
        """The figure of statistics (groups, ...) with its interval."""
        return self.interval_each(statistics, lambda sums: estimate(sums)[:, None])[0]

    def interval_each(self, statistics: ArrayLike, estimate: Estimate) -> tuple[Interval, ...]:
        """Intervals of figures that come together, such as F1 by class: (draws, figures)."""
        sums = np.asarray(statistics, dtype=np.float64)
        with_data = int(np.any(sums.reshape(len(sums), -1) != 0, axis=1).sum())

        def of_weights(weights: FloatArray) -> FloatArray:
            return estimate(np.tensordot(weights, sums, axes=1))

        return self.interval_weighted(of_weights, with_data, sums[0].size)

    def difference(
        self, first: ArrayLike, second: ArrayLike, estimate: Estimate, *, share: bool = False
    ) -> Interval:
        """First minus second, both resampled by the same draws: a paired difference.

        Parameters
        ----------
        first, second
            Statistics of two systems over the same groups, of one shape.
        estimate
            From the statistics of either to its figure.
        share
            Give first / second instead, such as a model's share of the ceiling; NaN where
            the second figure is not above 0.
        """
        pair = np.stack([np.asarray(first, np.float64), np.asarray(second, np.float64)], axis=1)

        def contrast(sums: FloatArray) -> FloatArray:
            one, other = estimate(sums[:, 0]), estimate(sums[:, 1])
            if not share:
                return one - other
            positive = other > 0
            return np.where(positive, one / np.where(positive, other, 1.0), np.nan)

        return self.interval(pair, contrast)

    def interval_weighted(
        self, estimate: Estimate, groups: int, cells: int = 1
    ) -> tuple[Interval, ...]:
        """Intervals of figures computed from group weights: (draws, groups) to (draws, figures).

        `groups` is how many groups hold data, `cells` how many numbers one draw needs.
        """
        values = self._in_blocks(estimate, self.weights, cells)
        jackknife = None
        if self.method == "bca":
            left_out = np.ones((self.groups, self.groups)) - np.eye(self.groups)
            jackknife = self._in_blocks(estimate, left_out, cells)
        return tuple(
            self._interval(values[:, at], groups, None if jackknife is None else jackknife[:, at])
            for at in range(values.shape[1])
        )

    def values(self, estimate: Estimate, cells: int = 1) -> FloatArray:
        """Figures (1 + draws, figures) computed from group weights: of the sample, then of draws.

        `cells` is how many numbers one draw needs.
        """
        return self._in_blocks(estimate, self.weights, cells)

    def interval_of(self, values: FloatArray, groups: int) -> Interval:
        """The percentile interval of a figure (1 + draws,) from `values`.

        `groups` is how many groups hold data. A BCa interval needs the figure without each group
        too: use `interval_weighted`.
        """
        return replace(self._interval(values, groups, None), method="percentile")

    def _in_blocks(self, estimate: Estimate, weights: FloatArray, cells: int) -> FloatArray:
        step = max(1, _CELLS_AT_ONCE // max(1, cells))
        blocks = [estimate(weights[at : at + step]) for at in range(0, len(weights), step)]
        return np.concatenate(blocks)

    def _interval(self, values: FloatArray, groups: int, jackknife: FloatArray | None) -> Interval:
        estimate, drawn = float(values[0]), values[1:]
        defined = drawn[~np.isnan(drawn)]
        low = high = float("nan")
        # Draws of one group are all the same: they tell nothing, not that there is no error.
        if groups >= PAIRABLE and defined.size and not np.isnan(estimate):
            tails = np.array([(1 - self.level) / 2, (1 + self.level) / 2])
            if jackknife is not None:
                tails = _bca_tails(tails, estimate, defined, jackknife)
            low, high = (float(end) for end in np.quantile(defined, tails))
        undefined = len(drawn) - len(defined)
        return Interval(
            estimate, low, high, self.draws, self.seed, groups, undefined, self.level, self.method
        )


def resample(
    groups: int,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = 0.95,
    method: Method = "percentile",
) -> Resamples:
    """Draw groups with replacement, as many as there are.

    Raises
    ------
    ValueError
        No group, or no draw.
    """
    if groups < 1 or draws < 1:
        raise ValueError("a bootstrap needs at least one group and one draw")
    picked = np.random.default_rng(seed).integers(groups, size=(draws, groups))
    cells = picked + np.arange(draws)[:, None] * groups
    counts = np.bincount(cells.ravel(), minlength=draws * groups).reshape(draws, groups)
    weights = np.concatenate([np.ones((1, groups)), counts.astype(np.float64)])
    return Resamples(weights, seed, level, method)


def bootstrap(
    statistics: ArrayLike,
    estimate: Estimate,
    groups: Grouping | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """A figure with its percentile interval over groups.

    Parameters
    ----------
    statistics : (groups, ...)
        Or (rows, ...) where `groups` says to which group a row belongs.
    estimate
        From sums (draws, ...) to figures (draws,).
    groups
        Of the rows; None where the rows are the groups.
    draws, seed
        Of the bootstrap; the same seed gives the same draws.

    Returns
    -------
    Interval; draws in which the figure is undefined are left out and counted

    Source
    ------
    Field & Welsh (2007), Bootstrapping clustered data, JRSS B 69: the groups are resampled,
    the rows in them are not.
    """
    sums = np.asarray(statistics, np.float64) if groups is None else groups.sum(statistics)
    return resample(len(sums), draws, seed).interval(sums, estimate)


def _bca_tails(
    tails: FloatArray, estimate: float, drawn: FloatArray, jackknife: FloatArray
) -> FloatArray:
    """Bias-corrected and accelerated tails; the plain ones where they cannot be computed.

    Source
    ------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, equations 14.9 to 14.15.
    """
    below = (np.mean(drawn < estimate) + np.mean(drawn <= estimate)) / 2  # ties count half
    deviation = jackknife[~np.isnan(jackknife)].mean() - jackknife[~np.isnan(jackknife)]
    spread = float((deviation**2).sum())
    if not 0 < below < 1 or spread == 0:
        return tails
    acceleration = float((deviation**3).sum()) / (6 * spread**1.5)
    bias = float(stats.norm.ppf(below))
    shifted = bias + np.asarray(stats.norm.ppf(tails), dtype=np.float64)
    return np.asarray(stats.norm.cdf(bias + shifted / (1 - acceleration * shifted)), np.float64)
