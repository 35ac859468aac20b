"""Transcripts and a code sheet made into a coded corpus."""

import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import CorpusError
from rupture_nlp.io.code_sheet import ANY, STANDS_FOR, CodeSheet, SheetRow, refuse
from rupture_nlp.io.corpus.check import check_corpus
from rupture_nlp.io.corpus.problems import Problem, counted, listed, unknown
from rupture_nlp.io.corpus.write import write_corpus, write_table
from rupture_nlp.schema import (
    UNCODABLE,
    CodedSession,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)

PATIENT = "patient_id"
OPTIONAL = ("secondary", "intensity", "markers", "strategies", "process")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of a join."""

    sessions: tuple[CodedSession, ...]
    without_codes: int  # transcripts that no row of the sheet names
    coarse: str  # families or rupture, where the sheet tells no more apart; else empty
    fields: tuple[str, ...]  # that count as coded
    left_out: tuple[str, ...]  # columns that do not: empty, or intensities that are not complete


def join_sheet(
    transcripts: Sequence[Transcript], sheet: CodeSheet, path: Path, *, partial: bool = False
) -> Joined:
    """Put the rows of a sheet to the turns they name. A coder coded a session if a row says so.

    Turns without a row are `none`, or with `partial` not coded.

    Raises:
        CorpusError: rows name sessions or turns that are not there, a turn twice, words that are
            another turn's, unknown codes, or a patient for one session and another for the same.
    """
    by_id = {transcript.session_id: transcript for transcript in transcripts}
    sheet = replace(sheet, rows=tuple(_placed(row, by_id) for row in sheet.rows))
    refuse(path, [*_rows_wrong(sheet, by_id)])
    coarse = _coarse(sheet, path)
    fields, left_out = _fields(sheet)
    sessions = tuple(
        _session(transcript, rows, fields, partial=partial)
        for transcript in transcripts
        if (rows := [row for row in sheet.rows if row.session == transcript.session_id])
    )
    return Joined(
        sessions, len(transcripts) - len(sessions), coarse, tuple(sorted(fields)), left_out
    )


def merge_joined(joined: Sequence[Joined]) -> Joined:
    """What several sheets of the same sessions came to, a coding for each coder.

    Raises:
        CorpusError: sheets that tell different things apart, a coder in two sheets for one
            session, or two patients for one session.
    """
    coarse = {one.coarse for one in joined}
    if len(coarse) > 1:
        raise CorpusError("one sheet has single codes, another families. Use one way in all.")
    by_id: dict[str, CodedSession] = {}
    for session in (session for one in joined for session in one.sessions):
        key = session.transcript.session_id
        by_id[key] = _both(by_id[key], session) if key in by_id else session
    coded = len(joined[0].sessions) + joined[0].without_codes
    return Joined(
        tuple(by_id.values()),
        coded - len(by_id),
        coarse.pop(),
        tuple(sorted({name for one in joined for name in one.fields})),
        tuple(dict.fromkeys(name for one in joined for name in one.left_out)),
    )


def _both(first: CodedSession, second: CodedSession) -> CodedSession:
    if {k.coder for k in first.codings} & {k.coder for k in second.codings}:
        raise CorpusError(
            "two sheets hold codes of one coder for one session. Put a coder's codes in one sheet."
        )
    named = [one for one in (first, second) if one.descriptors]
    if len({one.group for one in named}) > 1:
        raise CorpusError("two sheets name different patients for one session. Mend one of them.")
    return replace(named[0] if named else first, codings=(*first.codings, *second.codings))


def write_joined(joined: Joined, out: Path) -> None:
    """Write the corpus, if it keeps the codebook's rules. Nothing is left where it does not.

    Raises:
        CorpusError: the codes break the codebook; lists the problems.
    """
    building = out.with_name(f".{out.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    write_corpus(joined.sessions, building)
    problems = check_corpus(building).errors
    if problems:
        shutil.rmtree(building)
        raise CorpusError(
            f"the codes break the codebook: {counted(problems)}, by row of the codes.csv that "
            f"would have been written:\n{listed(problems)}\nMend the sheet."
        )
    building.rename(out)


def _placed(row: SheetRow, known: Mapping[str, Transcript]) -> SheetRow:
    """The row with its session's id: sheets name files with or without their suffix."""
    bare = row.session.rsplit(".", 1)[0]
    return row if row.session in known or bare not in known else replace(row, session=bare)


def _rows_wrong(sheet: CodeSheet, known: Mapping[str, Transcript]) -> Iterator[Problem]:
    turns = {key: {u.utterance_id: u for u in one.utterances} for key, one in known.items()}
    seen: dict[tuple[str, str, str], int] = {}
    patients: dict[str, str] = {}
    for row in sheet.rows:
        wrong = _row_wrong(row, turns)
        key = (row.session, row.turn, row.coder)
        if wrong is None and seen.setdefault(key, row.number) != row.number:
            wrong = (
                "turn",
                "duplicate",
                f"this coder's code of this turn again, as in row {seen[key]}",
            )
        if wrong is None and patients.setdefault(row.session, row["patient"]) != row["patient"]:
            wrong = "patient", "patient", "another patient than in this session's first row"
        if wrong is not None:
            yield Problem(sheet.name, row.number, *wrong)


def _row_wrong(
    row: SheetRow, turns: Mapping[str, Mapping[str, Utterance]]
) -> tuple[str, str, str] | None:
    if row.session not in turns:
        return "session", "unknown", "no transcript of this name; a session is its file's name"
    utterance = turns[row.session].get(row.turn)
    if utterance is None:
        return (
            "turn",
            "unknown",
            f"the transcript has {len(turns[row.session])} turns, not this one",
        )
    if row["text"] and not _same_words(row["text"], utterance.text):
        return (
            "text",
            "words",
            "not the words of the turn that the row names; are turns counted alike?",
        )
    if row.meaning != Rupture.NONE and utterance.speaker is Speaker.OTHER:
        return "code", "other-speaker", "the turn of an `other` speaker takes no codes"
    return _names_wrong(row)


def _names_wrong(row: SheetRow) -> tuple[str, str, str] | None:
    book = load_codebook()
    ruptures = [code.value for code in Rupture if code is not Rupture.NONE]
    for column, known in (
        ("secondary", ruptures),
        ("intensity", ["1", "2", "3"]),
        ("markers", book.marker_names),
        ("strategies", book.strategy_names),
        ("process", book.process_names),
    ):
        if not set(_names(row[column])) <= set(known):
            return column, "name", unknown(column, known)
    return None


def _names(cell: str) -> tuple[str, ...]:
    # People write "a, b" or "a; b"; an intensity from a spreadsheet may be 2.0.
    parts = (part.strip() for part in re.split(r"[|,;]", cell))
    return tuple(part.removesuffix(".0") for part in parts if part)


def _same_words(one: str, other: str) -> bool:
    """Whether a cell holds the words of a turn, or its beginning where a sheet cut it short."""
    first, second = _words(one), _words(other)
    return first == second[: len(first)] if len(first) >= _BEGINNING else first == second


_BEGINNING = 5


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _coarse(sheet: CodeSheet, path: Path) -> str:
    meanings = {row.meaning for row in sheet.rows} - {Rupture.NONE.value, UNCODABLE}
    if not meanings:
        raise CorpusError(f"{path}: no turn has a rupture code. Is the right column named?")
    coarse = meanings & set(STANDS_FOR)
    if (coarse and coarse != meanings) or (ANY in coarse and len(coarse) > 1):
        raise CorpusError(
            f"{path}: single codes stand beside families, or families beside `{ANY}`. Use one way "
            "for the whole sheet; --config can map single codes to their families."
        )
    return "" if not coarse else (ANY if coarse == {ANY} else "families")


def _fields(sheet: CodeSheet) -> tuple[frozenset[str], tuple[str, ...]]:
    """Fields that count as coded: columns with something in them; intensity only if complete."""
    filled = {name for name in OPTIONAL if any(row[name] for row in sheet.rows)}
    ruptures = [row for row in sheet.rows if row.meaning not in {Rupture.NONE.value, UNCODABLE}]
    if not all(row["intensity"] for row in ruptures):
        filled -= {"intensity"}
    there = [name for name in OPTIONAL if name in sheet.columns]
    # The codebook knows processes inside episodes alone, and a sheet has no episodes.
    filled -= {"process"}
    return frozenset({"rupture"} | filled), tuple(name for name in there if name not in filled)


def _session(
    transcript: Transcript, rows: Sequence[SheetRow], fields: frozenset[str], *, partial: bool
) -> CodedSession:
    patient = rows[0]["patient"]
    coders = dict.fromkeys(row.coder for row in rows)
    codings = []
    for coder in coders:
        own = {row.turn: row for row in rows if row.coder == coder}
        codes = tuple(
            _code(own.get(u.utterance_id), u, fields, partial=partial)
            for u in transcript.utterances
        )
        reached = all(
            code is not None or u.speaker is Speaker.OTHER
            for code, u in zip(codes, transcript.utterances, strict=True)
        )
        codings.append(
            SessionCoding(transcript.session_id, coder, codes, fields=fields, complete=reached)
        )
    return CodedSession(
        transcript,
        tuple(codings),
        group=patient or transcript.session_id,
        descriptors=((PATIENT, patient),) if patient else (),
    )


def _code(
    row: SheetRow | None, utterance: Utterance, fields: frozenset[str], *, partial: bool
) -> UtteranceCode | None:
    if utterance.speaker is Speaker.OTHER:
        return None
    if row is None:
        return None if partial else UtteranceCode(utterance.utterance_id)
    rupture = _rupture(row.meaning)
    is_rupture = rupture is not None and rupture is not Rupture.NONE
    intensity = _names(row["intensity"]) if "intensity" in fields and is_rupture else ()
    return UtteranceCode(
        utterance.utterance_id,
        rupture,
        secondary=Rupture(row["secondary"]) if row["secondary"] and is_rupture else None,
        intensity=int(intensity[0]) if intensity else None,
        markers=_names(row["markers"]),
        strategies=_names(row["strategies"]),
        comment=row["comment"] or None,
    )


def _rupture(meaning: str) -> Rupture | None:
    if meaning == UNCODABLE:
        return None
    return STANDS_FOR.get(meaning) or Rupture(meaning)


def write_template(transcripts: Sequence[Transcript], path: Path) -> int:
    """Write an empty sheet: a row a turn with its words, columns for coder and codes; the rows."""
    rows = [
        (transcript.session_id, None, number, turn.speaker, turn.text, *(None,) * 4)
        for transcript in transcripts
        for number, turn in enumerate(transcript.utterances, start=1)
    ]
    columns = ("session", "patient", "turn", "speaker", "text")
    write_table(path, (*columns, "coder", "code", "intensity", "comment"), rows)
    return len(rows)
