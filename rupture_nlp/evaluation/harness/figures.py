"""Numbers with their intervals, what coders reach on the same rows, and another system's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.evaluation.harness.catalogue import METRICS
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.signature import Signature

LEAST_SHARED = 0.1
"""Of a ceiling that is no higher there is no share."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Another side's number, and how the first number stands to it on the same rows.

    Where the other side has fewer rows, as coders who shared a part of the corpus, the first number
    is computed anew on those rows for `difference` and `share`: it is `own`.
    """

    coders: tuple[str, ...]  # whose, the reference first
    interval: Interval
    difference: Interval  # the first number minus this one, draw by draw
    share: Interval  # the first number by this one; NaN where that says nothing (`_has_share`)
    rows: int = 0  # units of this side's number
    own: Interval | None = None  # the first number on these rows; None: they are all of its rows


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report, with all that it depends on."""

    key: Key
    coders: tuple[str, ...]  # whose, the reference first
    interval: Interval
    rows: int
    signature: Signature
    positives: int | None = None
    note: str = ""
    exact: tuple[float, float] | None = None  # an F-based interval, where there is one
    ceiling: Beside | None = None  # coder against coder
    versus: Beside | None = None  # another system against the reference


@dataclass(frozen=True, slots=True)
class Side:
    """Whose numbers they are."""

    coders: tuple[str, ...]
    drawn: Sequence[Drawn]
    own: Sequence[Drawn] | None = None  # the first side's on this side's rows; None: on all of them


def make_figures(
    own: Side,
    ceiling: Side | None,
    versus: Side | None,
    resamples: Resamples,
    signatures: Mapping[Key, Signature],
) -> tuple[Figure, ...]:
    """Put intervals to numbers and the numbers of other sides beside them, by key."""
    besides = [_Besides.of(side, resamples) for side in (ceiling, versus)]
    figures = []
    for drawn in own.drawn:
        ceilings, others = (side.beside(drawn) for side in besides)
        figures.append(
            Figure(
                key=drawn.key,
                coders=own.coders,
                interval=resamples.interval_of(drawn.values, drawn.groups),
                rows=drawn.rows,
                signature=signatures[drawn.key],
                positives=drawn.positives,
                note="; ".join(filter(None, (drawn.note, _of_fewer(drawn, ceilings)))),
                exact=drawn.exact,
                ceiling=ceilings,
                versus=others,
            )
        )
    return tuple(figures)


@dataclass(frozen=True, slots=True)
class _Besides:
    """Another side's numbers by key, and the first side's on the same rows."""

    coders: tuple[str, ...]
    drawn: Mapping[Key, Drawn]
    own: Mapping[Key, Drawn] | None
    resamples: Resamples

    @classmethod
    def of(cls, side: Side | None, resamples: Resamples) -> "_Besides":
        if side is None:
            return cls((), {}, None, resamples)
        own = None if side.own is None else {one.key: one for one in side.own}
        return cls(side.coders, {one.key: one for one in side.drawn}, own, resamples)

    def beside(self, first: Drawn) -> Beside | None:
        other = self.drawn.get(first.key)
        same = first if self.own is None else self.own.get(first.key)
        if other is None or same is None or np.isnan(other.estimate):
            return None
        alike = same.rows == first.rows and np.array_equal(same.values, first.values, True)
        make, groups = self.resamples.interval_of, min(same.groups, other.groups)
        return Beside(
            coders=self.coders,
            interval=make(other.values, other.groups),
            difference=make(same.values - other.values, groups),
            share=make(_share(same, other), groups),
            rows=other.rows,
            own=None if alike else make(same.values, same.groups),
        )


def _of_fewer(drawn: Drawn, ceiling: Beside | None) -> str:
    """What a reader must know who subtracts the coders' number from the one shown."""
    if ceiling is None or ceiling.own is None:
        return ""
    return (
        f"coders on {ceiling.rows} of {drawn.rows}, where this is {ceiling.own.estimate:.2f}: "
        "difference and share are of those"
    )


def _share(own: Drawn, other: Drawn) -> FloatArray:
    part, whole = own.values, other.values
    positive = (whole > 0) & _has_share(other)
    return np.where(positive, part / np.where(positive, whole, 1.0), np.nan)


def _has_share(whole: Drawn) -> bool:
    """Whether a share of this number says how much of it is reached.

    Not of a number of which more is not better, as a prevalence, a difference or an error, nor of
    one so near 0 that any share of it comes out huge.
    """
    metric = METRICS.get(whole.key.metric)
    more_is_better = metric is None or metric.best == 1.0
    return more_is_better and whole.estimate > LEAST_SHARED
