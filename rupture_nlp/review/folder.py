"""A project's folder: what is in it, who may read it, and `project.json`.

Only the owner may read or write (0700, files 0600): it holds transcripts.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from filelock import FileLock, Timeout

from rupture_nlp.io.atomic import atomic_path
from rupture_nlp.review.errors import ReviewError

FORMAT = 1
OWNER_ONLY = 0o600
LOCK_S = 60.0
"""So long a process waits for another that is setting up the same project."""


@dataclass(frozen=True, slots=True)
class Project:
    """What `project.json` says. `database` may hold a password: it appears in no message."""

    folder: Path
    name: str
    seed: int  # of the order of sessions
    database: str | None = None  # URL of PostgreSQL; None: SQLite in the folder
    model: str | None = None  # of the latest suggestions
    model_version: str | None = None

    @property
    def sqlite(self) -> Path:
        """The store, unless it is PostgreSQL."""
        return self.folder / "review.sqlite"

    @property
    def backups(self) -> Path:
        """Where backups go."""
        return self.folder / "backups"


def read_project(folder: Path) -> Project:
    """Read `project.json`.

    Raises:
        ReviewError: no project, or one that another version made.
    """
    path, content = folder / "project.json", None
    problem = "is not a review project (it has no project.json that can be read)"
    with suppress(OSError, ValueError, RecursionError):
        content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ReviewError(f"{folder}: {problem}. Make one with `rupture-nlp review init`.")
    if content.pop("format", None) != FORMAT:
        raise ReviewError(f"{path}: made by another version of rupture-nlp. Use that version.")
    known = {field.name for field in fields(Project)} - {"folder"}
    if set(content) != known or not _has_right_types(content):
        raise ReviewError(f"{path}: damaged. Put back the file from a backup of the folder.")
    return Project(folder=folder, **content)


def had_store(project: Project) -> bool:
    """Whether the folder's tables were set up once, by what that leaves beside them."""
    return project.backups.exists() or (project.folder / ".tables.lock").exists()


def write_project(project: Project) -> None:
    """Write `project.json`, whole or not at all."""
    content = {"format": FORMAT, **asdict(project)}
    del content["folder"]
    with atomic_path(project.folder / "project.json") as temporary:
        make_private_file(temporary)
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def make_private_folder(folder: Path) -> None:
    """Make the folder, or take its rights from everyone else."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Make an empty file that only its owner can read, or take others' rights to it away."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, OWNER_ONLY))
    path.chmod(OWNER_ONLY)


@contextmanager
def locked(folder: Path, what: str = "tables") -> Iterator[None]:
    """Hold one part of the project while it is set up. Ends with the process at the latest.

    Raises:
        ReviewError: another process has been at it for a minute.
    """
    lock = FileLock(folder / f".{what}.lock", timeout=LOCK_S, mode=OWNER_ONLY)
    try:
        lock.acquire()
    except Timeout:
        held = True
    else:
        held = False
    if held:
        raise ReviewError(f"{folder}: another process is setting it up. Try again when it is done.")
    try:
        yield
    finally:
        lock.release()


def _has_right_types(content: dict[str, object]) -> bool:
    texts = (content["database"], content["model"], content["model_version"])
    return (
        isinstance(content["name"], str)
        and isinstance(content["seed"], int)
        and all(isinstance(text, str | None) for text in texts)
    )
