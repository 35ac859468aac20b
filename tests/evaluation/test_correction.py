import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rupture_nlp.evaluation.correction import Detection, correct_rates


def test_a_rate_is_corrected_for_misses_and_false_alarms() -> None:
    # sensitivity .8, specificity .95; 14 of 100 flagged: (.14 + .95 - 1) / .75 = .12
    found = correct_rates([14], [100], Detection(80, 20, 950, 50))
    assert found.observed[0] == pytest.approx(0.14)
    assert found.corrected[0] == pytest.approx(0.12)
    assert found.low[0] < 0.12 < found.high[0]


def test_an_interval_worked_by_hand() -> None:
    # 8 of 16 flagged at z = 2: 10 of 20. Validation with one success and one failure more:
    # sensitivity 9/10 of 10, specificity 9/10 of 10. Rate (.5 + .9 - 1) / .8 = .5; the shift is
    # 2 * 4 * (.5 * .009 - .5 * .009) = 0; variance .0125 + .25 * .009 + .25 * .009 = .017
    level = float(2 * stats.norm.cdf(2) - 1)
    found = correct_rates([8], [16], Detection(8, 0, 8, 0), level)
    half = 2 * np.sqrt(0.017) / 0.8
    assert [found.low[0], found.high[0]] == pytest.approx([0.5 - half, 0.5 + half])
    # sensitivity 5/10 of 10 instead: rate (.5 + .9 - 1) / .4 = 1, the shift
    # 2 * 4 * (1 * .025 - 0) = .2, variance .0125 + .025 = .0375
    poor = correct_rates([8], [16], Detection(4, 4, 8, 0), level)
    assert poor.low[0] == pytest.approx(1 + 0.2 - 2 * np.sqrt(0.0375) / 0.4)
    assert poor.high[0] == 1.0


def test_fewer_flags_than_false_alarms_alone_would_give_are_a_rate_of_none() -> None:
    found = correct_rates([2], [100], Detection(80, 20, 950, 50))
    assert found.corrected[0] == 0.0
    assert found.low[0] == 0.0


def test_a_faultless_model_known_well_needs_no_correction() -> None:
    found = correct_rates([30], [100], Detection(1e9, 0, 1e9, 0))
    # the interval is then that of a share with z^2/2 successes and failures added (Agresti-Coull)
    z = 1.959963985
    share = (30 + z**2 / 2) / (100 + z**2)
    half = z * np.sqrt(share * (1 - share) / (100 + z**2))
    assert found.corrected[0] == pytest.approx(0.3)
    assert [found.low[0], found.high[0]] == pytest.approx([share - half, share + half], abs=1e-6)


def test_fewer_coded_turns_widen_the_interval() -> None:
    many = correct_rates([14], [100], Detection(800, 200, 9500, 500))
    few = correct_rates([14], [100], Detection(8, 2, 95, 5))
    assert few.high[0] - few.low[0] > many.high[0] - many.low[0]


def test_the_interval_holds_the_true_rate_as_often_as_it_says() -> None:
    # true rate .15, sensitivity .7, specificity .9, 120 turns; validation on 60 and 300 turns
    random = np.random.default_rng(0)
    held = []
    for _ in range(400):
        found = random.binomial(60, 0.7)
        passed = random.binomial(300, 0.9)
        flagged = random.binomial(120, 0.15 * 0.7 + 0.85 * 0.1)
        detection = Detection(found, 60 - found, passed, 300 - passed)
        rates = correct_rates([flagged], [120], detection)
        held.append(rates.low[0] <= 0.15 <= rates.high[0])
    assert 0.92 <= np.mean(held) <= 0.99


def test_a_model_no_better_than_chance_says_nothing_about_rates() -> None:
    found = correct_rates([14, 0], [100, 0], Detection(10, 90, 90, 10))
    assert found.observed[0] == 0.14
    assert np.isnan([found.corrected, found.low, found.high]).all()


def test_a_session_without_turns_has_no_rate() -> None:
    found = correct_rates([0], [0], Detection(80, 20, 950, 50))
    assert np.isnan([found.observed, found.corrected, found.low, found.high]).all()


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="more flagged turns"):
        correct_rates([3], [2], Detection(8, 2, 9, 1))
    with pytest.raises(ValueError, match="more flagged turns"):
        correct_rates([-1], [2], Detection(8, 2, 9, 1))
    with pytest.raises(ValueError, match="negative"):
        Detection(-1, 2, 9, 1)
    with pytest.raises(ValueError, match="both with and without"):
        Detection(0, 0, 9, 1)


@given(
    st.integers(0, 50),
    st.tuples(*[st.integers(0, 40)] * 4).filter(lambda n: n[0] + n[1] > 0 and n[2] + n[3] > 0),
)
def test_rates_and_intervals_are_shares_in_order(
    flagged: int, counts: tuple[int, int, int, int]
) -> None:
    found = correct_rates([flagged], [50], Detection(*counts))
    if not np.isnan(found.corrected[0]):
        assert 0 <= found.corrected[0] <= 1
        assert 0 <= found.low[0] <= found.high[0] <= 1
