"""How far the coders are. Says nothing of codes or suggestions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from rupture_nlp.review.access import Assignment, assignment_of_row, select_assignments
from rupture_nlp.review.coders import Coder
from rupture_nlp.review.database import Store
from rupture_nlp.review.tables import AssignmentRow, DecisionRow, SessionRow
from rupture_nlp.review.values import Kind, Mode


@dataclass(frozen=True, slots=True)
class Progress:
    """One assignment and how far it is."""

    assignment: Assignment
    turns_decided: int  # turns with any decision; the others count as `none` once it is finished
    decisions: int
    last_at: datetime | None  # of the last decision


def assignments_of(store: Store, coder: Coder) -> tuple[Progress, ...]:
    """What this coder is to do, in the project's order, which is by chance. A lead also has every
    adjudication."""
    return tuple(
        one
        for one in progress(store, coder_id=coder.id)
        if one.assignment.mode is not Mode.ADJUDICATION or coder.lead
    )


def progress(store: Store, coder_id: int | None = None) -> tuple[Progress, ...]:
    """Everyone's assignments in the project's order; with `coder_id` those of one coder, and all
    adjudications."""
    statement = select_assignments().order_by(SessionRow.position, AssignmentRow.id)
    counted = select(
        DecisionRow.assignment,
        func.count(),
        func.count(DecisionRow.target.distinct()).filter(DecisionRow.kind == Kind.TURN),
        func.max(DecisionRow.at),
    ).group_by(DecisionRow.assignment)
    if coder_id is not None:
        wanted = or_(AssignmentRow.coder == coder_id, AssignmentRow.mode == Mode.ADJUDICATION)
        statement = statement.where(wanted)
        ids = select(AssignmentRow.id).where(wanted)
        counted = counted.where(DecisionRow.assignment.in_(ids))
    with store.read() as session:
        counts = {row[0]: (row[1], row[2], row[3]) for row in session.execute(counted)}
        found = [assignment_of_row(*row) for row in session.execute(statement)]
    return tuple(
        Progress(one, turns_decided=turns, decisions=decisions, last_at=last)
        for one in found
        for decisions, turns, last in [counts.get(one.id, (0, 0, None))]
    )
