"""The material of agreement: finished first passes and the model's codes, as columns of labels.

Sessions that the model chose are left out: they hold more of what it found than others do. No text
of a turn is read here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.counts import IntArray
from rupture_nlp.review.first_pass import (
    Coding,
    FirstPass,
    coding_of_model,
    finished_assignments,
    read_first_pass,
)
from rupture_nlp.review.sight import first_sights, is_independent
from rupture_nlp.review.suggestions import read_suggestions
from rupture_nlp.review.tables import (
    AssignmentRow,
    DecisionRow,
    SessionRow,
    SuggestionSetRow,
    UtteranceRow,
)
from rupture_nlp.review.values import ChosenBy, TurnValue
from rupture_nlp.schema import RUPTURES, Rupture, Speaker

CODE, RUPTURE = "code", "rupture"
ANY_STRATEGY, ANY_PROCESS = "any_strategy", "any_process"


@dataclass(frozen=True, slots=True)
class StudiedSession:
    """A session that a coder has finished."""

    session_id: str
    group: str
    speakers: tuple[Speaker, ...]
    passes: tuple[FirstPass, ...]
    model: Coding | None

    def turns(self, speaker: Speaker) -> list[int]:
        """Positions of a speaker's turns."""
        return [place for place, one in enumerate(self.speakers) if one is speaker]


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that a turn is given, as one of a few labels; the first stands for its absence."""

    name: str
    labels: tuple[str, ...]
    read: Callable[[TurnValue], int]  # -1: missing, since the turn is uncodable


def read_studied(session: Session) -> tuple[StudiedSession, ...]:
    """All sessions that at least one coder has finished, but those that the model chose, and
    without first passes of leads who had seen the codings of others."""
    passes: dict[int, list[FirstPass]] = {}
    sights = first_sights(session)
    for assignment in finished_assignments(session):
        if is_independent(assignment, sights):
            passes.setdefault(assignment.session, []).append(read_first_pass(session, assignment))
    found = []
    for row, own in sorted(passes.items()):
        suggestions = read_suggestions(session, row)
        speakers = session.scalars(
            select(UtteranceRow.speaker)
            .where(UtteranceRow.session == row)
            .order_by(UtteranceRow.position)
        )
        found.append(
            StudiedSession(
                session_id=own[0].assignment.session_id,
                group=own[0].assignment.group,
                speakers=tuple(speakers),
                passes=tuple(own),
                model=None if suggestions is None else coding_of_model(suggestions),
            )
        )
    return tuple(found)


def chosen_by_model(session: Session) -> int:
    """How many sessions of the project the model chose."""
    statement = select(func.count()).where(SessionRow.chosen_by == ChosenBy.MODEL)
    return session.scalar(statement) or 0


def state_key(session: Session) -> tuple[object, ...]:
    """What figures depend on: it changes with every decision, and when a session is finished,
    opened again, or suggested anew."""
    row = session.execute(
        select(
            select(func.max(DecisionRow.id)).scalar_subquery(),
            select(func.max(AssignmentRow.id)).scalar_subquery(),
            select(func.max(AssignmentRow.finished_at)).scalar_subquery(),
            select(func.count(AssignmentRow.finished_at)).scalar_subquery(),
            select(func.max(SuggestionSetRow.id)).scalar_subquery(),
            select(func.count(SessionRow.id)).scalar_subquery(),
        )
    ).one()
    return tuple(row)


def variables_of(speaker: Speaker) -> tuple[Variable, ...]:
    """What is compared of a speaker: the five codes at once, rupture or none, each rupture code
    against the rest, then strategies of therapists and processes of patients, each by itself."""
    book = load_codebook()
    ruptures = [_one_code(code) for code in RUPTURES if code is not Rupture.NONE]
    found = [
        Variable(CODE, tuple(code.value for code in RUPTURES), _code),
        Variable(RUPTURE, ("none", RUPTURE), lambda value: min(_code(value), 1)),
        *ruptures,
    ]
    if speaker is Speaker.THERAPIST:
        found.append(_held(ANY_STRATEGY, lambda value: bool(value.strategies)))
        found += [_strategy(name) for name in book.strategy_names]
    else:
        found.append(_held(ANY_PROCESS, lambda value: value.process is not None))
        found += [_process(name) for name in book.process_names]
    return tuple(found)


def column(variable: Variable, coding: Coding, turns: Sequence[int]) -> IntArray:
    """What a coding gives turns, (turns,); -1 where missing."""
    labels = np.full(len(turns), variable.read(TurnValue()), dtype=np.int64)
    for place, position in enumerate(turns):
        if position in coding.turns:
            labels[place] = variable.read(coding.turns[position])
    return labels


def _code(value: TurnValue) -> int:
    return -1 if value.rupture is None else RUPTURES.index(value.rupture)


def _one_code(code: Rupture) -> Variable:
    return _held(code.value, lambda value: value.rupture is code)


def _strategy(name: str) -> Variable:
    return _held(name, lambda value: name in value.strategies)


def _process(name: str) -> Variable:
    return _held(name, lambda value: value.process == name)


def _held(name: str, test: Callable[[TurnValue], bool]) -> Variable:
    """Has it or not; an uncodable turn misses everything."""
    return Variable(
        name, ("none", name), lambda value: -1 if value.rupture is None else int(test(value))
    )
