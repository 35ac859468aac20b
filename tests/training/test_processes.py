"""Several processes that share a run learn what one learns alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rupture_nlp.training import processes
from rupture_nlp.training.loop import CHECKPOINT
from rupture_nlp.training.run import DONE
from tests.training.made import lines
from tests.training.shared_run import run

REPOSITORY = Path(__file__).parents[2]
LAUNCH = (
    *(
        "-m",
        "accelerate.commands.launch",
        "--multi_gpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
    ),
    *("--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"),
    *("-m", "tests.training.shared_run"),
)


def launched(folder: Path, *words: str) -> str:
    # Loopback alone: the processes of one machine need no other address. `--cpu` would start one.
    surroundings = {
        **os.environ,
        "ACCELERATE_USE_CPU": "true",
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, *LAUNCH, str(folder), *words],
        cwd=REPOSITORY,
        env=surroundings,
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("words", [(), ("validated",)])
def test_two_processes_learn_what_one_learns_alone(tmp_path: Path, words: tuple[str, ...]) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    run(alone, validated=bool(words))
    assert "2 processes" in launched(together, *words)
    one, two = (load_file(folder / "run" / "model.safetensors") for folder in (alone, together))
    before = load_file(alone / "start" / "model.safetensors")
    assert any(not torch.equal(one[name], before[name]) for name in one)
    for name, weight in one.items():
        # Adam divides by the size of a gradient: where it is nearly none, rounding shows.
        torch.testing.assert_close(two[name], weight, atol=2e-5, rtol=1e-4)
    losses = [
        [json.loads(line) for line in lines(f / "run" / "metrics.jsonl")] for f in (alone, together)
    ]
    assert len(losses[0]) == len(losses[1])
    for first, second in zip(*losses, strict=True):
        assert first == pytest.approx(second, abs=1e-4)
    assert json.loads((together / "run" / DONE).read_text(encoding="utf-8"))["sessions"]
    assert not (together / "run" / CHECKPOINT).exists()


def test_without_a_launcher_there_is_one_process_and_nothing_to_wait_for() -> None:
    assert processes.process_count() == 1
    assert processes.is_first()
    assert processes.own_share([1, 2, 3]) == [1, 2, 3]
    assert processes.told_by_first("this") == "this"
    value = torch.ones(2)
    assert processes.added_up(value) is value


def test_a_batch_is_dealt_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    shares = []
    for number in range(3):
        monkeypatch.setenv("RANK", str(number))
        shares.append(processes.own_share(list(range(7))))
    assert shares == [[0, 3, 6], [1, 4], [2, 5]]
    assert processes.own_share([1]) == []


@pytest.mark.parametrize(("here", "kept"), [("2", True), ("1", False)])
def test_processes_of_one_machine_talk_over_loopback(
    monkeypatch: pytest.MonkeyPatch,
    here: str,
    kept: bool,  # a parameter of the test
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", here)
    # Set and taken away, so that what is set meanwhile goes with the test.
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "")
    monkeypatch.delenv("GLOO_SOCKET_IFNAME")
    processes._keep_to_loopback()  # noqa: SLF001  # what joining does before anything else
    assert (os.environ.get("GLOO_SOCKET_IFNAME") in ("lo", "lo0")) is kept
