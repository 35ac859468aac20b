"""The arithmetic of our forward pass, counted, and how fast this machine multiplies matrices.

A multiplication and its addition are 2 operations. Counted are matrix multiplications alone:

    a layer, n tokens of a window, q of them asked for, states of d, inner layer of i:
        keys, values          2 * 2 n d d
        queries, output       2 * 2 q d d
        scores, weighted sum  2 * 2 q n d
        inner layer           2 * 2 q d i

q is n in every layer but the last, where engines other than torch compute only the tokens that the
heads read. n and q are real tokens, those of the context included: padding is not counted as work.
Heads: 2 d (d + outputs) an utterance.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rupture_nlp.engines.batches import new_tokens
from rupture_nlp.engines.packing import PackedSession
from rupture_nlp.models.config import NetworkConfig
from rupture_nlp.schema import RUPTURES

SHAPES = ((1024, 1024, 1024), (2048, 2048, 2048), (4096, 1024, 4096), (2048, 384, 1536))
"""Rows, inner and columns of the matrices: large ones, and one of the model's own."""

_TRIES = 4
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """What the count needs to know of a model."""

    layers: int
    size: int
    inner: int
    outputs: int  # of all heads together

    @classmethod
    def of(cls, config: NetworkConfig) -> "EncoderShape":
        """Read it from the configuration; heads as in `models.network`."""
        encoder, labels = config.encoder, config.labels
        rupture, intensity, no_process = 2 * len(RUPTURES), 2, 1
        names = len(labels.markers) + len(labels.strategies) + len(labels.processes)
        return cls(
            layers=int(str(encoder["num_hidden_layers"])),
            size=int(str(encoder["hidden_size"])),
            inner=int(str(encoder["intermediate_size"])),
            outputs=rupture + intensity + names + no_process,
        )


@dataclass(frozen=True, slots=True)
class Work:
    """Tokens and operations of one pass over sessions."""

    operations: int
    tokens: int  # computed, context and the two that open and close a window included
    new_tokens: int  # labelled


def layer_operations(n: int, q: int, shape: EncoderShape) -> int:
    """Operations of one layer over a window, of whose n tokens q are asked for."""
    d = shape.size
    return 4 * n * d * d + 4 * q * d * d + 4 * q * n * d + 4 * q * d * shape.inner


def count_work(
    sessions: Sequence[PackedSession], shape: EncoderShape, *, whole_last_layer: bool
) -> Work:
    """Count the forward pass over these sessions; `whole_last_layer` as torch computes it."""
    windows = [window for session in sessions for window in session.windows]
    sizes = [(window.size, new_tokens(window)) for window in windows]
    utterances = sum(len(session.patients) for session in sessions)
    encoder = sum(
        (shape.layers - 1) * layer_operations(n, n, shape)
        + layer_operations(n, n if whole_last_layer else new, shape)
        for n, new in sizes
    )
    heads = 2 * utterances * shape.size * (shape.size + shape.outputs)
    return Work(encoder + heads, sum(n for n, _ in sizes), sum(new for _, new in sizes))


def measure_peak(precision: str) -> float | None:
    """Operations a second of the fastest of several large products; None: cannot be measured."""
    best = 0.0
    for rows, inner, columns in SHAPES:
        multiply = _product(precision, rows, inner, columns)
        if multiply is None:
            return None
        for _ in range(_TRIES):
            begun = time.perf_counter()
            multiply()
            best = max(best, 2 * rows * inner * columns / (time.perf_counter() - begun))
    return best


def _product(precision: str, rows: int, inner: int, columns: int) -> Callable[[], object] | None:
    random = np.random.default_rng(0)
    shapes = ((rows, inner), (inner, columns))
    if precision == "int8":
        a, b = (torch.from_numpy(random.integers(-128, 128, of, dtype=np.int8)) for of in shapes)
        return lambda: torch._int_mm(a, b)  # noqa: SLF001  # torch's only product of int8
    if precision not in _DTYPES:
        return None
    x, y = (torch.from_numpy(random.normal(size=of)).to(_DTYPES[precision]) for of in shapes)
    return lambda: x @ y
