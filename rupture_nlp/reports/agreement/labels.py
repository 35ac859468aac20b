"""Figures by code, marker, strategy, process: a row a label, a column a metric."""

from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.reports.agreement.rows import (
    Value,
    in_order,
    notes_of,
    own_value,
    remarks,
    value_of,
)
from rupture_nlp.reports.agreement.units import by_class
from rupture_nlp.reports.agreement.whiskers import Axis, Whiskers, axis_for, draw_whiskers

_LEAD_METRICS = ("prevalence", "precision", "recall", "f1", "average_precision", "kappa")
_DRAWN = ("f1", "kappa", "alpha_nominal")  # the first that there is gets the picture
_MANY = 6  # labels: of more, those too rare to estimate are folded away
_SHARED_NOTES = "not estimable"
_SPEAKERS = ("patient", "therapist", "")


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label. A cell is None where the report has no such figure."""

    label: str
    positives: str
    notes: tuple[str, ...]
    faint: bool  # too few positives to estimate
    cells: tuple[Value | None, ...]
    picture: Whiskers | None
    ceiling: Value | None  # of the metric that is drawn


@dataclass(frozen=True, slots=True)
class LabelTable:
    """All labels of one variable, for one unit and speaker."""

    title: str
    counts: str
    metrics: tuple[str, ...]  # titles
    drawn: str  # title of the metric in the picture, or ""
    axis: Axis
    rows: tuple[LabelRow, ...]
    folded: tuple[LabelRow, ...]  # of many labels, those too rare to estimate
    remarks: tuple[tuple[str, str], ...]

    @property
    def with_ceiling(self) -> bool:
        return any(row.ceiling for row in (*self.rows, *self.folded))


@dataclass(frozen=True, slots=True)
class LabelSection:
    """Labels of one unit: what leads, and further metrics."""

    title: str
    lead: tuple[LabelTable, ...]
    rest: tuple[LabelTable, ...]


def label_sections(figures: Sequence[Figure], stamped: bool) -> tuple[LabelSection, ...]:
    """Tables by label, unit by unit; patients before therapists."""
    units: dict[str, list[Figure]] = {}
    for figure in figures:
        if by_class(figure.key):
            units.setdefault(figure.key.unit, []).append(figure)
    return tuple(
        LabelSection(
            names.unit_title(unit),
            _tables([one for one in members if one.key.metric in _LEAD_METRICS], stamped),
            _tables([one for one in members if one.key.metric not in _LEAD_METRICS], stamped),
        )
        for unit, members in units.items()
    )


def _tables(figures: Sequence[Figure], stamped: bool) -> tuple[LabelTable, ...]:
    grouped: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        grouped.setdefault((figure.key.speaker, figure.key.variable), []).append(figure)
    ordered = sorted(grouped.items(), key=lambda item: _rank(item[0][0]))
    return tuple(_table(speaker, name, members, stamped) for (speaker, name), members in ordered)


def _rank(speaker: str) -> int:
    return _SPEAKERS.index(speaker) if speaker in _SPEAKERS else len(_SPEAKERS)


def _table(speaker: str, variable: str, figures: Sequence[Figure], stamped: bool) -> LabelTable:
    titles = dict.fromkeys(one.key.metric for one in in_order(figures))
    drawn = next((metric for metric in _DRAWN if metric in titles), "")
    axis = axis_for(one for one in figures if one.key.metric == drawn)
    labels: dict[str, list[Figure]] = {}
    for figure in figures:
        labels.setdefault(figure.key.label, []).append(figure)
    rows = tuple(
        _row(label, members, tuple(titles), (drawn, axis), stamped)
        for label, members in labels.items()
    )
    few = tuple(row for row in rows if row.faint) if len(rows) > _MANY else ()
    most = max(figures, key=lambda one: one.rows)
    kind = names.unit_kind(most.key.unit)
    return LabelTable(
        title=f"{names.speakers(speaker)}: {names.variable(variable)}",
        counts=f"{counted(most.rows, kind if kind.isalpha() else 'unit')}, "
        f"{counted(most.interval.groups, 'group')}",
        metrics=tuple(names.metric_of(_of(figures, metric).key).title for metric in titles),
        drawn=names.metric_of(_of(figures, drawn).key).title if drawn else "",
        axis=axis,
        rows=tuple(row for row in rows if row not in few),
        folded=few,
        remarks=remarks(cell.sign for row in rows for cell in row.cells if cell),
    )


def _of(figures: Sequence[Figure], metric: str) -> Figure:
    return next(one for one in figures if one.key.metric == metric)


def _row(
    label: str,
    figures: Sequence[Figure],
    metrics: Sequence[str],
    drawn: tuple[str, Axis],
    stamped: bool,
) -> LabelRow:
    by_metric = {one.key.metric: one for one in figures}
    pictured = by_metric.get(drawn[0])
    positives = next((one.positives for one in figures if one.positives is not None), None)
    notes = dict.fromkeys(note for one in figures for note in _notes(one))
    return LabelRow(
        label=names.label(label),
        positives="" if positives is None else f"{positives:,}",
        notes=tuple(notes),
        faint=any(note.startswith(_SHARED_NOTES) for note in notes),
        cells=tuple(
            own_value(by_metric[metric], stamped) if metric in by_metric else None
            for metric in metrics
        ),
        picture=draw_whiskers(pictured, drawn[1]) if pictured else None,
        ceiling=value_of(pictured.ceiling.interval) if pictured and pictured.ceiling else None,
    )


def _notes(figure: Figure) -> list[str]:
    """Notes of the label as they are; the reason of an undefined number with its metric."""
    title = names.metric_of(figure.key).title
    undefined = not own_value(figure, stamped=False).defined
    return [
        f"{title} undefined: {note}" if undefined and not note.startswith(_SHARED_NOTES) else note
        for note in notes_of(figure)
    ]
