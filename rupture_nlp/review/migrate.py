"""Bring a store's tables to the version that this package works with.

Several processes may start at once: one does it while the others wait, by a file lock in the
project's folder and, on PostgreSQL, where another machine may share the database, by the database's
own lock. It happens in one transaction, so a kill leaves the old tables or the new ones.
"""

import io
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.sql import column, table

from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.folder import Project, locked

HEAD = "0001"
"""The version of the tables in `tables.py`; the newest file in `migrations/versions`."""

KNOWN = ("0001",)
_ADVISORY_LOCK = 7_269_166_119  # any number, the same for every process


def migrate(engine: Engine, project: Project) -> None:
    """Make the tables, or change those of an older version.

    Raises:
        ReviewError: the tables are of a newer version, or another process holds the project.
    """
    if current_version(engine) == HEAD:
        return
    with locked(project.folder):
        version = current_version(engine)
        if version == HEAD:
            return
        if version is not None and version not in KNOWN:
            raise ReviewError(
                f"{project.folder}: its database is of a newer version of rupture-nlp. Update it."
            )
        with engine.execution_options(review_write=True).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            _upgrade(connection)


def current_version(engine: Engine) -> str | None:
    """The version of the tables; None where there are none."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(
            select(column("version_num")).select_from(table("alembic_version"))
        )


def _upgrade(connection: Connection) -> None:
    # Imported here: every other start of the program does without.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(stdout=io.StringIO())
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
