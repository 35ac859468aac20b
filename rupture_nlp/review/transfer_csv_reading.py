"""Read the wide CSV of `transfer_csv` back, also after a spreadsheet has saved it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.cells import restore
from rupture_nlp.io.corpus.layout import MODES, RATINGS, STATUSES, split_list
from rupture_nlp.io.corpus.rules_values import seconds
from rupture_nlp.review.derive import Extent
from rupture_nlp.review.incoming import RawCoding, RawTurn, build_coding
from rupture_nlp.review.transfer import Incoming, Note
from rupture_nlp.review.transfer_csv import (
    CHOSEN_BY,
    CODED,
    EPISODE,
    LISTS,
    MODE,
    RATING,
    RESOLUTION,
    STATUS,
)
from rupture_nlp.schema import CodedSession, SessionCoding, Speaker, Transcript, Utterance

NEEDED = ("session_id", "utterance_id", "speaker")
_FIVES = {str(value): value for value in range(1, 6)}


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the file; `place` names it as a spreadsheet does."""

    place: str
    cells: Mapping[str, str]

    def of(self, coder: str, name: str) -> str:
        """A cell of this coder; empty where there is no such column."""
        return self.cells.get(f"{coder}.{name}", "")


def read_csv(path: Path) -> Incoming:
    """Read a table with commas, semicolons or tabs. A coder is one with a column `NAME.status`.

    Raises:
        CorpusError: not a CSV, columns are missing, or a turn that cannot be placed.
    """
    lines = _read_lines(path)
    by_session: dict[str, list[_Line]] = {}
    for line in lines:
        by_session.setdefault(line.cells["session_id"], []).append(line)
    columns = lines[0].cells if lines else {}
    ending = f".{STATUS}"
    coders = [name.removesuffix(ending) for name in columns if name.endswith(ending)]
    sessions: list[CodedSession] = []
    notes: list[Note] = []
    for rows in by_session.values():
        session, found = _session(path, rows, coders)
        sessions.append(session)
        notes += found
    return Incoming(tuple(sessions), tuple(notes))


def _read_lines(path: Path) -> list[_Line]:
    problem = ""
    rows: list[list[str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except UnicodeDecodeError:
        problem = "is not UTF-8; save it as 'CSV UTF-8'"
    except csv.Error:
        problem = "is not a CSV; look for an unpaired quote"
    names = [restore(name) for name in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in names]
    if not problem and missing:
        problem = f"has no column {', '.join(missing)}; `review export --format csv` writes them"
    if not problem and len(set(names)) < len(names):
        problem = "has two columns of the same name"
    lines = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(row)]
    uneven = [number for number, row in lines if len(row) != len(names)]
    if not problem and uneven:
        problem = f"has another number of cells in row {uneven[0]} than in its header"
    if problem:
        raise CorpusError(f"{path}: {problem}.")
    return [
        _Line(f"{path.name}: row {number}", dict(zip(names, map(restore, row), strict=True)))
        for number, row in lines
    ]


def _session(
    path: Path, rows: Sequence[_Line], coders: Sequence[str]
) -> tuple[CodedSession, list[Note]]:
    transcript = _transcript(path, rows)
    codings: list[SessionCoding] = []
    notes: list[Note] = []
    for coder in coders:
        status = _same(rows, coder, STATUS, notes)
        if status is None:
            continue
        if status not in STATUSES:
            notes.append(Note(f"a status other than {' or '.join(STATUSES)}", rows[0].place))
        raw = _raw_coding(rows, coder, finished=status == STATUSES[0], notes=notes)
        coding, found = build_coding(transcript, raw)
        codings.append(coding)
        notes += found
    first = rows[0].cells
    chosen_by = ((CHOSEN_BY, first[CHOSEN_BY]),) if first.get(CHOSEN_BY) else ()
    session = CodedSession(transcript, tuple(codings), first.get("group", ""), chosen_by)
    return session, notes


def _transcript(path: Path, rows: Sequence[_Line]) -> Transcript:
    turns = []
    for row in rows:
        speaker = row.cells["speaker"]
        if speaker not in set(Speaker):
            raise CorpusError(f"{path}: {row.place}: speaker is not one of {', '.join(Speaker)}.")
        start, end = (seconds(row.cells.get(name, "")) for name in ("start_s", "end_s"))
        text = row.cells.get("text", "")
        turns.append(Utterance(row.cells["utterance_id"], Speaker(speaker), text, start, end))
    if len({turn.utterance_id for turn in turns}) < len(turns):
        raise CorpusError(f"{path}: {rows[0].place}: this session has an utterance_id twice.")
    return Transcript(rows[0].cells["session_id"], tuple(turns))


def _same(rows: Sequence[_Line], coder: str, name: str, notes: list[Note]) -> str | None:
    """The one value that a column repeats through the session; None where it is empty."""
    values = list(dict.fromkeys(row.of(coder, name) for row in rows))
    given = [value for value in values if value]
    if len(given) > 1:
        reason = f"different values of {name} inside one session: the first counts"
        notes.append(Note(reason, f"{rows[0].place}, {coder}"))
    return given[0] if given else None


def _raw_coding(
    rows: Sequence[_Line], coder: str, *, finished: bool, notes: list[Note]
) -> RawCoding:
    mode = _same(rows, coder, MODE, notes)
    if mode is not None and mode not in MODES:
        notes.append(Note(f"a mode other than {', '.join(MODES)}", f"{rows[0].place}, {coder}"))
    turns = {}
    for position, row in enumerate(rows):
        turn = _raw_turn(row, coder)
        if any((*turn.cells.values(), *turn.lists.values())):
            turns[position] = turn
    ratings = {name: _same(rows, coder, RATING + name, notes) or "" for name in RATINGS}
    return RawCoding(
        place=f"{rows[0].place}, {coder}",
        coder=coder,
        mode=mode if mode in MODES else None,
        finished=finished,
        turns=turns,
        extents=tuple(_extents(rows, coder, notes)),
        ratings=ratings,
    )


def _raw_turn(row: _Line, coder: str) -> RawTurn:
    cells = {name: row.of(coder, name) for name in CODED if name not in LISTS}
    lists = {name: split_list(row.of(coder, name)) for name in LISTS}
    return RawTurn(f"{row.place}, {coder}", cells, lists)


def _extents(rows: Sequence[_Line], coder: str, notes: list[Note]) -> Iterator[Extent]:
    held: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        if row.of(coder, EPISODE):
            held.setdefault(row.of(coder, EPISODE), []).append(position)
    for episode_id, positions in held.items():
        start, end = positions[0], positions[-1]
        place = f"{rows[start].place}, {coder}"
        if len(positions) < end - start + 1:
            notes.append(Note("an episode with a gap: left out", place))
            continue
        resolution = _same([rows[at] for at in positions], coder, RESOLUTION, notes)
        if resolution is not None and resolution.removesuffix(".0") not in _FIVES:
            notes.append(Note("an episode's resolution that is not 1 to 5", place))
        known = _FIVES.get((resolution or "").removesuffix(".0"))
        yield Extent(episode_id, start, end, known)
