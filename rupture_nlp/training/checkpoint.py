"""The state of a training run in one safetensors file: stop it at any time and go on.

Weights, both moments of AdamW, the scheduler's step and the random generator's state. No pickle.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import atomic_path


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: the next step to do, and what it was started with."""

    epoch: int
    step: int  # inside the epoch
    total_steps: int  # optimiser steps done since the start
    fingerprint: str  # hash of settings and data; a checkpoint of another run is refused
    best_epoch: int = -1  # by validation; -1 before any epoch was scored, or without validation
    best_score: float = 0.0


def save_checkpoint(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, position: Position
) -> None:
    """Write everything that the next step depends on, whole or not at all."""
    tensors = {f"network.{k}": v.contiguous() for k, v in network.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            tensors[f"optimizer.{number}.{name}"] = torch.as_tensor(value).contiguous()
    tensors["random"] = torch.get_rng_state()
    notes = {"position": json.dumps(_as_dict(position))}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata=notes)


def load_checkpoint(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, fingerprint: str
) -> Position | None:
    """Put a saved state back; None where there is no checkpoint.

    Raises:
        RunError: the checkpoint belongs to other settings or data.
    """
    if not path.exists():
        return None
    with safe_open(path, framework="pt") as stored:
        position = Position(**json.loads(stored.metadata()["position"]))
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    if position.fingerprint != fingerprint:
        raise RunError(
            f"{path}: this checkpoint was made with other settings or data. "
            "Use another run folder, or delete this one to start over."
        )
    network.load_state_dict(_part(tensors, "network."))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _part(tensors, "optimizer.").items():
        number, field = name.split(".", 1)
        state.setdefault(int(number), {})[field] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    torch.set_rng_state(tensors["random"])
    return position


def read_position(path: Path) -> Position | None:
    """Where the run of a checkpoint stands, without its weights; None where there is none."""
    if not path.exists():
        return None
    with safe_open(path, framework="pt") as stored:
        return Position(**json.loads(stored.metadata()["position"]))


def _as_dict(position: Position) -> dict[str, int | float | str]:
    return {name: getattr(position, name) for name in Position.__slots__}


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
