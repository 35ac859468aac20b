"""Rules for single cells outside codes.csv: speakers, times, ratings, coverage."""

import math
from collections.abc import Iterator

from rupture_nlp.io.corpus.index import SPEAKERS, Index, coding_key
from rupture_nlp.io.corpus.layout import FIELDS, RATINGS, STATUSES, split_list
from rupture_nlp.io.corpus.problems import Problem, unknown
from rupture_nlp.io.corpus.tables import Row
from rupture_nlp.schema import EpisodeKind, Speaker

HIGHEST = 5  # of every rating
INITIATORS = (Speaker.PATIENT.value, Speaker.THERAPIST.value)


def check_values(index: Index) -> Iterator[Problem]:
    """Every cell that does not hold what its column is for."""
    for row in index.tables.utterances.rows:
        yield from _utterance(row)
    for rows in index.utterances.values():
        yield from _clock(rows)
    for row in index.tables.sessions.rows:
        yield from _ratings(row, index)
    for row in index.tables.episodes.rows:
        yield from _episode(row)
    for row in index.tables.coverage.rows:
        yield from _coverage(row)


def _utterance(row: Row) -> Iterator[Problem]:
    if row["speaker"] not in SPEAKERS and row["speaker"]:
        yield row.problem("speaker", "name", unknown("speaker", Speaker))
    if not row["text"].strip():
        yield row.warning("text", "empty-text", "the turn has no words")
    for column in ("start_s", "end_s"):
        if row[column] and seconds(row[column]) is None:
            yield row.problem(column, "number", "must be seconds, 0 or more, or empty")
    for column in ("source_first", "source_last"):
        if row[column] and not _is_count(row[column]):
            yield row.problem(column, "number", "must be a whole number from 1, or empty")


def _clock(rows: tuple[Row, ...]) -> Iterator[Problem]:
    latest = 0.0
    for row in rows:
        start, end = seconds(row["start_s"]), seconds(row["end_s"])
        if start is not None and start < latest:
            yield row.warning("start_s", "time-order", "earlier than a turn before it")
        if start is not None and end is not None and end < start:
            yield row.warning("end_s", "time-order", "earlier than start_s")
        latest = max(latest, start or 0.0)


def seconds(cell: str) -> float | None:
    """A time, or None for an empty cell or one that holds no time."""
    value = number(cell)
    return value if value is not None and value >= 0 else None


def _is_count(cell: str) -> bool:
    return cell.isascii() and cell.isdecimal() and int(cell) >= 1


def number(cell: str) -> float | None:
    """A finite number, or None for an empty cell or one that holds none."""
    if "_" in cell:  # Python reads 1_000 as a number, nothing else does
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _ratings(row: Row, index: Index) -> Iterator[Problem]:
    coverage = index.coverage_of(row)
    for column in RATINGS:
        value = number(row[column])
        if row[column] and (value is None or not 1 <= value <= HIGHEST):
            yield row.problem(column, "range", "must be a number from 1 to 5")
        elif not row[column] and column != "resolution" and "ratings" in coverage.fields:
            yield row.warning(column, "unrated", "no rating; if none was given, say so in coverage")
    usable = index.tables.codes.usable and index.tables.coverage.usable
    if usable and coverage.complete and {"ratings", "rupture"} <= coverage.fields:
        yield from _resolution(row, index)


def _resolution(row: Row, index: Index) -> Iterator[Problem]:
    codes = index.codes.get(coding_key(row), {})
    ruptures = any(code["rupture"] not in {"", "none", "uncodable"} for code in codes.values())
    if row["resolution"] and not ruptures:
        message = "must be empty: this coder coded no rupture in the session"
        yield row.problem("resolution", "resolution", message)
    if ruptures and not row["resolution"]:
        message = "no rating, though this coder coded ruptures in the session"
        yield row.warning("resolution", "unrated", message)


def _episode(row: Row) -> Iterator[Problem]:
    if row["kind"] and row["kind"] not in set(EpisodeKind):
        yield row.problem("kind", "name", unknown("kind", EpisodeKind))
    if row["initiator"] and row["initiator"] not in INITIATORS:
        yield row.problem("initiator", "name", unknown("initiator", INITIATORS))
    if not row["resolution"]:
        yield row.warning("resolution", "unrated", "no resolution; such an episode never counts")
    elif row["resolution"] not in {"1", "2", "3", "4", "5"}:
        yield row.problem("resolution", "range", "must be a whole number from 1 to 5")


def _coverage(row: Row) -> Iterator[Problem]:
    if any(name not in FIELDS for name in split_list(row["fields"])):
        yield row.problem("fields", "name", unknown("field", FIELDS))
    if row["status"] and row["status"] not in STATUSES:
        yield row.problem("status", "name", unknown("status", STATUSES))
