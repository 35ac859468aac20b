import numpy as np
import pytest

from rupture_nlp.evaluation.counts import (
    Grouping,
    as_labels,
    confusion,
    confusion_by_group,
    group_rows,
    labels_in,
    mean_where_defined,
    ratio,
)


def test_groups_are_sorted_and_rows_point_to_them() -> None:
    groups = group_rows(["b", "a", "b"])
    assert groups.names == ("a", "b")
    assert groups.index.tolist() == [1, 0, 1]


def test_rows_are_summed_by_group_whatever_their_shape() -> None:
    groups = group_rows(["b", "a", "b"])
    assert groups.sum([1, 2, 4]).tolist() == [2, 5]
    assert groups.sum([[[1, 2]], [[3, 4]], [[5, 6]]]).tolist() == [[[3, 4]], [[6, 8]]]


def test_some_of_the_rows_keep_all_the_groups() -> None:
    groups = group_rows(["b", "a", "b"]).take(np.array([True, False, True]))
    assert groups.names == ("a", "b")
    assert groups.sum([1, 1]).tolist() == [0, 2]


def test_a_sum_needs_one_row_for_each_entry() -> None:
    with pytest.raises(ValueError, match="2 rows, but 3"):
        group_rows("aab").sum([1, 2])


def test_negative_labels_and_nan_are_missing() -> None:
    assert as_labels([2, -7, 0]).tolist() == [2, -1, 0]
    assert as_labels([2.0, float("nan")]).tolist() == [2, -1]
    assert as_labels([True, False]).tolist() == [1, 0]


@pytest.mark.parametrize("values", [[0.5], [float("inf")], ["none"]])
def test_labels_are_whole_numbers(values: list[object]) -> None:
    with pytest.raises(ValueError, match="labels must be"):
        as_labels(np.array(values))


def test_confusion_has_the_reference_in_rows_and_leaves_out_what_misses_a_label() -> None:
    table = confusion([0, 0, 1, -1, 1], [0, 1, 1, 1, -1])
    assert table.tolist() == [[1, 1], [0, 1]]


def test_confusion_by_group_adds_up_to_the_whole() -> None:
    reference, predicted = [0, 2, 1, 1], [0, 1, 1, 0]
    by_group = confusion_by_group(reference, predicted, 3, group_rows("abba"))
    assert by_group.shape == (2, 3, 3)
    assert by_group[0].tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert by_group.sum(axis=0).tolist() == confusion(reference, predicted).tolist()


def test_confusion_refuses_nothing_and_unknown_labels_and_unequal_columns() -> None:
    with pytest.raises(ValueError, match="no row"):
        confusion([], [])
    with pytest.raises(ValueError, match="no row"):
        confusion([0, -1], [-1, 0])
    with pytest.raises(ValueError, match="below 2"):
        confusion([0], [2], labels=2)
    with pytest.raises(ValueError, match="one length"):
        confusion([0], [0, 1])


def test_the_number_of_labels_is_the_highest_plus_one() -> None:
    assert labels_in([0, 3], [1]) == 4
    assert labels_in([-1], []) == 1


def test_a_ratio_to_nothing_is_undefined_and_left_out_of_means() -> None:
    values = ratio([1.0, 1.0, 0.0], [2.0, 0.0, 0.0])
    assert values[0] == 0.5
    assert np.isnan(values[1:]).all()
    assert mean_where_defined(values) == 0.5
    assert np.isnan(mean_where_defined(values[1:]))


def test_no_rows_sum_to_zeros() -> None:
    none = Grouping(("a", "b"), np.zeros(0, dtype=np.int64))
    assert none.sum(np.zeros((0, 3))).tolist() == [[0.0] * 3] * 2
    assert none.sum(np.zeros(0)).tolist() == [0.0, 0.0]
