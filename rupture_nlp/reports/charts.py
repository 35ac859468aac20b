"""Small pictures: a session in a strip, and how a rate is spread over sessions."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.reports import shapes
from rupture_nlp.reports.summary import STRIP_TRACKS, Strip

STRIP_WIDTH = 240.0
STRIP_HEIGHT = 44.0
_UNIT = 4.0  # height of one step of intensity
_LINES = (14.0, 30.0)  # the therapist's and the patient's line
_TRACK_CLASSES = ("wo", "ca", "ca", "wo")  # a strip tells families apart, not codes
_TRACK_SIGNS = (-1, 1, -1, 1)

PANEL_WIDTH = 320.0
PANEL_HEIGHT = 104.0
_PLOT_LEFT = 10.0
_PLOT_RIGHT = 310.0
_FLOOR = 74.0  # y of the axis
_CEILING = 12.0
_BINS = 30
_LOWEST_TOP = 4.0
_MOST_DOTS = 10  # in one column; above it bars


@dataclass(frozen=True, slots=True)
class StripPicture:
    """A mini timeline as paths. Each path is a style class and its data."""

    lines: str
    bars: tuple[tuple[str, str], ...]
    repaired: str
    unrepaired: str


@dataclass(frozen=True, slots=True)
class Panel:
    """How one rate is spread over sessions. `ticks` are x and label."""

    title: str
    style: str
    path: str
    ticks: tuple[tuple[float, str], ...]
    median_x: float
    words: str


def draw_strip(strip: Strip) -> StripPicture:
    """Bars above and below two lines; episodes as a line along the top."""
    count = max(1, len(strip.columns))
    step = STRIP_WIDTH / count
    lines = "".join(f"M0 {shapes.n(y)}H{shapes.n(STRIP_WIDTH)}" for y in _LINES)
    width = min(6.0, max(1.6, step * 0.8))
    bars = []
    for track in range(len(STRIP_TRACKS)):
        base = _LINES[track // 2]
        rectangles = [
            (column * step, base, width, _TRACK_SIGNS[track] * _UNIT * strength)
            for column in range(len(strip.columns))
            if (strength := strip.intensity(column, track))
        ]
        if rectangles:
            bars.append((_TRACK_CLASSES[track], shapes.boxes(rectangles)))
    return StripPicture(lines, tuple(bars), _spans(strip, step, True), _spans(strip, step, False))


def _spans(strip: Strip, step: float, repaired: bool) -> str:
    return shapes.boxes(
        (first * step, 0.0, (last - first + 1) * step, STRIP_HEIGHT)
        for first, last, is_repaired in strip.episodes
        if is_repaired is repaired
    )


def nice_top(largest: float) -> float:
    """The end of an axis that falls into four round steps; at least 4."""
    if largest <= _LOWEST_TOP:
        return _LOWEST_TOP
    power = 10.0 ** math.floor(math.log10(largest))
    return next(
        factor * power for factor in (1.0, 2.0, 4.0, 6.0, 8.0, 10.0) if factor * power >= largest
    )


def draw_panel(title: str, style: str, values: Sequence[float], top: float) -> Panel | None:
    """Sessions as stacked dots along an axis from 0 to `top`, or as bars where there are many.

    None without values. Values are rates per 100 turns, none above `top`.
    """
    if not values:
        return None
    span = _PLOT_RIGHT - _PLOT_LEFT
    bins = Counter(min(_BINS - 1, int(value / top * _BINS)) for value in values)
    size = span / _BINS
    highest = max(bins.values())
    if highest <= _MOST_DOTS:
        radius = min(size * 0.46, (_FLOOR - _CEILING) / _MOST_DOTS / 2)
        path = "".join(
            shapes.disc(
                _PLOT_LEFT + (place + 0.5) * size, _FLOOR - (2 * level + 1) * radius, radius
            )
            for place, count in sorted(bins.items())
            for level in range(count)
        )
    else:
        scale = (_FLOOR - _CEILING) / highest
        path = shapes.boxes(
            (_PLOT_LEFT + place * size + 0.5, _FLOOR, size - 1.0, -max(1.0, count * scale))
            for place, count in sorted(bins.items())
        )
    median = statistics.median(values)
    return Panel(
        title=title,
        style=style,
        path=path,
        ticks=tuple((_PLOT_LEFT + span * k / 4, f"{top * k / 4:g}") for k in range(5)),
        median_x=_PLOT_LEFT + span * median / top,
        words=f"median {median:.1f}, highest {max(values):.1f}; "
        f"none in {sum(value == 0 for value in values)} of {len(values)}",
    )
