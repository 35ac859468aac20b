"""The private PostgreSQL that the other tests stand on."""

from pathlib import Path

import pytest
import sqlalchemy

from tests.review import postgres as programs
from tests.review.postgres import Cluster


def test_every_database_is_new_and_answers(postgres: Cluster) -> None:
    for _ in range(2):
        engine = sqlalchemy.create_engine(postgres.make_database())
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE kept (n int)"))
            count = connection.execute(sqlalchemy.text("SELECT count(*) FROM kept")).scalar()
        engine.dispose()
        assert count == 0


def test_it_listens_on_loopback_alone(postgres: Cluster) -> None:
    engine = sqlalchemy.create_engine(postgres.make_database())
    with engine.connect() as connection:
        listens = connection.execute(sqlalchemy.text("SHOW listen_addresses")).scalar()
        sockets = connection.execute(sqlalchemy.text("SHOW unix_socket_directories")).scalar()
    engine.dispose()
    assert (listens, sockets) == ("127.0.0.1", "")


def test_a_wrong_password_is_refused(postgres: Cluster) -> None:
    address = postgres.make_database().replace(postgres.password, "0" * 32)
    engine = sqlalchemy.create_engine(address)
    with pytest.raises(sqlalchemy.exc.DatabaseError):
        engine.connect()
    engine.dispose()


def test_without_the_programs_the_test_is_skipped_with_a_plain_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "PACKAGED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="apt-get install postgresql"):
        programs.run_cluster().__enter__()
