"""Training windows as tensors: token arrays and the answers to the pieces that are new in them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from rupture_nlp.models.config import SpecialTokens
from rupture_nlp.models.windows import WindowBatch, to_batch
from rupture_nlp.training.losses import TargetBatch
from rupture_nlp.training.material import TrainingWindow


def window_tensors(batch: WindowBatch, device: torch.device) -> dict[str, Tensor]:
    """The arguments of `LabelNetwork.encode` but for `slots`."""
    return {
        "token_ids": torch.from_numpy(batch.token_ids).to(device),
        "attention": torch.from_numpy(batch.attention).to(device),
        "utterance": torch.from_numpy(batch.utterance).to(device),
        "slot": torch.from_numpy(batch.slot).to(device),
    }


def collate(
    windows: Sequence[TrainingWindow], tokens: SpecialTokens, device: torch.device
) -> tuple[WindowBatch, Tensor, TargetBatch]:
    """Lay windows side by side.

    Returns the arrays, the flat indices of the new pieces in (windows * slots), and their targets.
    """
    batch = to_batch([w.window for w in windows], tokens)
    places: list[int] = []
    rows: list[tuple[int, int]] = []  # which window's session, which utterance of it
    for number, training in enumerate(windows):
        pieces = training.window.pieces
        for slot in range(training.window.first_new, len(pieces)):
            places.append(number * batch.slots + slot)
            rows.append((number, pieces[slot].utterance))
    return batch, torch.tensor(places, device=device), _targets(windows, rows, device)


def unasked(targets: TargetBatch) -> TargetBatch:
    """The same answers, none of which is asked for."""
    questions = [name for name in TargetBatch.__slots__ if name.startswith("ask_")]
    return replace(
        targets, **{name: torch.zeros_like(getattr(targets, name)) for name in questions}
    )


def _targets(
    windows: Sequence[TrainingWindow], rows: list[tuple[int, int]], device: torch.device
) -> TargetBatch:
    names = TargetBatch.__slots__
    columns = {
        name: np.stack([getattr(windows[w].session.targets, name)[u] for w, u in rows])
        for name in names
    }
    return TargetBatch(
        **{name: torch.from_numpy(column).to(device) for name, column in columns.items()}
    )
