"""Read segment sheets: one coder's ratings of one stretch of a session in each row.

`session_id, start, end, coder`, then the ratings, a column each: numbers, empty where not given.
Times are seconds, `mm:ss` or `hh:mm:ss`; a segment is half open, so a turn that starts at `end`
belongs to the next one. Without times: `first, last`, the ids of the first and last utterance, both
inclusive. `session` may stand for `session_id`, `segment start` and `segment end` for `start` and
`end`; capitals do not matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.evidence import RatedSegment, SegmentSheet
from rupture_nlp.io.corpus.layout import Layout
from rupture_nlp.io.corpus.problems import Problem, Severity, counted, listed
from rupture_nlp.io.corpus.rules_values import number
from rupture_nlp.io.corpus.tables import Record, Row, Table, read_records, table_of
from rupture_nlp.io.turns import parse_time

_ALIASES = {"session": "session_id", "segment_start": "start", "segment_end": "end"}
_BY_TIME, _BY_TURN = ("start", "end"), ("first", "last")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A segment and where it stands in the file."""

    row: Row
    segment: RatedSegment


@dataclass(frozen=True, slots=True)
class RatingScale:
    """What the ratings of a label map are called, and the ends of their scale."""

    names: tuple[str, ...]
    low: float
    high: float


def read_segment_sheet(path: Path, scale: RatingScale | None = None) -> SegmentSheet:
    """Read a sheet, in the order of its rows. `scale` is held against its columns and ratings.

    Raises:
        CorpusError: lists every problem with row and column: columns or cells missing, times or
            ratings that are none, segments that end before they start, or that overlap another of
            the same coder; ratings off the scale, and columns that it does not know while one of
            its own is missing.
    """
    table, bounds = _read_table(path)
    placed = [_placed(row, table.descriptors, bounds) for row in table.rows]
    problems = [p for p in table.problems if p.severity is Severity.ERROR]
    for row in table.rows:
        problems += _check_row(row, table.descriptors, bounds)
    problems += _overlaps(placed)
    problems += _off_scale(path.name, table, scale) if scale else []
    if table.usable and not table.descriptors:
        problems.append(Problem(path.name, 1, "", "columns", "no column of ratings"))
    if table.usable and not table.rows:
        problems.append(Problem(path.name, 0, "", "file", "no segment stands in the file"))
    if problems:
        errors = sorted(set(problems))
        raise CorpusError(
            f"{path.parent}: {counted(errors)} in the segment sheet:\n{listed(errors)}\n"
            "Mend them and run again."
        )
    return SegmentSheet(table.descriptors, tuple(one.segment for one in placed))


def _read_table(path: Path) -> tuple[Table, tuple[str, str]]:
    records, failure = read_records(path)
    if failure is not None:
        problem = Problem(path.name, failure.row, "", "file", failure.message)
        return Table(problems=(problem,), usable=False), _BY_TIME
    names = [_own_name(cell) for cell in records[0].cells] if records else []
    by_turn = set(_BY_TURN) <= set(names) and not set(_BY_TIME) & set(names)
    bounds = _BY_TURN if by_turn else _BY_TIME
    needed = ("session_id", *bounds, "coder")
    layout = Layout(path.name, needed, needed, needed, open_ended=True)
    # Two spellings of one segment (`60` and `1:00`) are caught as overlapping.
    return table_of([Record(1, names), *records[1:]] if records else [], layout), bounds


def _own_name(cell: str) -> str:
    """Our name of a column; the lab's own, of a rating, stays as it is."""
    name = "_".join(cell.strip().lower().split())
    name = _ALIASES.get(name, name)
    return name if name in {"session_id", "coder", *_BY_TIME, *_BY_TURN} else cell


def _placed(row: Row, columns: Sequence[str], bounds: tuple[str, str]) -> _Placed:
    by_time = bounds == _BY_TIME
    return _Placed(
        row,
        RatedSegment(
            session_id=row["session_id"],
            coder=row["coder"],
            ratings=tuple(number(row[column]) for column in columns),
            start_s=parse_time(row["start"]) if by_time else None,
            end_s=parse_time(row["end"]) if by_time else None,
            first=None if by_time else row["first"],
            last=None if by_time else row["last"],
        ),
    )


def _check_row(row: Row, columns: Sequence[str], bounds: tuple[str, str]) -> Iterator[Problem]:
    for column in bounds if bounds == _BY_TIME else ():
        if row[column] and parse_time(row[column]) is None:
            yield row.problem(column, "time", "must be seconds, mm:ss or hh:mm:ss")
    start, end = parse_time(row["start"]), parse_time(row["end"])
    if start is not None and end is not None and end <= start:
        yield row.problem("end", "time-order", "not after the start")
    for column in columns:
        if row[column].strip() and number(row[column]) is None:
            yield row.problem(column, "number", "must be a number, or empty where not rated")


def _off_scale(file: str, table: Table, scale: RatingScale) -> Iterator[Problem]:
    known = {name.casefold() for name in scale.names}
    there = {column.casefold() for column in table.descriptors}
    missing = [name for name in scale.names if name.casefold() not in there]
    for column in table.descriptors:
        # Only where a rating is missing: else it is a further column of the lab's own.
        if column.casefold() not in known and missing:
            message = (
                f"no rating of the label map, whose {', '.join(missing)} has no column here; name "
                "the column as the map names its rating, or take it out"
            )
            yield Problem(file, 1, column, "columns", message)
    for row in table.rows:
        for column in table.descriptors:
            given = number(row[column]) if column.casefold() in known else None
            if given is not None and not scale.low <= given <= scale.high:
                message = f"must be from {scale.low:g} to {scale.high:g}, the label map's scale"
                yield row.problem(column, "range", message)


def _overlaps(placed: Sequence[_Placed]) -> Iterator[Problem]:
    timed = [
        (one.segment.session_id, one.segment.coder, one.segment.start_s, one.segment.end_s, one.row)
        for one in placed
        if one.segment.start_s is not None and one.segment.end_s is not None
    ]
    timed.sort(key=lambda entry: (*entry[:3], entry[4].number))
    for (*key, _, end, above), (*other, start, _, row) in pairwise(timed):
        if key == other and start < end:
            message = f"overlaps the segment in row {above.number} of the same coder and session"
            yield row.problem("start", "overlap", message)
