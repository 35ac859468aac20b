"""What falls out of a comparison, counted with its reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rupture_nlp.evaluation.counts import BoolArray
from rupture_nlp.evaluation.turns import CodedTurns, Turns
from rupture_nlp.schema import CodedSession, Speaker


class Reason(StrEnum):
    """Why something is not compared. The values read as the end of a sentence."""

    NOT_PREDICTED = "the session is missing from the predictions"
    NOT_IN_REFERENCE = "the reference does not have the session"
    NOT_BY_REFERENCE = "the reference coder did not code the session"
    NOT_BY_OTHER = "the other coder did not code the session"
    OTHER_SPEAKER = "turns of other speakers take no codes"
    REFERENCE_MISSING = "uncodable, or not reached by the reference coder"
    PREDICTED_MISSING = "uncodable, not reached, or missing on the predicted side"
    EPISODES_MISSING = "one side did not look for episodes in the whole session"
    RATINGS_MISSING = "one side gave the session no ratings"


class What(StrEnum):
    """What was dropped."""

    SESSION = "session"
    TURNS = "turns"
    EPISODES = "episodes"
    RATINGS = "ratings"


@dataclass(frozen=True, slots=True)
class Dropped:
    """One thing that fell out. `turns` is how many turns went with it; for episodes and ratings
    those of the session, which stay in the figures of utterances."""

    what: What
    reason: Reason
    session_id: str
    turns: int
    speaker: Speaker | None = None


def dropped_session(session: CodedSession, reason: Reason) -> Dropped:
    """A whole session."""
    return Dropped(
        What.SESSION, reason, session.transcript.session_id, len(session.transcript.utterances)
    )


def dropped_turns(turns: Turns, reference: CodedTurns, predicted: CodedTurns) -> Iterator[Dropped]:
    """Turns without a code on one side; those that miss both count for the reference."""
    missing = reference.rupture < 0
    yield from _by_session(turns, missing, Reason.REFERENCE_MISSING)
    yield from _by_session(turns, ~missing & (predicted.rupture < 0), Reason.PREDICTED_MISSING)


def _by_session(turns: Turns, rows: BoolArray, reason: Reason) -> Iterator[Dropped]:
    counts = [0] * len(turns.session_ids)
    for number in turns.session[rows]:
        counts[number] += 1
    for session_id, count in zip(turns.session_ids, counts, strict=True):
        if count:
            yield Dropped(What.TURNS, reason, session_id, count, turns.speaker)


def dropped_other_speakers(sessions: Sequence[CodedSession]) -> Iterator[Dropped]:
    """Turns of `other` speakers, which give context only."""
    for session in sessions:
        count = sum(u.speaker is Speaker.OTHER for u in session.transcript.utterances)
        if count:
            session_id = session.transcript.session_id
            yield Dropped(
                What.TURNS, Reason.OTHER_SPEAKER, session_id, count, speaker=Speaker.OTHER
            )
