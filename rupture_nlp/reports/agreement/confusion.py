"""Confusion tables: counts printed, their shade the share of the row."""

from dataclasses import dataclass

from rupture_nlp.evaluation.harness.report import ConfusionTable
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import count, percent


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One pair of labels. `shade` is 0 to 1, the share of the row."""

    count: str
    share: str
    shade: float
    same: bool  # on the diagonal


@dataclass(frozen=True, slots=True)
class HeatRow:
    """All that the reference gave one label."""

    label: str
    cells: tuple[HeatCell, ...]
    total: str


@dataclass(frozen=True, slots=True)
class HeatTable:
    """One speaker's table."""

    title: str
    reference: str
    predicted: str
    labels: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    totals: tuple[str, ...]
    total: str


def heat_tables(confusions: tuple[ConfusionTable, ...]) -> tuple[HeatTable, ...]:
    """The tables in the report's order."""
    return tuple(_heat(confusion) for confusion in confusions)


def _heat(confusion: ConfusionTable) -> HeatTable:
    counts = [[float(number) for number in row] for row in confusion.counts]
    labels = tuple(names.label(label) for label in confusion.labels)
    return HeatTable(
        title=f"{names.speakers(confusion.speaker)}: {names.variable(confusion.variable)}",
        reference=names.name(confusion.coders[0]),
        predicted=names.name(confusion.coders[1]),
        labels=labels,
        rows=tuple(
            HeatRow(label, _cells(row, place), count(sum(row)))
            for place, (label, row) in enumerate(zip(labels, counts, strict=True))
        ),
        totals=tuple(count(sum(column)) for column in zip(*counts, strict=True)),
        total=count(sum(map(sum, counts))),
    )


def _cells(row: list[float], place: int) -> tuple[HeatCell, ...]:
    total = sum(row)
    return tuple(
        HeatCell(
            count=count(number),
            share=percent(number / total) if total > 0 and number > 0 else "",
            shade=number / total if total > 0 else 0.0,
            same=column == place,
        )
        for column, number in enumerate(row)
    )
