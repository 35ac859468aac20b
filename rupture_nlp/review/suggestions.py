"""What the model suggests of a session, as it was taken in. Who may see it: `access`."""

from dataclasses import dataclass
from typing import cast as typed

from sqlalchemy import Text, cast, exists, select
from sqlalchemy.orm import Session

from rupture_nlp.review.tables import (
    SuggestedEpisodeRow,
    SuggestedRatingRow,
    SuggestionRow,
    SuggestionSetRow,
)
from rupture_nlp.review.value_json import from_stored
from rupture_nlp.review.values import EpisodeValue, Kind, TurnValue
from rupture_nlp.schema import RUPTURES


@dataclass(frozen=True, slots=True)
class SuggestedTurn:
    """The model's codes of one turn. Probabilities in the order of `RUPTURES`, () if not given."""

    position: int
    value: TurnValue
    probabilities: tuple[float, ...]
    uncertain: bool | None  # None: the results do not say


@dataclass(frozen=True, slots=True)
class SuggestedEpisode:
    """An episode that the model found."""

    value: EpisodeValue
    p_repaired: float | None


@dataclass(frozen=True, slots=True)
class SuggestedRating:
    """A session rating by the model; may be a fraction."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All that a model says of one session."""

    model: str
    version: str | None
    turns: tuple[SuggestedTurn, ...]  # by position; turns of other speakers have none
    episodes: tuple[SuggestedEpisode, ...]  # by start
    ratings: tuple[SuggestedRating, ...]  # by name


def read_suggestions(session: Session, session_row: int) -> Suggestions | None:
    """The suggestions of a session (the id of its row), None if there are none.

    Callers that serve a coder ask `access.may_see_suggestions` first.
    """
    made_by = session.scalar(
        select(SuggestionSetRow)
        .join(SuggestionRow, SuggestionRow.suggestion_set == SuggestionSetRow.id)
        .where(SuggestionRow.session == session_row)
        .limit(1)
    )
    if made_by is None:
        return None
    return Suggestions(
        model=made_by.model,
        version=made_by.version,
        turns=_turns(session, session_row),
        episodes=_episodes(session, session_row),
        ratings=_ratings(session, session_row),
    )


def has_suggestion(session: Session, session_row: int, kind: Kind, target: str) -> bool:
    """Whether the model says anything of this target. An episode's marks are one picture: there
    is something to see if any turn of the session has a suggestion."""
    if kind is Kind.RATING:
        found = exists().where(
            SuggestedRatingRow.session == session_row, SuggestedRatingRow.name == target
        )
    else:
        found = exists().where(SuggestionRow.session == session_row)
        if kind is Kind.TURN:
            found = found.where(SuggestionRow.position == int(target))
    return bool(session.scalar(select(found)))


def _turns(session: Session, session_row: int) -> tuple[SuggestedTurn, ...]:
    # Columns of the table, not of the mapped class: a third of the time for a long session.
    stored = SuggestionRow.__table__.c
    rows = session.execute(
        select(
            stored.position,
            cast(stored.value, Text),
            stored.uncertain,
            *(stored[f"p_{code}"] for code in RUPTURES),
        )
        .where(stored.session == session_row)
        .order_by(stored.position)
    )
    return tuple(
        SuggestedTurn(
            position,
            typed("TurnValue", from_stored(Kind.TURN, value)),
            () if five[0] is None else tuple(five),
            uncertain,
        )
        for position, value, uncertain, *five in rows
    )


def _episodes(session: Session, session_row: int) -> tuple[SuggestedEpisode, ...]:
    rows = session.scalars(
        select(SuggestedEpisodeRow)
        .where(SuggestedEpisodeRow.session == session_row)
        .order_by(SuggestedEpisodeRow.start)
    )
    return tuple(
        SuggestedEpisode(
            EpisodeValue(row.start, row.end, row.repair_start, row.resolution), row.p_repaired
        )
        for row in rows
    )


def _ratings(session: Session, session_row: int) -> tuple[SuggestedRating, ...]:
    rows = session.scalars(
        select(SuggestedRatingRow)
        .where(SuggestedRatingRow.session == session_row)
        .order_by(SuggestedRatingRow.name)
    )
    return tuple(SuggestedRating(row.name, row.value) for row in rows)
