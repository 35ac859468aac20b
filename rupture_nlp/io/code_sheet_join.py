"""Transcripts and code sheets made into a coded corpus."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.code_sheet import STANDS_FOR, CodeSheet, SheetRow
from rupture_nlp.io.code_sheet_check import (
    OPTIONAL,
    check_sheets,
    coarse_of,
    fields_of,
    names_in,
    refuse,
)
from rupture_nlp.io.corpus.check import check_corpus
from rupture_nlp.io.corpus.problems import counted, listed
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


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of a join."""

    sessions: tuple[CodedSession, ...]
    without_codes: int  # transcripts that no row of the sheets names
    coarse: str  # families or rupture, where the sheets tell no more apart; else empty
    fields: tuple[str, ...]  # that count as coded
    left_out: tuple[str, ...]  # columns that do not: empty, or intensities that are not complete


def join_sheets(
    transcripts: Sequence[Transcript], sheets: Sequence[CodeSheet], *, partial: bool = False
) -> Joined:
    """Put the rows of sheets to the turns they name. A coder coded a session if a row says so.

    Turns without a row are `none`, or with `partial` not coded.

    Raises:
        CorpusError: something is wrong with the sheets: cells that are not understood, sessions or
            turns that are not there, a turn twice, words that are another turn's, codes against
            the codebook, two patients for a session, a coder's session in two sheets. Lists all.
    """
    known = frozenset(transcript.session_id for transcript in transcripts)
    placed = [replace(s, rows=tuple(_placed(row, known) for row in s.rows)) for s in sheets]
    refuse(placed, check_sheets(transcripts, placed))
    joined = [_join(transcripts, sheet, partial=partial) for sheet in placed]
    by_id: dict[str, CodedSession] = {}
    for session in (session for sessions in joined for session in sessions):
        key = session.transcript.session_id
        by_id[key] = _both(by_id[key], session) if key in by_id else session
    fields = {name for sheet in placed for name in fields_of(sheet)}
    there = [name for sheet in placed for name in OPTIONAL if name in sheet.columns]
    return Joined(
        tuple(by_id.values()),
        len(transcripts) - len(by_id),
        coarse_of(placed[0]),
        tuple(sorted(fields)),
        tuple(dict.fromkeys(name for name in there if name not in fields)),
    )


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
            f"the codes break the codebook: {counted(problems)}, by row of the files that "
            f"would have been written:\n{listed(problems)}\nMend the sheet."
        )
    building.rename(out)


def _placed(row: SheetRow, known: frozenset[str]) -> SheetRow:
    """The row with its session's id: sheets name files with or without their suffix."""
    bare = row.session.rsplit(".", 1)[0]
    return row if row.session in known or bare not in known else replace(row, session=bare)


def _join(
    transcripts: Sequence[Transcript], sheet: CodeSheet, *, partial: bool
) -> list[CodedSession]:
    fields = fields_of(sheet)
    rows: dict[str, list[SheetRow]] = {}
    for row in sheet.rows:
        rows.setdefault(row.session, []).append(row)
    return [
        _session(transcript, rows[transcript.session_id], fields, partial=partial)
        for transcript in transcripts
        if transcript.session_id in rows
    ]


def _both(first: CodedSession, second: CodedSession) -> CodedSession:
    named = first if first.descriptors else second
    return replace(named, codings=(*first.codings, *second.codings))


def _session(
    transcript: Transcript, rows: Sequence[SheetRow], fields: frozenset[str], *, partial: bool
) -> CodedSession:
    patient = rows[0]["patient"]
    codings = []
    for coder in dict.fromkeys(row.coder for row in rows):
        own = {row.turn: row for row in rows if row.coder == coder}
        codes = _codes(transcript, own, fields, partial=partial)
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


def _codes(
    transcript: Transcript, own: Mapping[str, SheetRow], fields: frozenset[str], *, partial: bool
) -> tuple[UtteranceCode | None, ...]:
    return tuple(
        _code(own.get(u.utterance_id), u, fields, partial=partial) for u in transcript.utterances
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
    intensity = names_in(row["intensity"]) if "intensity" in fields and is_rupture else ()
    return UtteranceCode(
        utterance.utterance_id,
        rupture,
        secondary=Rupture(row["secondary"]) if row["secondary"] and is_rupture else None,
        intensity=int(intensity[0]) if intensity else None,
        markers=names_in(row["markers"]),
        strategies=names_in(row["strategies"]),
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
