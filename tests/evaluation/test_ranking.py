import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.counts import group_rows
from rupture_nlp.evaluation.ranking import (
    alert_statistics,
    auroc,
    average_precision,
    precision_at_alerts_of,
    rank_rows,
    recall_at_alerts_of,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 3)), min_size=1, max_size=40
)


def test_figures_of_a_ranking_worked_by_hand() -> None:
    # ranked + - + - : precision 1 at the first, 2/3 at the second positive; of four pairs of a
    # positive and a negative three are in order
    assert average_precision([4, 3, 2, 1], [1, 0, 1, 0]) == pytest.approx((1 + 2 / 3) / 2)
    assert auroc([4, 3, 2, 1], [1, 0, 1, 0]) == pytest.approx(0.75)


def test_one_score_for_all_is_worth_the_prevalence() -> None:
    assert average_precision([1, 1, 1, 1], [1, 0, 0, 0]) == pytest.approx(0.25)
    assert auroc([1, 1, 1, 1], [1, 0, 0, 0]) == pytest.approx(0.5)


def test_figures_of_one_class_are_undefined() -> None:
    assert np.isnan(average_precision([1, 2], [0, 0]))
    assert np.isnan(auroc([1, 2], [0, 0]))
    assert np.isnan(auroc([1, 2], [1, 1]))
    assert average_precision([1, 2], [1, 1]) == 1.0


def test_rows_without_score_or_outcome_are_left_out() -> None:
    nan = float("nan")
    assert auroc([4, 3, nan, 9, 1], [1, 0, 1, -1, 0]) == auroc([4, 3, 1], [1, 0, 0])
    with pytest.raises(ValueError, match="no row"):
        auroc([nan], [1])
    with pytest.raises(ValueError, match="one length"):
        auroc([1], [1, 0])


@given(ROWS)
def test_figures_agree_with_scikit_learn(rows: list[tuple[int, bool, int]]) -> None:
    scores, positive, _ = (np.array(column) for column in zip(*rows, strict=True))
    if positive.any():
        expected = average_precision_score(positive, scores)
        assert average_precision(scores, positive) == pytest.approx(expected)
    if 0 < positive.sum() < len(positive):
        assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


@given(ROWS, st.integers(0, 1000))
def test_a_draw_is_the_same_as_the_rows_of_its_groups(
    rows: list[tuple[int, bool, int]], seed: int
) -> None:
    scores, positive, owner = (np.array(column) for column in zip(*rows, strict=True))
    groups = group_rows(owner)
    weights = np.random.default_rng(seed).integers(0, 3, size=len(groups.names))
    times = weights[groups.index]
    figures = rank_rows(scores, positive, groups).figures(weights[None, :].astype(np.float64))[0]
    if times.sum() == 0:
        assert np.isnan(figures).all()
        return
    drawn_scores, drawn = np.repeat(scores, times), np.repeat(positive, times)
    expected = [average_precision(drawn_scores, drawn), auroc(drawn_scores, drawn), drawn.mean()]
    assert figures.tolist() == pytest.approx(expected, nan_ok=True)


def test_intervals_hold_the_figures_and_name_the_groups_with_rows() -> None:
    random = np.random.default_rng(0)
    groups = group_rows(random.integers(30, size=600))
    positive = random.random(600) < 0.2
    scores = positive + random.normal(size=600)
    found = rank_rows(scores, positive, groups).intervals(resample(30, draws=200))
    assert found.average_precision.estimate == pytest.approx(average_precision(scores, positive))
    assert found.auroc.low < found.auroc.estimate < found.auroc.high
    assert found.prevalence.estimate == pytest.approx(positive.mean())
    assert found.auroc.groups == 30


def test_alerts_fall_on_the_highest_scores_of_each_session_and_ties_on_the_earlier() -> None:
    sessions = group_rows(list("aaaabb"))
    scores = [0.1, 0.9, 0.5, 0.5, 0.2, 0.1]
    positive = [0, 1, 1, 1, 0, 1]
    # two alerts: a on 1 and 2 (3 ties with 2 but comes later), b on both of its rows
    statistics = alert_statistics(scores, positive, sessions, alerts=2)
    assert statistics.tolist() == [[2, 3, 2], [1, 1, 2]]
    assert float(recall_at_alerts_of(statistics.sum(axis=0))) == pytest.approx(0.75)
    assert precision_at_alerts_of(statistics).tolist() == [1.0, 0.5]


def test_alerts_of_interleaved_sessions_are_summed_by_group() -> None:
    sessions, patients = group_rows(list("abab")), group_rows(list("pppp"))
    statistics = alert_statistics([4, 3, 2, 1], [0, 1, 1, 0], sessions, 1, patients)
    assert statistics.tolist() == [[1, 2, 2]]
    with pytest.raises(ValueError, match="at least one alert"):
        alert_statistics([1], [1], group_rows("a"), 0)
