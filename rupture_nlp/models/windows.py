"""A session cut into overlapping token windows, each utterance labelled once.

    utterances   0 1 2 3 4 5 6 7 8 9 ...
    window 0    [0 1 2 3 4 5]
    window 1          [3 4 5|6 7]            3 4 5 are context, 6 and 7 are new
    window 2              [5 6 7|8 9 ...]

Windows are filled from left to right and look only at what stands before and at the utterance to
be placed, so no later utterance moves the window of an earlier one: `lookahead: none` rests on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.models.config import SpecialTokens, WindowConfig


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of tokens of one utterance; a turn that fits is one piece."""

    utterance: int  # position in the session
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces that are read together. Those from `first_new` on are labelled from this window."""

    pieces: tuple[Piece, ...]
    first_new: int

    @property
    def size(self) -> int:
        """Tokens, with the two that open and close the window."""
        return 2 + sum(len(piece.tokens) for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class WindowBatch:
    """Windows as arrays, padded to the longest.

    Shapes: all (windows, tokens), int64. `utterance` holds the position of each token's utterance
    in its session, -1 at the opening token, and a number past every utterance at the closing one
    and the padding; `slot` the piece of the window, -1 where none.
    """

    token_ids: NDArray[np.int64]
    attention: NDArray[np.int64]  # 1 for tokens, 0 for padding
    utterance: NDArray[np.int64]
    slot: NDArray[np.int64]

    @property
    def slots(self) -> int:
        """The most pieces that any window of the batch holds."""
        return int(self.slot.max()) + 1


PAST_ALL = np.iinfo(np.int64).max
"""Stands in `WindowBatch.utterance` where a token is later than every utterance."""


def cut_pieces(encoded: Sequence[Sequence[int]], piece_tokens: int) -> list[Piece]:
    """Split the turns that are longer than `piece_tokens`; each piece opens with the marker."""
    pieces: list[Piece] = []
    for utterance, tokens in enumerate(encoded):
        marker, words = tokens[0], tokens[1:]
        step = piece_tokens - 1
        pieces += [
            Piece(utterance, (marker, *words[first : first + step]))
            for first in range(0, max(len(words), 1), step)
        ]
    return pieces


def pack_windows(pieces: Sequence[Piece], config: WindowConfig, first: int = 0) -> list[Window]:
    """Fill windows from left to right. Every piece from `first` on is new in exactly one window."""
    windows: list[Window] = []
    while first < len(pieces):
        start = _context_start(pieces, first, config)
        used = sum(len(piece.tokens) for piece in pieces[start:first])
        end = first
        while end < len(pieces) and used + len(pieces[end].tokens) <= config.room:
            used += len(pieces[end].tokens)
            end += 1
        if end == first:
            raise ValueError("a piece is longer than the room that a window has beside its context")
        windows.append(Window(tuple(pieces[start:end]), first - start))
        first = end
    return windows


def _context_start(pieces: Sequence[Piece], first: int, config: WindowConfig) -> int:
    if first == 0:
        return 0
    start, used = first, 0
    while start > 0:
        before = pieces[start - 1]
        used += len(before.tokens)
        far = pieces[first].utterance - before.utterance > config.context_utterances
        if far or used > config.context_tokens:
            break
        start -= 1
    return start


def to_batch(windows: Sequence[Window], tokens: SpecialTokens) -> WindowBatch:
    """Lay windows side by side as padded arrays. At least one window."""
    shape = (len(windows), max(window.size for window in windows))
    token_ids = np.full(shape, tokens.pad, dtype=np.int64)
    attention = np.zeros(shape, dtype=np.int64)
    utterance = np.full(shape, PAST_ALL, dtype=np.int64)
    slot = np.full(shape, -1, dtype=np.int64)
    for row, window in enumerate(windows):
        token_ids[row, 0], utterance[row, 0] = tokens.open, -1
        at = 1
        for number, piece in enumerate(window.pieces):
            span = slice(at, at + len(piece.tokens))
            token_ids[row, span] = piece.tokens
            utterance[row, span] = piece.utterance
            slot[row, span] = number
            at = span.stop
        token_ids[row, at] = tokens.close
        attention[row, : at + 1] = 1
    return WindowBatch(token_ids, attention, utterance, slot)
