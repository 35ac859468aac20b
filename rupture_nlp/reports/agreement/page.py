"""`report.html`: an agreement report on one page, readable in a browser and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.reports.agreement import curves, names
from rupture_nlp.reports.agreement.confusion import heat_tables
from rupture_nlp.reports.agreement.context import NO_VERDICT, AgreementContext
from rupture_nlp.reports.agreement.grras import ITEMS
from rupture_nlp.reports.agreement.labels import label_sections
from rupture_nlp.reports.agreement.lines import AT_ONCE, forest, rate_lines, worst_rows
from rupture_nlp.reports.agreement.material import (
    dropped_rows,
    foot,
    seen_sessions,
    setting_rows,
    speaker_rows,
)
from rupture_nlp.reports.agreement.methods import methods_paragraph
from rupture_nlp.reports.agreement.numbers import UNDEFINED, with_interval
from rupture_nlp.reports.agreement.rows import FigureTable, figure_table
from rupture_nlp.reports.agreement.stand_in import stand_in_views
from rupture_nlp.reports.agreement.tables import in_sample, sections
from rupture_nlp.reports.agreement.units import main_tables, unit_sections
from rupture_nlp.reports.templating import render

_LONGEST_WARNING = 1000


@dataclass(frozen=True, slots=True)
class Term:
    """A metric of the glossary."""

    title: str
    meaning: str
    best: str
    source: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A figure with the signature that says what it depends on."""

    section: str
    name: str
    value: str
    stamped: bool
    signature: str


def agreement_page(report: AgreementReport, context: AgreementContext) -> str:
    """The page. Words of a session stand on it only where the report has them.

    `context.notices` stand at its head; say there who coded, where that is known.
    """
    stamped = bool(report.material.in_sample)
    return render(
        "agreement.html.j2",
        "agreement.js",
        foot(report, context),
        "agreement.css",
        notice=NO_VERDICT,
        notices=context.notices,
        warnings=[names.name(warning, _LONGEST_WARNING) for warning in report.warnings],
        report=report,
        title=_title(report),
        names={
            side: names.name(getattr(report.material, side))
            for side in ("corpus", "predicted", "reference", "other", "versus")
        },
        coders=names.names(report.material.coders),
        first_pair=names.names(report.first_pair),
        ceiling=_ceiling(report.figures),
        seen=seen_sessions(report.material),
        speakers=speaker_rows(report.material),
        main=main_tables(report.figures, stamped),
        units=unit_sections(report.figures, stamped),
        labels=label_sections(report.figures, stamped),
        pairs=_pair_tables(report.pairs),
        heat_tables=heat_tables(report.confusions),
        plots=curves.draw_curves(report.curves),
        plot_size=(curves.WIDTH, curves.HEIGHT),
        forest=forest(report),
        worst=worst_rows(report.worst),
        at_once=AT_ONCE,
        validity=_validity_tables(report.validity, stamped),
        stand_in=stand_in_views(report.stand_in),
        rates=rate_lines(report.rates),
        dropped=dropped_rows(report.dropped),
        methods=methods_paragraph(report),
        grras=ITEMS,
        terms=_terms(report),
        variables=_variables(report),
        settings=setting_rows(report.settings),
        signed=_signed(report),
        stamped=stamped,
    )


def _title(report: AgreementReport) -> str:
    between_coders = not report.material.predicted
    return "Agreement between coders" if between_coders else "Agreement with hand coding"


def _ceiling(figures: Sequence[Figure]) -> str:
    """Whose figures are the ceiling."""
    return next((names.names(one.ceiling.coders) for one in figures if one.ceiling), "")


def _pair_tables(pairs: Sequence[Figure]) -> tuple[FigureTable, ...]:
    """Figures of single pairs of coders, one table a pair; never in-sample by themselves."""
    grouped: dict[tuple[str, ...], list[Figure]] = {}
    for figure in pairs:
        grouped.setdefault(figure.coders, []).append(figure)
    return tuple(
        figure_table(names.names(coders), members, stamped=False, group_by=_in_full)
        for coders, members in grouped.items()
    )


def _in_full(figure: Figure) -> str:
    """Speaker, unit, variable and label of a figure."""
    key = figure.key
    parts = (names.speakers(key.speaker), names.unit_title(key.unit), names.variable(key.variable))
    return ": ".join((*parts, *([names.label(key.label)] if key.label else [])))


def _validity_tables(figures: Sequence[Figure], stamped: bool) -> tuple[FigureTable, ...]:
    """One table a criterion."""
    grouped: dict[str, list[Figure]] = {}
    for figure in figures:
        grouped.setdefault(figure.key.label, []).append(figure)

    def measure(figure: Figure) -> str:
        key, words = figure.key, names.variable(figure.key.variable)
        said = not key.speaker or key.variable.startswith(key.speaker)
        return words if said else f"{names.speakers(key.speaker)}: {words}"

    return tuple(
        replace(
            # A row that rests on other sessions than most says so itself.
            figure_table(names.name(criterion), members, stamped, measure, said_once=0.6),
            beside="Reference",
            with_share=False,
        )
        for criterion, members in grouped.items()
    )


def _terms(report: AgreementReport) -> tuple[Term, ...]:
    """Metrics that occur, as the catalogue explains them."""
    used = {figure.key.metric for _, figures in sections(report) for figure in figures}
    return tuple(
        Term(
            metric.title,
            metric.meaning,
            "" if metric.best is None else f"{metric.best:g}",
            metric.source,
        )
        for name, metric in METRICS.items()
        if name in used
    )


def _variables(report: AgreementReport) -> tuple[tuple[str, str], ...]:
    """Variables that occur, by the name that they have in the tables."""
    used = {figure.key.variable for _, figures in sections(report) for figure in figures}
    return tuple((name, words) for name, words in VARIABLES.items() if name in used)


def _signed(report: AgreementReport) -> tuple[Signed, ...]:
    """Every figure of the report, with its signature."""
    seen = bool(report.material.in_sample)
    return tuple(
        Signed(
            section=section,
            name=f"{names.metric_title(figure.key)}, {_in_full(figure)}",
            value=with_interval(figure.interval) or UNDEFINED,
            stamped=in_sample(section, figure, seen),
            signature=names.name(figure.signature.line(), longest=1000),
        )
        for section, figures in sections(report)
        for figure in figures
    )
