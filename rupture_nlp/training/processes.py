"""Several processes that train one network together, as `accelerate launch` starts them.

Each takes a part of every batch; gradients are added up, so that all hold the same weights and do
the same steps as one process alone would, but for rounding. The first alone writes files.
"""

import os
import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import broadcast_object_list, reduce
from torch import Tensor, nn

PATIENCE = timedelta(days=2)
"""How long processes wait for each other: one scores or writes while the others do nothing."""

Part = TypeVar("Part")


def process_count() -> int:
    """How many processes the launcher started; 1 without a launcher."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """The number of this process, from 0."""
    return int(os.environ.get("RANK", "0")) if process_count() > 1 else 0


def is_first() -> bool:
    """Whether this process is the one that writes and speaks."""
    return rank() == 0


def make_accelerator(*, bf16: bool) -> Accelerator:
    """The accelerator of this process."""
    _join()
    cpu = not torch.cuda.is_available()
    return Accelerator(cpu=cpu, mixed_precision="bf16" if bf16 else "no")


def wait_for_all() -> None:
    """Go on when every process has come here. Nothing to wait for where there is one."""
    if process_count() > 1:
        _join().wait_for_everyone()


def told_by_first(value: Part) -> Part:
    """What the first process has in the place of `value`, for all of them."""
    if process_count() == 1:
        return value
    _join()
    told: list[Part] = [value]
    broadcast_object_list(told)
    return told[0]


def own_share(items: Sequence[Part]) -> list[Part]:
    """This process's part of a batch; empty where there are fewer items than processes."""
    return list(items[rank() :: process_count()])


def added_up(value: Tensor) -> Tensor:
    """The sum of what all processes have."""
    if process_count() == 1:
        return value
    total: Tensor = reduce(value, reduction="sum")
    return total


def add_up_gradients(network: nn.Module) -> None:
    """Put the sum of all processes' gradients in place of each one's own."""
    if process_count() == 1:
        return
    learning = [p for p in network.parameters() if p.requires_grad]
    gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in learning]
    flat = added_up(torch.cat([gradient.flatten() for gradient in gradients]))
    parts = torch.split(flat, [parameter.numel() for parameter in learning])
    for parameter, part in zip(learning, parts, strict=True):
        parameter.grad = part.view_as(parameter)


def _join() -> PartialState:
    cpu = not torch.cuda.is_available()
    if process_count() == 1 or PartialState._shared_state:  # noqa: SLF001  # has no public way to ask
        return PartialState(cpu=cpu)
    _keep_to_loopback()
    return PartialState(cpu=cpu, timeout=PATIENCE)


def _keep_to_loopback() -> None:
    """Processes of one machine talk where no other machine can listen, unless told otherwise."""
    if os.environ.get("LOCAL_WORLD_SIZE") != os.environ.get("WORLD_SIZE"):
        return
    there = {name for _, name in socket.if_nameindex()}
    for loopback in sorted(there & {"lo", "lo0"}):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
