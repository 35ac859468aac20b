"""Who may work on which assignment, and who may see what the model suggests: asked here alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from rupture_nlp.review.coders import Coder
from rupture_nlp.review.errors import ForbiddenError, NotFoundError
from rupture_nlp.review.tables import AssignmentRow, CoderRow, SessionRow, UtteranceRow
from rupture_nlp.review.values import Mode


@dataclass(frozen=True, slots=True)
class Assignment:
    """A session that a coder is to code. `session` is its row, `session_id` its name."""

    id: int
    session: int
    session_id: str
    group: str
    coder_id: int
    coder: str
    mode: Mode
    by_chance: bool  # coder and mode were drawn, so that modes can be compared
    progressive: bool  # later turns are hidden
    turns_total: int
    reached: int  # the first so many turns are open; all of them unless `progressive`
    created_at: datetime
    finished_at: datetime | None
    revealed_at: datetime | None

    @property
    def finished(self) -> bool:
        """The first pass is closed."""
        return self.finished_at is not None

    @property
    def revealed(self) -> bool:
        """A blind coder has finished and then asked for the suggestions."""
        return self.revealed_at is not None

    @property
    def second_pass(self) -> bool:
        """What is decided from now on was decided knowing the suggestions, after a blind pass."""
        return self.revealed

    @property
    def open(self) -> bool:
        """Whether decisions are taken."""
        return not self.finished or self.revealed


def may_see_suggestions(assignment: Assignment) -> bool:
    """Whether the coder of this assignment may know anything of what the model says of its session.

    Not for adjudication, whose page shows the model among the coders without saying which it is.
    """
    return assignment.mode is Mode.ASSISTED or (
        assignment.mode is Mode.BLIND and assignment.revealed
    )


def open_assignment(
    session: Session, assignment: int, coder: Coder, *, lock: bool = False
) -> Assignment:
    """The assignment, if this coder may work on it. With `lock`, nobody else changes it or decides
    on it until the transaction ends.

    Raises:
        NotFoundError: no such assignment, or another coder's.
        ForbiddenError: an adjudication, which shows the model's codes too, by a lead whose own
            coding of the session is not finished.
    """
    found = find_assignment(session, assignment, lock=lock)
    if found is None or not _is_for(found, coder):
        raise NotFoundError("there is no such assignment, or it is not yours.")
    if found.mode is Mode.ADJUDICATION and _codes_still(session, found.session, coder):
        raise ForbiddenError("finish your own coding of this session first.")
    return found


def find_assignment(session: Session, assignment: int, *, lock: bool = False) -> Assignment | None:
    """The assignment whoever asks; None if there is none. `lock` as in `open_assignment`."""
    statement = select_assignments().where(AssignmentRow.id == assignment)
    if lock:
        statement = statement.with_for_update(of=AssignmentRow)  # SQLite: BEGIN IMMEDIATE does it
    row = session.execute(statement).one_or_none()
    return None if row is None else assignment_of_row(*row)


def select_assignments() -> "Select[AssignmentRow, SessionRow, str, int]":
    """Assignments with what `assignment_of_row` needs."""
    turns = (
        select(func.count())
        .where(UtteranceRow.session == AssignmentRow.session)
        .correlate(AssignmentRow)
        .scalar_subquery()
    )
    return (
        select(AssignmentRow, SessionRow, CoderRow.name, turns)
        .join(SessionRow, SessionRow.id == AssignmentRow.session)
        .join(CoderRow, CoderRow.id == AssignmentRow.coder)
    )


def assignment_of_row(
    assigned: AssignmentRow, session: SessionRow, coder: str, turns: int
) -> Assignment:
    """The value of a row of `select_assignments`."""
    return Assignment(
        id=assigned.id,
        session=assigned.session,
        session_id=session.session_id,
        group=session.group,
        coder_id=assigned.coder,
        coder=coder,
        mode=assigned.mode,
        by_chance=assigned.by_chance,
        progressive=assigned.progressive,
        turns_total=turns,
        reached=min(assigned.reached, turns) if assigned.progressive else turns,
        created_at=assigned.created_at,
        finished_at=assigned.finished_at,
        revealed_at=assigned.revealed_at,
    )


def _is_for(assignment: Assignment, coder: Coder) -> bool:
    if assignment.mode is Mode.ADJUDICATION:
        return coder.active and coder.lead
    return coder.active and assignment.coder_id == coder.id


def _codes_still(session: Session, coded: int, coder: Coder) -> bool:
    unfinished = select(AssignmentRow.id).where(
        AssignmentRow.session == coded,
        AssignmentRow.coder == coder.id,
        AssignmentRow.mode != Mode.ADJUDICATION,
        AssignmentRow.finished_at.is_(None),
    )
    return session.scalar(unfinished.limit(1)) is not None
