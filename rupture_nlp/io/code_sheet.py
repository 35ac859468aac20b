"""Read a code sheet: the table in which a lab notes its codes, a row a turn.

Columns are known by usual names in any case (`COLUMNS`), or named in a YAML file. A row says which
session and turn it codes, and who coded it; `turn` counts from 1 as people do, `utterance_id` is
the number that this package gives a turn (from 0). The words, where the sheet has them, are held
against the transcript: a sheet that is off by one turn would teach nonsense.

Codes may be ours, their abbreviations, or any labels that the YAML file maps to ours. A lab that
told only families apart maps to `withdrawal` and `confrontation`, or only to `rupture`; the corpus
then holds one code of each in their place (`STANDS_FOR`), and training tells no more apart.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from rupture_nlp.codebook import load_codebook
from rupture_nlp.io.cells import restore
from rupture_nlp.io.corpus.problems import Problem
from rupture_nlp.io.settings import DEFAULT_SETTINGS
from rupture_nlp.io.tables import Row, read_rows
from rupture_nlp.schema import UNCODABLE, Family, Rupture

COLUMNS: dict[str, tuple[str, ...]] = {
    "session": ("session", "session_id", "file", "filename", "file_name", "transcript"),
    "turn": ("turn", "turn_no", "turn_nr", "turn_number", "no", "nr", "number"),
    "utterance_id": ("utterance_id", "utterance"),
    "patient": ("patient", "patient_id", "client", "client_id", "dyad", "dyad_id", "group"),
    "coder": ("coder", "coder_id", "rater", "rater_id"),
    "code": ("code", "rupture", "rupture_code", "label"),
    "secondary": ("secondary", "second_code"),
    "intensity": ("intensity", "strength"),
    "markers": ("markers", "marker"),
    "strategies": ("strategies", "strategy"),
    "process": ("process", "processes"),
    "text": ("text", "words", "utterance_text", "content"),
    "comment": ("comment", "comments", "note", "notes"),
}
"""Our names and those that are understood for them."""

NEEDED = ("session", "turn", "code")
_TURN = ("turn", "utterance_id")
NEARLY = 0.75
"""How alike the name of a column must be to one of ours to be pointed at (difflib's ratio)."""

CODED = ("code", "secondary", "intensity", "markers", "strategies", "process")

ANY = "rupture"
STANDS_FOR: dict[str, Rupture] = {
    Family.WITHDRAWAL.value: Rupture.WITHDRAWAL_FROM_OTHER,
    Family.CONFRONTATION.value: Rupture.CONFRONTATION_AGGRESSION,
    ANY: Rupture.CONFRONTATION_AGGRESSION,
}
MEANINGS = (*(code.value for code in Rupture), *STANDS_FOR, UNCODABLE)
"""What a label of the lab's may mean."""


def _as_written(labels: object) -> object:
    """Labels as the YAML file has them: it reads `0` as a number, and `no` as something else."""
    if not isinstance(labels, Mapping):
        return labels
    if any(isinstance(label, bool) or label is None for label in labels):
        raise ValueError("put labels such as yes, no, on, off and null into quotes")
    return {str(label) if isinstance(label, int) else label: ours for label, ours in labels.items()}


@dataclass(frozen=True, slots=True)
class SheetSettings:
    """How a sheet is read: our column names to the sheet's, and the lab's labels to `MEANINGS`."""

    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Annotated[Mapping[str, str], BeforeValidator(_as_written)] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = sorted(set(self.columns) - set(COLUMNS))
        if wrong:
            raise ValueError(f"columns may only map {', '.join(COLUMNS)}")
        if set(self.codes.values()) - set(MEANINGS):
            raise ValueError(f"codes may only be mapped to {', '.join(MEANINGS)}")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row. `number` counts as a spreadsheet does. What a cell does not say, or not so that it
    is understood, is empty; `CodeSheet.problems` then has it."""

    number: int
    session: str
    turn: str  # an utterance id
    coder: str
    meaning: str  # one of MEANINGS
    cells: Mapping[str, str]  # by our names; what the sheet does not have is not in it

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class CodeSheet:
    """All rows, which of our columns the sheet has, and what is wrong with it by itself."""

    path: Path
    columns: frozenset[str]
    rows: tuple[SheetRow, ...]
    problems: tuple[Problem, ...] = ()
    mapped: bool = False  # its labels are those that a file given by the user maps

    @property
    def name(self) -> str:
        """Where its problems stand."""
        return str(self.path)


def read_code_sheet(path: Path, settings: SheetSettings | None = None) -> CodeSheet:
    """Read a CSV or TSV sheet. Without a filled column of coders its name is the coder's.

    Where coders are named, rows without coder and codes only hold the words of a turn, as in a
    sheet that `corpus sheet` wrote; they are passed over. What is wrong with columns and cells
    stands in `problems`, by row and column, without what stands in them.

    Raises:
        TranscriptError: no table.
    """
    settings = settings or SheetSettings()
    header, *body = read_rows(path, DEFAULT_SETTINGS)
    names = [cell.strip() for cell in header.cells]
    places = _places(names, settings)
    problems = [Problem(str(path), 1, *wrong) for wrong in _header_wrong(names, places, settings)]
    rows: list[SheetRow] = []
    table = [{n: restore(row.cells[at]).strip() for n, at in places.items()} for row in body]
    named = any(cells.get("coder") for cells in table)
    for number, cells in zip(_numbers(header, body), table, strict=True):
        if named and not any(cells.get(name) for name in ("coder", *CODED)):
            continue
        row = _row(number, cells, settings, "" if named else path.stem)
        problems += [Problem(str(path), number, *wrong) for wrong in _cells_wrong(row)]
        rows.append(row)
    return CodeSheet(
        path, frozenset(places), tuple(rows), tuple(problems), mapped=bool(settings.codes)
    )


def _numbers(header: Row, body: Sequence[Row]) -> Iterator[int]:
    """Rows as a spreadsheet counts them: a blank one counts, a line end inside a cell does not."""
    inside = header.line - 1 + sum(cell.count("\n") for cell in header.cells)
    for row in body:
        yield row.line - inside
        inside += sum(cell.count("\n") for cell in row.cells)


def _places(names: Sequence[str], settings: SheetSettings) -> dict[str, int]:
    """Where each of our columns stands; those that are not there are left out."""
    folded = [_folded(name) for name in names]
    places: dict[str, int] = {}
    for ours, aliases in COLUMNS.items():
        theirs = settings.columns.get(ours)
        if theirs is not None:
            if theirs.strip() in names:
                places[ours] = list(names).index(theirs.strip())
            continue
        known = [alias for alias in aliases if alias in folded]
        if known:
            places[ours] = folded.index(known[0])
    return places


def _header_wrong(
    names: Sequence[str], places: Mapping[str, int], settings: SheetSettings
) -> Iterator[tuple[str, str, str]]:
    """Column, rule and message of what is missing or cannot be found."""
    for ours in settings.columns:
        if ours not in places:
            yield ours, "columns", "the header has no column of the name that --config gives for it"
    turn = "utterance_id" in places or "utterance_id" in settings.columns
    free = [at for at in range(len(names)) if at not in places.values()]
    for ours, aliases in COLUMNS.items():
        if ours in places or ours in settings.columns or (ours in _TURN and turn):
            continue
        near = [at for at in free if _is_nearly(names[at], aliases)]
        if ours in NEEDED:
            hint = f"; is column {near[0] + 1} meant?" if near else ""
            yield ours, "columns", f"no column of this name{hint}"
        elif near and ours != "utterance_id":
            # Without `patient` spelt right, sessions of one patient would be learned and tested.
            yield ours, "columns", f"column {near[0] + 1} is spelt nearly so, and would not be read"


def _is_nearly(name: str, aliases: Sequence[str]) -> bool:
    return bool(difflib.get_close_matches(_folded(name), aliases, 1, NEARLY))


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _row(number: int, cells: Mapping[str, str], settings: SheetSettings, coder: str) -> SheetRow:
    return SheetRow(
        number,
        session=re.split(r"[/\\]", cells.get("session", ""))[-1],
        turn=_turn(cells),
        coder=cells.get("coder") or coder,
        meaning=_meaning(cells["code"], settings.codes) if "code" in cells else "",
        cells=cells,
    )


def _cells_wrong(row: SheetRow) -> Iterator[tuple[str, str, str]]:
    """Column, rule and message of cells that cannot be understood by themselves."""
    if "session" in row.cells and not row.session:
        yield "session", "empty", "the cell may not be empty"
    if not row.coder:
        yield "coder", "empty", "the cell may not be empty"
    if {"turn", "utterance_id"} & set(row.cells) and not row.turn:
        yield "turn", "number", "not the number of a turn; turns count from 1"
    if "code" in row.cells and not row.meaning:
        yield "code", UNKNOWN_CODE, "unknown code"


UNKNOWN_CODE = "code"
"""The rule of a label that nobody knows."""


def _turn(cells: Mapping[str, str]) -> str:
    if cells.get("utterance_id"):
        return cells["utterance_id"]
    given = cells.get("turn", "").removesuffix(".0")
    return str(int(given) - 1) if given.isdecimal() and given.isascii() and int(given) else ""


def _meaning(cell: str, codes: Mapping[str, str]) -> str:
    folded = cell.casefold()
    if not cell:
        return Rupture.NONE.value
    if codes:
        meant = (ours for theirs, ours in codes.items() if theirs.casefold() == folded)
        return next(meant, "")
    short = {code.abbreviation.casefold(): code.code.value for code in load_codebook().ruptures}
    return folded if folded in MEANINGS else short.get(folded, "")
