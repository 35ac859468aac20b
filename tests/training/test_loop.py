"""The training loop: it learns, and wherever it is stopped it ends in the same bits."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rupture_nlp.errors import RunError
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.training import loop
from rupture_nlp.training.loop import CHECKPOINT, Progress, train_network
from rupture_nlp.training.settings import TrainSettings
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, lines, overfit_settings, training_sessions

REPOSITORY = Path(__file__).parents[2]
SESSIONS = training_sessions()


class CutError(Exception):
    """Stands for a kill after a step."""


def cut_at(step: int) -> Callable[[Progress], None]:
    def on_step(progress: Progress) -> None:
        if progress.step == step:
            raise CutError

    return on_step


def train(
    folder: Path,
    settings: TrainSettings = SETTINGS,
    on_step: Callable[[Progress], None] = lambda _: None,
) -> LabelNetwork:
    network, _ = make_tiny_network()
    train_network(network, SESSIONS, settings, folder, on_step)
    return network


def differing(one: LabelNetwork, two: LabelNetwork) -> list[str]:
    """Names of the weights that are not the same to the last bit."""
    others = two.state_dict()
    return [k for k, v in one.state_dict().items() if not torch.equal(v, others[k])]


def steps_of(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in lines(folder / "metrics.jsonl")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[LabelNetwork, Path]:
    """An uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    return train(folder), folder


def test_a_run_is_long_enough_for_what_follows(whole: tuple[LabelNetwork, Path]) -> None:
    steps = steps_of(whole[1])
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= 10
    assert differing(whole[0], make_tiny_network()[0])  # it has moved


# Checkpoints come after every third step.
@pytest.mark.parametrize("kills", [(1,), (3,), (4,), (5, 8), (2, 4, 10)])
def test_a_run_that_was_stopped_and_started_again_ends_in_the_same_bits(
    whole: tuple[LabelNetwork, Path], tmp_path: Path, kills: tuple[int, ...]
) -> None:
    for step in kills:
        with pytest.raises(CutError):
            train(tmp_path, on_step=cut_at(step))
        torch.rand(7)  # another process would stand elsewhere in its random numbers
    network = train(tmp_path)
    assert differing(network, whole[0]) == []
    assert lines(tmp_path / "metrics.jsonl") == lines(whole[1] / "metrics.jsonl")


def test_stopped_exactly_between_epochs_it_goes_on_with_the_next(
    whole: tuple[LabelNetwork, Path], tmp_path: Path
) -> None:
    epochs = [json.loads(line)["epoch"] for line in lines(whole[1] / "metrics.jsonl")]
    first_epoch = epochs.count(0)
    often = replace(SETTINGS, checkpoint_steps=first_epoch)
    with pytest.raises(CutError):
        train(tmp_path, often, cut_at(first_epoch + 1))
    assert differing(train(tmp_path, often), whole[0]) == []


@pytest.mark.parametrize(("minutes", "again_from"), [(0.0, 5), (60.0, 1)])
def test_on_slow_machines_the_clock_brings_a_checkpoint(
    whole: tuple[LabelNetwork, Path], tmp_path: Path, minutes: float, again_from: int
) -> None:
    rarely = replace(SETTINGS, checkpoint_steps=1000, checkpoint_minutes=minutes)
    with pytest.raises(CutError):
        train(tmp_path, rarely, cut_at(5))
    steps: list[int] = []
    network = train(tmp_path, rarely, lambda progress: steps.append(progress.step))
    assert steps[0] == again_from
    assert differing(network, whole[0]) == []


def test_a_line_that_a_kill_tore_is_dropped(
    whole: tuple[LabelNetwork, Path], tmp_path: Path
) -> None:
    with pytest.raises(CutError):
        train(tmp_path, on_step=cut_at(5))
    with (tmp_path / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
        metrics.write('{"step": 6, "epo')
    train(tmp_path)
    assert lines(tmp_path / "metrics.jsonl") == lines(whole[1] / "metrics.jsonl")


def test_a_finished_run_started_again_does_no_step(
    whole: tuple[LabelNetwork, Path],
) -> None:
    steps: list[int] = []
    network = train(whole[1], on_step=lambda progress: steps.append(progress.step))
    assert steps == []
    assert differing(network, whole[0]) == []
    assert steps_of(whole[1])


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, head_learning_rate=1e-4),
        replace(SETTINGS, losses=replace(SETTINGS.losses, focal_gamma=0.0)),
        replace(SETTINGS, seed=1),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path, settings: TrainSettings) -> None:
    with pytest.raises(CutError):
        train(tmp_path, on_step=cut_at(4))
    with pytest.raises(RunError, match=CHECKPOINT.replace(".", r"\.")):
        train(tmp_path, settings)


def test_a_checkpoint_of_other_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CutError):
        train(tmp_path, on_step=cut_at(4))
    with pytest.raises(RunError, match="other settings or data"):
        train_network(make_tiny_network()[0], SESSIONS[:2], SETTINGS, tmp_path)


def test_progress_counts_up_to_the_last_step(tmp_path: Path) -> None:
    seen: list[Progress] = []
    train(tmp_path, replace(SETTINGS, epochs=1), seen.append)
    assert [progress.step for progress in seen] == list(range(1, len(seen) + 1))
    assert {progress.steps for progress in seen} == {len(seen)}
    assert seen[-1].seconds_left == 0.0
    assert all(progress.seconds_left > 0 for progress in seen[:-1])


def test_the_loss_goes_down_where_there_is_something_to_learn(tmp_path: Path) -> None:
    settings = overfit_settings()
    train(tmp_path, settings)
    records = [json.loads(line) for line in lines(tmp_path / "metrics.jsonl")]
    by_epoch = [
        [record["loss"] for record in records if record["epoch"] == epoch]
        for epoch in (0, settings.epochs - 1)
    ]
    first, last = (sum(losses) / len(losses) for losses in by_epoch)
    assert last < 0.3 * first


def test_the_seed_changes_the_weights(whole: tuple[LabelNetwork, Path], tmp_path: Path) -> None:
    assert differing(train(tmp_path, replace(SETTINGS, seed=1)), whole[0])


def test_the_learning_rate_rises_and_falls() -> None:
    # 20 steps, a fifth of them to warm up: 1/4, 2/4, 3/4, 1, then down to 0 in 16 steps.
    rates = [loop._schedule(done, 20, 0.2) for done in range(20)]  # noqa: SLF001  # pure, by hand
    assert rates[:6] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0, 15 / 16])
    assert rates[-1] == pytest.approx(1 / 16)
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert loop._schedule(0, 3, 0.0) == 1.0  # noqa: SLF001


@pytest.mark.slow
def test_a_run_that_was_really_killed_ends_in_the_same_bits(
    whole: tuple[LabelNetwork, Path], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.training.killed_run", str(tmp_path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("5 "):
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "finished").exists()
    steps: list[int] = []
    network = train(tmp_path, on_step=lambda progress: steps.append(progress.step))
    assert steps[0] in (4, 7)  # from the checkpoint after step 3, or 6 where the kill came late
    assert differing(network, whole[0]) == []
    assert lines(tmp_path / "metrics.jsonl") == lines(whole[1] / "metrics.jsonl")
