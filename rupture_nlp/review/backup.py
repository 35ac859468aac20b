"""A copy of the store while it is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

from rupture_nlp.io.atomic import atomic_path
from rupture_nlp.review.audit import COMMAND_LINE, Entry, record
from rupture_nlp.review.database import Store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.folder import make_private_file, make_private_folder


def back_up(store: Store) -> Path:
    """Copy the store as it is at this moment; coders go on meanwhile. Returns the file.

    To restore, stop the server, put the file in the place of `review.sqlite`, and delete
    `review.sqlite-wal` and `review.sqlite-shm`.

    Raises:
        ReviewError: the store is PostgreSQL, which has its own means, or the copy is damaged.
    """
    if store.project.database is not None:
        raise ReviewError(
            "this project is in PostgreSQL: back it up with pg_dump, and keep project.json."
        )
    now = store.now()
    path = _free_name(store.project.backups / f"review-{now:%Y%m%dT%H%M%SZ}.sqlite")
    make_private_folder(path.parent)
    damaged = ""
    with atomic_path(path) as temporary:
        make_private_file(temporary)
        try:
            _copy(store.project.sqlite, temporary)
        except sqlite3.Error as error:
            damaged = type(error).__name__
        if damaged:
            temporary.unlink()
            raise ReviewError(f"{path}: the copy failed ({damaged}). Check the disk.")
    with store.write() as session:
        record(session, Entry(now, COMMAND_LINE, "backup", path.name, ""))
    return path


def _free_name(path: Path) -> Path:
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def _copy(source: Path, copy: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(copy)) as copied,
    ):
        # In one step: a reader holds up no writer, and no writer makes the copy start again.
        original.backup(copied, pages=-1)
        copied.execute("PRAGMA journal_mode=DELETE").close()  # one file, nothing beside it
        (state,) = copied.execute("PRAGMA quick_check").fetchone()
        if state != "ok":
            raise sqlite3.DatabaseError
