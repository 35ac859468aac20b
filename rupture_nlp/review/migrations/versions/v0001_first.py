"""The first tables, and the triggers that keep decisions and the audit trail as they were written.

Later versions may change `tables.py`, never this file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("decisions", "audit")

_SQLITE = """
CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRESQL = (
    """
CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$
""",
    """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()
""",
    """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_{table}()
""",
)


def upgrade() -> None:
    """Make everything."""
    _make_people_and_sessions()
    _make_suggestions()
    _make_work()
    _make_triggers()


def _one_of(column: str, *names: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{name}'" for name in names)
    return sa.CheckConstraint(f"{column} IN ({listed})")


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _make_people_and_sessions() -> None:
    op.create_table(
        "coders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("token_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("lead", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Text, nullable=False, unique=True),
        sa.Column("group", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, unique=True),
        sa.Column("chosen_by", sa.String(32), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False, unique=True),
        _one_of("chosen_by", "random", "person", "model"),
    )
    op.create_table(
        "utterances",
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("utterance_id", sa.Text, nullable=False),
        sa.Column("speaker", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("start_s", sa.Double),
        sa.Column("end_s", sa.Double),
        sa.UniqueConstraint("session", "utterance_id"),
        sa.CheckConstraint("position >= 0"),
        _one_of("speaker", "therapist", "patient", "other"),
        sqlite_with_rowid=False,  # the turns of a session lie together
    )
    op.create_table(
        "logins",
        sa.Column("id_sha256", sa.String(64), primary_key=True),
        sa.Column("coder", sa.Integer, sa.ForeignKey("coders.id"), nullable=False, index=True),
        sa.Column("csrf", sa.Text, nullable=False),
        _time("created_at"),
        _time("last_seen_at"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        _time("at"),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _make_suggestions() -> None:
    op.create_table(
        "suggestion_sets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        sa.Column("signature", sa.JSON, nullable=False),
    )
    op.create_table(
        "suggestions",
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "suggestion_set", sa.Integer, sa.ForeignKey("suggestion_sets.id"), nullable=False
        ),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("p_none", sa.Double),
        sa.Column("p_withdrawal_from_other", sa.Double),
        sa.Column("p_withdrawal_from_self", sa.Double),
        sa.Column("p_confrontation_aggression", sa.Double),
        sa.Column("p_confrontation_control", sa.Double),
        sa.Column("uncertain", sa.Boolean),
        sa.ForeignKeyConstraint(
            ["session", "position"], ["utterances.session", "utterances.position"]
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suggested_episodes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False, index=True),
        sa.Column(
            "suggestion_set", sa.Integer, sa.ForeignKey("suggestion_sets.id"), nullable=False
        ),
        sa.Column("start_position", sa.Integer, nullable=False),
        sa.Column("end_position", sa.Integer, nullable=False),
        sa.Column("repair_start", sa.Integer),
        sa.Column("resolution", sa.Integer),
        sa.Column("p_repaired", sa.Double),
        sa.CheckConstraint("start_position >= 0 AND start_position <= end_position"),
        sa.CheckConstraint("resolution BETWEEN 1 AND 5"),
    )
    op.create_table(
        "suggested_ratings",
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column(
            "suggestion_set", sa.Integer, sa.ForeignKey("suggestion_sets.id"), nullable=False
        ),
        sa.Column("value", sa.Double, nullable=False),
        sa.CheckConstraint("value BETWEEN 1 AND 5"),
    )


def _make_work() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("coder", sa.Integer, sa.ForeignKey("coders.id"), nullable=False, index=True),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("by_chance", sa.Boolean, nullable=False),
        sa.Column("progressive", sa.Boolean, nullable=False),
        sa.Column("reached", sa.Integer, nullable=False),
        _time("created_at"),
        _time("finished_at", nullable=True),
        _time("revealed_at", nullable=True),
        sa.UniqueConstraint("session", "coder", "mode"),
        sa.CheckConstraint("reached >= 0"),
        sa.CheckConstraint("revealed_at IS NULL OR (finished_at IS NOT NULL AND mode = 'blind')"),
        _one_of("mode", "blind", "assisted", "adjudicated"),
    )
    first_pass, adjudications = "mode IN ('blind', 'assisted')", "mode = 'adjudicated'"
    for name, columns, only in (
        ("one_first_pass", ["session", "coder"], first_pass),
        ("one_adjudication", ["session"], adjudications),
    ):
        where = sa.text(only)
        op.create_index(
            name, "assignments", columns, unique=True, sqlite_where=where, postgresql_where=where
        )
    _make_decisions()


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("assignment", sa.Integer, sa.ForeignKey("assignments.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("coder", sa.Integer, sa.ForeignKey("coders.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("value", sa.JSON),
        _time("at"),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("second_pass", sa.Boolean, nullable=False),
        sa.Column("suggestion_shown", sa.Boolean, nullable=False),
        sa.Column("base", sa.Integer, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("assignment", "seq"),
        sa.UniqueConstraint("assignment", "client_id"),
        sa.UniqueConstraint("assignment", "kind", "target", "seq"),
        sa.UniqueConstraint("assignment", "kind", "target", "base"),
        sa.CheckConstraint("seq >= 1"),
        sa.CheckConstraint("base >= 0 AND base < seq"),
        _one_of("kind", "turn", "episode", "rating"),
        _one_of("mode", "blind", "assisted", "adjudicated"),
    )


def _make_triggers() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for action in ("UPDATE", "DELETE"):
                op.execute(_SQLITE.format(table=table, action=action))
        else:
            for statement in _POSTGRESQL:
                op.execute(statement.format(table=table))


def downgrade() -> None:
    """There is nothing before the first version."""
    raise NotImplementedError("restore a backup instead")
