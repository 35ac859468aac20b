"""Who codes. A coder enters with a personal token, of which only a hash is stored."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rupture_nlp.review.audit import COMMAND_LINE, Entry, record
from rupture_nlp.review.database import Store
from rupture_nlp.review.errors import NotFoundError, RefusedError
from rupture_nlp.review.tables import CoderRow, LoginRow, SuggestionSetRow
from rupture_nlp.schema import GOLD

LONGEST_NAME = 64
SECOND = "-second"
"""Stands after a coder's name for what they held after seeing the suggestions: no name's end."""

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # so many bytes in base64


@dataclass(frozen=True, slots=True)
class Coder:
    """A coder as everyone else sees them. Only active ones may enter."""

    id: int
    name: str
    lead: bool  # may assign, adjudicate, reopen, and see everybody's progress
    active: bool
    created_at: datetime


def add_coder(store: Store, name: str, *, lead: bool = False) -> str:
    """Add a coder; returns the token of the personal link, which is shown once and kept nowhere.

    Raises:
        RefusedError: the name is taken, empty, too long, or reserved for codes of another origin.
    """
    name = name.strip()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with store.write() as session:
        problems = _check_name(session, name)
        if problems:
            raise RefusedError(*problems)
        now = store.now()
        session.add(
            CoderRow(
                name=name, token_sha256=hash_token(token), lead=lead, active=True, created_at=now
            )
        )
        detail = "lead" if lead else "coder"
        record(session, Entry(now, COMMAND_LINE, "add-coder", f"coder {name}", detail))
    return token


def renew_token(store: Store, name: str) -> str:
    """A new token for a link that was lost or seen by others: the old one and all logins made with
    it stop working. Returns the token.

    Raises:
        NotFoundError: there is no such coder.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with store.write() as session:
        row = _row_of(session, name)
        row.token_sha256 = hash_token(token)
        session.execute(delete(LoginRow).where(LoginRow.coder == row.id))
        record(session, Entry(store.now(), COMMAND_LINE, "renew-link", f"coder {row.name}", ""))
    return token


def set_active(store: Store, name: str, *, active: bool) -> None:
    """Let a coder enter, or no longer; what they decided stays. Logins end at once.

    Raises:
        NotFoundError: there is no such coder.
    """
    with store.write() as session:
        row = _row_of(session, name)
        row.active = active
        if not active:
            session.execute(delete(LoginRow).where(LoginRow.coder == row.id))
        action = "activate" if active else "deactivate"
        record(session, Entry(store.now(), COMMAND_LINE, action, f"coder {row.name}", ""))


def is_token(token: str) -> bool:
    """Whether a text could be a token, by its form."""
    return _TOKEN.fullmatch(token) is not None


def coder_of_token(store: Store, token: str) -> Coder | None:
    """The active coder with this token; None for any other token."""
    # Looked up by hash: how long it takes says nothing about how near a guess was.
    with store.read() as session:
        hashed = hash_token(token)
        row = session.scalar(select(CoderRow).where(CoderRow.token_sha256 == hashed))
        return coder_of_row(row) if row is not None and row.active else None


def coders_of(store: Store) -> tuple[Coder, ...]:
    """Everyone, by name, also who is no longer active."""
    with store.read() as session:
        return tuple(map(coder_of_row, session.scalars(select(CoderRow).order_by(CoderRow.name))))


def coder_of_row(row: CoderRow) -> Coder:
    """The value of a row, without the hash of the token."""
    return Coder(row.id, row.name, row.lead, row.active, row.created_at)


def hash_token(token: str) -> str:
    """How a token is stored. It is 256 random bits, so a fast hash without salt is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _check_name(session: Session, name: str) -> tuple[str, ...]:
    problems = []
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        problems.append(f"name: 1 to {LONGEST_NAME} printable characters")
    taken = session.scalars(select(CoderRow.name)).all()
    if name.casefold() in {other.casefold() for other in taken}:
        problems.append("name: another coder has it; use --renew for a new link")
    models = session.scalars(select(SuggestionSetRow.model)).all()
    if name.casefold() in {GOLD, *(model.casefold() for model in models)}:
        problems.append("name: stands for codes of another origin; take another")
    if name.casefold().endswith(SECOND):
        problems.append(f"name: {SECOND} at the end stands for a second pass; take another")
    return tuple(problems)


def _row_of(session: Session, name: str) -> CoderRow:
    row = session.scalar(select(CoderRow).where(CoderRow.name == name.strip()))
    if row is None:
        raise NotFoundError("there is no coder of this name. `review status` lists them.")
    return row
