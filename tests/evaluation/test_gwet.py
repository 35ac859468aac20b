from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.evaluation.agreement import Weighting
from rupture_nlp.evaluation.counts import group_rows
from rupture_nlp.evaluation.gwet import gwet_ac, gwet_of, gwet_statistics
from tests.evaluation.golden import golden_cases
from tests.evaluation.test_alpha import FOUR_OBSERVERS


def test_ac1_of_a_table_worked_by_hand() -> None:
    # 118 both yes, 5 and 2 apart, 0 both no (Gwet 2008, section 1: kappa near 0, AC1 high):
    # observed 118/125; share of no (5 + 2) / 250 = .028, chance 2 * .028 * .972 = .054432
    ratings = np.repeat([[1, 1], [1, 0], [0, 1]], [118, 5, 2], axis=0)
    chance = 2 * 0.028 * 0.972
    assert gwet_ac(ratings) == pytest.approx((118 / 125 - chance) / (1 - chance))
    assert gwet_ac(ratings) == pytest.approx(0.9408, abs=5e-5)


def test_ac1_and_ac2_of_four_raters_as_published() -> None:
    # Gwet's own worked table of 4 raters, 12 subjects, 5 categories (his irrCAC documentation,
    # data set cac.raw4raters): AC1 .77544, AC2 with quadratic weights .91401
    labels = np.where(np.isnan(FOUR_OBSERVERS), 0, FOUR_OBSERVERS).astype(np.int64) - 1
    assert gwet_ac(labels, "nominal", 5) == pytest.approx(0.77544, abs=5e-6)
    assert gwet_ac(labels, "quadratic", 5) == pytest.approx(0.91400, abs=5e-5)


@pytest.mark.parametrize("case", golden_cases("gwet"))
def test_ac1_and_ac2_agree_with_the_oracle(case: dict[str, Any]) -> None:
    for weighting, expected in case["expected"].items():
        found = gwet_ac(np.array(case["ratings"]), weighting, case["labels"])
        assert found == pytest.approx(expected, abs=1e-9)


def test_one_label_only_is_full_agreement_unless_there_is_no_other() -> None:
    assert gwet_ac([[0, 0], [0, 0]], labels=5) == 1.0
    assert np.isnan(gwet_ac([[0, 0], [0, 0]]))


def test_ac1_refuses_what_shows_no_agreement() -> None:
    with pytest.raises(ValueError, match="two coders"):
        gwet_ac([[0, -1], [1, -1]])
    with pytest.raises(ValueError, match="below 2"):
        gwet_ac([[0, 2]], labels=2)
    with pytest.raises(ValueError, match="two coders"):
        gwet_ac(np.empty((0, 2), dtype=np.int64))


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=20),
    st.sampled_from(["nominal", "linear", "quadratic", "ordinal"]),
)
def test_identical_coders_have_ac_one(labels: list[int], weighting: Weighting) -> None:
    assert gwet_ac(np.column_stack([labels] * 3), weighting, 4) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30))
def test_ac1_does_not_care_about_coders_order_or_names(pairs: list[tuple[int, int]]) -> None:
    ratings = np.array(pairs)
    changed = np.array([2, 0, 1])[ratings[::-1, ::-1]]
    assert gwet_ac(changed, labels=3) == pytest.approx(gwet_ac(ratings, labels=3))
    assert gwet_ac(ratings, labels=3) <= 1 + 1e-9


def test_statistics_of_groups_add_up_to_the_whole() -> None:
    ratings = np.random.default_rng(0).integers(-1, 3, size=(30, 3))
    by_group = gwet_statistics(ratings, 3, "linear", group_rows([at % 4 for at in range(30)]))
    assert float(gwet_of(by_group.sum(axis=0), "linear")) == pytest.approx(
        gwet_ac(ratings, "linear", 3)
    )
