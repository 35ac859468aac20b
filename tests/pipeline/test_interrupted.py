"""Wherever a run is cut off, the next one ends in the bytes of a run that was not."""

import os
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rupture_nlp.pipeline.settings import LabelSettings
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.processes import start
from tests.pipeline.runs import contents, run, write_sessions

KILLS = 10
SESSIONS = 40
SECONDS_A_SESSION = 0.05  # two seconds in all; the first six moments add up to less


def kill_after(process: "subprocess.Popen[str]", seconds: float) -> bool:
    """Kill the process at this moment. False if it had ended before."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return process.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_killed_at_ten_random_moments_a_run_ends_as_if_it_never_was(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", SESSIONS)
    run(tmp_path / "in", tmp_path / "whole")
    moments = random.Random(20_261)  # noqa: S311  # not for secrets
    killed, finished = 0, [0]
    for _ in range(KILLS):
        slow = start(tmp_path / "in", tmp_path / "out", SECONDS_A_SESSION, tmp_path / "log")
        killed += kill_after(slow.begin().process, moments.uniform(0.0, 0.5))
        finished.append(len(list((tmp_path / "out").glob("parts/*/*.json"))))
    assert killed >= 6
    assert finished == sorted(finished), "a run must not lose what an earlier one finished"
    last = start(tmp_path / "in", tmp_path / "out", 0.0, tmp_path / "log").begin()
    assert last.end() == "written"
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


class CutError(BaseException):
    """Stands for the power going off: nothing may catch it."""


def cut_at(monkeypatch: pytest.MonkeyPatch, moment: int, name: str) -> Callable[[], None]:
    """Let the `moment`th call of `os.<name>` or `Path.<name>` cut the run off."""
    owner = os if name == "fsync" else Path
    real = getattr(owner, name)
    calls = 0

    def counted(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == moment:
            raise CutError
        return real(*arguments)

    monkeypatch.setattr(owner, name, counted)
    return monkeypatch.undo


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_cut_off_at_any_write_a_run_ends_as_if_it_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Three sessions: three parts with their lines, three pages, six tables and three more files.
    write_sessions(tmp_path / "in", 3)
    settings = LabelSettings(with_text=True)
    run(tmp_path / "in", tmp_path / "whole", settings=settings)
    whole = contents(tmp_path / "whole")
    cuts = 0
    for moment in range(1, 40):
        out = tmp_path / f"out{moment}"
        undo = cut_at(monkeypatch, moment, name)
        try:
            run(tmp_path / "in", out, settings=settings)
        except CutError:
            cuts += 1
        finally:
            undo()
        run(tmp_path / "in", out, settings=settings)
        assert contents(out) == whole, f"cut at {name} number {moment}"
        if cuts < moment:
            break
    assert cuts >= 12  # parts are renamed without being forced to the disk


def test_what_a_kill_left_half_written_does_not_stay(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    run(tmp_path / "in", tmp_path / "out")
    whole = contents(tmp_path / "out")
    shard = next((tmp_path / "out" / "parts").iterdir())
    for folder in (tmp_path / "out", tmp_path / "out" / "report", shard):
        (folder / ".utterances.csv.4711.tmp").write_text("secret words", encoding="utf-8")
    run(tmp_path / "in", tmp_path / "out", FakeLabeller())
    assert contents(tmp_path / "out") == whole
