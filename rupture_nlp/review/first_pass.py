"""What coders held at the end of their first pass: the ground of adjudication and agreement.

Only finished sessions count, so that a turn without a decision was coded `none`. What a blind coder
changed after seeing the suggestions is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from rupture_nlp.review.access import Assignment, assignment_of_row, select_assignments
from rupture_nlp.review.errors import Present
from rupture_nlp.review.state import read_state
from rupture_nlp.review.suggestions import Suggestions
from rupture_nlp.review.tables import FIRST_PASS, AssignmentRow, CoderRow, SessionRow
from rupture_nlp.review.values import ChosenBy, EpisodeValue, Kind, TurnValue

LOWEST, HIGHEST = 1, 5  # of a rating


@dataclass(frozen=True, slots=True)
class PlacedEpisode:
    """An episode and the id that it was given."""

    target: str
    value: EpisodeValue


@dataclass(frozen=True, slots=True)
class Coding:
    """What one coder, or the model, gave a session. A turn that is not in `turns` is `none`."""

    turns: Mapping[int, TurnValue] = field(default_factory=dict)  # by position
    episodes: tuple[PlacedEpisode, ...] = ()  # by start
    ratings: Mapping[str, int] = field(default_factory=dict)  # by name; an empty one is not there

    def turn(self, position: int) -> TurnValue:
        """The codes of a turn."""
        return self.turns.get(position, TurnValue())


@dataclass(frozen=True, slots=True)
class FirstPass:
    """A coder's finished first pass on a session."""

    assignment: Assignment
    coding: Coding


def finished_assignments(
    session: Session, session_row: int | None = None
) -> tuple[Assignment, ...]:
    """First passes that are finished, in the order in which they were assigned; of one session, or
    of all but those that the model chose."""
    statement = select_assignments().where(
        AssignmentRow.mode.in_(FIRST_PASS), AssignmentRow.finished_at.is_not(None)
    )
    if session_row is None:
        statement = statement.where(SessionRow.chosen_by != ChosenBy.MODEL)
    else:
        statement = statement.where(AssignmentRow.session == session_row)
    rows = session.execute(statement.order_by(AssignmentRow.id))
    return tuple(assignment_of_row(*row) for row in rows)


def unfinished_coders(session: Session, session_row: int) -> int:
    """How many active coders are still in their first pass of a session."""
    statement = select(AssignmentRow.id).where(
        AssignmentRow.session == session_row,
        AssignmentRow.mode.in_(FIRST_PASS),
        AssignmentRow.finished_at.is_(None),
        AssignmentRow.coder.in_(select(CoderRow.id).where(CoderRow.active)),
    )
    return len(session.scalars(statement).all())


def read_first_pass(session: Session, assignment: Assignment) -> FirstPass:
    """What a coder held at the end of the first pass."""
    return FirstPass(
        assignment, coding_of(read_state(session, assignment.id, first_pass_only=True))
    )


def coding_of(state: Iterable[Present]) -> Coding:
    """A coding from the last decision on each target."""
    turns: dict[int, TurnValue] = {}
    episodes: list[PlacedEpisode] = []
    ratings: dict[str, int] = {}
    for present in state:
        if isinstance(present.value, TurnValue):
            turns[int(present.target)] = present.value
        elif isinstance(present.value, EpisodeValue):
            episodes.append(PlacedEpisode(present.target, present.value))
        elif present.kind is Kind.RATING and present.value is not None:
            ratings[present.target] = present.value
    return Coding(turns, _in_order(episodes), ratings)


def coding_of_model(suggestions: Suggestions) -> Coding:
    """The model's suggestions in a coder's form: its ratings are rounded, since coders give whole
    numbers."""
    return Coding(
        turns={turn.position: turn.value for turn in suggestions.turns},
        episodes=_in_order(PlacedEpisode("", episode.value) for episode in suggestions.episodes),
        ratings={
            rating.name: min(max(int(rating.value + 0.5), LOWEST), HIGHEST)
            for rating in suggestions.ratings
        },
    )


def _in_order(episodes: Iterable[PlacedEpisode]) -> tuple[PlacedEpisode, ...]:
    return tuple(sorted(episodes, key=lambda one: (one.value.start, one.value.end)))
