from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rupture_nlp.evaluation.counts import group_rows
from rupture_nlp.evaluation.icc import IccKind, icc, icc_of, icc_statistics
from tests.evaluation.golden import golden_cases

KINDS: list[IccKind] = ["A,1", "C,1", "A,k", "C,k"]
# Shrout & Fleiss (1979), table 2: six targets, four judges
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
TABLES = arrays.arrays(
    np.float64, st.tuples(st.integers(2, 8), st.integers(2, 4)), elements=st.integers(1, 5)
)


@pytest.mark.parametrize(
    ("kind", "expected", "low", "high"),
    # their table 4; intervals as computed from it by the R package psych
    [
        ("A,1", 0.29, 0.019, 0.76),
        ("C,1", 0.71, 0.342, 0.95),
        ("A,k", 0.62, 0.071, 0.93),
        ("C,k", 0.91, 0.676, 0.99),
    ],
)
def test_icc_of_shrout_and_fleiss(kind: IccKind, expected: float, low: float, high: float) -> None:
    found = icc(SHROUT_FLEISS, kind)
    assert found.estimate == pytest.approx(expected, abs=5e-3)
    assert found.low == pytest.approx(low, abs=5e-4)
    assert found.high == pytest.approx(high, abs=5e-3)
    assert (found.targets, found.coders) == (6, 4)


@pytest.mark.parametrize("case", golden_cases("icc"))
def test_icc_and_its_interval_agree_with_the_oracle(case: dict[str, Any]) -> None:
    for kind, expected in case["expected"].items():
        found = icc(np.array(case["ratings"]), kind)
        assert [found.estimate, found.low, found.high] == pytest.approx(expected, abs=1e-6)


def test_a_target_with_a_missing_rating_is_left_out() -> None:
    with_gap = np.vstack([SHROUT_FLEISS, [[1, float("nan"), 2, 3]]])
    assert icc(with_gap) == icc(SHROUT_FLEISS)


def test_a_shift_of_one_coder_costs_agreement_but_not_consistency() -> None:
    twice = np.column_stack([[1.0, 2, 3, 5], [2.0, 3, 4, 6]])
    assert icc(twice, "C,1").estimate == pytest.approx(1.0)
    # mean squares: targets 35/6 (twice the variance), coders 2, error 0
    # (35/6) / (35/6 + 2/4 * 2) = 35/41
    assert icc(twice, "A,1").estimate == pytest.approx(35 / 41)


def test_icc_without_variance_is_undefined() -> None:
    for kind in KINDS:
        assert np.isnan(icc(np.full((5, 2), 3.0), kind).estimate)
        assert np.isnan(icc(np.full((5, 2), 0.1), kind).estimate)  # .1 is not exact in binary
        assert np.isnan(icc([[1.0, 2.0]], kind).estimate)


def test_coders_that_differ_by_a_constant_on_constant_targets_agree_not_at_all() -> None:
    for low, high in ((1.0, 2.0), (0.1, 0.7)):  # .1 and .7 leave rounding that is no variance
        found = icc([[low, high]] * 3, "A,1")
        assert found.estimate == 0.0
        assert np.isnan([found.low, found.high]).all()


def test_icc_refuses_one_coder_and_no_complete_target() -> None:
    with pytest.raises(ValueError, match="two coders"):
        icc([[1.0], [2.0]])
    with pytest.raises(ValueError, match="no target"):
        icc([[1.0, float("nan")]])


@given(st.lists(st.integers(1, 5), min_size=2, max_size=10).filter(lambda one: len(set(one)) > 1))
def test_identical_coders_have_icc_one(values: list[int]) -> None:
    for kind in KINDS:
        found = icc(np.column_stack([values, values]).astype(np.float64), kind)
        assert [found.estimate, found.low, found.high] == pytest.approx([1.0, 1.0, 1.0])


@given(TABLES, st.floats(0.5, 3), st.floats(-100, 100))
def test_icc_does_not_care_about_order_unit_or_origin(
    table: np.ndarray[Any, np.dtype[np.float64]], unit: float, origin: float
) -> None:
    for kind in KINDS:
        found = icc(table, kind).estimate
        changed = icc(table[::-1, ::-1] * unit + origin, kind).estimate
        assert changed == pytest.approx(found, abs=1e-6, nan_ok=True)
        assert np.isnan(found) or found <= 1 + 1e-9


@given(TABLES, st.sampled_from(KINDS))
def test_the_interval_holds_the_estimate(
    table: np.ndarray[Any, np.dtype[np.float64]], kind: IccKind
) -> None:
    found = icc(table, kind)
    if np.isfinite([found.low, found.high]).all() and found.estimate >= 0:
        assert found.low - 1e-9 <= found.estimate <= found.high + 1e-9


def test_statistics_of_groups_give_the_icc_of_rows_drawn_twice() -> None:
    groups = group_rows(range(6))
    statistics = icc_statistics(SHROUT_FLEISS, groups)
    weights = np.array([2, 0, 1, 1, 2, 0.0])
    drawn = np.repeat(SHROUT_FLEISS, weights.astype(int), axis=0)
    for kind in KINDS:
        assert float(icc_of(weights @ statistics, kind)) == pytest.approx(icc(drawn, kind).estimate)
