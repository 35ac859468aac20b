from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.evaluation.boundaries import (
    boundaries_of,
    half_segment,
    similarity_of,
    similarity_statistics,
    window_diff_of,
    window_diff_statistics,
)
from rupture_nlp.evaluation.counts import BoolArray
from tests.evaluation.golden import golden_cases

PLACES = st.integers(2, 30).flatmap(
    lambda size: st.tuples(*[st.lists(st.booleans(), min_size=size, max_size=size)] * 2)
)


def places(drawing: str) -> BoolArray:
    return np.array([mark == "|" for mark in drawing], dtype=np.bool_)


@pytest.mark.parametrize(
    ("episodes", "turns", "expected"),
    [
        ([[2, 3]], 6, ".|.|."),
        ([[0, 1]], 6, ".|..."),  # no boundary before the first turn
        ([[4, 5]], 6, "...|."),
        ([[0, 5]], 6, "....."),
        ([[0, 1], [2, 3]], 6, ".|.|."),  # neighbours share one
        ([], 6, "....."),
        ([[0, 0]], 1, ""),
        ([], 0, ""),
    ],
)
def test_boundaries_drawn(episodes: list[list[int]], turns: int, expected: str) -> None:
    assert boundaries_of(episodes, turns).tolist() == places(expected).tolist()


def test_an_episode_outside_its_session_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        boundaries_of([[3, 6]], 6)
    with pytest.raises(ValueError, match="outside"):
        boundaries_of([[-1, 2]], 6)


@pytest.mark.parametrize(
    ("reference", "predicted", "expected"),
    [
        ("|..|", "|..|", [2, 2]),
        ("|...", ".|..", [0.5, 1]),  # one near miss: half the credit of one
        ("|...", "...|", [0, 2]),  # two whole misses
        ("|..|", "|...", [1, 2]),
        ("....", "....", [0, 0]),
    ],
)
def test_boundary_similarity_worked_by_hand(
    reference: str, predicted: str, expected: list[float]
) -> None:
    assert similarity_statistics(places(reference), places(predicted)).tolist() == expected


def test_similarity_is_undefined_without_boundaries() -> None:
    assert np.isnan(similarity_of(np.zeros(2)))


@pytest.mark.parametrize("case", golden_cases("boundaries"))
def test_segmentation_figures_agree_with_the_oracle(case: dict[str, Any]) -> None:
    reference, predicted = (np.array(row, dtype=np.bool_) for row in case["places"])
    statistics = similarity_statistics(reference, predicted, case["span"])
    if statistics[1]:  # the oracle says 1 where there is no boundary at all
        assert float(similarity_of(statistics)) == pytest.approx(case["similarity"])
    assert half_segment([reference]) == case["window"]
    windows = window_diff_statistics(reference, predicted, case["window"])
    if windows[1]:
        assert float(window_diff_of(windows)) == pytest.approx(case["window_diff"])


@given(PLACES, st.integers(1, 4))
def test_similarity_is_bounded_and_the_same_both_ways_at_the_usual_span(
    pair: tuple[list[bool], list[bool]], span: int
) -> None:
    reference, predicted = (np.array(row, dtype=np.bool_) for row in pair)
    found = similarity_statistics(reference, predicted, span)
    assert 0 <= found[0] <= found[1]
    assert found.tolist() == similarity_statistics(predicted, reference, span).tolist()
    assert similarity_statistics(reference, reference, span).tolist() == [reference.sum()] * 2


def test_the_segmentations_given_are_not_changed() -> None:
    reference, predicted = places("|..."), places(".|..")
    similarity_statistics(reference, predicted)
    assert reference.tolist() == places("|...").tolist()
    assert predicted.tolist() == places(".|..").tolist()


def test_window_diff_worked_by_hand() -> None:
    # five places, windows of two: |. .. .. .|  against  |. .. .| |.  : the last two differ
    found = window_diff_statistics(places("|...."), places("|..|."), 2)
    assert found.tolist() == [2, 4]
    assert float(window_diff_of(found)) == 0.5


def test_a_session_shorter_than_the_window_counts_nothing() -> None:
    assert window_diff_statistics(places("|"), places("."), 2).tolist() == [0, 0]
    with pytest.raises(ValueError, match="at least one place"):
        window_diff_statistics(places("|"), places("."), 0)
    for statistics in (similarity_statistics, lambda one, two: window_diff_statistics(one, two, 1)):
        with pytest.raises(ValueError, match="same session"):
            statistics(places("|"), places("||"))


def test_the_window_is_half_a_segment_over_all_sessions() -> None:
    # 11 turns in 2 segments and 5 turns in 1: 16 / 3 / 2 = 2.67
    assert half_segment([places("....|....."), places("....")]) == 3
    assert half_segment([places("||||")]) == 2
    with pytest.raises(ValueError, match="no session"):
        half_segment([])
