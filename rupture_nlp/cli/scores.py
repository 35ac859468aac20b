"""What `evaluate` and `agreement` show on the terminal: the main figures, and where the rest is."""

from collections.abc import Iterable
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rupture_nlp.cli.display import print_line
from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.evaluation.units import UTTERANCE
from rupture_nlp.pipeline.evaluate import METHODS, METRICS, REPORT, TABLES
from rupture_nlp.reports.agreement.numbers import counted

MAIN = (
    ("code", "kappa", "kappa, five codes"),
    ("code", "alpha_nominal", "alpha, five codes"),
    ("rupture", "f1", "rupture or none, F1"),
    ("rupture", "average_precision", "average precision"),
    ("rupture", "prevalence", "  prevalence"),
    ("episodes", "f1", "episodes, F1"),
)
"""Variable, metric and heading of what is shown, for each speaker in turn."""


def show_scores(console: Console, report: AgreementReport, out: Path) -> None:
    """A table of the main figures with intervals, then warnings and files."""
    material = report.material
    console.print(_table(report))
    if material.in_sample:
        print_line(console, "IN-SAMPLE: the model was trained on sessions scored here")
    for warning in report.warnings:
        print_line(console, f"warning: {warning}")
    print_line(
        console,
        f"{counted(material.sessions, 'session')} in {counted(material.groups, 'group')}, "
        f"{counted(len(report.figures), 'figure')}; "
        f"in brackets 95 % intervals over groups, {report.settings.draws} draws",
    )
    print_line(console, f"report: {out / REPORT}")
    print_line(console, f"        {TABLES}, {METRICS} (all figures, signed), {METHODS} beside it")


def _table(report: AgreementReport) -> Table:
    material = report.material
    title = f"{material.other} against {material.reference}"
    if not material.predicted:
        title = " and ".join(material.coders)
    table = Table(
        title=Text(title), title_justify="left", box=box.SIMPLE, pad_edge=False, show_edge=False
    )
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("figure", justify="right", no_wrap=True)
    versus = any(figure.versus for figure in report.figures)
    beside = not versus and any(figure.ceiling for figure in report.figures)  # 80 columns
    if beside:
        table.add_column("coders", justify="right", no_wrap=True)
    if versus:
        table.add_column("less the other system", justify="right", no_wrap=True)
    for figure, heading in _chosen(report.figures):
        cells = [figure.key.speaker or "sessions", heading, _shown(figure.interval)]
        if beside:
            cells.append(_shown(figure.ceiling.interval) if figure.ceiling else "")
        if versus:
            cells.append(_shown(figure.versus.difference) if figure.versus else "")
        table.add_row(*map(Text, cells))
    return table


def _chosen(figures: Iterable[Figure]) -> list[tuple[Figure, str]]:
    by_key = {
        (f.key.speaker, f.key.variable, f.key.metric): f
        for f in figures
        if not f.key.label and (f.key.unit == str(UTTERANCE) or f.key.variable == "episodes")
    }
    found = []
    for speaker in ("patient", "therapist", ""):
        for variable, metric, heading in MAIN:
            figure = by_key.get((speaker, variable, metric))
            if figure is not None:
                found.append((figure, heading))
    return found


def _shown(interval: Interval) -> str:
    if interval.estimate != interval.estimate:  # NaN
        return "undefined"
    ends = f" [{_short(interval.low)}, {_short(interval.high)}]"
    return _short(interval.estimate) + ("" if interval.low != interval.low else ends)  # NaN


def _short(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")
