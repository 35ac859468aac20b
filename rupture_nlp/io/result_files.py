"""The files of a results folder as tables: CSV or Parquet, dense or sparse."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from rupture_nlp.io.cells import neutralise
from rupture_nlp.io.corpus.layout import COVERAGE, RATINGS, Layout
from rupture_nlp.io.corpus.problems import Problem
from rupture_nlp.io.corpus.tables import (
    Record,
    Row,
    Table,
    Tables,
    read_records,
    read_table,
    table_of,
)
from rupture_nlp.schema import Speaker

_TURN = ("session_id", "utterance_id")
_EPISODE = ("session_id", "episode_id", "start", "end", "kind", "initiator")
# Open ended: a system may write any further columns, and those that it leaves out it did not label.
UTTERANCES = Layout("utterances.csv", _TURN, _TURN, (*_TURN, "coder"), open_ended=True)
CODES = Layout("codes.csv", (*_TURN, "rupture"), _TURN, (*_TURN, "coder"), open_ended=True)
EPISODES = Layout(
    "episodes.csv", _EPISODE, _EPISODE, ("session_id", "coder", "episode_id"), open_ended=True
)
SESSIONS = Layout(
    "sessions.csv", ("session_id",), ("session_id",), ("session_id", "coder"), open_ended=True
)
CODED_COLUMNS = ("secondary", "intensity", "markers", "strategies", "process")


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """The tables, every row with a coder, and what follows from which files and columns there are.

    `tables.utterances` holds all rows of a dense file, `tables.codes` those that carry codes.
    """

    tables: Tables
    dense: bool
    fields: frozenset[str]  # the fields for which there is a column or a file
    columns: frozenset[str]  # of the file that holds the codes
    codes_file: str
    problems: tuple[Problem, ...]


def read_result_files(folder: Path) -> ResultFiles:
    """Read what there is. A file may be CSV or Parquet; where there are both, CSV is read.

    The coder of rows without one is the folder's name.
    """
    name = folder.resolve().name
    utterances = _read(folder, UTTERANCES)
    dense = "rupture" in utterances.columns
    codes = utterances if dense else _read(folder, CODES)
    episodes, sessions = _read(folder, EPISODES), _read(folder, SESSIONS)
    coverage = read_table(folder, COVERAGE)
    found = {"rupture", *(column for column in CODED_COLUMNS if column in codes.columns)}
    found |= {"episodes"} if episodes.exists else set()
    found |= {"ratings"} if set(RATINGS) & sessions.columns else set()
    # Turns of `other` speakers stand in a dense file without codes.
    coded = (
        row
        for row in codes.table.rows
        if row["rupture"] or row["speaker"] != Speaker.OTHER or not dense
    )
    tables = Tables(
        utterances=_with_coder(utterances.table.rows, name),
        codes=_with_coder(coded, name),
        episodes=_with_coder(episodes.table.rows, name),
        sessions=_with_coder(sessions.table.rows, name),
        groups=Table(),
        coverage=coverage,
    )
    read = [utterances, codes, episodes, sessions]
    problems = {problem for file in read if file.exists for problem in file.table.problems}
    return ResultFiles(
        tables=tables,
        dense=dense,
        fields=frozenset(found),
        columns=codes.columns,
        codes_file=codes.name,
        problems=(
            *sorted(problems | set(coverage.problems)),
            *_what_is_missing(folder, utterances, codes, sessions),
        ),
    )


@dataclass(frozen=True, slots=True)
class _File:
    """One file of the folder, or none."""

    name: str
    exists: bool
    table: Table
    columns: frozenset[str]


def _read(folder: Path, layout: Layout) -> _File:
    parquet = Path(layout.file).with_suffix(".parquet").name
    if (folder / layout.file).exists():
        records, failure = read_records(folder / layout.file)
        problem = failure and Problem(layout.file, failure.row, "", "file", failure.message)
    elif (folder / parquet).exists():
        layout = replace(layout, file=parquet)
        records = _parquet_records(folder / parquet)
        message = "not a readable Parquet file"
        problem = None if records else Problem(parquet, 0, "", "file", message)
    else:
        return _File(layout.file, exists=False, table=Table(usable=False), columns=frozenset())
    if problem:
        table = Table(problems=(problem,), usable=False)
        return _File(layout.file, exists=True, table=table, columns=frozenset())
    table = table_of(records, layout)
    columns = frozenset((*layout.required, *table.descriptors)) if table.usable else frozenset()
    return _File(layout.file, exists=True, table=table, columns=columns)


def _parquet_records(path: Path) -> list[Record]:
    """Like the records of the CSV file with the same rows; none where it cannot be read."""
    import pyarrow  # noqa: PLC0415  # slow to load, and most folders hold CSV
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        table = pq.read_table(path)
    except (OSError, pyarrow.ArrowException):
        return []
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    rows = zip(*columns, strict=True)
    header = Record(1, [neutralise(name) for name in table.column_names])
    return [header, *(Record(number, list(row)) for number, row in enumerate(rows, start=2))]


def _cell(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  # NaN
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():  # whole numbers of a column with gaps
        return str(int(value))
    return neutralise(str(value))


def _with_coder(rows: Iterable[Row], name: str) -> Table:
    return Table(
        tuple(
            row if row["coder"] else replace(row, cells={**row.cells, "coder": name})
            for row in rows
        )
    )


def _what_is_missing(
    folder: Path, utterances: _File, codes: _File, sessions: _File
) -> tuple[Problem, ...]:
    if codes is utterances:
        if any((folder / f"codes.{suffix}").exists() for suffix in ("csv", "parquet")):
            message = f"{utterances.name} holds codes too; keep one of the two files"
            return (Problem(CODES.file, 0, "", "file", message),)
        return ()
    if not codes.exists:
        message = "the folder has neither a table of utterances with a column rupture nor of codes"
        return (Problem(CODES.file, 0, "", "file", message),)
    if not sessions.exists:
        message = "the file is missing; beside sparse codes it says which sessions were labelled"
        return (Problem(SESSIONS.file, 0, "", "file", message),)
    return ()
