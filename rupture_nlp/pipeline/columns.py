"""The form of a result table: its columns, what they mean, and where their values come from.

This one definition makes the tables and the data dictionary `columns.md`, so neither can drift from
the other.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from rupture_nlp.pipeline.figures import LabelledSession

Cell = str | int | float | bool | None
Row = TypeVar("Row")

DECIMALS = 6
"""Numbers in the tables are rounded to this many decimals."""


class Kind(StrEnum):
    """What a column holds. The names are those used in `columns.md`."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    TRUTH = "true or false"


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column. A value of None is an empty cell: not known, or not applicable."""

    name: str
    kind: Kind
    meaning: str
    value: Callable[[Row], Cell]
    holds_text: bool = False  # words of the transcript: only with `--with-text`


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A result table, written as `<name>.csv` and `<name>.parquet`."""

    name: str
    meaning: str
    columns: tuple[Column[Row], ...]
    rows: Callable[[LabelledSession], Iterator[Row]]

    def shown(self, *, with_text: bool) -> tuple[Column[Row], ...]:
        """The columns that are written."""
        return tuple(column for column in self.columns if with_text or not column.holds_text)

    def cells(self, session: LabelledSession, *, with_text: bool) -> Iterator[list[Cell]]:
        """The session's rows, a cell a shown column, numbers rounded."""
        columns = self.shown(with_text=with_text)
        for row in self.rows(session):
            yield [_rounded(column.value(row)) for column in columns]


def data_dictionary(sections: Iterable[str]) -> str:
    """The content of `columns.md`, from what `describe_table` gives for each table."""
    return _HEAD + "".join(sections)


def describe_table(table: Table[Row], *, with_text: bool) -> str:
    """The section of the data dictionary on one table, in Markdown."""
    rows = "".join(
        f"| `{column.name}` | {column.kind} | {column.meaning} |\n"
        for column in table.shown(with_text=with_text)
    )
    head = "| column | holds | meaning |\n|---|---|---|\n"
    return f"\n## {table.name}\n\n{table.meaning}\n\n{head}{rows}"


def joined(items: Iterable[object]) -> str | None:
    """A list as one cell; None for an empty list, which CSV could not tell from empty text."""
    return "|".join(str(item) for item in items) or None


def _rounded(cell: Cell) -> Cell:
    return round(cell, DECIMALS) if isinstance(cell, float) else cell


_HEAD = f"""# Columns of the result tables

Every table is there twice, as CSV (UTF-8) and as Parquet, with the same rows and columns. Numbers
are rounded to {DECIMALS} decimals. An empty cell means: not known, or not applicable. Lists are
joined with `|`. In the CSV files a text that a spreadsheet would run as a formula has an apostrophe
in front. Terms are those of the codebook.
"""
