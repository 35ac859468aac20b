from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rupture_nlp.evaluation.alpha import (
    Scale,
    alpha_of,
    alpha_of_statistics,
    alpha_statistics,
    code_sets,
    code_values,
    coincidences,
    krippendorff_alpha,
    masi_alpha,
    masi_distances,
)
from rupture_nlp.evaluation.counts import group_rows
from tests.evaluation.golden import golden_cases

NAN = float("nan")
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: four observers,
# twelve units; alpha .743 nominal, .815 ordinal, .849 interval.
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T
RATINGS = arrays.arrays(
    np.int64, st.tuples(st.integers(2, 12), st.just(3)), elements=st.integers(-1, 3)
)


@pytest.mark.parametrize(
    ("scale", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_four_observers(scale: Scale, expected: float) -> None:
    assert krippendorff_alpha(FOUR_OBSERVERS, scale) == pytest.approx(expected, abs=5e-4)


def test_nominal_alpha_of_two_coders_worked_by_hand() -> None:
    # units 00 01 11 11: coincidences 00:2, 01:1, 10:1, 11:4; totals 3 and 5 of 8
    # observed off the diagonal 2, expected 2 * 3 * 5 = 30 over 7: alpha = 1 - 7 * 2 / 30
    ratings = np.array([[0, 0], [0, 1], [1, 1], [1, 1]])
    assert coincidences(ratings, 2)[0].tolist() == [[2, 1], [1, 4]]
    assert krippendorff_alpha(ratings) == pytest.approx(1 - 14 / 30)


@pytest.mark.parametrize("case", golden_cases("alpha"))
def test_alpha_agrees_with_the_oracle(case: dict[str, Any]) -> None:
    for scale, expected in case["expected"].items():
        assert krippendorff_alpha(np.array(case["ratings"]), scale) == pytest.approx(expected)


@pytest.mark.parametrize("case", golden_cases("masi"))
def test_alpha_of_sets_agrees_with_the_oracle(case: dict[str, Any]) -> None:
    # nltk rounds the two fractions of MASI to .67 and .33
    assert masi_alpha(np.array(case["sets"])) == pytest.approx(case["expected"], abs=3e-3)


def test_masi_of_sets_worked_by_hand() -> None:
    sets = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], float)
    # {ab} to {a}: Jaccard 1/2, nested 2/3; to {ac}: 1/3, overlapping 1/3; to {d}: 0; to {}: 0
    expected = [0, 1 - 1 / 3, 1 - 1 / 9, 1, 1]
    assert masi_distances(sets)[0] == pytest.approx(expected)
    assert masi_distances(sets)[4].tolist() == [1, 1, 1, 1, 0]  # two empty sets are the same


def test_a_unit_with_one_value_changes_nothing() -> None:
    ratings = np.array([[0, 0, 1], [1, 1, -1], [0, 1, 1]])
    lonely = np.vstack([ratings, [[2, -1, -1]]])
    assert krippendorff_alpha(lonely) == krippendorff_alpha(ratings)
    three = np.eye(3)
    statistics = alpha_statistics(lonely, 1 - three)[0]
    assert statistics[:3].tolist() == [3, 5, 0]


def test_a_coder_with_any_missing_entry_has_no_set() -> None:
    sets = np.array([[[1, 0], [1, -1]], [[0, 0], [0, 1]]])
    coded = code_sets(sets)
    assert coded.labels[0, 1] == -1
    assert coded.values[coded.labels[1, 1]].tolist() == [0, 1]


def test_values_are_coded_in_order_with_missing_kept() -> None:
    coded = code_values([[2.5, NAN], [-1.0, 2.5]])
    assert coded.labels.tolist() == [[1, -1], [0, 1]]
    assert coded.values.tolist() == [-1.0, 2.5]


def test_alpha_is_undefined_for_one_value_and_refused_for_no_pair() -> None:
    assert np.isnan(krippendorff_alpha([[1, 1], [1, 1]]))
    with pytest.raises(ValueError, match="two coders"):
        krippendorff_alpha([[1, -1], [-1, 1]])
    with pytest.raises(ValueError, match="two coders"):
        krippendorff_alpha([[1], [0]])
    with pytest.raises(ValueError, match="units, coders"):
        krippendorff_alpha([1, 0])


@given(RATINGS)
def test_both_ways_to_nominal_alpha_agree(ratings: np.ndarray[Any, np.dtype[np.int64]]) -> None:
    if not ((ratings >= 0).sum(axis=1) >= 2).any():
        return
    unlike = 1.0 - np.eye(4)
    short = float(alpha_of_statistics(alpha_statistics(ratings, unlike)[0], unlike))
    assert short == pytest.approx(krippendorff_alpha(ratings), nan_ok=True)


@given(RATINGS, st.permutations(range(3)), st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_does_not_care_about_coders_or_order_and_is_at_most_one(
    ratings: np.ndarray[Any, np.dtype[np.int64]], coders: list[int], scale: Scale
) -> None:
    if not ((ratings >= 0).sum(axis=1) >= 2).any():
        return
    found = krippendorff_alpha(ratings, scale)
    moved = krippendorff_alpha(ratings[::-1][:, coders], scale)
    assert moved == pytest.approx(found, nan_ok=True)
    assert np.isnan(found) or found <= 1 + 1e-9


@given(st.lists(st.integers(0, 3), min_size=2, max_size=20).filter(lambda one: len(set(one)) > 1))
def test_identical_coders_have_alpha_one(labels: list[int]) -> None:
    ratings = np.column_stack([labels, labels, labels])
    for scale in ("nominal", "ordinal", "interval"):
        assert krippendorff_alpha(ratings, scale) == pytest.approx(1.0)


def test_coincidences_of_groups_add_up_to_the_whole() -> None:
    ratings = np.random.default_rng(0).integers(-1, 3, size=(30, 4))
    by_group = coincidences(ratings, 3, group_rows([at % 5 for at in range(30)]))
    assert by_group.shape == (5, 3, 3)
    whole = coincidences(ratings, 3)[0]
    assert by_group.sum(axis=0) == pytest.approx(whole)
    assert alpha_of(np.stack([whole, whole])).tolist() == [float(alpha_of(whole))] * 2


@pytest.mark.parametrize("members", [3, 62, 63, 80])
def test_sets_are_told_apart_however_many_members_they_may_have(members: int) -> None:
    sets = np.zeros((2, 2, members), dtype=np.int64)
    sets[0, 1, 0] = sets[1, 0, 0] = sets[1, 1, -1] = 1  # none, first | first, last
    coded = code_sets(sets)
    assert coded.labels.tolist() == [[0, 2], [2, 1]]
    assert coded.values.sum(axis=1).tolist() == [0, 1, 1]
    assert coded.values[2, 0] == coded.values[1, -1] == 1
