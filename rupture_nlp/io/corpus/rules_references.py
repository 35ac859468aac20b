"""Rules for what one file says of another: sessions, utterances, coders and groups."""

from collections.abc import Iterator

from rupture_nlp.io.corpus.index import Index, coding_key
from rupture_nlp.io.corpus.problems import Problem
from rupture_nlp.io.corpus.tables import Row


def check_references(index: Index) -> Iterator[Problem]:
    """Rows about a session, an utterance or a coder that the other files do not know."""
    tables = index.tables
    about_codings = (tables.codes, tables.episodes, tables.coverage)
    if tables.sessions.usable:
        for table in about_codings:
            for row in table.rows:
                yield from _coder(row, index)
    if tables.utterances.usable:
        for table in (*about_codings, tables.sessions):
            for row in table.rows:
                yield from _session(row, index)
        yield from _utterances(index)
        yield from _sessions(index)


def _coder(row: Row, index: Index) -> Iterator[Problem]:
    if coding_key(row) not in index.codings:
        message = "sessions.csv has no row that says this coder coded this session"
        yield row.problem("coder", "coder", message)


def _session(row: Row, index: Index) -> Iterator[Problem]:
    if row["session_id"] not in index.utterances:
        yield row.problem("session_id", "session", "utterances.csv does not have this session")


def _utterances(index: Index) -> Iterator[Problem]:
    cells = [(row, "utterance_id") for row in index.tables.codes.rows]
    for row in index.tables.episodes.rows:
        cells += [(row, column) for column in ("start", "end", "repair_start") if row[column]]
    for row, column in cells:
        if row["session_id"] in index.utterances and index.turn_of(row, column) is None:
            yield row.problem(column, "utterance", "the session does not have this utterance")


def _sessions(index: Index) -> Iterator[Problem]:
    coded = {session for session, _ in index.codings}
    for session, rows in index.utterances.items():
        if index.tables.groups.usable and session not in index.groups:
            message = "groups.csv has no row for the session that begins here"
            yield rows[0].problem("session_id", "group", message)
        if index.tables.sessions.usable and session not in coded:
            message = "no coder has a row in sessions.csv for the session that begins here"
            yield rows[0].warning("session_id", "uncoded", message)
    for session, row in index.groups.items():
        if session not in index.utterances:
            message = "utterances.csv does not have this session"
            yield row.warning("session_id", "session", message)
