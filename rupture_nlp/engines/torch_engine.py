"""The reference engine: the network as torch runs it, in 32-bit floats unless told otherwise."""

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from rupture_nlp.engines.base import Answers, Floats
from rupture_nlp.engines.packing import PackedSession, Packer
from rupture_nlp.models.network import HeadLogits, LabelNetwork
from rupture_nlp.models.windows import Window, WindowBatch, to_batch
from rupture_nlp.schema import Utterance

BATCH_WINDOWS = 8
"""Windows in one forward pass. Batches never mix sessions, so that what else is labelled in a run,
and where it was stopped and started again, cannot change a digit."""


class TorchEngine:
    """Labels one session after the other on one device."""

    name = "torch"

    def __init__(
        self,
        network: LabelNetwork,
        tokenizer: Tokenizer,
        *,
        bf16: bool = False,
        device: str = "cpu",
    ) -> None:
        self.network = network.to(device).eval()
        self.tokenizer = tokenizer
        self.device = torch.device(device)
        self.bf16 = bf16
        self.precision = "bf16" if bf16 else "fp32"

    def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
        """Answer for every utterance of one session; see `Engine.answer`."""
        return self._answer(self.prepare(utterances))

    def prepare(self, utterances: tuple[Utterance, ...]) -> PackedSession:
        """Tokenise and cut; see `Engine.prepare`."""
        return Packer(self.tokenizer, self.network.config).pack(utterances)

    def run(self, sessions: Sequence[PackedSession]) -> list[Answers]:
        """Answer for one session after the other; see `Engine.run`."""
        return [self._answer(session) for session in sessions]

    def _answer(self, session: PackedSession) -> Answers:
        windows, patients = session.windows, session.patients
        vectors = np.zeros((len(patients), self.network.vector_size), dtype=np.float32)
        weights = np.zeros(len(patients), dtype=np.float32)
        for first in range(0, len(windows), BATCH_WINDOWS):
            self._add(windows[first : first + BATCH_WINDOWS], vectors, weights)
        vectors /= np.maximum(weights, 1.0)[:, None]
        return self._heads(vectors, patients)

    def _add(self, windows: Sequence[Window], vectors: Floats, weights: Floats) -> None:
        # A turn that was split takes the mean of its pieces, each weighed by its tokens.
        pooled = self._pool(to_batch(windows, self.network.config.tokens))
        for row, window in enumerate(windows):
            for slot in range(window.first_new, len(window.pieces)):
                piece = window.pieces[slot]
                size = len(piece.tokens)
                vectors[piece.utterance] += size * pooled[row, slot]
                weights[piece.utterance] += size

    @torch.inference_mode()
    def _pool(self, batch: WindowBatch) -> Floats:
        arrays = {
            "token_ids": self._on_device(batch.token_ids),
            "attention": self._on_device(batch.attention),
            "utterance": self._on_device(batch.utterance),
            "slot": self._on_device(batch.slot),
        }
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            pooled = self.network.encode(**arrays, slots=batch.slots)
        return _array(pooled)

    @torch.inference_mode()
    def _heads(self, vectors: Floats, patients: np.ndarray) -> Answers:
        logits: HeadLogits = self.network(
            torch.from_numpy(vectors).to(self.device), torch.from_numpy(patients).to(self.device)
        )
        return Answers(
            rupture=_array(logits.rupture),
            intensity=_array(intensity_probabilities(logits.intensity)),
            markers=_array(logits.markers.sigmoid()),
            strategies=_array(logits.strategies.sigmoid()),
            processes=_array(logits.processes.softmax(dim=-1)),
            vectors=vectors,
        )

    def _on_device(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)


def use_threads(threads: int) -> None:
    """Let torch compute on this many cores, in this process."""
    torch.set_num_threads(threads)


def intensity_probabilities(logits: Tensor) -> Tensor:
    """From "more than 1" and, given that, "more than 2" to the probabilities of 1, 2, 3.

    Shapes: logits (pieces, 2), returns (pieces, 3), rows sum to 1.
    """
    above_1, above_2 = logits.sigmoid().unbind(dim=-1)
    return torch.stack([1 - above_1, above_1 * (1 - above_2), above_1 * above_2], dim=-1)


def _array(tensor: Tensor) -> Floats:
    return np.asarray(tensor.float().cpu().numpy(), dtype=np.float32)
