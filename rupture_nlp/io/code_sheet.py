"""Read a code sheet: the table in which a lab notes its codes, a row a turn.

Columns are known by usual names in any case (`COLUMNS`), or named in a YAML file. A row says which
session and turn it codes, and who coded it; `turn` counts from 1 as people do, `utterance_id` is
the number that this package gives a turn (from 0). The words, where the sheet has them, are held
against the transcript: a sheet that is off by one turn would teach nonsense.

Codes may be ours, their abbreviations, or any labels that the YAML file maps to ours. A lab that
told only families apart maps to `withdrawal` and `confrontation`, or only to `rupture`; the corpus
then holds one code of each in their place (`STANDS_FOR`), and training tells no more apart.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import CorpusError
from rupture_nlp.io.cells import restore
from rupture_nlp.io.corpus.problems import Problem, counted, listed, unknown
from rupture_nlp.io.settings import DEFAULT_SETTINGS
from rupture_nlp.io.tables import read_rows
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

CODED = ("code", "secondary", "intensity", "markers", "strategies", "process")

ANY = "rupture"
STANDS_FOR: dict[str, Rupture] = {
    Family.WITHDRAWAL.value: Rupture.WITHDRAWAL_FROM_OTHER,
    Family.CONFRONTATION.value: Rupture.CONFRONTATION_AGGRESSION,
    ANY: Rupture.CONFRONTATION_AGGRESSION,
}
MEANINGS = (*(code.value for code in Rupture), *STANDS_FOR, UNCODABLE)
"""What a label of the lab's may mean."""


@dataclass(frozen=True, slots=True)
class SheetSettings:
    """How a sheet is read: our column names to the sheet's, and the lab's labels to `MEANINGS`."""

    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wrong = sorted(set(self.columns) - set(COLUMNS))
        if wrong:
            raise ValueError(f"columns may only map {', '.join(COLUMNS)}")
        if set(self.codes.values()) - set(MEANINGS):
            raise ValueError(f"codes may only be mapped to {', '.join(MEANINGS)}")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row. `number` counts as a spreadsheet does; `meaning` is one of MEANINGS."""

    number: int
    session: str
    turn: str  # an utterance id
    coder: str
    meaning: str
    cells: Mapping[str, str]  # by our names; what the sheet does not have is not in it

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class CodeSheet:
    """All rows, and which of our columns the sheet has."""

    name: str
    columns: frozenset[str]
    rows: tuple[SheetRow, ...]


def read_code_sheet(path: Path, settings: SheetSettings | None = None) -> CodeSheet:
    """Read a CSV or TSV sheet. Without a filled column of coders its name is the coder's.

    Where coders are named, rows without coder and codes only hold the words of a turn, as in a
    sheet that `corpus sheet` wrote; they are passed over.

    Raises:
        TranscriptError: no table.
        CorpusError: columns are missing, or cells cannot be understood; lists rows and columns,
            never what stands in them.
    """
    settings = settings or SheetSettings()
    header, *body = read_rows(path, DEFAULT_SETTINGS)
    places = _places(path, [cell.strip() for cell in header.cells], settings)
    rows: list[SheetRow] = []
    problems: list[Problem] = []
    table = [{n: restore(row.cells[at]).strip() for n, at in places.items()} for row in body]
    named = any(cells.get("coder") for cells in table)
    for number, cells in enumerate(table, start=2):
        if named and not any(cells.get(name) for name in ("coder", *CODED)):
            continue
        read = _row(number, cells, settings, "" if named else path.stem)
        if isinstance(read, SheetRow):
            rows.append(read)
        else:
            problems.append(Problem(path.name, number, *read))
    refuse(path, problems)
    return CodeSheet(path.name, frozenset(places), tuple(rows))


def refuse(path: Path, problems: Sequence[Problem]) -> None:
    """Raise what is wrong with a sheet, all of it at once."""
    if problems:
        raise CorpusError(
            f"{path}: {counted(problems)} in the code sheet:\n{listed(sorted(problems))}\n"
            "The header is row 1."
        )


def _places(path: Path, names: Sequence[str], settings: SheetSettings) -> dict[str, int]:
    folded = [re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") for name in names]
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
    missing = [name for name in ("session", "code") if name not in places]
    if not {"turn", "utterance_id"} & set(places):
        missing.append("turn")
    if missing:
        raise CorpusError(
            f"{path}: no column for {', '.join(missing)}; {len(places)} of its {len(names)} "
            "columns are known by name. Rename them, or name them in a YAML file given with "
            "--config: columns: {session: NAME, turn: NAME, code: NAME}."
        )
    return places


def _row(
    number: int, cells: Mapping[str, str], settings: SheetSettings, coder: str
) -> SheetRow | tuple[str, str, str]:
    """The row; or column, rule and message of what is wrong with it."""
    coder = cells.get("coder") or coder
    for column, cell in (("session", cells["session"]), ("coder", coder)):
        if not cell:
            return column, "empty", "the cell may not be empty"
    turn = _turn(cells)
    if turn is None:
        return "turn", "number", "not the number of a turn; turns count from 1"
    meaning = _meaning(cells["code"], settings.codes)
    if meaning is None:
        known = "the labels that --config maps" if settings.codes else ", ".join(MEANINGS)
        return "code", "name", unknown("code", [known])
    session = re.split(r"[/\\]", cells["session"])[-1]
    return SheetRow(number, session, turn, coder, meaning, cells)


def _turn(cells: Mapping[str, str]) -> str | None:
    if cells.get("utterance_id"):
        return cells["utterance_id"]
    given = cells.get("turn", "").removesuffix(".0")
    return str(int(given) - 1) if given.isdecimal() and given.isascii() and int(given) else None


def _meaning(cell: str, codes: Mapping[str, str]) -> str | None:
    folded = cell.casefold()
    if not cell:
        return Rupture.NONE.value
    if codes:
        return next((ours for theirs, ours in codes.items() if theirs.casefold() == folded), None)
    short = {code.abbreviation.casefold(): code.code.value for code in load_codebook().ruptures}
    return folded if folded in MEANINGS else short.get(folded)
