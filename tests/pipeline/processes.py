"""Runs in processes of their own: `Popen`s around `tests.pipeline.slow_run`."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DEADLINE_S = 120.0


@dataclass
class SlowRun:
    """A run that has loaded all it needs; `begin` lets it go."""

    process: "subprocess.Popen[str]"
    log: Path

    @property
    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").split() if self.log.exists() else []

    def begin(self) -> "SlowRun":
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self

    def end(self) -> str:
        """Wait for it. `written` or `elsewhere`; empty where it was killed."""
        said, _ = self.process.communicate(timeout=DEADLINE_S)
        return said.strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def start(inputs: Path, out: Path, seconds: float, log: Path) -> SlowRun:
    """Start a run and wait until it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.slow_run", inputs, out, str(seconds), log],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return SlowRun(process, log)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
