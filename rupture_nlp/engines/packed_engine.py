"""An engine that computes many sessions at once, whatever library does the arithmetic."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rupture_nlp.engines.base import Answers, Bools, Floats
from rupture_nlp.engines.batches import Batch, BatchArrays, Placed, plan_batches, to_arrays
from rupture_nlp.engines.packing import PackedSession, Packer
from rupture_nlp.schema import Utterance


class Runner(Protocol):
    """A library that runs the two halves of a network."""

    @property
    def name(self) -> str: ...

    @property
    def precision(self) -> str: ...

    @property
    def vector_size(self) -> int: ...

    def states(self, arrays: BatchArrays) -> Floats:
        """Token states, (windows, queries, size), of one batch."""
        ...

    def heads(self, vectors: Floats, patients: Bools) -> Answers:
        """The heads' answers for (utterances, size); at least one utterance."""
        ...


class PackedEngine:
    """Packs, batches, averages; a `Runner` computes."""

    def __init__(self, runner: Runner, packer: Packer) -> None:
        self.runner = runner
        self.packer = packer

    @property
    def name(self) -> str:
        return self.runner.name

    @property
    def precision(self) -> str:
        return self.runner.precision

    def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
        """Answer for one session; see `Engine.answer`."""
        return self.run([self.prepare(utterances)])[0]

    def prepare(self, utterances: tuple[Utterance, ...]) -> PackedSession:
        """Tokenise and cut; see `Engine.prepare`."""
        return self.packer.pack(utterances)

    def run(self, sessions: Sequence[PackedSession]) -> list[Answers]:
        """Answer for sessions together; see `Engine.run`."""
        size = self.runner.vector_size
        sums = [np.zeros((len(s.patients), size), np.float32) for s in sessions]
        sizes = [np.zeros(len(s.patients), np.float32) for s in sessions]
        placed = [Placed(at, w) for at, session in enumerate(sessions) for w in session.windows]
        for batch in plan_batches(placed, self.packer.config.windows.window_tokens):
            states = self.runner.states(to_arrays(batch, self.packer.config.tokens))
            _add(batch, states, sums, sizes)
        means = [
            (total / np.maximum(weights, 1.0)[:, None]).astype(np.float32)
            for total, weights in zip(sums, sizes, strict=True)
        ]
        return self._heads(means, sessions)

    def _heads(self, vectors: list[Floats], sessions: Sequence[PackedSession]) -> list[Answers]:
        counts = [len(session.patients) for session in sessions]
        if not sum(counts):
            nothing = Answers.empty(self.packer.config.labels, self.runner.vector_size)
            return [nothing for _ in sessions]
        patients = np.concatenate([session.patients for session in sessions])
        answers = self.runner.heads(np.concatenate(vectors), patients)
        ends = np.cumsum(counts)
        return [
            answers.rows(slice(int(end) - count, int(end)))
            for count, end in zip(counts, ends, strict=True)
        ]


def _add(batch: Batch, states: Floats, sums: list[Floats], sizes: list[Floats]) -> None:
    # A turn that was split takes the mean of its pieces, each weighed by its tokens.
    for row, placed in enumerate(batch.windows):
        new = placed.window.pieces[placed.window.first_new :]
        lengths = [len(piece.tokens) for piece in new]
        starts = np.cumsum([0, *lengths[:-1]])
        totals = np.add.reduceat(states[row, : sum(lengths)], starts, axis=0)
        utterances = [piece.utterance for piece in new]
        np.add.at(sums[placed.session], utterances, totals)
        np.add.at(sizes[placed.session], utterances, np.array(lengths, np.float32))
