"""A variant beside the shipped recipe: the same rows, the same draws, figures of both."""

from dataclasses import replace

import numpy as np

from eval.ablations import compared, markdown, row_of
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.training.outoffold import OutOfFold
from tests.training.test_calibrate import made_rows

GROUPS = 30
RESAMPLES = resample(GROUPS, 40, 0)
MADE = made_rows(rows=20 * GROUPS)
NAMED = replace(MADE, groups=tuple(f"{number:02}" for number in range(GROUPS)))


def of_folds(count: int) -> OutOfFold:
    return replace(NAMED, fold=NAMED.session % count)


def with_noise(rows: OutOfFold) -> OutOfFold:
    noise = np.random.default_rng(1).normal(0, 4, rows.answers.rupture.shape).astype(np.float32)
    return replace(rows, answers=replace(rows.answers, rupture=rows.answers.rupture + noise))


def test_a_worse_variant_is_below_the_shipped_recipe_in_ranking_and_codes() -> None:
    shipped = of_folds(2)
    for speaker in ("patient", "therapist"):
        for found in compared(with_noise(shipped), shipped, speaker, RESAMPLES).values():
            own, other, difference = found
            assert difference.high < 0
            assert np.isclose(own.estimate - other.estimate, difference.estimate)


def test_the_same_answers_differ_by_nothing_under_every_draw() -> None:
    found = compared(of_folds(2), of_folds(2), "patient", RESAMPLES)
    assert list(found) == ["average precision", "kappa, 5 codes"]
    for _, _, difference in found.values():
        assert (difference.low, difference.estimate, difference.high) == (0, 0, 0)


def test_one_fold_is_ranked_but_not_decided() -> None:
    found = compared(of_folds(1), of_folds(1), "patient", RESAMPLES)
    assert list(found) == ["average precision"]


def test_the_table_has_a_line_a_measure() -> None:
    found = compared(of_folds(2), of_folds(2), "patient", RESAMPLES)
    rows = [row_of(("x", "y"), [0, 1], "patient", metric, of) for metric, of in found.items()]
    lines = markdown(rows, "signed").splitlines()
    assert sum(line.startswith("| x | y | 0, 1 | patient |") for line in lines) == 2
    assert lines[-1] == "`signed`"
