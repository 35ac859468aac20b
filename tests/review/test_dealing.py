"""Dealing by chance: fair to coders, the same chance for every session."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.review.dealing import Deal, choose_share, deal

SIZES = st.lists(st.integers(1, 500), min_size=1, max_size=40)
DRAWS = 4000


@given(SIZES, st.floats(0, 1), st.integers(0, 99))
def test_as_many_are_chosen_as_the_share_says(sizes: list[int], share: float, seed: int) -> None:
    chosen = choose_share(sizes, share, np.random.default_rng(seed))
    assert abs(len(chosen) - share * len(sizes)) < 1 + 1e-6
    assert chosen <= set(range(len(sizes)))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
def test_every_session_is_chosen_with_the_same_chance(share: float) -> None:
    generator = np.random.default_rng(0)
    sizes = [1, 1, 2, 30, 40, 50, 900]
    counts = np.zeros(len(sizes))
    for _ in range(DRAWS):
        counts[list(choose_share(sizes, share, generator))] += 1
    # Four standard errors of a share over 4,000 draws: 4 * sqrt(.25 / 4000) = 0.032.
    assert np.abs(counts / DRAWS - share).max() < 0.032


def test_the_chosen_are_spread_over_the_sizes() -> None:
    # Sorted by size, each neighbouring pair of eight holds one of the four chosen.
    for seed in range(50):
        chosen = choose_share([1, 2, 3, 4, 5, 6, 7, 8], 0.5, np.random.default_rng(seed))
        assert [len(chosen & {place, place + 1}) for place in (0, 2, 4, 6)] == [1, 1, 1, 1]


@given(SIZES, st.integers(2, 6), st.floats(0, 1), st.floats(0, 1), st.integers(0, 99))
def test_a_deal_gives_every_session_to_one_or_two_coders(
    turns: list[int], coders: int, double: float, blind: float, seed: int
) -> None:
    dealt = deal(turns, Deal(coders, double, blind), np.random.default_rng(seed))
    by_session = {
        place: [one for one in dealt if one.session == place] for place in range(len(turns))
    }
    for hands in by_session.values():
        assert len({one.coder for one in hands}) == len(hands) in (1, 2)
        if len(hands) == 2:
            assert all(one.blind for one in hands)
    doubles = sum(len(hands) == 2 for hands in by_session.values())
    assert abs(doubles - double * len(turns)) < 1 + 1e-6


@given(
    st.lists(st.integers(1, 500), min_size=12, max_size=60), st.integers(2, 5), st.integers(0, 9)
)
def test_loads_differ_by_no_more_than_the_longest_session(
    turns: list[int], coders: int, seed: int
) -> None:
    dealt = deal(turns, Deal(coders), np.random.default_rng(seed))
    loads = [sum(turns[one.session] for one in dealt if one.coder == who) for who in range(coders)]
    assert max(loads) - min(loads) <= max(turns)


def test_every_coder_is_as_likely_to_get_a_session() -> None:
    counts = np.zeros((4, 3))
    for seed in range(DRAWS):
        for one in deal([900, 40, 30, 1], Deal(3), np.random.default_rng(seed)):
            counts[one.session, one.coder] += 1
    assert np.abs(counts / DRAWS - 1 / 3).max() < 0.032


def test_the_same_seed_deals_the_same() -> None:
    rules = Deal(3, 0.3, 0.5)
    first, second = (deal([5] * 20, rules, np.random.default_rng(7)) for _ in range(2))
    assert first == second
    assert first != deal([5] * 20, rules, np.random.default_rng(8))


def test_two_coders_are_needed_for_double_coding() -> None:
    with pytest.raises(ValueError, match="more coders"):
        deal([1], Deal(1, 0.5), np.random.default_rng(0))
