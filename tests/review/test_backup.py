"""A copy of the store while coders work."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rupture_nlp.review.backup import back_up
from rupture_nlp.review.coding import decide, read_session
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.values import Mode
from tests.review.made import made_assignment, made_change, made_coder, made_project, withdrawal
from tests.review.postgres import Cluster


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(made_project(tmp_path / "p")) as opened:
        yield opened


def test_a_backup_holds_what_was_decided_and_can_be_put_in_place(store: Store) -> None:
    ada = made_coder(store, "ada")
    made = made_assignment(store, "s1", "ada", Mode.BLIND)
    decide(store, made.id, ada.coder, made_change(1, withdrawal()))
    path = back_up(store)
    later = made_change(3, withdrawal())
    decide(store, made.id, ada.coder, later)
    folder = store.project.folder
    store.close()
    path.rename(folder / "review.sqlite")
    for name in ("review.sqlite-wal", "review.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    with open_store(folder) as restored:
        view = read_session(restored, made.id, ada.coder)
        assert [one.target for one in view.present] == ["1"]
        decide(restored, made.id, ada.coder, later)


def test_a_backup_is_one_private_file(store: Store) -> None:
    first, second = back_up(store), back_up(store)
    assert first != second
    assert sorted(store.project.backups.iterdir()) == sorted([first, second])
    assert {path.stat().st_mode & 0o777 for path in (first, second)} == {0o600}
    assert store.project.backups.stat().st_mode & 0o777 == 0o700


def test_a_backup_taken_while_decisions_come_in_is_a_moment_of_the_log(store: Store) -> None:
    ada = made_coder(store, "ada")
    made = made_assignment(store, "s1", "ada", Mode.BLIND)
    stop = threading.Event()

    def work() -> None:
        seq = 0
        while not stop.is_set():
            change = made_change("resolution", 1 + seq % 5, base=seq)
            seq = decide(store, made.id, ada.coder, change).seq

    worker = threading.Thread(target=work)
    worker.start()
    try:
        paths = [back_up(store) for _ in range(3)]
    finally:
        stop.set()
        worker.join(timeout=60)
    counts = []
    for path in paths:
        with closing(sqlite3.connect(path)) as copy:
            seqs = [seq for (seq,) in copy.execute("SELECT seq FROM decisions ORDER BY seq")]
        assert seqs == list(range(1, len(seqs) + 1))
        counts.append(len(seqs))
    assert counts == sorted(counts)


def test_a_damaged_store_is_not_copied(store: Store) -> None:
    store.close()
    content = bytearray(store.project.sqlite.read_bytes())
    content[-8192:-4096] = b"\xff" * 4096  # a page of a table, which copies like any other
    store.project.sqlite.write_bytes(content)
    with pytest.raises(ReviewError, match="the copy failed"):
        back_up(store)
    assert list(store.project.backups.iterdir()) == []


def test_for_postgresql_its_own_program_is_named(tmp_path: Path, postgres: Cluster) -> None:
    with (
        open_store(made_project(tmp_path / "q", database=postgres.make_database())) as store,
        pytest.raises(ReviewError, match="pg_dump"),
    ):
        back_up(store)
