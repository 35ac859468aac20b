import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from rupture_nlp.evaluation.calibration import (
    brier,
    brier_of,
    brier_skill_of,
    brier_statistics,
    calibration_statistics,
    ece,
    equal_mass_edges,
    equal_width_edges,
    reliability_table,
)
from rupture_nlp.evaluation.counts import group_rows

ROWS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=40)


def test_brier_and_skill_worked_by_hand() -> None:
    # (.1^2 + .2^2 + .4^2 + .1^2) / 4 = .055; base rate 1/2, its Brier .25
    statistics = brier_statistics([0.9, 0.8, 0.4, 0.1], [1, 1, 0, 0])[0]
    assert float(brier_of(statistics)) == pytest.approx(0.055)
    assert float(brier_skill_of(statistics)) == pytest.approx(1 - 0.055 / 0.25)


def test_skill_of_always_saying_the_base_rate_is_none_and_undefined_for_one_outcome() -> None:
    assert float(brier_skill_of(brier_statistics([0.25] * 4, [1, 0, 0, 0])[0])) == 0.0
    assert np.isnan(brier_skill_of(brier_statistics([0.2, 0.4], [0, 0])[0]))


@given(ROWS)
def test_brier_agrees_with_scikit_learn(rows: list[tuple[float, int]]) -> None:
    probabilities, outcomes = (np.array(column) for column in zip(*rows, strict=True))
    expected = brier_score_loss(outcomes, probabilities, pos_label=1, labels=[0, 1])
    assert brier(probabilities, outcomes) == pytest.approx(expected)


def test_calibration_error_worked_by_hand() -> None:
    # two bins: .1 .3 with one event (mean .2 against .5), .7 .9 1. with two (.8667 against .6667):
    # (2 * .3 + 3 * .2) / 5
    probabilities, outcomes = [0.1, 0.3, 0.7, 0.9, 1.0], [0, 1, 1, 0, 1]
    edges = equal_width_edges(2)
    assert ece(probabilities, outcomes, edges) == pytest.approx(0.24)
    # only those from .3 on: (1 * .7 + 3 * .2) / 4
    assert ece(probabilities, outcomes, edges, at_least=0.3) == pytest.approx(0.325)
    table = reliability_table(calibration_statistics(probabilities, outcomes, edges)[0])
    assert table.rows.tolist() == [2, 3]
    assert table.mean_probability.tolist() == pytest.approx([0.2, 2.6 / 3])
    assert table.observed_share.tolist() == pytest.approx([0.5, 2 / 3])


def test_a_bin_holds_its_lower_edge_and_the_last_both() -> None:
    statistics = calibration_statistics([0.0, 0.5, 1.0], [0, 0, 1], equal_width_edges(2))
    assert statistics[0, :, 0].tolist() == [1, 2]


def test_bins_without_rows_are_not_in_the_table() -> None:
    statistics = calibration_statistics([0.05, 0.95], [0, 1], equal_width_edges(10))
    assert reliability_table(statistics[0]).rows.tolist() == [1, 1]


def test_bins_of_equal_mass_hold_as_many_rows_each() -> None:
    probabilities = np.random.default_rng(0).random(1000) ** 4
    edges = equal_mass_edges(probabilities, 10)
    counts = calibration_statistics(probabilities, np.zeros(1000, int), edges)[0, :, 0]
    assert counts.tolist() == [100] * 10


def test_equal_probabilities_stay_in_one_bin() -> None:
    edges = equal_mass_edges([0.2] * 50 + [0.7], 5)
    counts = calibration_statistics([0.2] * 50 + [0.7], [0] * 51, edges)[0, :, 0]
    assert counts.max() >= 50


@pytest.mark.parametrize("sure", [1, 40])  # of 100: below and above the mass of a bin
def test_answers_of_0_and_1_have_a_bin_each(sure: int) -> None:
    # Half of the ones are right and one of the zeros is wrong; in one bin the gaps would cancel.
    chances = np.repeat([0.0, 1.0], [100 - sure, sure])
    outcomes = np.zeros(100, int)
    outcomes[[0, *range(100 - sure // 2, 100)]] = 1
    edges = equal_mass_edges(chances)
    assert calibration_statistics(chances, outcomes, edges)[0, :, 0].tolist() == [100 - sure, sure]
    assert ece(chances, outcomes, edges) == pytest.approx((1 + sure - sure // 2) / 100)


def test_few_different_probabilities_have_a_bin_each_and_certain_ones_do_too() -> None:
    counts = [970, 20, 10]
    chances = np.repeat([0.0, 0.25, 1.0], counts)
    table = calibration_statistics(chances, np.zeros(1000, int), equal_mass_edges(chances))[0]
    assert table[:, 0].tolist() == counts
    many = np.concatenate([np.linspace(0.1, 0.9, 50), np.ones(50)])
    last = calibration_statistics(many, np.zeros(100, int), equal_mass_edges(many))[0, -1]
    assert last.tolist() == [50, 50, 0]


@given(ROWS, st.integers(1, 12))
def test_calibration_error_is_a_share_and_needs_no_bin_to_be_full(
    rows: list[tuple[float, int]], bins: int
) -> None:
    probabilities, outcomes = (np.array(column) for column in zip(*rows, strict=True))
    for edges in (equal_width_edges(bins), equal_mass_edges(probabilities, bins)):
        assert 0 <= ece(probabilities, outcomes, edges) <= 1


def test_perfect_probabilities_have_no_error() -> None:
    assert ece([0.0, 1.0, 1.0], [0, 1, 1]) == 0.0
    assert brier([0.0, 1.0], [0, 1]) == 0.0


def test_rows_without_probability_or_outcome_are_left_out() -> None:
    nan = float("nan")
    assert brier([0.5, nan, 0.3], [1, 1, -1]) == 0.25
    with pytest.raises(ValueError, match="no row"):
        brier([nan], [1])
    with pytest.raises(ValueError, match="no row"):
        ece([0.05], [1], at_least=0.1)


@pytest.mark.parametrize(("probability", "outcome"), [(1.5, 1), (-0.1, 0), (0.5, 2)])
def test_what_is_no_probability_or_outcome_is_refused(probability: float, outcome: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        brier([probability], [outcome])


def test_statistics_of_groups_add_up_to_the_whole() -> None:
    random = np.random.default_rng(0)
    probabilities, outcomes = random.random(60), random.integers(0, 2, size=60)
    groups = group_rows(random.integers(5, size=60))
    edges = equal_width_edges(4)
    by_group = calibration_statistics(probabilities, outcomes, edges, groups, at_least=0.1)
    whole = calibration_statistics(probabilities, outcomes, edges, at_least=0.1)
    assert by_group.sum(axis=0) == pytest.approx(whole[0])
