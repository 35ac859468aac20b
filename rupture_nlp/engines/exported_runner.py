"""The two halves of an exported network, whatever library runs them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Answers, Bools, Floats
from rupture_nlp.engines.batches import BatchArrays

Given = NDArray[np.int64] | NDArray[np.float32] | NDArray[np.bool_]
Half = Callable[[Sequence[Given]], Sequence[Floats]]
"""Runs half of a network: its inputs in, its outputs out, each in the network's order."""


class ExportedRunner:
    """A `Runner` of halves that a library has loaded."""

    def __init__(
        self, name: str, precision: str, halves: tuple[Half, Half], vector_size: int
    ) -> None:
        self.name = name
        self.precision = precision
        self.vector_size = vector_size
        self._states, self._heads = halves

    def states(self, arrays: BatchArrays) -> Floats:
        """Token states of one batch; see `Runner.states`."""
        (found,) = self._states((arrays.token_ids, arrays.place, arrays.queries))
        return np.asarray(found, dtype=np.float32)

    def heads(self, vectors: Floats, patients: Bools) -> Answers:
        """The heads' answers; see `Runner.heads`."""
        rupture, intensity, markers, strategies, processes = (
            np.array(one, dtype=np.float32) for one in self._heads((vectors, patients))
        )
        return Answers(rupture, intensity, markers, strategies, processes, vectors)
