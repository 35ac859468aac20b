"""The runs that work in one output folder at the same time.

    .lock              held for moments, by whoever reads or writes what is shared
    .runs/<id>.lock    held by a run for as long as it lives
    .runs/<id>.jsonl   what a run has told the others, a line each: what it labels, its claims

Locks are the operating system's, so they end with the process, also when that is killed. What a
dead run claimed is free again. A run's files are deleted when it leaves, or, after a kill, by the
next to look.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from threading import RLock

from filelock import FileLock, Timeout

from rupture_nlp.errors import RunError
from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.manifest import Manifest

_PATIENCE_S = 60.0
"""A run holds the lock for milliseconds, or, when it opens a very long manifest, for seconds."""
_LOOK_AGAIN_S = 0.005

_DIFFERENCES = {
    "request": "with other inputs or settings",
    "inputs": "and found other contents in the inputs",
    "signature": "with another model, engine or precision",
}


class Turn(Enum):
    """Whose turn it is to write the tables."""

    OURS = auto()
    LATER = auto()  # another run is at it; if it is killed, ours
    PAST = auto()  # another run has done it


@dataclass(slots=True)
class Other:
    """What another living run has told."""

    said: dict[str, str] = field(default_factory=dict)
    claims: dict[int, int] = field(default_factory=dict)  # by number: the manifest's end then
    failures: dict[int, str] = field(default_factory=dict)  # messages by number of session
    read: int = 0  # bytes of its journal

    def hear(self, line: Mapping[str, object]) -> None:
        """Take in one line of its journal."""
        match line:
            case {"say": dict(said)}:
                self.said.update(said)
            case {"claim": list(numbers), "end": int(end)}:
                self.claims.update(dict.fromkeys(numbers, end))
            case {"failed": int(number), "message": str(message)}:
                self.claims.pop(number, None)
                self.failures[number] = message


class Company:
    """One run among those of its folder. Made by `joined`."""

    def __init__(self, folder: OutputFolder) -> None:
        self.folder = folder
        self.met = False  # another run, at any time
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._life = FileLock(folder.runs / f"{self._name}.lock", timeout=0, thread_local=False)
        self._lock = FileLock(
            folder.root / ".lock", timeout=_PATIENCE_S, poll_interval=_LOOK_AGAIN_S
        )
        self._threads = RLock()  # of this process
        self._others: dict[str, Other] = {}
        with self.moment():
            folder.runs.mkdir(exist_ok=True)
            self._life.acquire()
            if not self.others():
                folder.remove_leftovers()
            self.manifest = Manifest(folder.manifest)
            self._tables = self._written_tables()

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Keep the other runs, and the other threads of this one, from what is shared.

        Raises:
            RunError: somebody else holds the folder.
            OSError: the folder cannot be written, or its file system has no locks.
        """
        with self._threads:
            problem = ""
            try:
                self._lock.acquire()
            except Timeout:
                problem = "another program holds it. Wait for it, or give another --out."
            except NotImplementedError:
                problem = "its file system has no locks. Give an --out on a local disk."
            if problem:
                raise RunError(f"{self.folder.root}: {problem}")
            try:
                yield
            finally:
                self._lock.release()

    def others(self) -> list[Other]:
        """The other living runs, as far as they have told. Within a moment only."""
        living: dict[str, Other] = {}
        for life in sorted(self.folder.runs.glob("*.lock")):
            if life.stem == self._name:
                continue
            journal = life.with_suffix(".jsonl")
            if _is_free(life):
                journal.unlink(missing_ok=True)
                life.unlink(missing_ok=True)
                continue
            other = living[life.stem] = self._others.get(life.stem, Other())
            _listen(journal, other)
        self._others = living
        self.met = self.met or bool(living)
        return list(living.values())

    def agree(self, topic: str, value: str) -> None:
        """Say on what this run works, unless another one works on something else.

        Raises:
            RunError: it does.
        """
        with self.moment():
            differs = any(other.said.get(topic, value) != value for other in self.others())
            if not differs:
                self.tell({"say": {topic: value}})
        if differs:
            raise RunError(
                f"{self.folder.root}: another run is writing here, {_DIFFERENCES[topic]}. "
                "Wait for it, or give another --out. To share its work, give the same command."
            )

    def share_start(self) -> int:
        """The end of the manifest when the first of these runs began."""
        with self.moment():
            told = [other.said["start"] for other in self.others() if "start" in other.said]
            start = told[0] if told else str(self.manifest.end)
            self.tell({"say": {"start": start}})
        return int(start)

    def turn_to_write(self, work: str) -> Turn:
        """Ask, when all sessions are finished, who writes the tables.

        `work` stands in `run.json` and is the same for all runs that would write the same tables.
        """
        with self.moment():
            if any("writing" in other.said for other in self.others()):
                return Turn.LATER
            if self._written_tables() not in (None, self._tables) and self._is_of(work):
                return Turn.PAST
            # `run.json` is written last: where it is missing the tables are not those of one run.
            self.folder.run.unlink(missing_ok=True)
            self.tell({"say": {"writing": "yes"}})
        return Turn.OURS

    def _written_tables(self) -> tuple[int, int] | None:
        """Tells the tables of one run from those of another; None where there are none."""
        try:
            found = self.folder.run.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _is_of(self, work: str) -> bool:
        try:
            return bool(json.loads(self.folder.run.read_bytes())["work"] == work)
        except (ValueError, KeyError, TypeError):
            return False

    def claim(self, numbers: Iterable[int]) -> None:
        """Tell that this run labels these sessions. Within a moment only."""
        self.tell({"claim": list(numbers), "end": self.manifest.end})

    def tell(self, line: Mapping[str, object]) -> None:
        """Add a line to this run's journal. Within a moment only."""
        with (self.folder.runs / f"{self._name}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def leave(self) -> None:
        """Let go of everything. What could not be deleted, the next run deletes."""
        with suppress(OSError, RunError), self.moment():
            self._life.release()
            for kind in ("jsonl", "lock"):
                (self.folder.runs / f"{self._name}.{kind}").unlink(missing_ok=True)
            self.folder.runs.rmdir()  # fails while others are there
        self._life.release()


@contextmanager
def joined(root: Path, request: str) -> Iterator[Company]:
    """Make the folder and work in it, together with other runs of the same request.

    Raises:
        RunError: the folder cannot be made, belongs to something else, or is at work for another
            request.
    """
    folder = OutputFolder(root)
    folder.make()
    company = Company(folder)
    try:
        company.agree("request", request)
        yield company
    finally:
        company.leave()


def _is_free(path: Path) -> bool:
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return False
    finally:
        lock.release()
    return True


def _listen(journal: Path, other: Other) -> None:
    with suppress(FileNotFoundError), journal.open("rb") as file:
        file.seek(other.read)
        for line in file:
            if line.endswith(b"\n"):
                other.read += len(line)
                other.hear(json.loads(line))
