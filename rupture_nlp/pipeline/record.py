"""`run.json`: how the results of a folder came about. Holds names of files, and no words."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rupture_nlp.io.atomic import atomic_path
from rupture_nlp.pipeline.inputs import Inputs
from rupture_nlp.pipeline.protocol import Failure, Signature
from rupture_nlp.pipeline.settings import LabelSettings

_INPUTS = "\0inputs"
"""Holds the place of the inputs, which may be too many to be one string."""

_ENGINES = ("torch", "transformers", "openvino", "onnxruntime")
_PARTS = ("rupture-nlp", *_ENGINES, "tokenizers", "numpy", "pyarrow")


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Sessions of one run."""

    labelled: int  # by this run
    reused: int  # finished by an earlier run
    shared: int  # labelled meanwhile by other runs in the same folder
    in_tables: int
    utterances: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All of `run.json`."""

    work: str  # SHA-256 of all that the tables depend on
    signature: Signature
    settings: LabelSettings
    inputs: Inputs
    failures: tuple[Failure, ...]
    counts: RunCounts
    started: datetime
    finished: datetime

    def write(self, path: Path) -> None:
        """Write the file, input by input."""
        head, tail = json.dumps(self._content(), indent=2, default=str).split(json.dumps(_INPUTS))
        with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            file.write(f"{head}[")
            for number, line in enumerate(self._inputs()):
                file.write(f"{',' if number else ''}\n    {line}")
            file.write(f"\n  ]{tail}\n")

    def _inputs(self) -> Iterator[str]:
        sessions = self.inputs.sessions
        first = 0
        for found in sessions.files():
            contents = [sessions.content(first + at) for at in range(found.sessions)]
            first += found.sessions
            yield json.dumps({"file": found.file, "sha256": found.sha256, "sessions": contents})

    def _content(self) -> Mapping[str, Any]:
        return {
            "work": self.work,
            "signature": dict(self.signature.as_dict()),
            "settings": asdict(self.settings),
            "versions": {"python": platform.python_version()} | installed_versions(),
            "machine": {
                "system": platform.system(),
                "processor": platform.machine(),
                "cpus": os.cpu_count(),
            },
            "counts": asdict(self.counts),
            "inputs": _INPUTS,
            "failures": [asdict(failure) for failure in self.failures],
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds"),
            "seconds": round((self.finished - self.started).total_seconds(), 3),
        }


def installed_versions() -> dict[str, str]:
    """Versions of the parts that make the results, without importing them."""
    found: dict[str, str] = {}
    for part in _PARTS:
        try:
            found[part] = version(part)
        except PackageNotFoundError:
            found[part] = "not installed"
    return found
