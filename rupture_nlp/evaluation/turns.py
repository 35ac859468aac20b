"""One speaker's turns as rows, and what one coder gave them as arrays over those rows.

Rows are the same, in the same order, for every coder and for the model: all turns of the speaker in
the sessions given, coded or not. Missing is -1 (conventions in `rupture_nlp.evaluation.counts`):
uncodable turns, turns that a partial coding did not reach, fields outside the coverage. Patients
and therapists are never in one array.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.counts import BoolArray, FloatArray, Grouping, IntArray, group_rows
from rupture_nlp.schema import (
    RUPTURES,
    THERAPIST_MARKERS,
    CodedSession,
    SessionCoding,
    Speaker,
    Utterance,
    UtteranceCode,
)

SetKind = Literal["markers", "strategies", "processes"]
FIELD_OF: dict[SetKind, str] = {
    "markers": "markers",
    "strategies": "strategies",
    "processes": "process",
}
CODED_SPEAKERS = (Speaker.PATIENT, Speaker.THERAPIST)

Probabilities = Sequence[tuple[float, ...] | None]
"""Of the utterances of one session, in the order of RUPTURES; None where there are none."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The rows: all turns of one speaker. Arrays are (rows,)."""

    speaker: Speaker
    session_ids: tuple[str, ...]
    utterance_ids: tuple[str, ...]
    session: IntArray  # positions in `session_ids`
    groups: Grouping
    position: IntArray  # in the session, among the turns of all speakers, from 0
    start_s: FloatArray  # NaN where not known
    timed: BoolArray  # (sessions,): the start of every patient's and therapist's turn is known

    def __len__(self) -> int:
        return len(self.session)


@dataclass(frozen=True, slots=True)
class CodedTurns:
    """What one coder gave the rows. -1 is missing.

    Shapes: rupture (rows,), positions in RUPTURES; intensity (rows,), 0 without a rupture, else 1
    to 3; markers, strategies, processes (rows, names), 1 and 0, columns as in `set_names`;
    probabilities (rows, 5), NaN where missing, or None if the coder gives none.
    """

    rupture: IntArray
    intensity: IntArray
    markers: IntArray
    strategies: IntArray
    processes: IntArray
    probabilities: FloatArray | None = None

    def sets(self, kind: SetKind) -> IntArray:
        """The indicators of one kind, (rows, names)."""
        return {
            "markers": self.markers,
            "strategies": self.strategies,
            "processes": self.processes,
        }[kind]


def set_names(kind: SetKind, speaker: Speaker) -> tuple[str, ...]:
    """What this speaker's turns can be given; () for strategies of patients and the like."""
    book = load_codebook()
    therapist = speaker is Speaker.THERAPIST
    if kind == "markers":
        return tuple(m.name for m in book.markers if therapist or not m.therapist_only)
    if kind == "strategies":
        return book.strategy_names if therapist else ()
    return () if therapist else book.process_names


def turns_of(sessions: Sequence[CodedSession], speaker: Speaker) -> Turns:
    """All turns of a speaker, in order."""
    if speaker not in CODED_SPEAKERS:
        raise ValueError("only patients' and therapists' turns are coded")
    rows = [
        (number, place, utterance)
        for number, session in enumerate(sessions)
        for place, utterance in enumerate(session.transcript.utterances)
        if utterance.speaker is speaker
    ]
    index = np.array([number for number, _, _ in rows], dtype=np.int64)
    starts = [utterance.start_s for _, _, utterance in rows]
    return Turns(
        speaker=speaker,
        session_ids=tuple(session.transcript.session_id for session in sessions),
        utterance_ids=tuple(utterance.utterance_id for _, _, utterance in rows),
        session=index,
        groups=session_groups(sessions).take(index),
        position=np.array([place for _, place, _ in rows], dtype=np.int64),
        start_s=np.array([np.nan if start is None else start for start in starts], np.float64),
        timed=np.array([_is_timed(session.transcript.utterances) for session in sessions], bool),
    )


def session_groups(sessions: Sequence[CodedSession]) -> Grouping:
    """The group of each session: all groups of the corpus, whatever rows a figure uses."""
    return group_rows(session.group for session in sessions)


def _is_timed(utterances: Sequence[Utterance]) -> bool:
    return all(u.start_s is not None for u in utterances if u.speaker in CODED_SPEAKERS)


def coded_turns(
    sessions: Sequence[CodedSession],
    codings: Sequence[SessionCoding | None],
    speaker: Speaker,
    probabilities: Sequence[Probabilities | None] | None = None,
) -> CodedTurns:
    """Put codings, one a session, over the rows of `turns_of(sessions, speaker)`.

    None among the codings: the session was not coded, all its rows are missing.
    """
    rows = list(_rows(sessions, codings, speaker))
    return CodedTurns(
        rupture=np.array([_rupture(code) for code, _ in rows], dtype=np.int64),
        intensity=np.array([_intensity(*row) for row in rows], dtype=np.int64),
        markers=_markers(rows, speaker),
        strategies=_indicators(rows, "strategies", speaker),
        processes=_indicators(rows, "processes", speaker),
        probabilities=_probabilities(sessions, probabilities, speaker) if probabilities else None,
    )


@dataclass(frozen=True, slots=True)
class Side:
    """All that a coder or a system gave sessions, parallel to them; None: nothing."""

    coder: str
    codings: tuple[SessionCoding | None, ...]
    probabilities: tuple[Probabilities | None, ...] | None = None

    def over(self, sessions: Sequence[CodedSession], speaker: Speaker) -> CodedTurns:
        """The codes over the rows of `turns_of(sessions, speaker)`."""
        return coded_turns(sessions, self.codings, speaker, self.probabilities)


def side_of(sessions: Sequence[CodedSession], coder: str) -> Side:
    """One coder's side."""
    return Side(coder, codings_by(sessions, coder))


def codings_by(sessions: Sequence[CodedSession], coder: str) -> tuple[SessionCoding | None, ...]:
    """One coder's work on each session, None where there is none."""
    return tuple(session.coding_by(coder) for session in sessions)


_Row = tuple[UtteranceCode | None, frozenset[str]]
"""A code, None where missing, and the fields that its coder coded."""

_NO_FIELDS: frozenset[str] = frozenset()


def _rows(
    sessions: Sequence[CodedSession], codings: Sequence[SessionCoding | None], speaker: Speaker
) -> Iterator[_Row]:
    for session, coding in zip(sessions, codings, strict=True):
        for place, utterance in enumerate(session.transcript.utterances):
            if utterance.speaker is not speaker:
                continue
            if coding is None:
                yield None, _NO_FIELDS
                continue
            code = coding.codes[place]
            # Without a code the turn is uncodable, unless this coder did not code ruptures at all.
            if code is not None and code.rupture is None and "rupture" in coding.fields:
                code = None
            yield code, coding.fields


def _rupture(code: UtteranceCode | None) -> int:
    return -1 if code is None or code.rupture is None else _RUPTURE_IDS[code.rupture]


_RUPTURE_IDS = {code: place for place, code in enumerate(RUPTURES)}


def _intensity(code: UtteranceCode | None, fields: frozenset[str]) -> int:
    if code is None or code.rupture is None or "intensity" not in fields:
        return -1
    if not code.is_rupture:
        return 0
    return -1 if code.intensity is None else code.intensity


def _names_given(code: UtteranceCode, kind: SetKind) -> tuple[str, ...]:
    if kind == "processes":
        return (code.process,) if code.process else ()
    return code.markers if kind == "markers" else code.strategies


def _indicators(rows: Sequence[_Row], kind: SetKind, speaker: Speaker) -> IntArray:
    column = {name: place for place, name in enumerate(set_names(kind, speaker))}
    field = FIELD_OF[kind]
    filled = np.full((len(rows), len(column)), -1, dtype=np.int64)
    for place, (code, fields) in enumerate(rows):
        if code is not None and field in fields:
            filled[place] = 0
            for name in _names_given(code, kind):
                if name in column:
                    filled[place, column[name]] = 1
    return filled


def _markers(rows: Sequence[_Row], speaker: Speaker) -> IntArray:
    filled = _indicators(rows, "markers", speaker)
    only = [marker.therapist_only for marker in load_codebook().markers]
    if speaker is Speaker.THERAPIST:
        # Nobody is taken to have coded these unless the coverage lists them.
        uncovered = np.array([THERAPIST_MARKERS not in fields for _, fields in rows], dtype=bool)
        filled[np.ix_(uncovered, np.array(only, dtype=bool))] = -1
    return filled


def _probabilities(
    sessions: Sequence[CodedSession],
    probabilities: Sequence[Probabilities | None],
    speaker: Speaker,
) -> FloatArray | None:
    missing = (float("nan"),) * len(RUPTURES)
    rows = []
    for session, given in zip(sessions, probabilities, strict=True):
        for place, utterance in enumerate(session.transcript.utterances):
            if utterance.speaker is speaker:
                rows.append((given[place] if given is not None else None) or missing)
    filled = np.array(rows, dtype=np.float64).reshape(len(rows), len(RUPTURES))
    return None if np.isnan(filled).all() else filled
