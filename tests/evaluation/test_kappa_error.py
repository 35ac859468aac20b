"""The large-sample error of kappa: published tables, the formula written out, what is undefined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.kappa_error import kappa_error_of

PATHOLOGISTS = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]
COUPLES = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
STAINS = [[7, 1, 0], [0, 8, 0], [0, 0, 2]]


@pytest.mark.parametrize(
    ("table", "kappa", "error", "digits"),
    [
        # Agresti (2002), Categorical Data Analysis, 2nd edition, section 10.5: carcinoma.
        (PATHOLOGISTS, 0.493, 0.057, 3),
        # Hout, Duncan & Sobel (1987), `SexualFun` of R's package vcd, and what its `Kappa` gives.
        (COUPLES, 0.1293, 0.0686, 4),
        # Kavanagh et al. (2009), BMC Cancer 9:1, table 2 (SPSS, "not assuming the null").
        (STAINS, 0.906, 0.092, 3),
    ],
)
def test_errors_are_the_published_ones(
    table: list[list[int]], kappa: float, error: float, digits: int
) -> None:
    counts = np.array(table, dtype=np.float64)
    assert round(float(kappa_of(counts)), digits) == kappa
    assert round(float(kappa_error_of(counts)), digits) == error


def test_the_error_worked_by_hand() -> None:
    # 20 both, 5 and 10 apart, 15 neither: po .7, pe .5, rows .5 .5, columns .6 .4.
    # On the diagonal .4 * (.5 - 1.1 * .3)^2 + .3 * (.5 - .9 * .3)^2 = .02743; off it
    # .3^2 * (.1 * (.6 + .5)^2 + .2 * (.4 + .5)^2) = .02547; less (.35 - 1 + .7)^2 = .0025.
    found = kappa_error_of(np.array([[20.0, 5.0], [10.0, 15.0]]))
    assert found == pytest.approx(np.sqrt((0.02743 + 0.02547 - 0.0025) / (50 * 0.5**4)))


@pytest.mark.parametrize(
    "table", [[[5, 0], [0, 2]], [[5, 0], [3, 0]], [[5, 2], [0, 0]], [[5, 0], [0, 0]], [[0, 0]] * 2]
)
def test_no_error_is_claimed_where_the_approximation_has_none(table: list[list[int]]) -> None:
    assert np.isnan(kappa_error_of(np.array(table, dtype=np.float64)))


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.permutations(range(3)))
def test_the_error_does_not_hang_on_the_order_of_labels_or_sides(
    cells: list[int], order: list[int]
) -> None:
    table = np.array(cells, dtype=np.float64).reshape(3, 3)
    expected = kappa_error_of(table)
    np.testing.assert_allclose(kappa_error_of(table.T), expected, atol=1e-9)
    np.testing.assert_allclose(kappa_error_of(table[np.ix_(order, order)]), expected, atol=1e-9)
    np.testing.assert_allclose(kappa_error_of(100 * table), expected / 10, atol=1e-9)


def test_many_tables_are_taken_at_once() -> None:
    tables = np.array([[[20, 5], [10, 15]], [[0, 0], [0, 0]], [[3, 1], [1, 4]]], dtype=np.float64)
    single = [float(kappa_error_of(one)) for one in tables]
    np.testing.assert_allclose(kappa_error_of(tables), single)
