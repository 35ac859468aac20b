"""Hold the rows of code sheets against transcripts and codebook: all that is wrong, by row."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import CorpusError
from rupture_nlp.io.code_sheet import (
    ANY,
    MEANINGS,
    NEEDED,
    STANDS_FOR,
    UNKNOWN_CODE,
    CodeSheet,
    SheetRow,
)
from rupture_nlp.io.corpus.index import Coverage
from rupture_nlp.io.corpus.layout import LIST_SEPARATOR
from rupture_nlp.io.corpus.problems import Problem, Severity, counted
from rupture_nlp.io.corpus.rules_codes import CodeRow, check_code
from rupture_nlp.io.corpus.tables import Row
from rupture_nlp.schema import UNCODABLE, Rupture, Speaker, Transcript, Utterance

OPTIONAL = ("secondary", "intensity", "markers", "strategies", "process")
NO_CODES = {Rupture.NONE.value, UNCODABLE}
_WORD = re.compile(r"\w+")
_BEGINNING = 5  # words by which a cell that was cut short is known
_THEIRS = {"rupture": "code", "utterance_id": "turn", "": "code"}
"""Columns of codes.csv that a sheet names otherwise."""

_ROWS_SHOWN = 20


def check_sheets(
    transcripts: Sequence[Transcript], sheets: Sequence[CodeSheet]
) -> tuple[Problem, ...]:
    """All problems, sheet by sheet; those of a whole sheet have row 0."""
    known = {one.session_id: {u.utterance_id: u for u in one.utterances} for one in transcripts}
    found: list[Problem] = []
    for sheet in sheets:
        found += [*sheet.problems, *_rows_wrong(sheet, known), *_kinds_wrong(sheet)]
    found += _between(sheets)
    return tuple(found)


def refuse(sheets: Sequence[CodeSheet], problems: Sequence[Problem]) -> None:
    """Raise what is wrong with the sheets, all of it at once: rows and columns, never cells.

    Raises:
        CorpusError: there are problems.
    """
    if not problems:
        return
    parts = [
        f"{sheet.path}: {counted(own)} in the code sheet (the header is row 1):\n{_by_row(own)}"
        for sheet in sheets
        if (own := sorted(p for p in problems if p.file == sheet.name))
    ]
    raise CorpusError("\n".join([*parts, *_remedies(sheets, problems)]))


def fields_of(sheet: CodeSheet) -> frozenset[str]:
    """Fields that count as coded: columns with something in them; intensity only if complete."""
    filled = {name for name in OPTIONAL if any(row[name] for row in sheet.rows)}
    ruptures = [row for row in sheet.rows if row.meaning not in NO_CODES]
    if not all(row["intensity"] for row in ruptures):
        filled -= {"intensity"}
    # The codebook knows processes inside episodes alone, and a sheet has no episodes.
    return frozenset({"rupture"} | (filled - {"process"}))


def names_in(cell: str) -> tuple[str, ...]:
    """What a cell lists: people write `a, b` or `a; b`; a number from a spreadsheet may be 2.0."""
    parts = (part.strip() for part in re.split(r"[|,;]", cell))
    return tuple(part.removesuffix(".0") for part in parts if part)


def coarse_of(sheet: CodeSheet) -> str:
    """`families` or `rupture`, where a sheet tells no more apart; else empty."""
    coarse = _meanings(sheet) & set(STANDS_FOR)
    return "" if not coarse else (ANY if coarse == {ANY} else "families")


def _meanings(sheet: CodeSheet) -> set[str]:
    return {row.meaning for row in sheet.rows} - NO_CODES - {""}


def _rows_wrong(
    sheet: CodeSheet, known: Mapping[str, Mapping[str, Utterance]]
) -> Iterator[Problem]:
    seen: dict[tuple[str, str, str], int] = {}
    patients: dict[str, str] = {}
    coverage = Coverage(fields_of(sheet))
    for row in sheet.rows:
        misplaced = list(_place_wrong(row, known))
        yield from (Problem(sheet.name, row.number, *wrong) for wrong in misplaced)
        if row.session and row.turn:
            first = seen.setdefault((row.session, row.turn, row.coder), row.number)
            if first != row.number:
                message = f"this coder's code of this turn again, as in row {first}"
                yield Problem(sheet.name, row.number, "turn", "duplicate", message)
        if row.session and patients.setdefault(row.session, row["patient"]) != row["patient"]:
            message = "another patient than in this session's first row"
            yield Problem(sheet.name, row.number, "patient", "patient", message)
        if row.meaning:
            # Of another turn than is meant nothing can be said.
            turn = None if misplaced else known.get(row.session, {}).get(row.turn)
            yield from _code_wrong(sheet, row, turn, coverage)


def _place_wrong(
    row: SheetRow, known: Mapping[str, Mapping[str, Utterance]]
) -> Iterator[tuple[str, str, str]]:
    if not row.session:
        return
    turns = known.get(row.session)
    if turns is None:
        near = [name for name in known if _bare(name) == _bare(row.session)]
        meant = f"is {near[0]} meant?" if len(near) == 1 else "a session is its file's name"
        yield "session", "unknown", f"no transcript of this name; {meant}"
        return
    utterance = turns.get(row.turn)
    if utterance is None:
        if row.turn:
            message = f"the transcript has {len(turns)} turns, not this one"
            yield "turn", "unknown", message
    elif row["text"] and not _same_words(row["text"], utterance.text):
        message = "not the words of the turn that the row names; are turns counted alike?"
        yield "text", "words", message


def _code_wrong(
    sheet: CodeSheet, row: SheetRow, turn: Utterance | None, coverage: Coverage
) -> Iterator[Problem]:
    """What the codebook does not allow, by the rules for codes.csv."""
    is_rupture = row.meaning not in NO_CODES
    if turn is not None and turn.speaker is Speaker.OTHER and not is_rupture:
        return
    stands_for = STANDS_FOR.get(row.meaning)
    cells = {"rupture": stands_for.value if stands_for else row.meaning}
    if is_rupture:
        cells["secondary"] = row["secondary"]
        if "intensity" in coverage.fields or row["intensity"]:
            cells["intensity"] = "".join(names_in(row["intensity"]))
    for name in ("markers", "strategies"):
        cells[name] = LIST_SEPARATOR.join(names_in(row[name]))
    code = CodeRow(Row(sheet.name, row.number, cells), turn.speaker if turn else None, coverage)
    for problem in check_code(code):
        if problem.severity is Severity.ERROR:
            column = _THEIRS.get(problem.column, problem.column)
            yield Problem(sheet.name, row.number, column, problem.rule, problem.message)


def _kinds_wrong(sheet: CodeSheet) -> Iterator[Problem]:
    """What is wrong with the codes of a sheet together, as far as they are understood."""
    meanings = _meanings(sheet)
    coarse = meanings & set(STANDS_FOR)
    unread = "code" not in sheet.columns or any(p.rule == UNKNOWN_CODE for p in sheet.problems)
    if not meanings and not unread:
        message = "no turn has a rupture code. Is the right column named?"
        yield Problem(sheet.name, 0, "code", "none", message)
    if (coarse and coarse != meanings) or (ANY in coarse and len(coarse) > 1):
        message = (
            f"single codes stand beside families, or families beside `{ANY}`. Use one way for the "
            "whole sheet; --config can map single codes to their families"
        )
        yield Problem(sheet.name, 0, "code", "mixed", message)


def _between(sheets: Sequence[CodeSheet]) -> Iterator[Problem]:
    """What two sheets say of one session that cannot both be."""
    coded: dict[tuple[str, str], str] = {}
    patients: dict[str, tuple[str, str]] = {}
    for sheet in sheets:
        own = {(row.session, row.coder): row for row in reversed(sheet.rows) if row.session}
        for key, row in own.items():
            if coded.setdefault(key, sheet.name) != sheet.name:
                message = "this coder's codes of this session stand in an earlier sheet too"
                yield Problem(sheet.name, row.number, "coder", "twice", message)
            patient, named_in = row["patient"], patients.get(row.session)
            if patient and named_in is None:
                patients[row.session] = patient, sheet.name
            elif patient and named_in and named_in[0] != patient and named_in[1] != sheet.name:
                message = "another patient than an earlier sheet names for this session"
                yield Problem(sheet.name, row.number, "patient", "patient", message)
    kinds = {coarse_of(sheet) for sheet in sheets if _meanings(sheet)}
    if len(kinds) > 1:
        message = "one sheet has single codes, another families. Use one way in all"
        yield Problem(sheets[-1].name, 0, "code", "mixed", message)


def _remedies(sheets: Sequence[CodeSheet], problems: Sequence[Problem]) -> Iterator[str]:
    if any(problem.rule == "columns" for problem in problems):
        needed = ", ".join(f"{name}: NAME" for name in NEEDED)
        yield (
            f"Rename the columns, or name them in a YAML file given with --config: "
            f"`columns: {{{needed}}}`."
        )
    if any(problem.rule == UNKNOWN_CODE for problem in problems):
        if any(sheet.mapped for sheet in sheets):
            yield (
                "Codes that are understood: those that `codes:` of --config maps, and no others; "
                f"an empty cell is none. Each is mapped to one of {', '.join(MEANINGS)}."
            )
            return
        short = ", ".join(code.abbreviation for code in load_codebook().ruptures[1:])
        yield (
            f"Codes that are understood: {short}; {', '.join(MEANINGS)}; an empty cell is none. "
            "Other labels can be mapped in a YAML file given with --config: "
            "`codes: {YOURS: withdrawal_from_other}`."
        )


def _by_row(problems: Sequence[Problem]) -> str:
    """A line for each thing that is wrong, with all its rows."""
    same: dict[tuple[str, str], list[int]] = {}
    for one in problems:
        same.setdefault((one.column, one.message), []).append(one.row)
    return "\n".join(
        f"  {_numbered(rows)}, {column}: {message}" if rows[0] else f"  {message}"
        for (column, message), rows in same.items()
    )


def _numbered(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:_ROWS_SHOWN]))
    more = f" and {len(rows) - _ROWS_SHOWN} more" if len(rows) > _ROWS_SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _bare(name: str) -> str:
    """What two spellings of a file's name share: case, suffix, signs and zeros before a number."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    stem = re.sub(r"\.[a-z]\w{0,4}$", "", folded)
    return re.sub(r"[\W_]+|(?<!\d)0+(?=\d)", "", stem)


def _same_words(one: str, other: str) -> bool:
    """Whether a cell holds the words of a turn, or its beginning where a sheet cut it short."""
    first, second = _words(one), _words(other)
    return first == second[: len(first)] if len(first) >= _BEGINNING else first == second


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
