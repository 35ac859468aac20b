"""The output folder of a run: what is in it, who may write, what is left of an older run."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rupture_nlp.errors import RunError


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The paths of one output folder."""

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.jsonl"

    @property
    def parts(self) -> Path:
        return self.root / "parts"

    @property
    def run(self) -> Path:
        return self.root / "run.json"

    @property
    def columns(self) -> Path:
        return self.root / "columns.md"

    @property
    def report(self) -> Path:
        return self.root / "report.html"

    @property
    def pages(self) -> Path:
        return self.root / "report"

    def remove_leftovers(self) -> None:
        """Delete what a kill left half written: with `--with-text` it may hold words."""
        for folder in (self.root, self.pages):
            for leftover in folder.glob(".*.tmp"):
                leftover.unlink(missing_ok=True)

    def remove_report(self) -> None:
        """Delete the report of an older run, whose sessions and words may not be this one's."""
        self.report.unlink(missing_ok=True)
        if self.pages.is_dir():
            shutil.rmtree(self.pages)


@contextmanager
def locked_folder(root: Path) -> Iterator[OutputFolder]:
    """Make the folder and hold it: only one run may write to it at a time.

    The lock is the operating system's, so it ends with the process, also when that is killed.

    Raises:
        RunError: the folder cannot be made, belongs to something else, or another run holds it.
    """
    folder = OutputFolder(root)
    _make(folder)
    lock = FileLock(root / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        lock.release()
        held = True
    else:
        held = False
    if held:
        raise RunError(f"{root}: another run is writing here. Wait for it, or give another --out.")
    try:
        folder.manifest.touch()
        folder.remove_leftovers()
        yield folder
    finally:
        lock.release()


def _make(folder: OutputFolder) -> None:
    problem = ""
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        others = [path for path in folder.root.iterdir() if not path.name.startswith(".")]
        if others and not folder.manifest.is_file():
            problem = "holds other files. Give --out a new or empty folder."
    except OSError as error:
        problem = f"cannot be used as output folder ({error.strerror}). Give another --out."
    if problem:
        raise RunError(f"{folder.root}: {problem}")
