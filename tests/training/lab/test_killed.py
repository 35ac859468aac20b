"""`rupture-nlp train`, killed anywhere: the same command goes on to the same files."""

import multiprocessing
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rupture_nlp.training.lab.outcome import REFERENCE
from rupture_nlp.training.lab.plan import Places
from rupture_nlp.training.lab.work import ROWS
from rupture_nlp.training.loop import CHECKPOINT
from rupture_nlp.training.outoffold import INDEX
from tests.training.lab.commanded import files_of, train, write_lab

DEADLINE_S = 900.0
# A server that has loaded everything and forks: each command is a process of its own, at once.
SERVER = multiprocessing.get_context("forkserver")
LOADED = (
    "rupture_nlp.cli.train_work",
    "rupture_nlp.training.lab.run",
    "rupture_nlp.pipeline.evaluate",
    "tests.training.lab.commanded",
)

POINTS: dict[str, Callable[[Places], Path]] = {
    "during a fold": lambda out: out.work / "runs" / "fold-0" / CHECKPOINT,
    "between folds": lambda out: out.work / ROWS / "fold-0" / INDEX,
    "during the second fold": lambda out: out.work / "runs" / "fold-1" / CHECKPOINT,
    "during the final model": lambda out: out.work / "runs" / "final" / CHECKPOINT,
    "while results are compared": lambda out: out.work / "evaluated" / REFERENCE,
    "between report and model": lambda out: out.report / "report.html",
}


def run_until(folder: Path, out: Places, point: Path | None) -> int | None:
    """Run the command, killed as soon as there is a file at `point`; its exit code."""
    process = SERVER.Process(target=train, args=(folder, out.model))
    process.start()
    end = time.monotonic() + DEADLINE_S
    while process.is_alive() and time.monotonic() < end:
        process.join(0.005)
        if point is not None and point.exists():
            process.kill()
            break
    process.join(DEADLINE_S)
    return process.exitcode


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_anywhere_it_goes_on_to_the_files_of_a_training_that_was_not(
    tmp_path: Path,
) -> None:
    SERVER.set_forkserver_preload(list(LOADED))
    write_lab(tmp_path)
    whole, killed = Places(tmp_path / "whole"), Places(tmp_path / "killed")
    assert run_until(tmp_path, whole, None) == 0
    for name, point in POINTS.items():
        assert run_until(tmp_path, killed, point(killed)) == -signal.SIGKILL, name
        assert not killed.model.exists(), name
    assert run_until(tmp_path, killed, None) == 0
    first, second = files_of(whole.model), files_of(killed.model)
    assert {"/model.safetensors", "/README.md", "-report/report.html"} <= set(first)
    assert set(first) == set(second)
    assert [path for path in first if first[path] != second[path]] == []
    assert not killed.work.exists()
