"""Figures of numbers that several sides gave the same units: counts, rates, ratings.

Intraclass correlations, alpha on the interval scale and the mean difference come from one set of
sums per group. Ranks have no such sums; rank figures are drawn over the distinct pairs of numbers,
of which there are far fewer than units.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import sparse

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.correlation import ranks_of, spearman_of
from rupture_nlp.evaluation.counts import (
    PAIRABLE,
    BoolArray,
    FloatArray,
    Grouping,
    confusion_by_group,
    ratio,
)
from rupture_nlp.evaluation.harness.notes import described
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw_each, draw_weighted
from rupture_nlp.evaluation.harness.tables import Tables
from rupture_nlp.evaluation.icc import IccKind, icc, icc_of, icc_statistics
from rupture_nlp.evaluation.paired import PairedTurns
from rupture_nlp.evaluation.turns import CodedTurns
from rupture_nlp.evaluation.units import Rule, Units, UnitSpec, unit_values
from rupture_nlp.schema import RUPTURES, Family, Rupture

ALL_RUPTURES = RUPTURES[1:]
OF_FAMILY: dict[Family, tuple[Rupture, ...]] = {
    family: tuple(code for code in ALL_RUPTURES if code.family is family) for family in Family
}

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Numbers:
    """One variable of units that all sides know: `given` is (units, sides), the reference first.

    `key` names speaker, unit and variable; its metric and label are not looked at.
    """

    key: Key
    given: FloatArray
    groups: Grouping  # of the units

    def __len__(self) -> int:
        return len(self.given)

    def tables(self, labels: Sequence[str]) -> Tables:
        """Confusion tables of two sides' numbers, which must be 0, 1, ... below the labels."""
        reference, predicted = self.given.T
        counts = confusion_by_group(reference, predicted, len(labels), self.groups)
        return Tables(self.key, tuple(labels), counts)


def complete(key: Key, given: FloatArray, groups: Grouping) -> Numbers | None:
    """The units that all sides know, of numbers (units, sides) with gaps; None if there is none."""
    known = ~np.isnan(given).any(axis=1)
    return Numbers(key, given[known], groups.take(known)) if known.any() else None


def unit_numbers(
    turns: PairedTurns,
    units: Units,
    rule: Rule,
    variable: str,
    codes: Collection[Rupture] = ALL_RUPTURES,
) -> Numbers | None:
    """What both sides' codes make of units by a rule; None where no unit is known to both."""
    ruled = replace(units, spec=replace(units.spec, rule=rule))
    sides = (turns.reference, turns.predicted)
    known = shared_rows(sides, ruled.spec)
    given = np.column_stack([unit_values(side, ruled, codes, known) for side in sides])
    return complete(Key(turns.turns.speaker, str(ruled.spec), variable, ""), given, ruled.groups)


def shared_rows(sides: Sequence[CodedTurns], spec: UnitSpec) -> BoolArray:
    """(rows,): turns of which all sides say enough for the spec.

    Where it asks for an intensity, a rupture of unknown intensity is left out on all sides. No row
    is left if a side gave its ruptures no intensity at all: it knows the 0 of other turns, no more.
    """
    known = np.all([side.rupture >= 0 for side in sides], axis=0)
    if spec.rule is Rule.HIGHEST or spec.min_intensity > 1:
        for side in sides:
            known = known & (side.intensity >= 0) & gives_intensity(side)
    return np.asarray(known, dtype=np.bool_)


def gives_intensity(side: CodedTurns) -> bool:
    """Whether the side gave some rupture an intensity, or had none to give one."""
    ruptures = side.rupture > 0
    return bool((side.intensity[ruptures] > 0).any() or not ruptures.any())


def interval_alpha_of(statistics: FloatArray) -> FloatArray:
    """Krippendorff's alpha, interval scale, of the sums that an ICC needs: (..., 3 + coders).

    Over units that all coders rated the squared differences follow from those sums, so the many
    distinct numbers of rates need no table of pairs. NaN where only one value occurs.

    Source
    ------
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; the same as
    `alpha.krippendorff_alpha` on complete units.
    """
    coders = statistics.shape[-1] - 3
    targets, squares, row_squares = (statistics[..., place] for place in range(3))
    values = coders * targets
    observed = (coders * squares - row_squares) / (coders - 1)
    return _alpha(observed, values, squares, statistics[..., 3:].sum(axis=-1))


def ordinal_alpha_of(first: FloatArray, second: FloatArray, weights: FloatArray) -> FloatArray:
    """Krippendorff's alpha, ordinal scale, where row r stands weights (draws, rows) times.

    The ordinal distance of two values is that of their mid-ranks among all values of both sides.
    NaN where only one value occurs.

    Source
    ------
    As `interval_alpha_of`; the same as `alpha.krippendorff_alpha`.
    """
    both = np.concatenate([weights, weights], axis=1)
    ranks = ranks_of(np.concatenate([first, second]), both)
    values = both.sum(axis=1)
    ranks = ranks - ratio((both * ranks).sum(axis=1), values)[:, None]
    one, other = np.split(ranks, 2, axis=1)
    observed = (weights * (one - other) ** 2).sum(axis=1)
    return _alpha(observed, values, (both * ranks**2).sum(axis=1), (both * ranks).sum(axis=1))


def _alpha(
    observed: FloatArray, values: FloatArray, squares: FloatArray, total: FloatArray
) -> FloatArray:
    # Half of the sum over all pairs of values of their squared difference.
    expected = values * squares - total**2
    varies = expected > _ROUNDING * np.maximum(values * squares, _ROUNDING)
    return 1.0 - ratio((values - 1.0) * observed, np.where(varies, expected, 0.0))


def _difference_of(statistics: FloatArray) -> FloatArray:
    return ratio(statistics[..., 4] - statistics[..., 3], statistics[..., 0])


_ICC: dict[str, IccKind] = {"icc_a1": "A,1", "icc_c1": "C,1", "icc_ak": "A,k"}
_SUMMED: dict[str, Callable[[FloatArray], FloatArray]] = {
    **{metric: partial(icc_of, kind=kind) for metric, kind in _ICC.items()},
    "alpha_interval": interval_alpha_of,
    "mean_difference": _difference_of,
}
_RANKED: dict[str, Callable[[FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "spearman": spearman_of,
    "alpha_ordinal": ordinal_alpha_of,
}


def number_figures(
    numbers: Numbers | None, metrics: Sequence[str], resamples: Resamples
) -> list[Drawn]:
    """Figures of numbers, none where there are no numbers.

    `mean_difference`, `spearman` and `alpha_ordinal` are of two sides, the others of any number.
    """
    if numbers is None:
        return []
    summed = [metric for metric in metrics if metric in _SUMMED]
    keys = [replace(numbers.key, metric=metric, label="") for metric in metrics]
    by_metric = {key.metric: key for key in keys}

    def estimate(sums: FloatArray) -> FloatArray:
        return np.stack([_SUMMED[metric](sums) for metric in summed], axis=-1)

    found: list[Drawn] = []
    if summed:
        statistics = icc_statistics(numbers.given, numbers.groups)
        found = draw_each([by_metric[m] for m in summed], statistics, estimate, resamples)
    ranked = [by_metric[metric] for metric in metrics if metric in _RANKED]
    drawn = {one.key: one for one in (*found, *_ranked(numbers, ranked, resamples))}
    return [_described(drawn[key], numbers, resamples.level) for key in keys]


def _ranked(numbers: Numbers, keys: Sequence[Key], resamples: Resamples) -> list[Drawn]:
    if not keys:
        return []
    pairs, place = np.unique(numbers.given, axis=0, return_inverse=True)
    first, second = pairs.T
    index = numbers.groups.index
    shape = (len(numbers.groups.names), len(pairs))
    counts = sparse.csr_array((np.ones(len(index)), (index, place.reshape(-1))), shape=shape)

    def estimate(weights: FloatArray) -> FloatArray:
        times = np.asarray(weights @ counts, dtype=np.float64)
        return np.column_stack([_RANKED[key.metric](first, second, times) for key in keys])

    with_data = len(np.unique(index))
    return draw_weighted(keys, estimate, with_data, resamples, cells=4 * len(pairs))


def _described(drawn: Drawn, numbers: Numbers, level: float) -> Drawn:
    metric = drawn.key.metric
    if metric in _ICC:
        found = icc(numbers.given, _ICC[metric], level)
        exact = (found.low, found.high)
        drawn = replace(drawn, exact=None if np.isnan(exact).all() else exact)
    return described(drawn, len(numbers), undefined=f"undefined: {_why_undefined(numbers.given)}")


def _why_undefined(given: FloatArray) -> str:
    if len(given) < PAIRABLE:
        return "one unit only"
    if np.all(given == given[0, 0]):
        return "the same value everywhere"
    if np.any(np.all(given == given[0], axis=0)):
        return "one side has one value only"
    return "units differ by less than chance"
