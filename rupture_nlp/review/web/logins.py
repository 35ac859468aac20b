"""Logins: made from a personal token, kept as hashes, ended by time or by leaving."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from rupture_nlp.review.coders import Coder, coder_of_row
from rupture_nlp.review.database import Store
from rupture_nlp.review.tables import CoderRow, LoginRow

_TOUCH_AFTER = timedelta(minutes=1)
"""How stale `last_seen_at` may be: a write at every click would be a write too many."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who is asking. `csrf` is the token that the pages of this login send back."""

    key: str  # SHA-256 of the cookie, the name of the row
    coder: Coder
    csrf: str


def open_login(
    store: Store, coder_id: int, now: datetime, idle: timedelta, lifetime: timedelta
) -> str:
    """Make a login and return its cookie, which is kept nowhere. Forgets logins that are over."""
    cookie = secrets.token_urlsafe(32)
    row = LoginRow(
        id_sha256=_key_of(cookie),
        coder=coder_id,
        csrf=secrets.token_urlsafe(32),
        created_at=now,
        last_seen_at=now,
    )
    over = or_(LoginRow.created_at <= now - lifetime, LoginRow.last_seen_at <= now - idle)
    with store.write() as session:
        session.execute(delete(LoginRow).where(over))
        session.add(row)
    return cookie


def find_login(
    store: Store, cookie: str, now: datetime, idle: timedelta, lifetime: timedelta
) -> Login | None:
    """The login of this cookie; None if there is none, it is over, or its coder was shut out."""
    key = _key_of(cookie)
    found = (
        select(LoginRow, CoderRow)
        .join(CoderRow, CoderRow.id == LoginRow.coder)
        .where(LoginRow.id_sha256 == key, CoderRow.active)
    )
    with store.read() as session:
        row = session.execute(found).one_or_none()
        if row is None:
            return None
        seen, begun = row.LoginRow.last_seen_at, row.LoginRow.created_at
        login = Login(key, coder_of_row(row.CoderRow), row.LoginRow.csrf)
    if now - seen >= idle or now - begun >= lifetime:
        return None
    if now - seen >= _TOUCH_AFTER:
        with store.write() as session:
            session.execute(
                update(LoginRow).where(LoginRow.id_sha256 == key).values(last_seen_at=now)
            )
    return login


def close_login(store: Store, key: str) -> None:
    """End this login. That it is over already is no error."""
    with store.write() as session:
        session.execute(delete(LoginRow).where(LoginRow.id_sha256 == key))


def _key_of(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).hexdigest()
