"""Whether a session takes a proposed value: the codebook's rules, held against its turns."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rupture_nlp.review.access import Assignment
from rupture_nlp.review.errors import RefusedError
from rupture_nlp.review.state import read_state
from rupture_nlp.review.tables import UtteranceRow
from rupture_nlp.review.values import (
    Change,
    EpisodeValue,
    Kind,
    TurnValue,
    Value,
    check_episode,
    check_rating,
    check_turn,
)
from rupture_nlp.schema import Speaker


def check_proposal(session: Session, assignment: Assignment, change: Change) -> None:
    """Hold the value against the turns that are open and the coder's other episodes.

    Raises:
        RefusedError: names every rule that it breaks.
    """
    if change.kind is Kind.TURN:
        problems = _check_turn(session, assignment, change)
    elif change.value is None:
        problems = ()
    elif change.kind is Kind.EPISODE:
        problems = _check_episode(session, assignment, change)
    elif isinstance(change.value, int):
        problems = check_rating(change.value)
    else:
        problems = ("value: not a rating",)
    if problems:
        raise RefusedError(*problems)


def _check_turn(session: Session, assignment: Assignment, change: Change) -> tuple[str, ...]:
    position = int(change.target)
    if position >= assignment.reached:
        return ("target: no turn of the session that is open",)
    if change.value is None:
        return ()
    if not isinstance(change.value, TurnValue):
        return ("value: not the codes of a turn",)
    return check_turn(change.value, _speaker(session, assignment, position))


def _check_episode(session: Session, assignment: Assignment, change: Change) -> tuple[str, ...]:
    value = change.value
    if not isinstance(value, EpisodeValue):
        return ("value: not an episode",)
    problems = check_episode(value, assignment.reached)
    if problems:
        return problems
    if _speaker(session, assignment, value.start) is Speaker.OTHER:
        return ("start: an episode opens on a turn of patient or therapist",)
    for other in read_state(session, assignment.id, kind=Kind.EPISODE):
        if other.target != change.target and _overlap(value, other.value):
            return ("episode: overlaps another one of this session",)
    return ()


def _overlap(one: EpisodeValue, other: Value | None) -> bool:
    return isinstance(other, EpisodeValue) and one.start <= other.end and other.start <= one.end


def _speaker(session: Session, assignment: Assignment, position: int) -> Speaker:
    found = session.scalar(
        select(UtteranceRow.speaker).where(
            UtteranceRow.session == assignment.session, UtteranceRow.position == position
        )
    )
    return found or Speaker.OTHER
