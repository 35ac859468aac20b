"""Settling what coders disagree on: side by side, without names, a decision with a reason.

The coders' finished first passes stand in columns, and the model's suggestions in one more. Their
order is drawn by chance for each session, and nothing says whose a column is. A decision settles
what it is about; until then what the coders agree on holds. Decisions go through `coding.decide`,
and `coding.finish` asks `check_settled`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.review.access import Assignment, open_assignment
from rupture_nlp.review.adjudication_items import Column, Item, Option, draw_columns, make_items
from rupture_nlp.review.coders import Coder
from rupture_nlp.review.database import Store
from rupture_nlp.review.errors import ForbiddenError, NotFoundError
from rupture_nlp.review.first_pass import (
    coding_of_model,
    finished_assignments,
    read_first_pass,
    unfinished_coders,
)
from rupture_nlp.review.settling import Standing
from rupture_nlp.review.sight import note_sight
from rupture_nlp.review.state import read_log
from rupture_nlp.review.suggestions import read_suggestions
from rupture_nlp.review.tables import AuditRow, UtteranceRow
from rupture_nlp.review.values import EpisodeValue, Kind, Mode, TurnValue
from rupture_nlp.schema import Speaker

__all__ = [
    "AdjudicatedTurn",
    "Adjudication",
    "Gold",
    "Item",
    "Option",
    "Standing",
    "check_settled",
    "read_adjudication",
    "read_gold",
]


@dataclass(frozen=True, slots=True)
class AdjudicatedTurn:
    """One turn of the session."""

    position: int
    utterance_id: str
    speaker: Speaker
    text: str
    start_s: float | None


@dataclass(frozen=True, slots=True)
class Adjudication:
    """All that the page shows. Turns of other speakers have no item."""

    assignment: Assignment
    turns: tuple[AdjudicatedTurn, ...]
    columns: tuple[str, ...]  # letters
    items: tuple[Item, ...]  # turns, then episodes, then ratings
    waiting: int  # coders who are still in their first pass

    @property
    def open(self) -> int:
        """How many disputes are left."""
        return sum(item.open for item in self.items)


@dataclass(frozen=True, slots=True)
class Gold:
    """What holds of a session after adjudication: decided, else agreed."""

    assignment: Assignment
    turns: tuple[TurnValue | None, ...]  # of all turns; None for other speakers
    episodes: tuple[EpisodeValue, ...]  # by start, none overlaps another
    ratings: tuple[tuple[str, int | None], ...]  # in the codebook's order
    reasons: Mapping[int, str]  # of decisions on turns, by position


def read_adjudication(store: Store, assignment: int, coder: Coder) -> Adjudication:
    """Everything about an adjudication that a lead may see, who can then no longer be given the
    session to code.

    Raises:
        NotFoundError: no adjudication, or the coder is no lead.
        ForbiddenError: the lead has not finished an own coding of the session.
    """
    note_sight(store, assignment, coder)
    with store.read() as session:
        opened = open_assignment(session, assignment, coder)
        if opened.mode is not Mode.ADJUDICATION:
            raise NotFoundError("there is no such adjudication, or it is not yours.")
        turns = _turns(session, opened)
        columns = _columns(session, opened, store.project.seed)
        return Adjudication(
            assignment=opened,
            turns=turns,
            columns=tuple(sorted((one.label for one in columns), key=lambda one: (len(one), one))),
            items=_items(session, opened, columns),
            waiting=unfinished_coders(session, opened.session),
        )


def check_settled(session: Session, opened: Assignment) -> None:
    """Whether an adjudication may be finished, in the transaction that finishes it.

    Raises:
        ForbiddenError: disputes are open, or no coder has finished.
    """
    columns = _columns(session, opened)
    if not columns:
        raise ForbiddenError("no coder has finished this session; there is nothing to settle.")
    left = sum(item.open for item in _items(session, opened, columns))
    if left:
        shown = counted(left, "dispute is", "disputes are")
        raise ForbiddenError(f"{shown} open. Decide each, with a reason, before you finish.")


def read_gold(session: Session, adjudication: Assignment) -> Gold:
    """What holds of an adjudicated session.

    Raises:
        ForbiddenError: the adjudication is not finished.
    """
    if adjudication.mode is not Mode.ADJUDICATION or not adjudication.finished:
        raise ForbiddenError("the adjudication is not finished.")
    turns: list[TurnValue | None] = [None] * adjudication.turns_total
    episodes: list[EpisodeValue] = []
    ratings: list[tuple[str, int | None]] = []
    reasons: dict[int, str] = {}
    for item in _items(session, adjudication, _columns(session, adjudication)):
        final = item.final
        if isinstance(final, TurnValue):
            turns[int(item.target)] = final
            if item.reason is not None:
                reasons[int(item.target)] = item.reason
        elif isinstance(final, EpisodeValue):
            episodes.append(final)
        elif item.kind is Kind.RATING:
            ratings.append((item.target, final))
    in_order = sorted(episodes, key=lambda one: (one.start, one.end))
    return Gold(adjudication, tuple(turns), tuple(in_order), tuple(ratings), reasons)


def _columns(session: Session, opened: Assignment, seed: int = 0) -> tuple[Column, ...]:
    """`seed` draws the order, which only matters to the page."""
    coders = {
        one.id: read_first_pass(session, one).coding for one in _settled_from(session, opened)
    }
    suggestions = read_suggestions(session, opened.session)
    model = None if suggestions is None else coding_of_model(suggestions)
    return draw_columns((seed, opened.session_id), coders, model)


def _settled_from(session: Session, opened: Assignment) -> tuple[Assignment, ...]:
    """The codings that an adjudication is made from. Who finishes after it was settled would
    change what holds; a lead who opens it again takes them in."""
    finished = finished_assignments(session, opened.session)
    if not opened.finished:
        return finished
    # By the trail, which only grows: clocks are set back.
    entries = select(AuditRow.object, func.max(AuditRow.id)).where(AuditRow.action == "finish")
    last = dict(session.execute(entries.group_by(AuditRow.object)).all())
    end = last.get(f"assignment {opened.id}", 0)
    return tuple(one for one in finished if last.get(f"assignment {one.id}", 0) <= end)


def _items(session: Session, opened: Assignment, columns: tuple[Column, ...]) -> tuple[Item, ...]:
    statement = select(UtteranceRow.speaker).where(UtteranceRow.session == opened.session)
    speakers = session.scalars(statement.order_by(UtteranceRow.position)).all()
    return make_items((opened.session_id,), speakers, columns, read_log(session, opened.id))


def _turns(session: Session, opened: Assignment) -> tuple[AdjudicatedTurn, ...]:
    rows = session.execute(
        select(
            UtteranceRow.position,
            UtteranceRow.utterance_id,
            UtteranceRow.speaker,
            UtteranceRow.text,
            UtteranceRow.start_s,
        )
        .where(UtteranceRow.session == opened.session)
        .order_by(UtteranceRow.position)
    )
    return tuple(AdjudicatedTurn(*row) for row in rows)
