"""How far a training of many runs is, and how long the rest will take."""

import math
import time
from collections.abc import Callable, Mapping, Sequence

from rupture_nlp.models.config import WindowConfig
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.lab.pace import OnPace, Pace
from rupture_nlp.training.lab.plan import LabProgress, OnProgress
from rupture_nlp.training.loop import Progress

SECONDS_BETWEEN_PACES = 5.0
NO_PACE = Pace()

_TOKENS_A_WORD = 1.35  # of WordPiece on conversation; corrected by the first run


def windows_of(session: CodedSession, windows: WindowConfig, context_tokens: int) -> float:
    """About how many training windows a session is cut into."""
    words = sum(len(u.text.split()) for u in session.transcript.utterances)
    tokens = len(session.transcript.utterances) + _TOKENS_A_WORD * words
    return 0.5 + tokens / (windows.room - context_tokens)


def steps_forecast(
    windows: Mapping[str, float], learn: Sequence[str], epochs: int, batch_windows: int
) -> int:
    """About how many optimiser steps a run takes. `windows` of every session, see `windows_of`."""
    each = math.ceil(sum(windows[one] for one in learn) / batch_windows)
    return max(1, each) * epochs


class Clock:
    """Adds up the steps of all runs. Those that were done before count as done, but not as fast.

    `pace` is that of an earlier part of the same training; `on_pace` is given what has been timed,
    every few seconds.
    """

    def __init__(
        self,
        forecast: Mapping[str, int],
        on_progress: OnProgress,
        pace: Pace = NO_PACE,
        on_pace: OnPace = lambda _: None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._forecast = dict(forecast)
        self._on_progress = on_progress
        self._pace, self._on_pace = pace, on_pace
        self._seconds = seconds
        self._next_pace = seconds()
        self._finished: set[str] = set()
        self._last: float | None = None
        self._name, self._stage, self._step = "", "", 0

    def expect(self, name: str, steps: int) -> None:
        """A better forecast for a run."""
        self._forecast[name] = steps

    def begin(self, name: str, stage: str) -> None:
        """A run begins; `stage` is what a user is told."""
        self._name, self._stage, self._last, self._step = name, stage, None, 0

    def step(self, progress: Progress) -> None:
        """A step of the run that began last."""
        now = self._seconds()
        if self._last is not None:
            self._pace = self._pace.and_step(now - self._last)
            if now >= self._next_pace:
                self._on_pace(self._pace)
                self._next_pace = now + SECONDS_BETWEEN_PACES
        self._last = now
        self._forecast[self._name] = progress.steps
        self._step = progress.step
        self._tell()

    def part(self, part: str, stage: str = "") -> None:
        """Something that does no steps begins or goes on, in the stage that was told last, or in
        another."""
        self._stage, self._last = stage or self._stage, None
        self._tell(part)

    def finish(self, name: str, stage: str) -> None:
        """A run is done, or was done before."""
        self._finished.add(name)
        self._name, self._stage, self._last, self._step = name, stage, None, 0
        self._tell()

    def _tell(self, part: str = "") -> None:
        before = sum(self._forecast[name] for name in self._finished)
        total = sum(self._forecast.values())
        done = before + (0 if self._name in self._finished else self._step)
        left = (total - done) * self._pace.step_seconds
        self._on_progress(LabProgress(self._stage, done, total, left, part))
