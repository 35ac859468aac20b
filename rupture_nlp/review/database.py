"""Open a project's store: SQLite in the project's folder, or PostgreSQL.

A committed change is on the disk: SQLite runs with a write-ahead log and `synchronous=FULL`,
PostgreSQL with `synchronous_commit`. Reading never waits for writing.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.folder import Project, had_store, locked, make_private_file, read_project
from rupture_nlp.review.migrate import migrate

DRIVER = "postgresql+pg8000"
BUSY_MS = 15_000
"""So long a process waits for another that writes to the same SQLite file."""

_PRAGMAS = (
    "synchronous=FULL",
    "fullfsync=ON",  # macOS: fsync alone leaves the bytes in the disk's cache
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE would delete past the triggers
    "temp_store=MEMORY",  # no transcript in /tmp
    "cache_size=-16000",
)
_WRITE = "review_write"


def utc_now() -> datetime:
    """The time that decisions are dated with."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Store:
    """An open store. Threads may share it; `close` it at the end, or use it in a `with`."""

    project: Project
    now: Callable[[], datetime]
    engine: Engine
    _reads: Engine
    _writes: Engine
    # SQLite takes one writer at a time and lets the others poll, up to 100 ms apart; threads of one
    # process wait here instead, where they are woken at once.
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the store throughout. It must not write.

        Raises:
            ReviewError: the database cannot be used; the message says nothing of its content.
        """
        with _plain_errors(), Session(self._reads, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end of the block, or not at all if the block fails. Keep it
        short: on SQLite nobody else writes meanwhile.

        Raises:
            ReviewError: the database cannot be used; the message says nothing of its content.
        """
        with (
            self._turn if self.engine.dialect.name == "sqlite" else threading.Lock(),
            _plain_errors(),
            Session(self._writes, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_store(project: Path, now: Callable[[], datetime] = utc_now) -> Store:
    """Open the store of a project folder; tables of an older version are brought up to date first,
    by one process at a time.

    Raises:
        ReviewError: no project, a store that went missing or is of a newer version, or a database
            that cannot be reached.
    """
    found = read_project(project)
    if found.database is None and not found.sqlite.exists() and had_store(found):
        raise ReviewError(f"{found.sqlite}: is missing. Put back a copy from {found.backups}.")
    return connect(found, now)


def connect(project: Project, now: Callable[[], datetime] = utc_now) -> Store:
    """Open the store of a project; makes its tables where there are none.

    Raises:
        ReviewError: as `open_store`.
    """
    engine = _sqlite(project) if project.database is None else _postgresql(project.database)
    reads = engine
    if engine.dialect.name != "sqlite":
        # One picture of the store for all statements of a page, as SQLite gives it by itself.
        reads = engine.execution_options(isolation_level="REPEATABLE READ")
    store = Store(project, now, engine, reads, engine.execution_options(**{_WRITE: True}))
    try:
        with _plain_errors():
            migrate(engine, store.project)
    except BaseException:
        store.close()
        raise
    return store


def check_url(url: str) -> None:
    """Whether a database URL can be used at all.

    Raises:
        ReviewError: another kind of database, or the driver is not installed.
    """
    _postgresql(url).dispose()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """The database's own errors quote statements and values; ours say what kind it was."""
    problem = ""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        problem = type(error.orig).__name__
        if "locked" in str(error.orig):
            problem = "it is locked by another process"
    except PoolTimeout:
        problem = "all connections are taken"
    if problem:
        failure = ReviewError(
            f"the review database cannot be used ({problem}). Check the disk, or the server."
        )
        try:
            raise failure
        finally:
            # The block's exception would come along as the context, even from outside `except`.
            failure.__context__ = None


def _sqlite(project: Project) -> Engine:
    make_private_file(project.sqlite)  # the files beside it take its rights
    engine = create_engine(
        f"sqlite:///{project.sqlite}",
        hide_parameters=True,
        pool_size=20,
        max_overflow=30,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: object) -> None:  # noqa: ANN401  # the driver's own connection
        del record
        connection.isolation_level = None  # BEGIN is ours, below
        # To change into this mode SQLite needs the file for itself and does not wait for it.
        with locked(project.folder, "journal"):
            connection.execute("PRAGMA journal_mode=WAL").close()
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads and then writes would fail if another wrote in between.
        writes = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    problem = "is not a URL of the form postgresql+pg8000://user:password@host/database"
    engine = None
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", DRIVER):
            engine = create_engine(
                parsed.set(drivername=DRIVER),
                hide_parameters=True,
                pool_size=10,
                max_overflow=20,
                pool_pre_ping=True,
            )
    except SQLAlchemyError:
        pass
    except ImportError:
        problem = "needs a driver: pip install 'rupture-nlp[postgresql]'"
    if engine is None:
        raise ReviewError(f"the database URL {problem}.")

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: object) -> None:  # noqa: ANN401  # the driver's own connection
        del record
        cursor = connection.cursor()
        cursor.execute("SET synchronous_commit = on")
        cursor.close()
        connection.commit()

    return engine
