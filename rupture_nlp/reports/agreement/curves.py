"""Precision by recall, and reliability: pictures in a square from 0 to 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.evaluation.harness.report import Curve
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import two
from rupture_nlp.reports.shapes import disc, n

SIDE = 240.0
_LEFT = 44.0
_TOP = 8.0
WIDTH = _LEFT + SIDE + 12
HEIGHT = _TOP + SIDE + 40
_STEP = 0.5  # pixels between points that are worth telling apart
_LEAST, _MOST = 2.2, 7.0  # radius of a bin's dot
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the axis
_TOPS = (0.1, 0.2, 0.4, 0.6)  # ends of the axes of reliability, where all bins lie low


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture. Ticks are place and label; `dots` and `whiskers` are path data."""

    title: str
    words: str  # for those who hear the page
    x_title: str
    y_title: str
    line: str
    guide: str  # chance, or the diagonal of perfect calibration
    guide_words: str
    dots: str = ""
    whiskers: str = ""
    top: float = 1.0  # where both axes end

    @property
    def x_ticks(self) -> tuple[tuple[float, str], ...]:
        return tuple((_x(share), _label(share * self.top)) for share in _TICKS)

    @property
    def y_ticks(self) -> tuple[tuple[float, str], ...]:
        return tuple((_y(share), _label(share * self.top)) for share in _TICKS)

    @property
    def frame(self) -> str:
        return f"M{n(_LEFT)} {n(_TOP)}V{n(_TOP + SIDE)}H{n(_LEFT + SIDE)}"

    @property
    def grid(self) -> str:
        across = "".join(f"M{n(_LEFT)} {n(_y(value))}h{n(SIDE)}" for value in _TICKS[1:])
        return across + "".join(f"M{n(_x(value))} {n(_TOP)}v{n(SIDE)}" for value in _TICKS[1:])


def draw_curves(curves: Sequence[Curve]) -> tuple[Plot, ...]:
    """A picture a curve: precision by recall first, patients before therapists."""
    plots = []
    for name, draw in (("precision_recall", _precision_recall), ("reliability", _reliability)):
        plots += [draw(curve) for curve in curves if curve.name == name and len(curve.x)]
    return tuple(plots)


def _precision_recall(curve: Curve) -> Plot:
    chance = curve.chance
    return Plot(
        title=f"{names.speakers(curve.speaker)}: precision by recall",
        words="Precision at a recall of "
        + ", ".join(f"{two(at)}: {two(_at(curve, at))}" for at in (0.25, 0.5, 0.75)),
        x_title="Recall",
        y_title="Precision",
        line=_path(curve.x, curve.y),
        guide="" if chance is None else f"M{n(_x(0))} {n(_y(chance))}H{n(_x(1))}",
        guide_words="" if chance is None else f"dashed: chance, {two(chance)}",
    )


def _reliability(curve: Curve) -> Plot:
    places = range(len(curve.x))
    shown = [at for at in places if math.isfinite(curve.x[at]) and math.isfinite(curve.y[at])]
    highest = max((value for at in shown for value in _heights(curve, at)), default=1.0)
    top = next((end for end in _TOPS if highest <= end), 1.0)
    x = [curve.x[at] / top for at in shown]
    y = [curve.y[at] / top for at in shown]
    radii = _radii(curve)
    return Plot(
        title=f"{names.speakers(curve.speaker)}: reliability",
        words="Share of ruptures where the mean probability is "
        + ", ".join(f"{two(curve.x[at])}: {two(curve.y[at])}" for at in shown),
        x_title="Mean probability of a bin",
        y_title="Share of ruptures",
        line=_path(x, y),
        guide=f"M{n(_x(0))} {n(_y(0))}L{n(_x(1))} {n(_y(1))}",
        guide_words="dashed: perfectly calibrated; the larger a dot, the more turns",
        dots="".join(
            disc(_x(left), _y(height), radii[at])
            for at, left, height in zip(shown, x, y, strict=True)
        ),
        whiskers="".join(_whisker(curve, at, top) for at in shown),
        top=top,
    )


def _heights(curve: Curve, at: int) -> list[float]:
    """All that a bin needs room for."""
    ends = curve.y_high[at : at + 1]
    return [value for value in (curve.x[at], curve.y[at], *ends) if math.isfinite(value)]


def _whisker(curve: Curve, at: int, top: float) -> str:
    ends = (*curve.y_low[at : at + 1], *curve.y_high[at : at + 1])
    if not ends or not all(map(math.isfinite, ends)):
        return ""
    return f"M{n(_x(curve.x[at] / top))} {n(_y(ends[0] / top))}V{n(_y(ends[1] / top))}"


def _radii(curve: Curve) -> list[float]:
    if not curve.weights:
        return [(_LEAST + _MOST) / 2] * len(curve.x)
    largest = max((weight for weight in curve.weights if math.isfinite(weight)), default=0.0) or 1.0
    # Area by turns: the radius goes with the root.
    return [
        _LEAST + (_MOST - _LEAST) * math.sqrt(max(weight, 0.0) / largest)
        if math.isfinite(weight)
        else _LEAST
        for weight in curve.weights
    ]


def _path(x: Sequence[float], y: Sequence[float]) -> str:
    """A line through the points, without those that no eye could tell from the last one."""
    drawn: list[tuple[float, float]] = []
    for one, other in zip(x, y, strict=True):
        if not (math.isfinite(one) and math.isfinite(other)):
            continue
        point = (_x(one), _y(other))
        if not drawn or max(abs(point[k] - drawn[-1][k]) for k in (0, 1)) >= _STEP:
            drawn.append(point)
    if not drawn:
        return ""
    return "M" + "L".join(f"{n(left)} {n(top)}" for left, top in drawn)


def _at(curve: Curve, recall: float) -> float:
    """Precision at the first point of at least this recall."""
    return next((y for x, y in zip(curve.x, curve.y, strict=True) if x >= recall), float("nan"))


def _x(value: float) -> float:
    return _LEFT + SIDE * min(max(value, 0.0), 1.0)


def _y(value: float) -> float:
    return _TOP + SIDE * (1 - min(max(value, 0.0), 1.0))


def _label(value: float) -> str:
    return f"{round(value, 4):g}".removeprefix("0") or "0"
