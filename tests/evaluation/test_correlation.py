from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rupture_nlp.evaluation.correlation import (
    partial_spearman_of,
    ranks_of,
    spearman,
    spearman_of,
)
from tests.evaluation.golden import golden_cases

COLUMNS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=30)


def test_tied_values_share_their_mean_rank() -> None:
    # 1, 2 and 3 stand for 10, 20, 20, 30: ranks 1, 2.5, 2.5, 4
    ranks = ranks_of(np.array([20.0, 10.0, 30.0]), np.array([[2.0, 1.0, 1.0]]))
    assert ranks.tolist() == [[2.5, 1.0, 4.0]]


@given(COLUMNS)
def test_spearman_agrees_with_scipy(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert np.isnan(spearman(first, second))
    else:
        assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)


def test_a_row_that_misses_a_number_is_left_out() -> None:
    nan = float("nan")
    assert spearman([1, 2, 3, nan, 9], [1, 2, 3, 4, nan]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no row"):
        spearman([nan], [1.0])
    with pytest.raises(ValueError, match="one length"):
        spearman([1.0], [1.0, 2.0])


@given(COLUMNS, st.integers(0, 1000))
def test_a_weight_is_the_same_as_so_many_rows(pairs: list[tuple[int, int]], seed: int) -> None:
    columns = np.array(pairs, dtype=np.float64)
    weights = np.random.default_rng(seed).integers(0, 3, size=len(columns))
    first, second = np.repeat(columns, weights, axis=0).T
    weighted = spearman_of(columns[:, 0], columns[:, 1], weights[None, :])[0]
    if len(first) == 0:
        assert np.isnan(weighted)
    else:
        assert weighted == pytest.approx(spearman(first, second), nan_ok=True)


def test_partial_rank_correlation_worked_by_hand() -> None:
    # rho is 1 - 6 d / 60 over four ranks; sums of squared rank differences d: first-second 2,
    # first-held 2, second-held 6
    first, second, held = [1, 2, 3, 4], [1, 3, 2, 4], [2, 1, 3, 4]
    plain = [spearman(first, second), spearman(first, held), spearman(second, held)]
    assert plain == pytest.approx([0.8, 0.8, 0.4])
    found = partial_spearman_of(first, second, held, np.ones((1, 4)))
    assert found[0] == pytest.approx((0.8 - 0.8 * 0.4) / np.sqrt((1 - 0.64) * (1 - 0.16)))


@pytest.mark.parametrize("case", golden_cases("partial"))
def test_partial_rank_correlation_agrees_with_the_oracle(case: dict[str, Any]) -> None:
    columns = (case["first"], case["second"], case["held"])
    found = partial_spearman_of(*columns, np.ones((1, len(case["held"]))))
    assert found[0] == pytest.approx(case["expected"])


def test_partial_correlation_is_undefined_where_the_held_one_says_it_all() -> None:
    first, second = [1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0]
    assert np.isnan(partial_spearman_of(first, second, first, np.ones((1, 4)))[0])
