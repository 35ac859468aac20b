"""The output folder of a run: what is in it, what is left of an older run."""

import shutil
from dataclasses import dataclass
from pathlib import Path

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

    @property
    def runs(self) -> Path:
        """Of the runs that are at work here."""
        return self.root / ".runs"

    def make(self) -> None:
        """Make the folder.

        Raises:
            RunError: that cannot be, or it belongs to something else.
        """
        problem = ""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            others = [path for path in self.root.iterdir() if not path.name.startswith(".")]
            if others and not self.manifest.is_file():
                problem = "holds other files. Give --out a new or empty folder."
        except OSError as error:
            problem = f"cannot be used as output folder ({error.strerror}). Give another --out."
        if problem:
            raise RunError(f"{self.root}: {problem}")

    def remove_leftovers(self) -> None:
        """Delete what a kill left half written: with `--with-text` it may hold words.

        Only while no other run writes here.
        """
        for pattern in (".*.tmp", f"{self.pages.name}/.*.tmp", f"{self.parts.name}/*/.*.tmp"):
            for leftover in self.root.glob(pattern):
                leftover.unlink(missing_ok=True)

    def remove_report(self) -> None:
        """Delete the report of an older run, whose sessions and words may not be this one's."""
        self.report.unlink(missing_ok=True)
        if self.pages.is_dir():
            shutil.rmtree(self.pages)
