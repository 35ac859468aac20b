"""The results of the methods text: what was included, and the main figures."""

import math
from collections.abc import Sequence

from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import counted, with_interval
from rupture_nlp.reports.agreement.references import STAND_IN, cite
from rupture_nlp.reports.agreement.rows import notes_of
from rupture_nlp.reports.agreement.stand_in import stand_in_words
from rupture_nlp.reports.agreement.tables import IN_SAMPLE
from rupture_nlp.reports.agreement.units import by_speaker, main_figures


def results(report: AgreementReport) -> list[str]:
    """Paragraphs: what was included, the main figures by speaker, the stand-in test."""
    paragraphs = [f"Results. {_included(report)} {_seen(report)}".rstrip()]
    for speaker, figures in by_speaker(main_figures(report.figures)):
        paragraphs.append(f"{names.speakers(speaker)}. {_told(figures, report)}")
    if not report.figures:
        paragraphs.append("There was nothing to compare, so there are no figures.")
    if report.stand_in:
        paragraphs.append(_stand_in(report))
    return paragraphs


def _included(report: AgreementReport) -> str:
    material = report.material
    one, other = names.name(material.reference), names.name(material.other)
    parts = [
        f"Of {counted(row.compared, row.speaker.value + ' turn')}, {one} calls "
        f"{row.reference_ruptures:,} a rupture, {other} {row.predicted_ruptures:,}."
        for row in material.speakers
    ]
    parts.append(
        f"There are {counted(material.reference_episodes, 'episode')} by {one} and "
        f"{material.predicted_episodes:,} by {other}."
        if material.episodes_compared
        else "Episodes were not compared: in no session did both sides look for them."
    )
    pair = names.names(report.first_pair)
    if pair:
        parts.insert(0, f"These counts are of the first pair of coders, {pair}.")
    return " ".join(parts)


def _seen(report: AgreementReport) -> str:
    seen = len(report.material.in_sample)
    if not seen:
        return ""
    were = "was" if seen == 1 else "were"
    return (
        f"{IN_SAMPLE}: {counted(seen, 'session')} of those compared {were} "
        "used to train the system, so its figures say nothing about new sessions."
    )


def _told(figures: Sequence[Figure], report: AgreementReport) -> str:
    """A sentence a unit and variable."""
    grouped: dict[str, list[Figure]] = {}
    for figure in figures:
        title = names.of_unit(figure.key.unit, figure.key.variable, ", ")
        grouped.setdefault(title, []).append(figure)
    stamped = bool(report.material.in_sample)
    return " ".join(
        f"{title}: {', '.join(_figure(one, stamped) for one in members)}."
        for title, members in grouped.items()
    )


def _figure(figure: Figure, stamped: bool) -> str:
    title = names.inside(names.metric_title(figure.key))
    if math.isnan(figure.interval.estimate):
        return f"{title} undefined ({'; '.join(notes_of(figure))})"
    stamp = f" {IN_SAMPLE}" if stamped or figure.signature.in_sample else ""
    ceiling = figure.ceiling
    beside = f" (coders {with_interval(ceiling.interval)})" if ceiling else ""
    return f"{title} {with_interval(figure.interval)}{stamp}{beside}"


def _stand_in(report: AgreementReport) -> str:
    tests = " ".join(
        f"{names.speakers(one.speaker)}: {stand_in_words(one)}" for one in report.stand_in
    )
    return f"Whether the system may stand in for a coder ({cite(STAND_IN)}): {tests}"
