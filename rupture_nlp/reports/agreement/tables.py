"""`tables.csv`: one row a figure, everything that the report knows of it, unrounded."""

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.harness.figures import Beside, Figure
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.reports.templating import showable

Cell = str | int | float | None
"""None where there is no value; a float is finite."""

IN_SAMPLE = "IN-SAMPLE"

_BESIDE = (
    "coders",
    "estimate",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
    "share",
    "share_low",
    "share_high",
)
COLUMNS = (
    "section",
    "speaker",
    "unit",
    "variable",
    "label",
    "metric",
    "coders",
    "estimate",
    "low",
    "high",
    "rows",
    "positives",
    "groups",
    "draws",
    "seed",
    "level",
    "method",
    "undefined_draws",
    "note",
    "warning",
    "exact_low",
    "exact_high",
    *(f"ceiling_{name}" for name in _BESIDE),
    *(f"versus_{name}" for name in _BESIDE),
    "in_sample",
    "signature",
)


def figure_rows(report: AgreementReport) -> list[dict[str, Cell]]:
    """One row a figure, with the keys of `COLUMNS`.

    `section` is figures, pairs (single pairs of coders) or validity; an undefined number is None,
    and `note` says why. `in_sample` is IN-SAMPLE or empty.
    """
    return [
        _row(section, figure, bool(report.material.in_sample))
        for section, figures in sections(report)
        for figure in figures
    ]


def tables_csv(report: AgreementReport, neutralise: Callable[[str], str]) -> str:
    """The rows as CSV text, lines ended by a line feed.

    `neutralise` makes text harmless that a spreadsheet would run as a formula (`io.cells`); numbers
    are written as they are.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in figure_rows(report):
        writer.writerow([_written(row[column], neutralise) for column in COLUMNS])
    return text.getvalue()


def sections(report: AgreementReport) -> Iterator[tuple[str, Sequence[Figure]]]:
    """All figures of a report under the names of their sections."""
    yield "figures", report.figures
    yield "pairs", report.pairs
    yield "validity", report.validity


def finite(value: float | None) -> float | None:
    """The number, or None where there is none: not a number, or without end."""
    return value if value is not None and math.isfinite(value) else None


def in_sample(section: str, figure: Figure, any_seen: bool) -> bool:
    """Whether a figure is of sessions that the system was trained on; pairs are of coders alone."""
    return figure.signature.in_sample or (any_seen and section != "pairs")


def _row(section: str, figure: Figure, any_seen: bool) -> dict[str, Cell]:
    key, interval = figure.key, figure.interval
    exact = figure.exact or (None, None)
    row: dict[str, Cell] = {
        "section": section,
        "speaker": key.speaker,
        "unit": key.unit,
        "variable": key.variable,
        "label": key.label,
        "metric": key.metric,
        "coders": "+".join(figure.coders),
        "estimate": finite(interval.estimate),
        "low": finite(interval.low),
        "high": finite(interval.high),
        "rows": figure.rows,
        "positives": figure.positives,
        "groups": interval.groups,
        "draws": interval.draws,
        "seed": interval.seed,
        "level": interval.level,
        "method": interval.method,
        "undefined_draws": interval.undefined,
        "note": figure.note,
        "warning": interval.warning,
        "exact_low": finite(exact[0]),
        "exact_high": finite(exact[1]),
        **_beside("ceiling", figure.ceiling),
        **_beside("versus", figure.versus),
        "in_sample": IN_SAMPLE if in_sample(section, figure, any_seen) else "",
        "signature": figure.signature.line(),
    }
    return row


def _beside(name: str, beside: Beside | None) -> dict[str, Cell]:
    if beside is None:
        return {f"{name}_{column}": None for column in _BESIDE}
    return {
        f"{name}_coders": "+".join(beside.coders),
        **_ends(f"{name}_", "estimate", beside.interval),
        **_ends(f"{name}_", "difference", beside.difference),
        **_ends(f"{name}_", "share", beside.share),
    }


def _ends(before: str, what: str, interval: Interval) -> dict[str, Cell]:
    between = "" if what == "estimate" else f"{what}_"
    return {
        f"{before}{what}": finite(interval.estimate),
        f"{before}{between}low": finite(interval.low),
        f"{before}{between}high": finite(interval.high),
    }


def _written(cell: Cell, neutralise: Callable[[str], str]) -> str:
    if cell is None:
        return ""
    return neutralise(str(showable(cell))) if isinstance(cell, str) else repr(cell)
