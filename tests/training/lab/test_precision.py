"""Widths to expect against bootstraps of data that come from nature, not from the same draws."""

import numpy as np
import pytest

from rupture_nlp.evaluation.counts import BoolArray, Grouping, group_rows
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.precision import (
    RECALL,
    draw_scores,
    expected_widths,
    intervals,
    simulated_widths,
)
from tests.training.lab.made import WO, lab, lab_session, plain_lab


def turns(groups: int, each: int, share: float, seed: int = 0) -> tuple[BoolArray, Grouping]:
    random = np.random.default_rng(seed)
    of = group_rows(f"{g:03d}" for g in range(groups) for _ in range(each))
    return random.random(groups * each) < share, of


def test_the_made_up_model_finds_about_the_share_it_should() -> None:
    positive, groups = turns(200, 100, 0.08)
    scores = draw_scores(positive, groups, np.random.default_rng(1))
    called = scores >= np.sort(scores)[-positive.sum()]
    assert positive[called].mean() == pytest.approx(RECALL, abs=0.04)


def test_the_width_is_that_of_the_spread_over_fresh_samples() -> None:
    # Not one bootstrap: 150 labs drawn anew, each with its own model. 95 % of their figures lie in
    # as wide a range as the expected interval of one lab, if that interval is honest.
    figures = []
    for seed in range(150):
        positive, groups = turns(30, 60, 0.1, seed)
        scores = draw_scores(positive, groups, np.random.default_rng(1000 + seed))
        kappa, f1, precision = intervals(positive, scores, groups, draws=2)
        figures.append((kappa.estimate, f1.estimate, precision.estimate))
    spread = np.diff(np.quantile(figures, (0.025, 0.975), axis=0), axis=0)[0]
    expected = simulated_widths(*turns(30, 60, 0.1, 7))
    assert np.array(expected) == pytest.approx(spread, rel=0.3)


def test_four_times_the_patients_halve_the_width() -> None:
    few, many = (simulated_widths(*turns(n, 40, 0.1), models=10) for n in (15, 60))
    assert np.array(few) / np.array(many) == pytest.approx([2, 2, 2], rel=0.3)


def test_ruptures_heaped_in_few_patients_make_it_wider() -> None:
    positive, groups = turns(20, 60, 0.1)
    heaped = np.zeros_like(positive)
    heaped[np.flatnonzero(groups.index < 4)[: positive.sum()]] = True
    assert (
        simulated_widths(heaped, groups, models=10)[0]
        > 1.3 * simulated_widths(positive, groups, models=10)[0]
    )


def test_every_speaker_who_was_coded_has_a_width_and_the_seed_fixes_it() -> None:
    data = lab(plain_lab(6))
    assert [one.speaker for one in expected_widths(data)] == [Speaker.PATIENT, Speaker.THERAPIST]
    assert expected_widths(data, 1) == expected_widths(data, 1)


def test_ruptures_of_a_single_patient_have_no_width() -> None:
    one = [lab_session("a", "p1", {"ana": {1: WO}}), lab_session("b", "p2", {"ana": {}})]
    assert expected_widths(lab(one)) == ()
