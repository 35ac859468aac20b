"""What holds now: the last decision on every target of an assignment. There is no other record."""

from sqlalchemy import String, Text, and_, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from rupture_nlp.review.errors import Present
from rupture_nlp.review.tables import CoderRow, DecisionRow
from rupture_nlp.review.value_json import from_json, from_stored
from rupture_nlp.review.values import Decision, Kind


def read_state(
    session: Session,
    assignment: int,
    *,
    kind: Kind | None = None,
    first_pass_only: bool = False,
) -> tuple[Present, ...]:
    """The last decision on every target, in the order they were made.

    Targets that were taken back are there too, with value None: the next decision on them needs
    their `seq`. With `kind`, only targets of that kind; with `first_pass_only`, what a blind coder
    held before seeing the suggestions.
    """
    # Columns of the table, not of the mapped class: half the time for a long session.
    stored = DecisionRow.__table__.c
    mine = [stored.assignment == assignment]
    if kind is not None:
        mine.append(stored.kind == kind)
    if first_pass_only:
        mine.append(stored.second_pass.is_(False))
    last = (
        select(func.max(stored.seq).label("seq"))
        .where(*mine)
        .group_by(stored.kind, stored.target)
        .subquery()
    )
    rows = session.execute(
        select(
            type_coerce(stored.kind, String), stored.target, cast(stored.value, Text), stored.seq
        )
        .join_from(
            DecisionRow.__table__,
            last,
            and_(stored.assignment == assignment, stored.seq == last.c.seq),
        )
        .order_by(stored.seq)
    )
    kinds = {name.value: name for name in Kind}
    return tuple(
        Present(kinds[name], target, from_stored(kinds[name], value), seq)
        for name, target, value, seq in rows
    )


def present_of(session: Session, assignment: int, kind: Kind, target: str) -> Present:
    """What holds for one target; `seq` 0 and no value where nothing was decided."""
    row = session.execute(
        select(cast(DecisionRow.value, Text), DecisionRow.seq)
        .where(
            DecisionRow.assignment == assignment,
            DecisionRow.kind == kind,
            DecisionRow.target == target,
        )
        .order_by(DecisionRow.seq.desc())
        .limit(1)
    ).one_or_none()
    return Present(kind, target, from_stored(kind, row[0]) if row else None, row[1] if row else 0)


def read_log(session: Session, assignment: int) -> tuple[Decision, ...]:
    """Every decision of an assignment, in order."""
    rows = session.execute(
        select(DecisionRow, CoderRow.name)
        .join(CoderRow, CoderRow.id == DecisionRow.coder)
        .where(DecisionRow.assignment == assignment)
        .order_by(DecisionRow.seq)
    )
    return tuple(decision_of_row(row, name) for row, name in rows)


def decision_of_row(row: DecisionRow, coder: str) -> Decision:
    """The value of a row; `coder` is the name of the one who decided."""
    return Decision(
        seq=row.seq,
        assignment=row.assignment,
        kind=row.kind,
        target=row.target,
        value=from_json(row.kind, row.value),
        at=row.at,
        coder=coder,
        mode=row.mode,
        second_pass=row.second_pass,
        suggestion_shown=row.suggestion_shown,
        base=row.base,
        client_id=row.client_id,
        reason=row.reason,
    )
