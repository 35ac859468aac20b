"""A system's results held against the transcripts of the reference, turn by turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evidence import Predictions, SessionResult
from rupture_nlp.schema import (
    CodedSession,
    Rupture,
    SessionCoding,
    UtteranceCode,
)


@dataclass(frozen=True, slots=True)
class Aligned:
    """Results of one session as the coding of a coder, parallel to its transcript."""

    coding: SessionCoding
    probabilities: tuple[tuple[float, ...] | None, ...]
    p_repaired: tuple[float, ...]  # of the coding's episodes
    seen_in_training: bool | None = None  # None: not known
    missing: int = 0  # patients' and therapists' turns that a dense file does not have
    problems: tuple[str, ...] = ()


def align(session: CodedSession, result: SessionResult, predictions: Predictions) -> Aligned:
    """Put the result's rows to the session's turns."""
    utterances = session.transcript.utterances
    turns = {turn.code.utterance_id: turn for turn in result.turns}
    codes: list[UtteranceCode | None] = []
    missing = 0
    for utterance in utterances:
        turn = turns.get(utterance.utterance_id)
        if turn is not None:
            codes.append(turn.code)
        elif utterance.speaker not in CODED_SPEAKERS or not result.complete:
            codes.append(None)
        elif predictions.dense:
            codes.append(None)
            missing += 1
        else:
            codes.append(UtteranceCode(utterance.utterance_id, Rupture.NONE))
    given = [turns.get(utterance.utterance_id) for utterance in utterances]
    return Aligned(
        coding=SessionCoding(
            session_id=result.session_id,
            coder=predictions.coder,
            codes=tuple(codes),
            episodes=tuple(found.episode for found in result.episodes),
            ratings=result.ratings,
            fields=result.fields,
            complete=result.complete and not missing,
        ),
        probabilities=tuple(None if turn is None else turn.probabilities for turn in given),
        p_repaired=tuple(found.p_repaired for found in result.episodes),
        seen_in_training=result.seen_in_training,
        missing=missing,
        problems=_problems(session, result),
    )


UNKNOWN_TURNS = "labelled turns that the reference does not have"
OTHER_SPEAKERS = "turns of another speaker than in the reference"
UNPLACED = "episodes with turns that the reference does not have, or that end before they start"
PROBLEMS = (UNKNOWN_TURNS, OTHER_SPEAKERS, UNPLACED)


def _problems(session: CodedSession, result: SessionResult) -> tuple[str, ...]:
    utterances = session.transcript.utterances
    order = {utterance.utterance_id: place for place, utterance in enumerate(utterances)}
    speakers = {utterance.utterance_id: utterance.speaker for utterance in utterances}
    found = []
    if any(turn.code.utterance_id not in order for turn in result.turns):
        found.append(UNKNOWN_TURNS)
    elif any(turn.speaker not in (None, speakers[turn.code.utterance_id]) for turn in result.turns):
        found.append(OTHER_SPEAKERS)
    for one in result.episodes:
        start, end = order.get(one.episode.start), order.get(one.episode.end)
        repair = one.episode.repair_start
        if start is None or end is None or end < start or (repair and repair not in order):
            found.append(UNPLACED)
            break
    return tuple(found)


SHOWN = 10
"""Places that an error lists."""


def refuse_sessions(places: Sequence[int], what: str, fix: str) -> None:
    """Refuse sessions of the reference, named by their place in it: ids stay out of errors.

    Raises:
        EvaluationError: there is such a session.
    """
    if places:
        shown = ", ".join(map(str, places[:SHOWN])) + (", ..." if len(places) > SHOWN else "")
        sessions = "1 session" if len(places) == 1 else f"{len(places)} sessions"
        raise EvaluationError(
            f"{sessions} of the reference, number {shown} in the order of its utterances.csv: "
            f"{what}. {fix}"
        )
