"""Which leads have seen how others coded a session, by opening or settling its adjudication.

Who has seen it can code it no longer: not independently of the coders and of the model.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, String, cast, func, literal, select
from sqlalchemy.orm import Session

from rupture_nlp.review.access import Assignment, open_assignment
from rupture_nlp.review.audit import Entry, record
from rupture_nlp.review.coders import Coder
from rupture_nlp.review.database import Store
from rupture_nlp.review.tables import AssignmentRow, AuditRow, CoderRow, DecisionRow, SessionRow
from rupture_nlp.review.values import Mode

OPEN = "open"
"""The trail's word for the first look of a lead at an adjudication."""

Sights = Mapping[tuple[int, int], datetime]
"""When a coder first saw the codings of a session, by the rows of session and coder."""


def note_sight(store: Store, assignment: int, coder: Coder) -> None:
    """Keep in the trail that a lead is about to be shown an adjudication, once for each lead.

    To be called before anything is read: who is shown it is in the trail, whatever comes after.

    Raises:
        NotFoundError, ForbiddenError: as `access.open_assignment`.
    """
    with store.read() as session:
        if not _is_new(session, open_assignment(session, assignment, coder), coder):
            return
    with store.write() as session:
        # Whoever assigns holds the sessions: nobody is given this one to code in between.
        held = select(AssignmentRow.session).where(AssignmentRow.id == assignment).scalar_subquery()
        session.scalars(select(SessionRow).where(SessionRow.id == held).with_for_update()).one()
        opened = open_assignment(session, assignment, coder)
        if _is_new(session, opened, coder):
            entry = Entry(store.now(), coder.name, OPEN, _object(opened), str(opened.mode))
            record(session, entry)


def first_sights(session: Session) -> Sights:
    """All of them: those in the trail, and by the first decision where that is older."""
    found: dict[tuple[int, int], datetime] = {}
    for statement in (_opened(), _decided()):
        for row, coder, at in session.execute(statement):
            found[row, coder] = min(at, found.get((row, coder), at))
    return found


def is_independent(first_pass: Assignment, sights: Sights) -> bool:
    """Whether a first pass was begun before its coder saw the codings of others. Who has one that
    is not finished is not let into the adjudication, so what counts is when it was given."""
    seen = sights.get((first_pass.session, first_pass.coder_id))
    return seen is None or first_pass.created_at < seen


def _is_new(session: Session, opened: Assignment, coder: Coder) -> bool:
    if opened.mode is not Mode.ADJUDICATION:
        return False
    entries = select(AuditRow.id).where(
        AuditRow.action == OPEN, AuditRow.object == _object(opened), AuditRow.actor == coder.name
    )
    return session.scalar(entries.limit(1)) is None


def _object(opened: Assignment) -> str:
    return f"assignment {opened.id}"


def _opened() -> "Select[int, int, datetime]":
    named = literal("assignment ") + cast(AssignmentRow.id, String)
    return (
        select(AssignmentRow.session, CoderRow.id, func.min(AuditRow.at))
        .join_from(AuditRow, AssignmentRow, AuditRow.object == named)
        .join(CoderRow, CoderRow.name == AuditRow.actor)
        .where(AuditRow.action == OPEN)
        .group_by(AssignmentRow.session, CoderRow.id)
    )


def _decided() -> "Select[int, int, datetime]":
    return (
        select(AssignmentRow.session, DecisionRow.coder, func.min(DecisionRow.at))
        .join_from(DecisionRow, AssignmentRow, AssignmentRow.id == DecisionRow.assignment)
        .where(AssignmentRow.mode == Mode.ADJUDICATION)
        .group_by(AssignmentRow.session, DecisionRow.coder)
    )
