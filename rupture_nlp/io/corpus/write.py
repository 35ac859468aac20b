"""Write a coded corpus. `read_corpus` gives back the same values."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.cells import neutralise
from rupture_nlp.io.corpus.layout import (
    CODES,
    COVERAGE,
    EPISODES,
    GROUPS,
    LIST_SEPARATOR,
    RATINGS,
    SESSIONS,
    UTTERANCES,
    blank_code,
)
from rupture_nlp.schema import (
    ALL_FIELDS,
    UNCODABLE,
    CodedSession,
    SessionCoding,
    Speaker,
    Utterance,
    UtteranceCode,
)

Cell = str | int | float | None


def write_corpus(sessions: Sequence[CodedSession], folder: Path) -> None:
    """Write the six files of the layout, each whole or not at all; older ones are replaced.

    codes.csv is sparse. coverage.csv names only codings that were partial or left out fields, and
    may hold no more than its header.

    Raises:
        ValueError: a coding does not run parallel to its transcript, or is called complete and
            has no code for a patient's or therapist's turn.
    """
    codings = [(session, coding) for session in sessions for coding in session.codings]
    for session, coding in codings:
        _require_dense(session, coding)
    names = list(dict.fromkeys(name for s in sessions for name, _ in s.descriptors))
    tables: tuple[tuple[str, Sequence[str], Iterable[Sequence[Cell]]], ...] = (
        (UTTERANCES.file, UTTERANCES.columns, _utterance_rows(sessions)),
        (CODES.file, CODES.columns, (r for _, coding in codings for r in _code_rows(coding))),
        (EPISODES.file, EPISODES.columns, (r for _, c in codings for r in _episode_rows(c))),
        (SESSIONS.file, SESSIONS.columns, (_rating_row(coding) for _, coding in codings)),
        (GROUPS.file, (*GROUPS.columns, *names), (_group_row(s, names) for s in sessions)),
        (COVERAGE.file, COVERAGE.columns, _coverage_rows(coding for _, coding in codings)),
    )
    for file, columns, rows in tables:
        write_table(folder / file, columns, rows)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write one CSV file, whole or not at all, with neutralised cells. None is an empty cell."""
    # CRLF, as RFC 4180 has it: with a bare line feed the writer would leave a carriage return
    # inside a cell unquoted, and the file could not be read again.
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([neutralise(_cell(value)) for value in row])
    write_text(path, buffer.getvalue())


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _require_dense(session: CodedSession, coding: SessionCoding) -> None:
    utterances = session.transcript.utterances
    if len(coding.codes) != len(utterances) or any(
        code is not None and code.utterance_id != utterance.utterance_id
        for code, utterance in zip(coding.codes, utterances, strict=False)
    ):
        raise ValueError("the codes of a coding must run parallel to the utterances")
    reached = (
        code is not None or utterance.speaker is Speaker.OTHER
        for code, utterance in zip(coding.codes, utterances, strict=True)
    )
    if coding.complete and not all(reached):
        raise ValueError("a complete coding needs a code for every patient and therapist turn")


def _utterance_rows(sessions: Iterable[CodedSession]) -> Iterator[Sequence[Cell]]:
    for session in sessions:
        for utterance in session.transcript.utterances:
            yield _utterance_row(session.transcript.session_id, utterance)


def _utterance_row(session: str, utterance: Utterance) -> Sequence[Cell]:
    return (
        session,
        utterance.utterance_id,
        utterance.speaker,
        utterance.text,
        utterance.start_s,
        utterance.end_s,
        utterance.source_first,
        utterance.source_last,
    )


def _code_rows(coding: SessionCoding) -> Iterator[Sequence[Cell]]:
    for code in coding.codes:
        # In a partial coding an absent row means "not reached", so every code needs one.
        blank = code is not None and code == blank_code(code.utterance_id, coding.fields)
        if code is not None and not (coding.complete and blank):
            yield _code_row(coding, code)


def _code_row(coding: SessionCoding, code: UtteranceCode) -> Sequence[Cell]:
    return (
        coding.session_id,
        code.utterance_id,
        coding.coder,
        UNCODABLE if code.rupture is None else code.rupture,
        code.secondary,
        code.intensity,
        LIST_SEPARATOR.join(code.markers),
        LIST_SEPARATOR.join(code.strategies),
        code.process,
        code.mode,
        code.comment,
    )


def _episode_rows(coding: SessionCoding) -> Iterator[Sequence[Cell]]:
    for episode in coding.episodes:
        yield (
            coding.session_id,
            coding.coder,
            episode.episode_id,
            episode.start,
            episode.end,
            episode.kind,
            episode.initiator,
            episode.repair_start,
            episode.resolution,
        )


def _rating_row(coding: SessionCoding) -> Sequence[Cell]:
    ratings = [getattr(coding.ratings, name) for name in RATINGS]
    return coding.session_id, coding.coder, *ratings


def _group_row(session: CodedSession, names: Sequence[str]) -> Sequence[Cell]:
    values = dict(session.descriptors)
    return session.transcript.session_id, session.group, *(values.get(name) for name in names)


def _coverage_rows(codings: Iterable[SessionCoding]) -> Iterator[Sequence[Cell]]:
    for coding in codings:
        if coding.fields != ALL_FIELDS or not coding.complete:
            status = "complete" if coding.complete else "partial"
            fields = LIST_SEPARATOR.join(sorted(coding.fields))
            yield coding.session_id, coding.coder, fields, status
