"""How fast a training goes, kept in its work folder for when it is gone on with."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rupture_nlp.io.atomic import write_text

PACE = "pace.json"
CARRIED = 20
"""So many steps of an earlier time count at most: the machine may be busier now, or less so."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Optimiser steps that were timed, and the seconds that they took together."""

    steps: int = 0
    seconds: float = 0.0

    @property
    def step_seconds(self) -> float:
        """Seconds a step; not a number before any step was timed."""
        return self.seconds / self.steps if self.steps else float("nan")

    def and_step(self, seconds: float) -> "Pace":
        """With one more step."""
        return Pace(self.steps + 1, self.seconds + seconds)


OnPace = Callable[[Pace], None]


def load_pace(work: Path) -> Pace:
    """What an earlier part of the training left, of `CARRIED` steps at most; nothing if none."""
    path = work / PACE
    if not path.is_file():
        return Pace()
    kept = Pace(**json.loads(path.read_text(encoding="utf-8")))
    carried = min(kept.steps, CARRIED)
    return Pace(carried, carried * kept.step_seconds) if carried else Pace()


def save_pace(work: Path, pace: Pace) -> None:
    """Keep it, whole or not at all."""
    write_text(work / PACE, json.dumps(asdict(pace)) + "\n")
