import numpy as np
import pytest
from scipy import stats

from rupture_nlp.evaluation.alt_test import AltTestOptions, alt_test, why_no_alt_test
from rupture_nlp.evaluation.counts import IntArray, group_rows


def coders_of(seed: int, rows: int, accuracies: list[float]) -> tuple[IntArray, IntArray]:
    """The truth, and coders who hit it so often and else pick another of four labels."""
    random = np.random.default_rng(seed)
    truth = random.integers(4, size=rows)
    hit = random.random((rows, len(accuracies))) < np.array(accuracies)
    wrong = (truth[:, None] + random.integers(1, 4, size=hit.shape)) % 4
    return truth, np.where(hit, truth[:, None], wrong)


def test_advantages_worked_by_hand() -> None:
    # Against coder 0, the others being (1, 1), (0, 0), (0, 1), (1, 1) in turn of four rows:
    #   model 1 0 0 0 is right with 2 2 1 0 of them, coder 0 1 1 1 1 with 2 0 1 2
    # so model as close or closer in rows 0 1 2, coder in rows 0 2 3
    coders = np.array([[1, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 1]])
    options = AltTestOptions(fewest_rows=4)
    found = alt_test([1, 0, 0, 0], coders, options).coders[0]
    assert (found.coder, found.rows) == (0, 4)
    assert found.advantage == 0.75
    assert found.coder_advantage == 0.75
    # differences coder - model: 0 -1 0 1, mean 0, one-sided t-test of mean < .2
    expected = stats.ttest_1samp([0, -1, 0, 1], 0.2, alternative="less").pvalue
    assert found.p_value == pytest.approx(expected)


def test_a_model_that_is_always_right_beats_poor_coders() -> None:
    truth, coders = coders_of(0, 100, [0.7, 0.7, 0.7])
    found = alt_test(truth, coders)
    assert found.winning_rate == 1.0
    assert found.passed
    assert found.advantage == np.mean([one.advantage for one in found.coders])


def test_a_model_that_guesses_does_not_pass() -> None:
    _, coders = coders_of(0, 100, [0.9, 0.9, 0.9])
    found = alt_test(np.random.default_rng(1).integers(4, size=100), coders)
    assert found.winning_rate == 0.0
    assert not found.passed


def test_a_smaller_epsilon_is_harder_to_pass() -> None:
    truth, coders = coders_of(3, 120, [0.85, 0.85, 0.85, 0.85])
    model = np.where(np.random.default_rng(5).random(120) < 0.85, truth, (truth + 1) % 4)
    lenient = alt_test(model, coders, AltTestOptions(epsilon=0.3))
    strict = alt_test(model, coders, AltTestOptions(epsilon=0.0))
    assert all(
        low.p_value < high.p_value for low, high in zip(lenient.coders, strict.coders, strict=True)
    )
    assert lenient.winning_rate > strict.winning_rate
    assert lenient.advantage == strict.advantage


def test_several_tests_are_corrected_as_scipy_does() -> None:
    won: list[float] = []
    truth, coders = coders_of(19, 60, [0.6, 0.7, 0.75, 0.8, 0.9])
    model = np.where(np.random.default_rng(2).random(60) < 0.75, truth, (truth + 2) % 4)
    for method in ("by", "bh"):
        found = alt_test(model, coders, AltTestOptions(epsilon=0.1, correction=method))
        corrected = stats.false_discovery_control(
            [one.p_value for one in found.coders], method=method
        )
        assert [one.won for one in found.coders] == (corrected <= 0.05).tolist()
        won.append(found.winning_rate)
    assert won == [0.4, 0.8]  # Benjamini-Yekutieli is the stricter


def test_numbers_are_compared_by_distance() -> None:
    # others 4 and 4: model 4.5 is nearer than coder 2 everywhere
    coders = np.tile([2.0, 4.0, 4.0], (30, 1))
    found = alt_test(np.full(30, 4.5), coders, AltTestOptions(closeness="distance"))
    assert found.coders[0].advantage == 1.0
    assert found.coders[0].p_value == 0.0
    assert found.coders[0].won


def test_rows_of_a_group_count_as_one_observation_of_many() -> None:
    truth, coders = coders_of(0, 40, [0.8, 0.8, 0.8])
    model = np.where(np.random.default_rng(1).random(40) < 0.85, truth, (truth + 1) % 4)
    plain = alt_test(model, coders).coders[0]
    times = 10  # the same rows ten times over: no more is known than before
    clustered = alt_test(
        np.tile(model, times),
        np.tile(coders, (times, 1)),
        groups=group_rows(list(range(40)) * times),
    ).coders[0]
    alone = alt_test(model, coders, groups=group_rows(range(40))).coders[0]
    assert clustered.p_value == pytest.approx(alone.p_value)
    # each row its own group is the plain test
    assert alone.p_value == pytest.approx(plain.p_value)


def test_one_group_shows_nothing() -> None:
    truth, coders = coders_of(0, 40, [0.8, 0.8, 0.8])
    found = alt_test(truth, coders, groups=group_rows([1] * 40))
    assert [one.p_value for one in found.coders] == [1.0] * 3
    assert found.winning_rate == 0.0


def test_a_row_counts_for_a_coder_if_two_others_coded_it() -> None:
    truth, coders = coders_of(0, 50, [0.8, 0.8, 0.8, 0.8])
    coders[:5, 1:3] = -1  # coder 0 has one other left there
    coders[5:10, 3] = -1
    found = alt_test(truth, coders)
    assert [one.rows for one in found.coders] == [45, 45, 45, 40]


def test_rows_without_the_model_are_left_out() -> None:
    truth, coders = coders_of(0, 50, [0.8, 0.8, 0.8])
    model = truth.copy()
    model[:10] = -1
    assert [one.rows for one in alt_test(model, coders).coders] == [40] * 3


def test_the_test_says_plainly_why_it_cannot_be_made() -> None:
    _, coders = coders_of(0, 50, [0.8, 0.8, 0.8])
    assert why_no_alt_test(coders) is None
    assert why_no_alt_test(coders[:, :2]) == (
        "The alternative annotator test needs at least 3 coders; there are 2."
    )
    assert "there is 1" in str(why_no_alt_test(coders[:, :1]))
    assert "at least 30 rows that two others coded too; there are 0" in str(
        why_no_alt_test(coders[:29])
    )
    with pytest.raises(ValueError, match="at least 3 coders"):
        alt_test(coders[:, 0], coders[:, :2])
