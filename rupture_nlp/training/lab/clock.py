"""How far a training of many runs is, and how long the rest will take."""

import math
import time
from collections.abc import Mapping, Sequence

from rupture_nlp.models.config import WindowConfig
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.lab.plan import LabProgress, OnProgress
from rupture_nlp.training.loop import Progress

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
    """Adds up the steps of all runs. Those that were done before count as done, but not as fast."""

    def __init__(self, forecast: Mapping[str, int], on_progress: OnProgress) -> None:
        self._forecast = dict(forecast)
        self._on_progress = on_progress
        self._finished: set[str] = set()
        self._busy = 0.0  # seconds of the steps that were done here
        self._done = 0
        self._last: float | None = None
        self._name, self._stage = "", ""

    def expect(self, name: str, steps: int) -> None:
        """A better forecast for a run."""
        self._forecast[name] = steps

    def begin(self, name: str, stage: str) -> None:
        """A run begins; `stage` is what a user is told."""
        self._name, self._stage, self._last = name, stage, None

    def step(self, progress: Progress) -> None:
        """A step of the run that began last."""
        now = time.monotonic()
        if self._last is not None:
            self._busy += now - self._last
            self._done += 1
        self._last = now
        self._forecast[self._name] = progress.steps
        self._tell(progress.step)

    def finish(self, name: str, stage: str) -> None:
        """A run is done, or was done before."""
        self._finished.add(name)
        self._name, self._stage, self._last = name, stage, None
        self._tell(0)

    def _tell(self, step: int) -> None:
        before = sum(self._forecast[name] for name in self._finished)
        total = sum(self._forecast.values())
        done = before + (0 if self._name in self._finished else step)
        left = (total - done) * self._busy / self._done if self._done else float("nan")
        self._on_progress(LabProgress(self._stage, done, total, left))
