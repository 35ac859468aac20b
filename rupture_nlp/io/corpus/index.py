"""The rows of a corpus by session, utterance and coder, for rules and for building values."""

from dataclasses import dataclass

from rupture_nlp.io.corpus.layout import split_list
from rupture_nlp.io.corpus.tables import Row, Tables
from rupture_nlp.schema import ALL_FIELDS, Speaker

SPEAKERS = frozenset(speaker.value for speaker in Speaker)

CodingKey = tuple[str, str]
"""A session id and a coder."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a coder coded of a session."""

    fields: frozenset[str] = ALL_FIELDS
    complete: bool = True


EVERYTHING = Coverage()
"""What holds for a coder and session that `coverage.csv` does not name."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where an utterance stands in its session, and who speaks (None: an unknown speaker)."""

    position: int
    speaker: Speaker | None


@dataclass(frozen=True, slots=True)
class Index:
    """The tables and the ways into them. Of rows with the same key one is kept."""

    tables: Tables
    utterances: dict[str, tuple[Row, ...]]  # by session, in order
    turns: dict[tuple[str, str], Turn]  # by session and utterance id
    codings: dict[CodingKey, Row]  # the rows of sessions.csv
    codes: dict[CodingKey, dict[str, Row]]  # by utterance id
    episodes: dict[CodingKey, tuple[Row, ...]]
    groups: dict[str, Row]
    coverage: dict[CodingKey, Coverage]

    def coverage_of(self, row: Row) -> Coverage:
        """What the coder of this row coded of its session."""
        return self.coverage.get(coding_key(row), EVERYTHING)

    def turn_of(self, row: Row, column: str = "utterance_id") -> Turn | None:
        """The turn that this cell names; None if there is none."""
        return self.turns.get((row["session_id"], row[column]))


def coding_key(row: Row) -> CodingKey:
    """The session and the coder of a row."""
    return row["session_id"], row["coder"]


def build_index(tables: Tables) -> Index:
    """Sort the rows of all tables by what they are about."""
    utterances: dict[str, list[Row]] = {}
    turns: dict[tuple[str, str], Turn] = {}
    for row in tables.utterances.rows:
        session = utterances.setdefault(row["session_id"], [])
        key = (row["session_id"], row["utterance_id"])
        if key not in turns:
            turns[key] = Turn(len(session), _speaker(row["speaker"]))
            session.append(row)
    codes: dict[CodingKey, dict[str, Row]] = {}
    for row in tables.codes.rows:
        codes.setdefault(coding_key(row), {}).setdefault(row["utterance_id"], row)
    episodes: dict[CodingKey, list[Row]] = {}
    for row in tables.episodes.rows:
        episodes.setdefault(coding_key(row), []).append(row)
    return Index(
        tables=tables,
        utterances={session: tuple(rows) for session, rows in utterances.items()},
        turns=turns,
        codings={coding_key(row): row for row in tables.sessions.rows},
        codes=codes,
        episodes={key: tuple(rows) for key, rows in episodes.items()},
        groups={row["session_id"]: row for row in tables.groups.rows},
        coverage={coding_key(row): _coverage(row) for row in tables.coverage.rows},
    )


def _speaker(cell: str) -> Speaker | None:
    return Speaker(cell) if cell in SPEAKERS else None


def _coverage(row: Row) -> Coverage:
    return Coverage(frozenset(split_list(row["fields"])), row["status"] == "complete")
