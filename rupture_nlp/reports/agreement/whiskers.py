"""An interval drawn on a line: a dot on a whisker, and a diamond for what coders reach.

    own       |----o---------|            filled dot, thick line
    versus        |--x----|               cross
    coders                     |--<>--|   hollow diamond, thin line

Marks differ in form and place, so that they survive grey print and colour blindness.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.harness.figures import Beside, Figure
from rupture_nlp.reports.shapes import diamond, disc, n

WIDTH = 190.0
_MARGIN = 7.0
_LANE = 8.0
_CAP = 2.4
_CROSS = 3.2
_ROUNDING = 1e-6
# Ends of an axis, and the lowest value for which each will do: too little below 0 is not worth a
# third of the picture.
_LOWS = ((0.0, -0.02), (-0.5, -0.5))


@dataclass(frozen=True, slots=True)
class Axis:
    """The ends of a line, and what stands at its ticks."""

    low: float = 0.0
    high: float = 1.0

    def x(self, value: float) -> float:
        """Where a value stands; values off the axis stand at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return _MARGIN + share * (WIDTH - 2 * _MARGIN)

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Place and label of round values: the ends, the middle, and zero."""
        step = min(0.5, self.high / 2)
        first = math.ceil(self.low / step)
        values = [step * place for place in range(first, round(self.high / step) + 1)]
        return tuple((self.x(value), _tick(value)) for value in values)


@dataclass(frozen=True, slots=True)
class Whiskers:
    """One row's picture, as SVG path data; a path that is empty is not drawn."""

    height: float
    grid: str
    zero: str
    own: str = ""
    own_dot: str = ""
    versus: str = ""
    versus_mark: str = ""
    ceiling: str = ""
    ceiling_mark: str = ""
    width: float = WIDTH


def axis_for(figures: Iterable[Figure]) -> Axis:
    """From 0 to 1; from -.5 or -1 where something shown lies below 0."""
    lowest = 0.0
    for figure in figures:
        if drawable(figure):
            shown = (figure.interval, *(one.interval for one in _besides(figure)))
            ends = [end for one in shown for end in (one.estimate, one.low) if math.isfinite(end)]
            lowest = min([lowest, *ends])
    return axis_from(lowest)


def axis_from(lowest: float) -> Axis:
    """The shortest axis that holds this value."""
    lows = (low for low, shown in _LOWS if lowest >= shown)
    return Axis(next(lows, -1.0))


def drawable(figure: Figure) -> bool:
    """Whether the number lives between -1 and 1, as a line from 0 to 1 has it."""
    interval = figure.interval
    ends = (interval.estimate, interval.low, interval.high)
    finite = [end for end in ends if math.isfinite(end)]
    small = all(abs(end) <= 1 + _ROUNDING for end in finite)
    return small and figure.key.metric != "mean_difference"


def draw_whiskers(figure: Figure, axis: Axis) -> Whiskers | None:
    """The figure, another system's and the coders', one under the other; None off this axis."""
    if not drawable(figure) or not math.isfinite(figure.interval.estimate):
        return None
    lanes = 1 + len(_besides(figure))
    height = 6 + lanes * _LANE
    places = iter([3 + _LANE * (lane + 0.5) for lane in range(lanes)])
    own = next(places)
    interval = figure.interval
    versus, ceiling = figure.versus, figure.ceiling
    y_versus = next(places) if versus else 0.0
    y_ceiling = next(places) if ceiling else 0.0
    return Whiskers(
        height=height,
        grid="".join(f"M{n(x)} 0v{n(height)}" for x, _ in axis.ticks),
        zero=f"M{n(axis.x(0.0))} 0v{n(height)}",
        own=_line(interval, axis, own),
        own_dot=disc(axis.x(interval.estimate), own, 3.6),
        versus=_line(versus.interval, axis, y_versus) if versus else "",
        versus_mark=_cross(axis.x(versus.interval.estimate), y_versus) if versus else "",
        ceiling=_line(ceiling.interval, axis, y_ceiling) if ceiling else "",
        ceiling_mark=diamond(axis.x(ceiling.interval.estimate), y_ceiling, 3.8) if ceiling else "",
    )


def draw_line(estimate: float, low: float, high: float, axis: Axis, second: float) -> Whiskers:
    """One number with its interval, and a second one marked by an upright line (NaN: none)."""
    height, y = 14.0, 7.0
    interval = Interval(estimate, low, high, 0, 0, 0)
    known = math.isfinite(estimate)
    return Whiskers(
        height=height,
        grid="".join(f"M{n(x)} 0v{n(height)}" for x, _ in axis.ticks),
        zero=f"M{n(axis.x(0.0))} 0v{n(height)}",
        own=_line(interval, axis, y) if known else "",
        own_dot=disc(axis.x(estimate), y, 3.4) if known else "",
        ceiling=f"M{n(axis.x(second))} 1v12" if math.isfinite(second) else "",
    )


def _besides(figure: Figure) -> list[Beside]:
    return [one for one in (figure.versus, figure.ceiling) if one is not None]


def _line(interval: Interval, axis: Axis, y: float) -> str:
    """The whisker; an end that lies off the axis has no cap."""
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return ""
    path = f"M{n(axis.x(interval.low))} {n(y)}H{n(axis.x(interval.high))}"
    for end in (interval.low, interval.high):
        if axis.low <= end <= axis.high:
            path += f"M{n(axis.x(end))} {n(y - _CAP)}v{n(2 * _CAP)}"
    return path


def _cross(x: float, y: float) -> str:
    left, arm, back = n(x - _CROSS), n(2 * _CROSS), n(-2 * _CROSS)
    return f"M{left} {n(y - _CROSS)}l{arm} {arm}M{left} {n(y + _CROSS)}l{arm} {back}"


def _tick(value: float) -> str:
    return f"{value:g}".replace("0.", ".").replace("-", "\N{MINUS SIGN}")
