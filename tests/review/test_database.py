"""The store's tables: made once, by one process, readable by their owner alone."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import rupture_nlp.review
from rupture_nlp.review.database import Store, connect, open_store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.folder import Project, make_private_folder, read_project, write_project
from rupture_nlp.review.migrate import HEAD, KNOWN
from rupture_nlp.review.tables import SessionRow, Table
from rupture_nlp.review.values import Mode
from tests.review.made import made_assignment, made_coder, made_project

MIGRATIONS = Path(rupture_nlp.review.__file__).parent / "migrations"
OPENS = "import sys; from pathlib import Path; from rupture_nlp.review.database import open_store\n"


@pytest.fixture
def store(tmp_path: Path, store_url: str | None) -> Iterator[Store]:
    with open_store(made_project(tmp_path / "project", database=store_url)) as opened:
        yield opened


def empty_project(folder: Path) -> Project:
    make_private_folder(folder)
    project = Project(folder, "empty", seed=0)
    write_project(project)
    return project


def test_migrations_make_the_tables_that_the_code_works_with(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_the_newest_migration_is_the_version_that_is_asked_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == HEAD
    assert {revision.revision for revision in script.walk_revisions()} == set(KNOWN)


def test_processes_that_start_at_once_all_find_the_tables(tmp_path: Path) -> None:
    folder = empty_project(tmp_path / "project").folder
    code = OPENS + "open_store(Path(sys.argv[1])).close()"
    started = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", code, str(folder)]) for _ in range(4)
    ]
    assert [process.wait(timeout=200) for process in started] == [0] * 4


def test_new_stores_opened_from_several_sides_in_the_same_moment(tmp_path: Path) -> None:
    projects = [empty_project(tmp_path / str(number)) for number in range(30)]
    together = threading.Barrier(4)

    def opens_all() -> None:
        for project in projects:
            together.wait(timeout=20)
            connect(project).close()

    with ThreadPoolExecutor(4) as pool:
        for opened in [pool.submit(opens_all) for _ in range(4)]:
            opened.result()


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    project = empty_project(tmp_path / "project")
    connect(project).close()
    with sqlite3.connect(project.sqlite) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ReviewError, match="newer version"):
        open_store(project.folder)


def test_nobody_else_may_read_the_project(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = made_project(tmp_path / "project")
        with open_store(folder) as store:
            made_coder(store, "ada")
            rights = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {"review.sqlite", "review.sqlite-wal", "review.sqlite-shm", "project.json"} <= set(
        rights
    )
    assert set(rights.values()) == {0o600}


def test_rights_that_were_given_away_are_taken_back_on_opening(tmp_path: Path) -> None:
    folder = made_project(tmp_path / "project")
    (folder / "review.sqlite").chmod(0o644)
    open_store(folder).close()
    assert (folder / "review.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_commit_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    with open_store(made_project(tmp_path / "project")) as store, store.engine.connect() as c:
        settings = {
            name: c.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }
    full = 2
    assert settings == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as session:
            session.execute(text("UPDATE sessions SET position = position + 100"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as session:
        assert session.query(SessionRow).filter(SessionRow.position >= 100).count() == 0


def test_a_reader_sees_one_state_while_others_write(store: Store) -> None:
    made_coder(store, "ada")
    with store.read() as session:
        before = session.execute(text("SELECT count(*) FROM coders")).scalar()
        writer = threading.Thread(target=made_coder, args=(store, "bo"))
        writer.start()
        writer.join(timeout=60)
        assert not writer.is_alive()
        assert session.execute(text("SELECT count(*) FROM coders")).scalar() == before == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE utterances SET speaker = 'nurse'",
        "UPDATE sessions SET chosen_by = 'fate'",
        "UPDATE sessions SET position = 0",
        "UPDATE assignments SET mode = 'open'",
        "UPDATE assignments SET revealed_at = created_at",
        "UPDATE assignments SET coder = 99",
        "DELETE FROM sessions",
        "INSERT INTO assignments"
        " (session, coder, mode, by_chance, progressive, reached, created_at)"
        " SELECT session, coder, 'assisted', by_chance, progressive, reached, created_at"
        " FROM assignments",
    ],
)
def test_the_database_refuses_what_no_project_can_hold(store: Store, statement: str) -> None:
    made_coder(store, "ada")
    made_assignment(store, "s1", "ada", Mode.BLIND)
    # pg8000 has one class for all but duplicates, so the words have to do.
    with (
        store.engine.connect() as connection,
        pytest.raises(DBAPIError, match="constraint"),
    ):
        connection.execute(text(statement))


def test_the_databases_own_error_does_not_come_along(tmp_path: Path) -> None:
    project = empty_project(tmp_path / "project")
    project.sqlite.write_bytes(b"zebra, not a database" * 100)
    with pytest.raises(ReviewError, match="cannot be used") as caught:
        connect(project)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url", ["mysql://u:zebra@h/d", "zebra", "sqlite:///zebra", "postgresql+psycopg://u:zebra@h/d"]
)
def test_only_postgresql_by_its_driver_is_taken_and_no_password_is_shown(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(ReviewError) as caught:
        connect(Project(tmp_path, "p", seed=0, database=url))
    assert "zebra" not in str(caught.value)


def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    project = Project(tmp_path, "p", 0, database="postgresql+pg8000://u:zebra@127.0.0.1:1/d")
    with pytest.raises(ReviewError, match="the server") as caught:
        connect(project)
    assert "zebra" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "not a review project"),
        ("[", "not a review project"),
        ({}, "another version"),
        ({"format": 1}, "damaged"),
        ({"format": 1, "name": 1, "seed": 1, "database": None, "model": None,
          "model_version": None}, "damaged"),
    ],
)  # fmt: skip
def test_a_folder_without_a_good_project_file_is_refused(
    tmp_path: Path, content: object, problem: str
) -> None:
    if content is not None:
        words = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "project.json").write_text(words, encoding="utf-8")
    with pytest.raises(ReviewError, match=problem):
        read_project(tmp_path)


@pytest.mark.parametrize("left", [".tables.lock", "backups"])
def test_a_store_that_went_missing_is_said_and_not_made_anew(tmp_path: Path, left: str) -> None:
    folder = made_project(tmp_path / "project")
    for path in folder.iterdir():
        if path.name != "project.json":
            path.unlink()
    (folder / left).mkdir()
    with pytest.raises(ReviewError, match="is missing"):
        open_store(folder)
    assert not (folder / "review.sqlite").exists()


def test_opening_a_store_does_not_load_the_migrations_when_there_is_nothing_to_do(
    tmp_path: Path,
) -> None:
    folder = made_project(tmp_path / "project")
    code = OPENS + "open_store(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"
