"""Numbers of two and more sides: every figure is the metric's own, for the sample and for draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evaluation.alpha import krippendorff_alpha
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.correlation import spearman
from rupture_nlp.evaluation.counts import FloatArray, group_rows
from rupture_nlp.evaluation.harness.numbers import (
    Numbers,
    complete,
    interval_alpha_of,
    number_figures,
    ordinal_alpha_of,
)
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.icc import icc, icc_statistics

NAN = float("nan")
KEY = Key("patient", "session", "rupture_count", "")
METRICS = (
    "icc_a1",
    "icc_c1",
    "icc_ak",
    "alpha_interval",
    "alpha_ordinal",
    "spearman",
    "mean_difference",
)
PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=15)


def figures(
    given_: list[list[float]], groups: list[str] | None = None, draws: int = 30
) -> dict[str, Drawn]:
    where = group_rows(groups or range(len(given_)))
    numbers = complete(KEY, np.array(given_, dtype=np.float64), where)
    drawn = number_figures(numbers, METRICS, resample(len(where.names), draws))
    return {one.key.metric: one for one in drawn}


def one_by_one(given_: FloatArray) -> dict[str, float]:
    """Each metric by its own function, over rows."""
    return {
        "icc_a1": icc(given_, "A,1").estimate,
        "icc_c1": icc(given_, "C,1").estimate,
        "icc_ak": icc(given_, "A,k").estimate,
        "alpha_interval": krippendorff_alpha(given_, "interval"),
        "alpha_ordinal": krippendorff_alpha(given_, "ordinal"),
        "spearman": spearman(*given_.T),
        "mean_difference": float((given_[:, 1] - given_[:, 0]).mean()),
    }


def test_numbers_worked_by_hand() -> None:
    # 1 2, 2 3, 3 4: the second side is one higher everywhere, which consistency does not mind
    found = figures([[1, 2], [2, 3], [3, 4]])
    assert found["icc_c1"].estimate == pytest.approx(1)
    assert found["spearman"].estimate == pytest.approx(1)
    assert found["mean_difference"].estimate == 1
    # mean squares: targets 2, coders 1.5, error 0: (2 - 0) / (2 + 0 + 2/3 * 1.5)
    assert found["icc_a1"].estimate == pytest.approx(2 / 3)
    assert found["icc_ak"].estimate == pytest.approx(2 / 2.5)
    # observed 2 * 3 of squared differences; values 1 2 2 3 3 4 from their mean 2.5: sum of squares
    # 5.5, so all pairs differ by 2 * 6 * 5.5; alpha 1 - 5 * 6 / 66
    assert found["alpha_interval"].estimate == pytest.approx(1 - 30 / 66)
    assert [one.rows for one in found.values()] == [3] * 7


@settings(max_examples=30)
@given(PAIRS, st.integers(0, 100))
def test_figures_and_their_draws_are_those_of_single_functions(
    pairs: list[tuple[int, int]], seed: int
) -> None:
    given_ = np.array(pairs, dtype=np.float64)
    groups = np.arange(len(pairs)) % 4
    where = group_rows(groups)
    draws = resample(len(where.names), 2, seed)
    found = number_figures(Numbers(KEY, given_, where), METRICS, draws)
    for place, weights in enumerate(draws.weights):
        rows = np.repeat(given_, weights[where.index].astype(int), axis=0)
        for one in found:
            expected = one_by_one(rows)[one.key.metric]
            assert one.values[place] == pytest.approx(expected, nan_ok=True, abs=1e-9)


@given(st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=2, max_size=12))
def test_interval_alpha_of_any_number_of_coders_is_krippendorffs(
    rows: list[tuple[float, float, float]],
) -> None:
    given_ = np.round(np.array(rows), 2)
    found = interval_alpha_of(icc_statistics(given_)[0])
    expected = krippendorff_alpha(given_, "interval")
    assert found == pytest.approx(expected, nan_ok=True, abs=1e-6)


def test_ordinal_alpha_is_krippendorffs_also_of_fractions() -> None:
    one, other = np.array([1, 2.5, 2.5, 4, 5]), np.array([1, 2, 2.5, 5, 4.5])
    expected = krippendorff_alpha(np.column_stack([one, other]), "ordinal")
    assert ordinal_alpha_of(one, other, np.ones((1, 5)))[0] == pytest.approx(expected)


def test_the_same_numbers_on_both_sides_give_one() -> None:
    found = figures([[1, 1], [4, 4], [2, 2]])
    difference = found.pop("mean_difference")
    assert [one.estimate for one in found.values()] == pytest.approx([1.0] * 6)
    assert difference.estimate == 0


def test_only_units_known_to_all_sides_count() -> None:
    found = figures([[1, 2], [NAN, 3], [3, NAN], [5, 4]], ["a", "b", "c", "d"])
    assert {one.rows for one in found.values()} == {2}
    assert {one.groups for one in found.values()} == {2}
    assert complete(KEY, np.array([[NAN, 1.0]]), group_rows("a")) is None
    assert number_figures(None, METRICS, resample(1, 5)) == []


def test_f_based_intervals_stand_beside_the_bootstrap() -> None:
    rows: list[list[float]] = [[1, 2], [2, 2], [3, 5], [4, 4], [7, 6]]
    found = figures(rows)
    exact = icc(rows, "A,1")
    assert found["icc_a1"].exact == (exact.low, exact.high)
    assert found["icc_ak"].exact != found["icc_a1"].exact
    assert found["spearman"].exact is None


def test_numbers_whose_sides_and_units_have_one_mean_have_no_f_based_interval() -> None:
    # mean squares of units and of sides 0, of the error 4/3: -4/3 / (4/3 - 2/4 * 4/3)
    found = figures([[0, 1], [1, 0], [0, 1], [1, 0]])["icc_a1"]
    assert found.estimate == pytest.approx(-2)
    assert found.exact is None


@pytest.mark.parametrize(
    ("rows", "metric", "why"),
    [
        ([[1, 2]], "icc_a1", "one unit only"),
        ([[2, 2], [2, 2]], "alpha_interval", "the same value everywhere"),
        ([[2, 2], [2, 2]], "alpha_ordinal", "the same value everywhere"),
        ([[0.1, 0.1]] * 7, "icc_a1", "the same value everywhere"),
        ([[2, 1], [2, 3]], "spearman", "one side has one value only"),
        ([[1, 2], [2, 1]], "icc_ak", "units differ by less than chance"),
    ],
)
def test_what_is_undefined_says_why(rows: list[list[float]], metric: str, why: str) -> None:
    found = figures(rows)[metric]
    assert np.isnan(found.estimate)
    assert found.note == f"undefined: {why}"
    assert found.exact is None
