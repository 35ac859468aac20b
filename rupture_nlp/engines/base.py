"""What an engine is: it answers the network's questions about the turns of one session."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.schema import Utterance

Floats = NDArray[np.float32]


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


class Engine(Protocol):
    """Runs a network. `precision` is that of its arithmetic: fp32, bf16, int8."""

    @property
    def name(self) -> str: ...

    @property
    def precision(self) -> str: ...

    def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
        """Answer for every utterance of one session, in order. No utterances, no rows.

        The result depends on this session alone, not on what was run before or with it.
        """
        ...
