"""The page that a lab reads first: the verdict, figures, learning curve, each patient's results.

It holds names of groups, is for the lab alone, and runs no script and fetches nothing.
"""

from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, StrictUndefined

from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.reports.agreement.tables import IN_SAMPLE
from rupture_nlp.training.lab.counts import LEARNABLE_FROM, ClassCount
from rupture_nlp.training.lab.curve import CurveGap, CurvePoint
from rupture_nlp.training.lab.curve_picture import SOURCES, draw_curve, size_name
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


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the page shows."""

    verdict: Verdict
    rows: dict[str, Measured]
    curve: list[CurvePoint]
    gaps: list[CurveGap]
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
        curves={s: draw_curve(facts.curve, s) for s in first} if facts.curve else {},
        advice=ADVICE[IN_SAMPLE if facts.verdict.in_sample else facts.verdict.word],
        carries=lambda count: carries(count, data.labels),
        code_figure=lambda count: code_figure(first, count),
        learnable_from=LEARNABLE_FROM,
        estimable_from=ESTIMABLE_FROM,
        stamp=f" ({IN_SAMPLE})" if facts.verdict.in_sample else "",
        uneven=[one for one in facts.groups if not _as_coded(one)],
        even=[one for one in facts.groups if _as_coded(one)],
        size=size_name,
        source=SOURCES,
    )


def _as_coded(one: GroupResult) -> bool:
    """Every rupture of the group was found and nothing else called one."""
    return one.ruptures == one.called == one.found
