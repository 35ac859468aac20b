"""The page that a lab reads first: the verdict, figures, learning curve, each patient's results.

It holds names of groups, is for the lab alone, and runs no script and fetches nothing.
"""

import base64
import io
from dataclasses import dataclass
from importlib import resources

import matplotlib as mpl
from jinja2 import Environment, StrictUndefined
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.reports.agreement.tables import IN_SAMPLE
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.counts import LEARNABLE_FROM, ClassCount
from rupture_nlp.training.lab.curve import CurvePoint
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.groups import GroupResult
from rupture_nlp.training.lab.memorise import Memorisation
from rupture_nlp.training.lab.reliability import ReliabilityRow
from rupture_nlp.training.lab.score import Measured
from rupture_nlp.training.lab.verdict import Verdict
from rupture_nlp.training.lab.wording import (
    ADVICE,
    HEAD,
    carries,
    cells,
    code_figure,
    shown,
    title,
)

TEMPLATE = "report.html.j2"
_COLOURS = {"start": "#1d4e89", "bare": "#b45309"}
_NAMES = {"start": "from the starting model", "bare": "from the bare encoder"}


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the page shows."""

    verdict: Verdict
    rows: dict[str, Measured]
    curve: list[CurvePoint]
    groups: list[GroupResult]
    memorisation: Memorisation | None
    counts: tuple[ClassCount, ...]
    reliability: list[ReliabilityRow]
    not_known: tuple[str, ...]  # what the model was not taught, a sentence each


def render_report(data: LabData, facts: ReportFacts) -> str:
    """The page as HTML; everything in it is escaped."""
    source = resources.files("rupture_nlp.training.lab").joinpath(TEMPLATE)
    template = Environment(undefined=StrictUndefined, autoescape=True).from_string(
        source.read_text(encoding="utf-8")
    )
    first = next(iter(facts.rows.values()))
    return template.render(
        data=data,
        facts=facts,
        head=HEAD,
        tables=[(speaker, title(speaker, figures)) for speaker, figures in first.items()],
        cells=cells,
        shown=shown,
        curves={s: _picture(facts.curve, s) for s in first} if facts.curve else {},
        advice=ADVICE[IN_SAMPLE if facts.verdict.in_sample else facts.verdict.word],
        carries=lambda count: carries(count, data.labels),
        code_figure=lambda count: code_figure(first, count),
        learnable_from=LEARNABLE_FROM,
        estimable_from=ESTIMABLE_FROM,
        stamp=f" ({IN_SAMPLE})" if facts.verdict.in_sample else "",
        size=lambda point: "all" if point.sessions is None else point.sessions,
        source=_NAMES,
    )


def _picture(points: list[CurvePoint], speaker: Speaker) -> str:
    """The curve of one speaker as a data address."""
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.add_subplot()
    sizes = sorted({p.sessions for p in points if p.sessions is not None})
    everything = 2 * max(sizes, default=1)
    for shift, source in enumerate(_COLOURS):
        known = [
            ((p.sessions or everything) * 1.03**shift, p.average_precision.get(speaker))
            for p in points
            if p.source == source
        ]
        _line(axes, [(x, i) for x, i in known if i is not None], source)
    axes.set_xscale("log")
    axes.set_xticks([*sizes, everything], [*map(str, sizes), "all"])
    axes.minorticks_off()
    axes.set(xlabel="sessions learned from", ylabel="average precision", ylim=(0, 1))
    axes.legend(frameon=False, loc="upper left")
    content = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "curve"}):
        figure.savefig(content, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(content.getvalue()).decode()


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
            label=_NAMES[source],
        )
