"""The audit trail: who did what besides coding, never with a text."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rupture_nlp.review.database import Store
from rupture_nlp.review.tables import AuditRow

COMMAND_LINE = "command line"
"""The actor of what is done at the keyboard of the machine that holds the project."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. `actor` is a coder's name or `command line`."""

    at: datetime
    actor: str
    action: str
    object: str
    detail: str


def record(session: Session, entry: Entry) -> None:
    """Write one line in the caller's transaction: it is there if and only if the deed is."""
    session.add(
        AuditRow(
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            object=entry.object,
            detail=entry.detail,
        )
    )


def read_audit(store: Store) -> tuple[Entry, ...]:
    """The whole trail, oldest first."""
    with store.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id))
        return tuple(Entry(r.at, r.actor, r.action, r.object, r.detail) for r in rows)
