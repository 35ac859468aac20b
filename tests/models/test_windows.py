"""How a session is cut into windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.models.config import SpecialTokens, WindowConfig
from rupture_nlp.models.windows import (
    PAST_ALL,
    Piece,
    Window,
    cut_pieces,
    pack_windows,
    to_batch,
)

TOKENS = SpecialTokens(open=1, close=2, pad=0, therapist=3, patient=4, other=5)


@st.composite
def configs(draw: st.DrawFn) -> WindowConfig:
    window = draw(st.integers(8, 64))
    most = window - 2 - (window - 2) // 3
    return WindowConfig(window, draw(st.integers(0, 8)), draw(st.integers(0, most)))


# Token rows: a marker, then words. Most turns are short, some longer than any window.
rows = st.lists(
    (st.integers(0, 9) | st.integers(0, 80)).map(lambda n: [3, *range(100, 100 + n)]), max_size=30
)


@given(rows, configs())
def test_every_piece_is_new_exactly_once_and_in_order(
    encoded: list[list[int]], config: WindowConfig
) -> None:
    pieces = cut_pieces(encoded, config.piece_tokens)
    new = [p for w in pack_windows(pieces, config) for p in w.pieces[w.first_new :]]
    assert new == pieces


@given(rows, configs())
def test_pieces_hold_every_word_once_behind_a_marker(
    encoded: list[list[int]], config: WindowConfig
) -> None:
    words: list[list[int]] = [[] for _ in encoded]
    for piece in cut_pieces(encoded, config.piece_tokens):
        assert 1 <= len(piece.tokens) <= config.piece_tokens
        assert piece.tokens[0] == 3
        words[piece.utterance] += piece.tokens[1:]
    assert words == [row[1:] for row in encoded]


@given(rows, configs())
def test_no_window_is_overfull_and_none_takes_less_than_it_can(
    encoded: list[list[int]], config: WindowConfig
) -> None:
    pieces = cut_pieces(encoded, config.piece_tokens)
    windows = pack_windows(pieces, config)
    placed = 0
    for window in windows:
        assert window.size <= config.window_tokens
        placed += len(window.pieces) - window.first_new
        if placed < len(pieces):
            assert window.size + len(pieces[placed].tokens) > config.window_tokens


@given(rows, configs())
def test_context_is_all_that_fits_and_no_more(
    encoded: list[list[int]], config: WindowConfig
) -> None:
    pieces = cut_pieces(encoded, config.piece_tokens)
    first = 0
    for window in pack_windows(pieces, config):
        context = window.pieces[: window.first_new]
        start = first - len(context)
        assert list(context) == pieces[start:first]
        used = sum(len(piece.tokens) for piece in context)
        assert used <= config.context_tokens
        new = pieces[first].utterance
        assert all(new - piece.utterance <= config.context_utterances for piece in context)
        if start > 0:  # the next one to the left would have been too long or too far
            left = pieces[start - 1]
            assert (
                used + len(left.tokens) > config.context_tokens
                or new - left.utterance > config.context_utterances
            )
        first += len(window.pieces) - window.first_new


@given(rows, configs(), st.data())
def test_what_comes_later_moves_no_earlier_window(
    encoded: list[list[int]], config: WindowConfig, data: st.DataObject
) -> None:
    pieces = cut_pieces(encoded, config.piece_tokens)
    whole = pack_windows(pieces, config)
    until = data.draw(st.integers(0, len(pieces)))
    part = pack_windows(pieces[:until], config)
    assert part[:-1] == whole[: max(len(part) - 1, 0)]
    if part:
        last = part[-1]
        assert whole[len(part) - 1].pieces[: len(last.pieces)] == last.pieces
        assert whole[len(part) - 1].first_new == last.first_new


def test_packing_can_start_later() -> None:
    pieces = [Piece(at, (3, 9)) for at in range(6)]
    config = WindowConfig(window_tokens=8, context_utterances=1, context_tokens=4)
    windows = pack_windows(pieces, config, first=3)
    assert windows == [Window(tuple(pieces[2:5]), 1), Window(tuple(pieces[4:6]), 1)]


def test_a_piece_that_fits_no_window_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than the room"):
        pack_windows([Piece(0, (3,) * 11)], WindowConfig(12, 2, 4))


def test_windows_drawn() -> None:
    # Room for 10 tokens, context of at most 4 tokens and 2 utterances; sizes 3 3 3 1 2 3.
    sizes = (3, 3, 3, 1, 2, 3)
    pieces = [Piece(at, (3,) * size) for at, size in enumerate(sizes)]
    windows = pack_windows(pieces, WindowConfig(12, 2, 4))
    drawn = [([p.utterance for p in w.pieces], w.first_new) for w in windows]
    # 0 1 2 3 fill the first. Before 4 stand 3 (one token) and 2 (three): four fit, 1 is too far.
    assert drawn == [([0, 1, 2, 3], 0), ([2, 3, 4, 5], 2)]


def test_a_long_turn_is_split_and_each_piece_opens_with_the_marker() -> None:
    pieces = cut_pieces([[4, 10, 11, 12, 13, 14], [3], [4, 10, 11]], piece_tokens=3)
    assert pieces == [
        Piece(0, (4, 10, 11)),
        Piece(0, (4, 12, 13)),
        Piece(0, (4, 14)),
        Piece(1, (3,)),
        Piece(2, (4, 10, 11)),
    ]


def test_a_session_without_turns_has_no_windows() -> None:
    assert cut_pieces([], 8) == []
    assert pack_windows([], WindowConfig()) == []


def test_a_batch_drawn_by_hand() -> None:
    first = Window((Piece(4, (3, 9)), Piece(5, (4, 8, 7))), 1)
    second = Window((Piece(0, (5,)),), 0)
    batch = to_batch([first, second], TOKENS)
    p = PAST_ALL
    assert batch.token_ids.tolist() == [[1, 3, 9, 4, 8, 7, 2], [1, 5, 2, 0, 0, 0, 0]]
    assert batch.attention.tolist() == [[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0]]
    assert batch.utterance.tolist() == [[-1, 4, 4, 5, 5, 5, p], [-1, 0, p, p, p, p, p]]
    assert batch.slot.tolist() == [[-1, 0, 0, 1, 1, 1, -1], [-1, 0, -1, -1, -1, -1, -1]]
    assert batch.slots == 2
    arrays = (batch.token_ids, batch.attention, batch.utterance, batch.slot)
    assert {array.dtype for array in arrays} == {np.dtype(np.int64)}


def test_windows_of_512_tokens_give_eight_predecessors_of_ordinary_length() -> None:
    # DESIGN section 4: eight turns of 32 tokens are the 256 of the default.
    pieces = [Piece(at, (3,) * 32) for at in range(60)]
    for window in pack_windows(pieces, WindowConfig())[1:]:
        assert window.first_new == 8


@pytest.mark.parametrize(
    ("window", "context"),
    [(7, 0), (2, 0), (0, 0), (512, 341), (12, 8)],
)
def test_sizes_that_leave_no_room_are_refused(window: int, context: int) -> None:
    with pytest.raises(ValueError, match=r"window_tokens|context_tokens"):
        WindowConfig(window_tokens=window, context_tokens=context)


def test_the_largest_context_leaves_room_for_one_piece() -> None:
    assert WindowConfig(window_tokens=512, context_tokens=340).piece_tokens == 170
