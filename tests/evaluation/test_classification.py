import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
    recall_score,
)

from rupture_nlp.evaluation.classification import (
    balanced_accuracy_of,
    f1_of,
    is_estimable,
    macro_f1_of,
    mcc_of,
    merge_labels,
    precision_of,
    prevalence_of,
    recall_of,
)
from rupture_nlp.evaluation.counts import confusion

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)
# reference none 90 of which 6 were flagged, rupture 10 of which 4 were found
RARE = np.array([[84.0, 6.0], [6.0, 4.0]])


def test_figures_of_a_table_worked_by_hand() -> None:
    assert precision_of(RARE).tolist() == pytest.approx([84 / 90, 0.4])
    assert recall_of(RARE).tolist() == pytest.approx([84 / 90, 0.4])
    assert f1_of(RARE).tolist() == pytest.approx([84 / 90, 0.4])
    assert prevalence_of(RARE).tolist() == pytest.approx([0.9, 0.1])
    assert float(macro_f1_of(RARE)) == pytest.approx((84 / 90 + 0.4) / 2)
    assert float(macro_f1_of(RARE, classes=[1])) == pytest.approx(0.4)
    assert float(balanced_accuracy_of(RARE)) == pytest.approx((84 / 90 + 0.4) / 2)
    # (84 * 4 - 6 * 6) / sqrt(90 * 10 * 90 * 10)
    assert float(mcc_of(RARE)) == pytest.approx(300 / 900)


def test_rows_are_the_reference() -> None:
    table = np.array([[5.0, 5.0], [0.0, 10.0]])
    assert recall_of(table).tolist() == [0.5, 1.0]
    assert precision_of(table).tolist() == pytest.approx([1.0, 10 / 15])


def test_figures_of_a_class_that_is_not_there_are_undefined_and_left_out_of_the_mean() -> None:
    table = confusion([0, 0, 1], [0, 1, 1], labels=3)
    assert np.isnan([precision_of(table)[2], recall_of(table)[2], f1_of(table)[2]]).all()
    assert float(macro_f1_of(table)) == pytest.approx(2 / 3)
    assert float(balanced_accuracy_of(table)) == pytest.approx(0.75)


def test_correlation_is_undefined_where_one_side_has_one_class() -> None:
    assert np.isnan(mcc_of(np.array([[3.0, 2.0], [0.0, 0.0]])))
    assert np.isnan(mcc_of(np.array([[3.0, 0.0], [2.0, 0.0]])))


@given(PAIRS)
def test_figures_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    reference, predicted = np.array(pairs).T
    table = confusion(reference, predicted, 4)
    precision, recall, f1, _ = precision_recall_fscore_support(
        reference, predicted, labels=range(4), zero_division=np.nan
    )
    assert precision_of(table) == pytest.approx(precision, nan_ok=True)
    assert recall_of(table) == pytest.approx(recall, nan_ok=True)
    assert f1_of(table) == pytest.approx(f1, nan_ok=True)
    assert float(macro_f1_of(table)) == pytest.approx(
        f1_score(reference, predicted, average="macro", zero_division=np.nan)
    )
    # balanced_accuracy_score is this, with a warning where a label was only predicted
    assert float(balanced_accuracy_of(table)) == pytest.approx(
        recall_score(reference, predicted, labels=np.unique(reference), average="macro")
    )
    if min(len(set(reference)), len(set(predicted))) > 1:
        assert float(mcc_of(table)) == pytest.approx(matthews_corrcoef(reference, predicted))


def test_merged_labels_keep_all_rows() -> None:
    table = np.arange(9, dtype=np.float64).reshape(3, 3)
    assert merge_labels(table, [0, 1, 1]).tolist() == [[0, 3], [9, 24]]
    assert merge_labels(np.stack([table, table]), [0, 0, 0]).tolist() == [[[36]], [[36]]]


def test_a_class_with_nineteen_positives_is_not_estimable() -> None:
    assert is_estimable(np.diag([19.0, 20.0])).tolist() == [False, True]
