"""CSV files as rows of named cells, with every problem of their form."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.io.cells import restore
from rupture_nlp.io.corpus.layout import (
    CODES,
    COVERAGE,
    EPISODES,
    GROUPS,
    SESSIONS,
    UTTERANCES,
    Layout,
)
from rupture_nlp.io.corpus.problems import Problem, Severity


@dataclass(frozen=True, slots=True)
class Row:
    """One record. A column that the file does not have reads as empty."""

    file: str
    number: int  # as a spreadsheet counts; the header is 1
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def problem(
        self, column: str, rule: str, message: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        """A problem that stands in this row."""
        return Problem(self.file, self.number, column, rule, message, severity)

    def warning(self, column: str, rule: str, message: str) -> Problem:
        """Like `problem`, for a person to look at."""
        return self.problem(column, rule, message, Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Table:
    """One file. `usable` is False where it could not be read or lacks columns."""

    rows: tuple[Row, ...] = ()
    descriptors: tuple[str, ...] = ()  # the further columns of an open-ended file
    problems: tuple[Problem, ...] = ()
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Tables:
    """The six files of a corpus."""

    utterances: Table
    codes: Table
    episodes: Table
    sessions: Table
    groups: Table
    coverage: Table

    @property
    def all(self) -> tuple[Table, ...]:
        return (
            self.utterances,
            self.codes,
            self.episodes,
            self.sessions,
            self.groups,
            self.coverage,
        )


def read_tables(folder: Path) -> Tables:
    """Read all six files; what is wrong with one does not stop the others."""
    return Tables(
        utterances=read_table(folder, UTTERANCES),
        codes=read_table(folder, CODES),
        episodes=read_table(folder, EPISODES),
        sessions=read_table(folder, SESSIONS),
        groups=read_table(folder, GROUPS),
        coverage=read_table(folder, COVERAGE),
    )


def read_table(folder: Path, layout: Layout) -> Table:
    """Read one file. Cells that a spreadsheet would run as a formula come back as they were."""
    if layout.may_be_missing and not (folder / layout.file).exists():
        return Table()
    records, failure = read_records(folder / layout.file)
    if failure is not None:
        return _unusable(Problem(layout.file, failure.row, "", "file", failure.message))
    return table_of(records, layout)


def table_of(records: list["Record"], layout: Layout) -> Table:
    """Check the form of records, the header first, and give their cells names."""
    if not records or not records[0].cells:
        return _unusable(Problem(layout.file, 0, "", "file", "the file has no header"))
    header, *body = records
    if len(header.cells) == 1 and ";" in header.cells[0]:
        return _unusable(Problem(layout.file, 1, "", "separator", _SEMICOLONS))
    columns = [restore(cell.strip()) for cell in header.cells]
    problems = list(_header_problems(columns, layout))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return _unusable(*problems)
    rows = []
    for record in body:
        if len(record.cells) != len(columns):
            message = f"{len(record.cells)} cells, but the header has {len(columns)}"
            problems.append(Problem(layout.file, record.row, "", "cells", message))
        else:
            cells = dict(zip(columns, map(restore, record.cells), strict=True))
            rows.append(Row(layout.file, record.row, cells))
    problems += _missing_cells(rows, layout)
    problems += _duplicates(rows, layout)
    further = [c for c in columns if c and c not in layout.columns] if layout.open_ended else []
    return Table(tuple(rows), tuple(further), tuple(problems))


_SEMICOLONS = (
    "semicolons stand between the columns; save the file with commas, and with points in decimals"
)


def _unusable(*problems: Problem) -> Table:
    return Table(problems=problems, usable=False)


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record as they stand in the file."""

    row: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file cannot be read to its end. `row` is 0 where none can be named."""

    row: int
    message: str


def read_records(path: Path) -> tuple[list[Record], Failure | None]:
    """The records of a CSV file without its blank lines, and what went wrong, if anything did."""
    records: list[Record] = []
    row = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row, cells in enumerate(csv.reader(lines, strict=True), start=1):
                if cells:
                    records.append(Record(row, cells))
    except FileNotFoundError:
        return [], Failure(0, "the file is missing")
    except OSError:
        return [], Failure(0, "the file cannot be read")
    except UnicodeDecodeError:
        return [], Failure(0, "the file is not UTF-8; save it as 'CSV UTF-8'")
    except csv.Error:
        return [], Failure(row + 1, "not valid CSV here or above; look for an unpaired quote")
    return records, None


def _header_problems(columns: list[str], layout: Layout) -> Iterator[Problem]:
    for missing in [name for name in layout.required if name not in columns]:
        yield Problem(layout.file, 1, missing, "columns", "the column is missing")
    for position, name in enumerate(columns, start=1):
        # Named by position: the header of a file without one is a row of text.
        where = f"column {position}"
        if name and name in columns[: position - 1]:
            yield Problem(layout.file, 1, where, "columns", "the column's name stands there twice")
        elif name not in layout.columns and not (layout.open_ended and name):
            message = "not a column of the layout; it is not read"
            yield Problem(layout.file, 1, where, "columns", message, Severity.WARNING)


def _missing_cells(rows: list[Row], layout: Layout) -> Iterator[Problem]:
    for row in rows:
        for column in layout.filled:
            if not row[column]:
                yield row.problem(column, "empty", "the cell may not be empty")


def _duplicates(rows: list[Row], layout: Layout) -> Iterator[Problem]:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row[column] for column in layout.key)
        if key in first:
            message = f"same {', '.join(layout.key)} as in row {first[key]}"
            yield row.problem(layout.key[-1], "duplicate", message)
        first.setdefault(key, row.number)
