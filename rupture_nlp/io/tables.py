"""Read CSV and TSV: one utterance a row, one or many sessions a file.

The first row names the columns (`columns.py`). Comma, semicolon, tab and bar are told apart by
which of them gives a header that is understood. Rows are never merged, and rows of one session
need not stand together.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.cells import restore
from rupture_nlp.io.columns import find_columns, require_columns
from rupture_nlp.io.encoding import read_text
from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.io.turns import RawTurn, check_length, checked_times, clean, parse_time

_DELIMITERS = ",;\t|"
_QUOTE = "Put cells that hold a delimiter, a quote or a line end in double quotes."
_HEADER_CHARS = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; `line` is the line of the file on which it begins."""

    line: int
    cells: tuple[str, ...]


def parse_table(path: Path, settings: ReadSettings) -> tuple[RawTurn, ...]:
    """The turns of a CSV or TSV file.

    Raises:
        TranscriptError: no text, no column for speaker or text, broken quotes, a row with too many
            or too few cells, an empty id, a time that is none.
    """
    header, *rows = read_rows(path, settings)
    columns = require_columns(path, header.line, header.cells, settings)
    return tuple(_turn(path, row, columns, settings) for row in rows)


def read_rows(path: Path, settings: ReadSettings) -> list[Row]:
    """All rows that hold anything, the header first; every row has as many cells as the header.

    Raises:
        TranscriptError: no text, broken quotes, a row that does not fit the header.
    """
    text = read_text(path, settings.max_file_bytes)
    first, offset = text.split("\n", 1)[0], 0
    if first.startswith("sep=") and len(first) == len("sep=,"):  # written by Excel
        text, offset = text[len(first) + 1 :], 1
    delimiter = _delimiter(path, text, settings)
    rows, problem = _split(text, delimiter, csv.QUOTE_MINIMAL, settings)
    if problem and delimiter == "\t":  # quotes have no meaning in many TSV files
        rows, again = _split(text, delimiter, csv.QUOTE_NONE, settings)
        problem = again and problem
    if problem:
        line = rows[-1].line + offset if rows else 0
        where = f"after the row of line {line}" if line else "in the first row"
        raise TranscriptError(path, 0, f"{problem} {where}", _QUOTE)
    if not rows:
        raise TranscriptError(path, 0, "the table is empty", "Check that it was saved.")
    return [_fitted(path, Row(row.line + offset, row.cells), len(rows[0].cells)) for row in rows]


def _split(
    text: str, delimiter: str, quoting: Literal[0, 3], settings: ReadSettings
) -> tuple[list[Row], str]:
    """All rows; or those before the first that cannot be split, and what is wrong with that."""
    if settings.max_utterance_chars > csv.field_size_limit():
        csv.field_size_limit(settings.max_utterance_chars)  # one value for the whole process
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True
    )
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        too_long = "field limit" in str(error)
        return rows, "a cell is too long, or quotes are open" if too_long else "broken quotes"
    return rows, ""


def _delimiter(path: Path, text: str, settings: ReadSettings) -> str:
    lines = text.lstrip("\n").split("\n", 1)
    if not lines[0] or len(lines[0]) > _HEADER_CHARS:
        raise TranscriptError(path, 1, "no header row", "Name the columns in the first row.")

    def understood(delimiter: str) -> tuple[int, int]:
        names = lines[0].replace('"', "").split(delimiter)
        return len(find_columns(names, settings)), len(names)

    return max(_DELIMITERS, key=understood)


def _fitted(path: Path, row: Row, width: int) -> Row:
    if any(cell.strip() for cell in row.cells[width:]):
        problem = f"the row has {len(row.cells)} cells, the header {width}"
        raise TranscriptError(path, row.line, problem, _QUOTE)
    padding = ("",) * (width - len(row.cells))
    return Row(row.line, row.cells[:width] + padding)


def _turn(path: Path, row: Row, columns: dict[str, int], settings: ReadSettings) -> RawTurn:
    raw = restore(row.cells[columns["text"]])
    check_length(raw, path, row.line, settings.max_utterance_chars)
    start, end = (_time(path, row, columns, name) for name in ("start_s", "end_s"))
    start, end = checked_times(start, end)
    return RawTurn(
        row.line,
        clean(restore(row.cells[columns["speaker"]])),
        clean(raw),
        start,
        end,
        session_id=_id(path, row, columns, "session_id"),
        utterance_id=_id(path, row, columns, "utterance_id"),
    )


def _id(path: Path, row: Row, columns: dict[str, int], name: str) -> str | None:
    if name not in columns:
        return None
    value = clean(restore(row.cells[columns[name]]))
    if not value:
        raise TranscriptError(path, row.line, f"{name} is empty", "Give every row one.")
    return value


def _time(path: Path, row: Row, columns: dict[str, int], name: str) -> float | None:
    cell = row.cells[columns[name]].strip() if name in columns else ""
    if not cell:
        return None
    seconds = parse_time(cell)
    if seconds is None:
        fix = f'Or read the file without these times: columns: {{{name}: ""}}.'
        raise TranscriptError(path, row.line, f"{name} is not in seconds or hh:mm:ss", fix)
    return seconds
