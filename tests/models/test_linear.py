"""Linear rules worked by hand."""

import numpy as np
import pytest

from rupture_nlp.models.linear import LinearRule, fit_linear

SCALE = (1.0, 5.0)


def test_a_rule_adds_up_and_stays_on_its_scale() -> None:
    rule = LinearRule(np.array([1.0]), np.array([2.0]), np.array([3.0]), 2.0, *SCALE)
    # 2 + 3 * (x - 1) / 2: 1 gives 2, 2 gives 3.5, 9 would give 14 and -9 would give -13
    assert rule(np.array([[1.0], [2.0], [9.0], [-9.0]])).tolist() == [2.0, 3.5, 5.0, 1.0]


def test_a_line_is_found_whatever_the_ridge_since_the_spread_is_that_of_the_values() -> None:
    features = np.array([[0.0], [1.0], [2.0], [3.0]])
    values = np.array([1.0, 2.0, 3.0, 4.0])
    for ridge in (0.1, 100.0):
        rule = fit_linear(features, values, np.ones(4), ridge, SCALE)
        np.testing.assert_allclose(rule(features), values, atol=1e-4)


def test_a_case_of_weight_two_counts_as_two_cases() -> None:
    features, values = np.array([[0.0], [1.0], [4.0]]), np.array([2.0, 1.5, 4.0])
    twice = fit_linear(
        np.vstack([features, features[2:]]), np.append(values, 4.0), np.ones(4), 1.0, SCALE
    )
    weighted = fit_linear(features, values, np.array([1.0, 1.0, 2.0]), 1.0, SCALE)
    at = np.linspace(0, 4, 9)[:, None]
    np.testing.assert_allclose(weighted(at), twice(at))


def test_a_feature_without_spread_has_no_say() -> None:
    features = np.array([[0.0, 7.0], [1.0, 7.0], [2.0, 7.0]])
    rule = fit_linear(features, np.array([1.0, 2.0, 4.0]), np.ones(3), 1.0, SCALE)
    assert rule.weights[1] == 0.0
    assert rule(np.array([1.0, 99.0])) == rule(np.array([1.0, 7.0]))


def test_values_without_spread_give_their_mean() -> None:
    rule = fit_linear(np.array([[0.0], [1.0]]), np.array([2.0, 2.0]), np.ones(2), 1.0, SCALE)
    assert rule(np.array([50.0])) == 2.0


def test_one_case_is_too_few() -> None:
    with pytest.raises(ValueError, match="two cases"):
        fit_linear(np.zeros((1, 1)), np.zeros(1), np.ones(1), 1.0, SCALE)
