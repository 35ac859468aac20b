"""Numbers under every draw of a bootstrap: what intervals, differences and shares are made from.

A section of the harness computes each of its numbers for the sample and for all draws at once. All
sections of a report share their draws, so that any two numbers can be set against each other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.bootstrap import Estimate, Resamples
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.counts import FloatArray


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Which number it is. Two systems are compared where their keys are the same."""

    speaker: str  # patient or therapist; "" for what belongs to no speaker, as episodes
    unit: str  # `str(UnitSpec)`, with its counting rule and thresholds
    variable: str  # what was coded: rupture, code, intensity, markers, ... (`catalogue.VARIABLES`)
    metric: str  # a name in `catalogue.METRICS`
    label: str = ""  # one code, marker, criterion ...; "" for a number over all of them


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number under every draw."""

    key: Key
    values: FloatArray  # (1 + draws,): of the sample first; NaN where undefined
    rows: int  # units that count
    groups: int  # groups with data
    positives: int | None = None  # units of the reference with the label, where there is one
    note: str = ""  # what a reader must know, such as "not estimable: 7 positives"
    exact: tuple[float, float] | None = None  # an F-based interval, where there is one

    @property
    def estimate(self) -> float:
        """The number of the sample."""
        return float(self.values[0])


def draw(key: Key, statistics: ArrayLike, estimate: Estimate, resamples: Resamples) -> Drawn:
    """Draw a number computed from summed statistics (groups, ...).

    `rows` is 0; set it with `with_rows`, or use `draw_each`.
    """
    return draw_each([key], statistics, lambda sums: estimate(sums)[:, None], resamples)[0]


def draw_each(
    keys: Sequence[Key],
    statistics: ArrayLike,
    estimate: Estimate,
    resamples: Resamples,
) -> list[Drawn]:
    """Draw numbers that come together, such as F1 by class: `estimate` gives (draws, keys)."""
    sums = np.asarray(statistics, dtype=np.float64)
    with_data = int(np.any(sums.reshape(len(sums), -1) != 0, axis=1).sum())

    def of_weights(weights: FloatArray) -> FloatArray:
        return estimate(np.tensordot(weights, sums, axes=1))

    return draw_weighted(keys, of_weights, with_data, resamples, sums[0].size)


def draw_weighted(
    keys: Sequence[Key],
    estimate: Callable[[FloatArray], FloatArray],
    groups: int,
    resamples: Resamples,
    cells: int = 1,
) -> list[Drawn]:
    """Draw numbers computed from group weights (draws, groups), as rankings are.

    `groups` is how many groups hold data, `cells` how many numbers one draw needs.
    """
    values = resamples.values(estimate, cells)
    return [Drawn(key, values[:, at], 0, groups) for at, key in enumerate(keys)]


def with_rows(drawn: Sequence[Drawn], rows: int) -> list[Drawn]:
    """The numbers with the count of units they rest on."""
    return [replace(one, rows=rows) for one in drawn]


def mean_of(drawn: Sequence[Drawn], pairs: int | None = None) -> Drawn:
    """The mean of the same number over several pairs of coders, draw by draw; NaN if any is.

    `pairs`: how many there are with those that do not have it; all do if None. `positives` are
    those of the pair with the fewest, `rows` and `groups` of the one with the most.
    """
    first, of = drawn[0], pairs or len(drawn)
    if len({one.key for one in drawn}) != 1:
        raise ValueError("a mean is of numbers with one key")
    if of == 1:
        return first
    values = np.mean([one.values for one in drawn], axis=0)
    rows, groups = max(one.rows for one in drawn), max(one.groups for one in drawn)
    positives = min((one.positives for one in drawn if one.positives is not None), default=None)
    few = positives is not None and positives < ESTIMABLE_FROM
    undefined = next((one.note for one in drawn if np.isnan(one.estimate)), "")
    notes = [
        f"mean of {of} pairs" if len(drawn) == of else f"mean of {len(drawn)} of {of} pairs",
        undefined,
        f"not estimable: {positives} positives in a pair" if few and not undefined else "",
    ]
    return Drawn(first.key, values, rows, groups, positives, "; ".join(filter(None, notes)))


def means_of(each: Sequence[Sequence[Drawn]]) -> list[Drawn]:
    """The mean of every number over the pairs of coders that have it; `each`: a pair's numbers."""
    by_key: dict[Key, list[Drawn]] = {}
    for drawn in (one for found in each for one in found):
        by_key.setdefault(drawn.key, []).append(drawn)
    return [mean_of(found, len(each)) for found in by_key.values()]
