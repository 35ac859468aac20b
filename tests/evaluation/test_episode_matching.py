from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.evaluation.agreement import percent_agreement_of
from rupture_nlp.evaluation.counts import FloatArray, IntArray
from rupture_nlp.evaluation.episode_matching import (
    attribute_f1_of,
    attribute_table,
    match_by_onset,
    match_by_overlap,
    match_counts,
    match_f1_of,
    match_precision_of,
    match_recall_of,
    matched_part_of,
    overlaps,
    scheme_counts,
)
from tests.evaluation.golden import golden_cases

EPISODES = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, 6)).map(lambda one: (one[0], one[0] + one[1])),
    max_size=4,
)


def drawn(line: str) -> IntArray:
    """Episodes of a drawing: each letter is one episode, dots are other turns."""
    letters = sorted(set(line) - {"."})
    spans = [(line.index(letter), line.rindex(letter)) for letter in letters]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


@pytest.mark.parametrize(
    ("reference", "predicted", "theta", "expected"),
    [
        (".AAAA..BB.", "..aaaa....", 0.5, [[0, 0]]),  # 3 of 5 turns
        (".AAAA..BB.", "..aaaa....", 0.6, [[0, 0]]),  # exactly .6 is enough
        (".AAAA..BB.", "..aaaa....", 0.61, []),
        ("AA........", "..aa......", 0.1, []),  # neighbours share nothing
        ("AAAAAAAAAA", "aaaabbbbbb", 0.4, [[0, 1]]),  # one to one: the better of two
        # a lies on both A (.8) and B (1 of 6)
        ("AAAABB....", "aaaaa.....", 0.1, [[0, 0]]),
        ("..........", "aa........", 0.5, []),
        ("A.........", "..........", 0.5, []),
        ("..........", "..........", 0.5, []),
    ],
)
def test_matching_by_overlap_drawn(
    reference: str, predicted: str, theta: float, expected: list[list[int]]
) -> None:
    assert match_by_overlap(drawn(reference), drawn(predicted), theta).tolist() == expected


def test_one_pair_more_is_better_than_a_better_fit() -> None:
    # A 0-9, B 3-12; a 0-9, b 0-5. IoU: A-a 1, A-b .6, B-a 7/13, B-b 3/13, which is too little: with
    # A-a alone B stays single, so A-b and B-a
    reference, predicted = [[0, 9], [3, 12]], [[0, 9], [0, 5]]
    assert match_by_overlap(reference, predicted, 0.3).tolist() == [[0, 1], [1, 0]]


def test_a_perfect_fit_does_not_cost_a_pair() -> None:
    # A-a fits 1 and leaves B and b, which share nothing; A-b .34 and B-a .34 come to less, but two
    # pairs go before one
    reference, predicted = [[0, 99], [66, 99]], [[0, 99], [0, 33]]
    assert match_by_overlap(reference, predicted, 0.3).tolist() == [[0, 1], [1, 0]]


def test_matching_by_onset_ignores_ends() -> None:
    reference, predicted = [[0, 5], [10, 30]], [[2, 3], [13, 14]]
    assert match_by_onset(reference, predicted, 2).tolist() == [[0, 0]]
    assert match_by_onset(reference, predicted, 3).tolist() == [[0, 0], [1, 1]]
    assert match_by_onset(reference, [[10, 10], [0, 0]], 0).tolist() == [[0, 1], [1, 0]]


def test_of_two_in_reach_the_nearer_onset_is_taken() -> None:
    assert match_by_onset([[5, 9]], [[3, 9], [6, 7]], 2).tolist() == [[0, 1]]


@pytest.mark.parametrize("theta", [0.0, -1.0, 1.1])
def test_a_threshold_that_is_none_is_refused(theta: float) -> None:
    with pytest.raises(ValueError, match="theta"):
        match_by_overlap([], [], theta)
    with pytest.raises(ValueError, match="tolerance"):
        match_by_onset([], [], -1)
    with pytest.raises(ValueError, match="end before"):
        overlaps([[3, 2]], [])


@given(EPISODES, EPISODES, st.sampled_from([0.1, 0.3, 0.5, 1.0]))
def test_no_assignment_has_more_pairs_or_as_many_with_a_better_fit(
    reference: list[tuple[int, int]], predicted: list[tuple[int, int]], theta: float
) -> None:
    pairs = match_by_overlap(reference, predicted, theta)
    fit = overlaps(reference, predicted)
    assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == len(pairs)
    assert (fit[pairs[:, 0], pairs[:, 1]] >= theta - 1e-9).all()
    best = best_by_trying_all(fit, theta)
    assert (len(pairs), fit[pairs[:, 0], pairs[:, 1]].sum()) == pytest.approx(best)


def best_by_trying_all(fit: FloatArray, theta: float) -> tuple[int, float]:
    table = fit if fit.shape[0] <= fit.shape[1] else fit.T
    found = []
    for columns in permutations(range(table.shape[1]), table.shape[0]):
        values = [table[row, column] for row, column in enumerate(columns)]
        kept = [value for value in values if value >= theta - 1e-9]
        found.append((len(kept), float(sum(kept))))
    return max(found)


@given(EPISODES, EPISODES)
def test_matching_does_not_care_which_side_is_the_reference(
    reference: list[tuple[int, int]], predicted: list[tuple[int, int]]
) -> None:
    there, back = match_by_overlap(reference, predicted), match_by_overlap(predicted, reference)
    assert len(there) == len(back)
    fit = overlaps(reference, predicted)
    assert fit[there[:, 0], there[:, 1]].sum() == pytest.approx(fit[back[:, 1], back[:, 0]].sum())


@given(EPISODES)
def test_identical_coders_match_in_full(episodes: list[tuple[int, int]]) -> None:
    counts = match_counts(match_by_overlap(episodes, episodes, 1.0), episodes, episodes)
    assert counts.tolist() == [len(episodes)] * 3


def test_figures_of_counts_summed_over_sessions() -> None:
    counts = np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 3.0]])
    total = counts.sum(axis=0)
    assert float(match_precision_of(total)) == 0.25
    assert float(match_recall_of(total)) == 0.5
    assert float(match_f1_of(total)) == pytest.approx(2 / 6)
    assert np.isnan(match_recall_of(counts)[1])
    assert np.isnan(match_f1_of(np.zeros(3)))


def test_schemes_worked_by_hand() -> None:
    # A exact and same kind; B exact, other kind; C overlapping, same kind; D missed; e invented
    reference, predicted = drawn("AA.BB.CC.DD.."), drawn("aa.bb.ccc...e")
    kinds = [0, 0, 1, 1], [0, 1, 1, 0]
    expected = {"strict": 1, "exact": 2, "partial": 2.5, "type": 2}
    for scheme, credit in expected.items():
        counts = scheme_counts(reference, predicted, *kinds, scheme=scheme)  # type: ignore[arg-type]  # loop
        assert counts.tolist() == [credit, 4, 4]


@pytest.mark.parametrize("case", golden_cases("schemes"))
def test_schemes_agree_with_the_oracle_where_pairs_are_plain(case: dict[str, Any]) -> None:
    spans = [
        [(one["start"], one["end"]) for one in case[side]] for side in ("reference", "predicted")
    ]
    kinds = [
        ["abc".index(one["label"]) for one in case[side]] for side in ("reference", "predicted")
    ]
    for scheme, expected in case["expected"].items():
        counts = scheme_counts(spans[0], spans[1], kinds[0], kinds[1], scheme)
        found = [float(match_precision_of(counts)), float(match_recall_of(counts))]
        assert found == pytest.approx(expected)


def test_attributes_over_pairs_and_with_the_unmatched() -> None:
    # A-a both repaired, B-b not the same, C missed (repaired), d invented (not repaired)
    pairs = np.array([[0, 0], [1, 1]])
    table = attribute_table(pairs, [1, 1, 1], [1, 0, 0], labels=2)
    assert table.tolist() == [[0, 0, 0], [1, 1, 1], [1, 0, 0]]
    assert float(percent_agreement_of(matched_part_of(table))) == 0.5
    # found and the same: 1 of 3 reference and 3 predicted episodes
    assert float(attribute_f1_of(table)) == pytest.approx(2 * 1 / (3 + 3))


def test_episodes_that_miss_the_attribute_are_left_out() -> None:
    pairs = np.array([[0, 0], [1, 1]])
    table = attribute_table(pairs, [1, -1, -1], [0, 0, -1], labels=2)
    assert table.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    with pytest.raises(ValueError, match="below 2"):
        attribute_table(pairs, [2, 0], [0, 0], labels=2)
