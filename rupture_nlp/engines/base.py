"""What an engine is: it answers the network's questions about the turns of sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.packing import PackedSession
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import RUPTURES, Utterance

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

INTENSITIES = 3


@dataclass(frozen=True, slots=True)
class Answers:
    """What the heads say of every utterance of a session, before any decision.

    Shapes: rupture (utterances, 5), unnormalised scores (logits); intensity (utterances, 3),
    markers (utterances, markers), strategies (utterances, strategies), processes (utterances,
    processes + 1), probabilities, of which those of intensity and processes sum to 1, the last
    column of processes being "no process"; vectors (utterances, size), which the heads have read.
    Columns in the order of the network's labels.
    """

    rupture: Floats
    intensity: Floats
    markers: Floats
    strategies: Floats
    processes: Floats
    vectors: Floats

    def rows(self, chosen: slice | NDArray[np.int64]) -> "Answers":
        """The part for these utterances."""
        return Answers(**{name: getattr(self, name)[chosen] for name in Answers.__slots__})

    @classmethod
    def empty(cls, labels: LabelSets, vector_size: int) -> "Answers":
        """The answers for no utterances."""
        widths = (
            len(RUPTURES),
            INTENSITIES,
            len(labels.markers),
            len(labels.strategies),
            len(labels.processes) + 1,
            vector_size,
        )
        return cls(*(np.zeros((0, width), np.float32) for width in widths))


class Answerer(Protocol):
    """Whatever answers for the turns of a session: an engine, or a baseline beside it."""

    def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
        """Answer for every utterance of one session, in order. No utterances, no rows."""
        ...


class Engine(Answerer, Protocol):
    """Runs a network. `precision` is that of its arithmetic: fp32, bf16, int8.

    `prepare` and `run` are the two halves of `answer`. They may be called from two threads at the
    same time, so that the words of the next sessions are tokenised while these are computed.
    """

    @property
    def name(self) -> str: ...

    @property
    def precision(self) -> str: ...

    def prepare(self, utterances: tuple[Utterance, ...]) -> PackedSession:
        """Tokenise a session and cut it into windows."""
        ...

    def run(self, sessions: Sequence[PackedSession]) -> list[Answers]:
        """Answer for sessions, in their order.

        What is computed together with a session changes its probabilities by .01 at most, and with
        the reference engine not at all.
        """
        ...
