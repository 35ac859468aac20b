"""Numbers with their intervals, what coders reach on the same rows, and another system's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.signature import Signature


@dataclass(frozen=True, slots=True)
class Beside:
    """Another side's number on the same rows, and how the first number stands to it."""

    coders: tuple[str, ...]  # whose, the reference first
    interval: Interval
    difference: Interval  # the first number minus this one, draw by draw
    share: Interval  # the first number by this one; NaN where this one is not above 0


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


def make_figures(
    own: Side,
    ceiling: Side | None,
    versus: Side | None,
    resamples: Resamples,
    signatures: Mapping[Key, Signature],
) -> tuple[Figure, ...]:
    """Put intervals to numbers and the numbers of other sides beside them, by key."""
    besides = [{one.key: one for one in side.drawn} if side else {} for side in (ceiling, versus)]
    figures = []
    for drawn in own.drawn:
        ceilings, others = (found.get(drawn.key) for found in besides)
        figures.append(
            Figure(
                key=drawn.key,
                coders=own.coders,
                interval=resamples.interval_of(drawn.values, drawn.groups),
                rows=drawn.rows,
                signature=signatures[drawn.key],
                positives=drawn.positives,
                note=drawn.note,
                exact=drawn.exact,
                ceiling=_beside(drawn, ceilings, ceiling, resamples),
                versus=_beside(drawn, others, versus, resamples),
            )
        )
    return tuple(figures)


def _beside(
    drawn: Drawn, other: Drawn | None, side: Side | None, resamples: Resamples
) -> Beside | None:
    if other is None or side is None or np.isnan(other.estimate):
        return None
    groups = min(drawn.groups, other.groups)
    return Beside(
        coders=side.coders,
        interval=resamples.interval_of(other.values, other.groups),
        difference=resamples.interval_of(drawn.values - other.values, groups),
        share=resamples.interval_of(_share(drawn.values, other.values), groups),
    )


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    positive = whole > 0
    return np.where(positive, part / np.where(positive, whole, 1.0), np.nan)
