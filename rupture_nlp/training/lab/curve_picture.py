"""The learning curve as a picture inside a page."""

import base64
import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.curve import CurvePoint, Size

SOURCES = {"start": "from the starting model", "bare": "from the bare encoder"}
_COLOURS = {"start": "#1d4e89", "bare": "#b45309"}
_APART = 1.03  # so that intervals at one number of sessions do not cover each other


def size_name(sessions: Size) -> str:
    """How a number of sessions is called in a table."""
    if sessions is None:
        return "all"
    return str(sessions) if sessions else "none: as it is"


def draw_curve(points: Sequence[CurvePoint], speaker: Speaker) -> str:
    """Average precision of one speaker by number of sessions, as the address of an SVG."""
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.add_subplot()
    places = _places(points)
    highest = 0.0
    for shift, source in enumerate(SOURCES):
        known = [
            (places[point.sessions] * _APART**shift, interval)
            for point in points
            if point.source == source and (interval := point.average_precision.get(speaker))
        ]
        _line(axes, known, source)
        highest = max([highest, *(interval.high for _, interval in known)])
    axes.set_xscale("log")
    axes.set_xticks([*places.values()], [size_name(size).partition(":")[0] for size in places])
    axes.minorticks_off()
    axes.set(xlabel="sessions learned from", ylabel="average precision")
    axes.set_ylim(0, min(1.0, 1.2 * highest) or 1.0)
    if highest:
        axes.legend(frameon=False, loc="upper left")
    content = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "curve"}):
        figure.savefig(content, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(content.getvalue()).decode()


def _places(points: Sequence[CurvePoint]) -> dict[Size, float]:
    """Where each number of sessions stands on an axis of logarithms, which has no 0 and no all."""
    sizes = sorted({point.sessions for point in points if point.sessions})
    places: dict[Size, float] = {size: float(size) for size in sizes}
    if any(point.sessions == 0 for point in points):
        places[0] = min(sizes, default=1) / 2
    places[None] = 2.0 * max(sizes, default=1)
    return places


def _line(axes: Axes, drawn: list[tuple[float, Interval]], source: str) -> None:
    """One line of the curve with its intervals; nothing where no point has a figure."""
    if drawn:
        axes.errorbar(
            [x for x, _ in drawn],
            [i.estimate for _, i in drawn],
            yerr=[
                [max(0.0, i.estimate - i.low) for _, i in drawn],
                [max(0.0, i.high - i.estimate) for _, i in drawn],
            ],
            color=_COLOURS[source],
            marker="o",
            capsize=3,
            label=SOURCES[source],
        )
