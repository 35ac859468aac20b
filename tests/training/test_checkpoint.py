"""The state of a run in one file."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from rupture_nlp.errors import RunError
from rupture_nlp.training.checkpoint import Position, load_checkpoint, save_checkpoint

AT = Position(epoch=2, step=5, total_steps=17, fingerprint="f")


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Dropout(0.5), nn.Linear(4, 1))


def optimizer(model: nn.Module, rate: float = 0.1) -> torch.optim.AdamW:
    halves = [list(model[0].parameters()), list(model[1:].parameters())]  # type: ignore[index]  # a Sequential
    return torch.optim.AdamW([{"params": half, "lr": rate} for half in halves])


def step(model: nn.Module, steps: torch.optim.Optimizer) -> None:
    torch.autograd.backward(model(torch.rand(8, 3)).square().sum())
    steps.step()
    steps.zero_grad()


def state(model: nn.Module) -> list[float]:
    return torch.cat([value.flatten() for value in model.state_dict().values()]).tolist()


def test_a_run_goes_on_from_a_checkpoint_to_the_same_bits(tmp_path: Path) -> None:
    torch.manual_seed(4)
    model = network()
    steps = optimizer(model)
    for _ in range(3):
        step(model, steps)
    save_checkpoint(tmp_path / "c", model, steps, AT)
    for _ in range(3):
        step(model, steps)
    torch.manual_seed(99)
    again = network()
    steps_again = optimizer(again)
    assert load_checkpoint(tmp_path / "c", again, steps_again, "f") == AT
    assert state(again) != state(model)
    for _ in range(3):
        step(again, steps_again)
    assert state(again) == state(model)


def test_learning_rates_are_those_of_the_settings_not_of_the_last_step(tmp_path: Path) -> None:
    model = network()
    steps = optimizer(model, rate=0.003)
    step(model, steps)
    save_checkpoint(tmp_path / "c", model, steps, AT)
    fresh = optimizer(model, rate=0.1)
    load_checkpoint(tmp_path / "c", model, fresh, "f")
    assert [group["lr"] for group in fresh.param_groups] == [0.1, 0.1]


def test_without_a_checkpoint_nothing_is_changed(tmp_path: Path) -> None:
    model = network()
    before = state(model)
    assert load_checkpoint(tmp_path / "c", model, optimizer(model), "f") is None
    assert state(model) == before


def test_a_checkpoint_of_another_run_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    first, second = network(), network()
    steps = optimizer(first)
    step(first, steps)
    save_checkpoint(tmp_path / "c", first, steps, AT)
    before = state(second)
    with pytest.raises(RunError, match="other settings or data"):
        load_checkpoint(tmp_path / "c", second, optimizer(second), "g")
    assert state(second) == before


def test_a_checkpoint_is_safetensors_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    model = network()
    steps = optimizer(model)
    step(model, steps)
    save_checkpoint(tmp_path / "c", model, steps, AT)
    save_checkpoint(tmp_path / "c", model, steps, AT)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    stored = load_file(tmp_path / "c")
    assert {name.split(".")[0] for name in stored} == {"network", "optimizer", "random"}
    assert {name.rsplit(".", 1)[1] for name in stored if name.startswith("optimizer")} == {
        "step",
        "exp_avg",
        "exp_avg_sq",
    }
