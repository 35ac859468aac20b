import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.counts import group_rows
from rupture_nlp.evaluation.multilabel import (
    label_f1_of,
    label_kappa_of,
    label_macro_f1_of,
    label_micro_f1_of,
    label_precision_of,
    label_recall_of,
    label_statistics,
    sample_f1_of,
    sample_f1_statistics,
)

REFERENCE = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0]])
PREDICTED = np.array([[1, 0, 0], [0, 0, 0], [1, 1, 0]])


def test_figures_by_label_worked_by_hand() -> None:
    # label 0: both rows found; label 1: once missed, once invented; label 2: nowhere
    statistics = label_statistics(REFERENCE, PREDICTED)[0]
    assert statistics.tolist() == [[2, 2, 2], [0, 1, 1], [0, 0, 0]]
    for figure in (label_precision_of, label_recall_of, label_f1_of):
        assert figure(statistics).tolist() == pytest.approx([1, 0, float("nan")], nan_ok=True)
    assert float(label_macro_f1_of(statistics)) == 0.5
    assert float(label_macro_f1_of(statistics, labels=[0])) == 1.0
    assert float(label_micro_f1_of(statistics)) == pytest.approx(2 * 2 / (3 + 3))


def test_sample_f1_leaves_out_rows_on_which_both_say_nothing() -> None:
    # rows 0 and 2: one of three labels apart, 2 * 1 / (2 + 1) each; row 1 is empty on both sides
    statistics = sample_f1_statistics(REFERENCE, PREDICTED)[0]
    assert statistics.tolist() == pytest.approx([4 / 3, 2])
    assert float(sample_f1_of(statistics)) == pytest.approx(2 / 3)
    nothing = np.zeros((2, 3), dtype=np.int64)
    assert np.isnan(sample_f1_of(sample_f1_statistics(nothing, nothing)[0]))


@given(st.integers(0, 10_000))
def test_figures_agree_with_scikit_learn_and_kappa(seed: int) -> None:
    random = np.random.default_rng(seed)
    reference, predicted = random.integers(0, 2, size=(2, 20, 4))
    statistics = label_statistics(reference, predicted)[0]
    for average, found in (
        (None, label_f1_of(statistics)),
        ("macro", label_macro_f1_of(statistics)),
        ("micro", label_micro_f1_of(statistics)),
        ("samples", sample_f1_of(sample_f1_statistics(reference, predicted)[0])),
    ):
        expected = f1_score(reference, predicted, average=average, zero_division=np.nan)
        assert found == pytest.approx(expected)
    kappa = label_kappa_of(statistics, np.array(20.0))
    for label in range(4):
        expected = cohen_kappa(reference[:, label], predicted[:, label])
        assert kappa[label] == pytest.approx(expected, nan_ok=True)


def test_a_row_that_misses_an_entry_is_left_out() -> None:
    gap = PREDICTED.copy()
    gap[2, 2] = -1
    assert label_statistics(REFERENCE, gap)[0].tolist() == [[1, 1, 1], [0, 1, 0], [0, 0, 0]]
    with pytest.raises(ValueError, match="no row"):
        label_statistics(REFERENCE, np.full((3, 3), -1))
    with pytest.raises(ValueError, match="one shape"):
        label_statistics(REFERENCE, PREDICTED[:2])
    with pytest.raises(ValueError, match="rows, labels"):
        label_statistics([1], [1])


def test_statistics_of_groups_add_up_to_the_whole() -> None:
    by_group = label_statistics(REFERENCE, PREDICTED, group_rows("aab"))
    assert by_group.shape == (2, 3, 3)
    assert by_group.sum(axis=0).tolist() == label_statistics(REFERENCE, PREDICTED)[0].tolist()
    samples = sample_f1_statistics(REFERENCE, PREDICTED, group_rows("aab"))
    assert samples.tolist() == pytest.approx(np.array([[2 / 3, 1], [2 / 3, 1]]))
