"""The tables of the store. What coders decided and what the model suggested never share one.

Decisions and the audit trail are append-only: triggers (see `migrations`) refuse to change or
delete a row. Nothing that follows from the decisions is kept beside them.
"""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from rupture_nlp.review.values import ChosenBy, Kind, Mode
from rupture_nlp.schema import Speaker

FIRST_PASS = (Mode.BLIND, Mode.ASSISTED)
"""The modes in which a coder codes a session alone; one of them, once, for a session and coder."""


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: it could be any."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("times are stored in UTC; give one with a zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time with its zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _names(kind: type[StrEnum]) -> Enum:
    # The values as text, which both databases and people can read; the check is in `migrations`.
    return Enum(
        kind, native_enum=False, length=32, values_callable=lambda names: [n.value for n in names]
    )


_FIRST_PASS_ONLY = text("mode IN ('blind', 'assisted')")
_ADJUDICATIONS_ONLY = text("mode = 'adjudicated'")


class Table(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        str: Text,
        datetime: UtcTime,
        Mode: _names(Mode),
        Kind: _names(Kind),
        ChosenBy: _names(ChosenBy),
        Speaker: _names(Speaker),
    }


class CoderRow(Table):
    """Someone who codes. The token itself is nowhere, only its hash."""

    __tablename__ = "coders"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    lead: Mapped[bool]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class SessionRow(Table):
    """A session to code. `position` is its place in every list, drawn by chance."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(unique=True)
    group: Mapped[str]
    position: Mapped[int] = mapped_column(unique=True)
    chosen_by: Mapped[ChosenBy]
    text_sha256: Mapped[str] = mapped_column(String(64), unique=True)  # `Transcript.text_hash`


class UtteranceRow(Table):
    """One turn. `position` counts from 0 in its session."""

    __tablename__ = "utterances"
    __table_args__ = (UniqueConstraint("session", "utterance_id"),)

    session: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    utterance_id: Mapped[str]
    speaker: Mapped[Speaker]
    text: Mapped[str]
    start_s: Mapped[float | None]
    end_s: Mapped[float | None]


class SuggestionSetRow(Table):
    """One results folder that was taken in. `signature` is that of its run.json, may be empty."""

    __tablename__ = "suggestion_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str]
    version: Mapped[str | None]
    signature: Mapped[dict[str, str]] = mapped_column(JSON)


class SuggestionRow(Table):
    """What the model says of one turn. The probabilities are all there or all missing."""

    __tablename__ = "suggestions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["session", "position"], ["utterances.session", "utterances.position"]
        ),
    )

    session: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    suggestion_set: Mapped[int] = mapped_column(ForeignKey("suggestion_sets.id"))
    value: Mapped[object] = mapped_column(JSON)  # as a turn's value, see `value_json`
    p_none: Mapped[float | None]
    p_withdrawal_from_other: Mapped[float | None]
    p_withdrawal_from_self: Mapped[float | None]
    p_confrontation_aggression: Mapped[float | None]
    p_confrontation_control: Mapped[float | None]
    uncertain: Mapped[bool | None]  # None: the table does not say


class SuggestedEpisodeRow(Table):
    """An episode that the model found."""

    __tablename__ = "suggested_episodes"

    id: Mapped[int] = mapped_column(primary_key=True)
    session: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    suggestion_set: Mapped[int] = mapped_column(ForeignKey("suggestion_sets.id"))
    start: Mapped[int] = mapped_column("start_position")
    end: Mapped[int] = mapped_column("end_position")
    repair_start: Mapped[int | None]
    resolution: Mapped[int | None]
    p_repaired: Mapped[float | None]


class SuggestedRatingRow(Table):
    """A session rating by the model, which may be a fraction."""

    __tablename__ = "suggested_ratings"

    session: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    suggestion_set: Mapped[int] = mapped_column(ForeignKey("suggestion_sets.id"))
    value: Mapped[float]


class AssignmentRow(Table):
    """Who codes which session, and how. `reached` turns are open where `progressive`.

    An adjudication belongs to its session: `coder` is the lead it was made for, but every active
    lead may decide on it.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("session", "coder", "mode"),
        Index(
            "one_first_pass",
            "session",
            "coder",
            unique=True,
            sqlite_where=_FIRST_PASS_ONLY,
            postgresql_where=_FIRST_PASS_ONLY,
        ),
        Index(
            "one_adjudication",
            "session",
            unique=True,
            sqlite_where=_ADJUDICATIONS_ONLY,
            postgresql_where=_ADJUDICATIONS_ONLY,
        ),
        CheckConstraint("reached >= 0"),
        CheckConstraint("revealed_at IS NULL OR (finished_at IS NOT NULL AND mode = 'blind')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    coder: Mapped[int] = mapped_column(ForeignKey("coders.id"), index=True)
    mode: Mapped[Mode]
    by_chance: Mapped[bool]  # coder and mode were drawn
    progressive: Mapped[bool]
    reached: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]


class DecisionRow(Table):
    """One decision of one coder on one target. Never changed, never deleted."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("assignment", "seq"),
        UniqueConstraint("assignment", "client_id"),
        UniqueConstraint("assignment", "kind", "target", "seq"),  # finds the last of a target
        # Two that saw the same state cannot both follow it.
        UniqueConstraint("assignment", "kind", "target", "base"),
        CheckConstraint("seq >= 1"),
        CheckConstraint("base >= 0 AND base < seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    seq: Mapped[int]
    coder: Mapped[int] = mapped_column(ForeignKey("coders.id"))
    kind: Mapped[Kind]
    target: Mapped[str]
    value: Mapped[object | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[datetime]
    mode: Mapped[Mode]
    second_pass: Mapped[bool]
    suggestion_shown: Mapped[bool]
    base: Mapped[int]
    client_id: Mapped[str]
    reason: Mapped[str | None]


class LoginRow(Table):
    """One browser that a coder entered from. The cookie itself is nowhere, only its hash."""

    __tablename__ = "logins"

    id_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    coder: Mapped[int] = mapped_column(ForeignKey("coders.id"), index=True)
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class AuditRow(Table):
    """Who did what besides coding. Holds no text of a transcript or comment."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]  # a coder's name, or `command line`
    action: Mapped[str]
    object: Mapped[str]
    detail: Mapped[str]
