"""Windows of many sessions to batches of few shapes.

    windows by length    512 512 512 512 | 512 512 | 384 384 | 64 ... 64
    batches                  4 x 512       2 x 512   2 x 384    32 x 64

A batch holds as many windows as its tokens allow, of one length; what is left over goes in batches
of a power of two. Shapes therefore come from a short list: an engine prepares each once, and a
window's result depends on its own length and hardly on its neighbours in the batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.models.config import SpecialTokens
from rupture_nlp.models.windows import Window

BATCH_TOKENS = 2048
"""Tokens of one batch. More was not faster on two cores, and needs more memory."""

STEP = 64
"""Lengths of windows, and of their new parts, are rounded up to multiples of it."""

FIRST, LAST, PADDING = -1, 2**20, 2**20 + 1
"""Stand in `BatchArrays.place` at opening, closing and padding tokens. OpenVINO compares whole
numbers as 32-bit floats, which tell these apart and the largest integers not."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A window and the number of the session that it belongs to."""

    session: int
    window: Window


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows that are computed together, with the padded lengths of their arrays."""

    windows: tuple[Placed, ...]
    tokens: int
    queries: int


@dataclass(frozen=True, slots=True)
class BatchArrays:
    """A batch as arrays, all int64.

    Shapes: `token_ids`, `place` (windows, tokens), `queries` (windows, queries). `place` holds the
    position of each token's utterance, counted from the window's first, or `FIRST`, `LAST`,
    `PADDING`; `queries` the tokens whose states are asked for, those of the window's new pieces,
    0 where there are fewer.
    """

    token_ids: NDArray[np.int64]
    place: NDArray[np.int64]
    queries: NDArray[np.int64]


def plan_batches(windows: Sequence[Placed], longest: int) -> Iterator[Batch]:
    """Sort windows by length and divide them, the longest first.

    `longest` is the most tokens that the model's windows have; no array is longer.
    """
    by_length: dict[int, list[tuple[int, Placed]]] = {}
    for one in windows:
        length = _rounded(one.window.size, longest)
        by_length.setdefault(length, []).append((new_tokens(one.window), one))
    for length in sorted(by_length, reverse=True):
        # Sorted by what is new too: a batch computes as many queries as its longest has.
        ordered = [one for _, one in sorted(by_length[length], key=lambda pair: -pair[0])]
        yield from _divide(ordered, length)


def _divide(windows: Sequence[Placed], length: int) -> Iterator[Batch]:
    most = max(BATCH_TOKENS // length, 1)
    first = 0
    while first < len(windows):
        size = min(most, 1 << ((len(windows) - first).bit_length() - 1))
        part = tuple(windows[first : first + size])
        queries = max(_rounded(new_tokens(one.window), length) for one in part)
        yield Batch(part, length, queries)
        first += size


def new_tokens(window: Window) -> int:
    """Tokens of the pieces that are labelled from this window."""
    return sum(len(piece.tokens) for piece in window.pieces[window.first_new :])


def to_arrays(batch: Batch, tokens: SpecialTokens) -> BatchArrays:
    """Lay the windows of a batch side by side."""
    shape = (len(batch.windows), batch.tokens)
    token_ids = np.full(shape, tokens.pad, dtype=np.int64)
    place = np.full(shape, PADDING, dtype=np.int64)
    queries = np.zeros((len(batch.windows), batch.queries), dtype=np.int64)
    for row, placed in enumerate(batch.windows):
        window = placed.window
        token_ids[row, 0], place[row, 0] = tokens.open, FIRST
        at = 1
        for piece in window.pieces:
            end = at + len(piece.tokens)
            token_ids[row, at:end] = piece.tokens
            place[row, at:end] = piece.utterance - window.pieces[0].utterance
            at = end
        token_ids[row, at], place[row, at] = tokens.close, LAST
        new = new_tokens(window)
        queries[row, :new] = np.arange(at - new, at)
    return BatchArrays(token_ids, place, queries)


def _rounded(tokens: int, longest: int) -> int:
    return min(-(-tokens // STEP) * STEP, longest)
