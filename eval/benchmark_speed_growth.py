"""What a session costs, and whether it costs more among many."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from rupture_nlp.schema import Transcript

SIZES = (1, 10, 100)
LONG_SIZE = 1000
_FEW = 10
_REPEATS = 3  # of sizes up to ten; more sessions are themselves many times the same


@dataclass(frozen=True, slots=True)
class Point:
    """So many sessions, labelled some times."""

    sessions: int
    utterances: int
    seconds: tuple[float, ...]

    @property
    def ms_an_utterance(self) -> float:
        return 1000 * median(self.seconds) / self.utterances


@dataclass(frozen=True, slots=True)
class Growth:
    """The points, and two lines through their medians.

    `fixed_s` + `ms_an_utterance` x utterances by least squares; `exponent`, the slope of the
    logarithms, is 1 where twice the utterances take twice the time.
    """

    points: tuple[Point, ...]
    fixed_s: float
    ms_an_utterance: float
    exponent: float


def measure_growth(
    label: Callable[[Sequence[Transcript]], object],
    sessions: Sequence[Transcript],
    sizes: Sequence[int],
) -> Growth:
    """Label the first 1, 10, 100, ... sessions. At least two sizes."""
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    for size in sizes:
        for _ in range(_REPEATS if size <= _FEW else 1):
            begun = time.perf_counter()
            label(sessions[:size])
            seconds[size].append(time.perf_counter() - begun)
    return fit(
        [
            Point(size, sum(len(s.utterances) for s in sessions[:size]), tuple(seconds[size]))
            for size in sizes
        ]
    )


def fit(points: Sequence[Point]) -> Growth:
    """The lines through these points, at least two."""
    utterances = np.array([point.utterances for point in points], dtype=np.float64)
    seconds = np.array([median(point.seconds) for point in points])
    slope, fixed = np.polyfit(utterances, seconds, 1)
    exponent, _ = np.polyfit(np.log(utterances), np.log(seconds), 1)
    return Growth(tuple(points), float(fixed), 1000 * float(slope), float(exponent))
