import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from rupture_nlp.evaluation.agreement import (
    Weighting,
    agreement_weights,
    cohen_kappa,
    kappa_of,
    pabak,
    percent_agreement,
)

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)
WEIGHTINGS: list[Weighting] = ["nominal", "linear", "quadratic", "ordinal"]


def test_kappa_of_a_table_worked_by_hand() -> None:
    # 45 both yes, 15 only reference, 25 only predicted, 15 both no:
    # observed 0.60, chance 0.6*0.7 + 0.4*0.3 = 0.54, kappa = 0.06 / 0.46
    reference = np.repeat([1, 1, 0, 0], [45, 15, 25, 15])
    predicted = np.repeat([1, 0, 1, 0], [45, 15, 25, 15])
    assert cohen_kappa(reference, predicted) == pytest.approx(0.06 / 0.46)
    assert percent_agreement(reference, predicted) == pytest.approx(0.6)
    assert pabak(reference, predicted, labels=2) == pytest.approx(0.2)  # 2 * .6 - 1


def test_pabak_counts_labels_that_nobody_used() -> None:
    # observed 3/4: five labels (5 * .75 - 1) / 4 = .6875; two labels .5
    reference, predicted = [0, 0, 1, 1], [0, 0, 1, 0]
    assert pabak(reference, predicted, labels=5) == pytest.approx(0.6875)
    assert pabak(reference, predicted, labels=2) == pytest.approx(0.5)
    assert np.isnan(pabak([0], [0], labels=1))


def test_weights_of_three_labels() -> None:
    assert agreement_weights(3, "linear")[0].tolist() == [1, 0.5, 0]
    assert agreement_weights(3, "quadratic")[0].tolist() == [1, 0.75, 0]
    # pairs of labels spanned: neighbours 1 of 3, ends 3 of 3
    assert agreement_weights(3, "ordinal")[0] == pytest.approx([1, 2 / 3, 0])
    assert agreement_weights(1, "linear").tolist() == [[1]]


def test_kappa_is_undefined_when_only_one_label_occurs() -> None:
    ones = np.ones(5, dtype=np.int64)
    assert np.isnan(cohen_kappa(ones, ones))


def test_kappa_is_zero_when_one_coder_uses_one_label() -> None:
    assert cohen_kappa([0, 0, 0], [0, 1, 0]) == pytest.approx(0.0)


def test_kappa_refuses_empty_input() -> None:
    with pytest.raises(ValueError, match="no row"):
        cohen_kappa([], [])


@given(PAIRS)
def test_kappa_agrees_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    reference, predicted = np.array(pairs).T
    if len(np.unique(np.concatenate([reference, predicted]))) == 1:
        return
    for ours, theirs in (("nominal", None), ("linear", "linear"), ("quadratic", "quadratic")):
        expected = cohen_kappa_score(reference, predicted, weights=theirs, labels=range(4))
        found = cohen_kappa(reference, predicted, ours, labels=4)  # type: ignore[arg-type]  # loop
        assert found == pytest.approx(expected)


@given(PAIRS, st.sampled_from(WEIGHTINGS))
def test_kappa_does_not_care_who_is_the_reference(
    pairs: list[tuple[int, int]], weighting: Weighting
) -> None:
    reference, predicted = np.array(pairs).T
    there = cohen_kappa(reference, predicted, weighting, labels=4)
    back = cohen_kappa(predicted, reference, weighting, labels=4)
    assert there == pytest.approx(back, nan_ok=True)


@given(PAIRS, st.permutations(range(4)))
def test_plain_kappa_does_not_care_about_names_or_order(
    pairs: list[tuple[int, int]], names: list[int]
) -> None:
    reference, predicted = np.array(pairs).T
    order = np.random.default_rng(len(pairs)).permutation(len(pairs))
    renamed = np.array(names)
    assert cohen_kappa(renamed[reference][order], renamed[predicted][order]) == pytest.approx(
        cohen_kappa(reference, predicted), nan_ok=True
    )


@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.sampled_from(WEIGHTINGS))
def test_identical_coders_have_kappa_one(labels: list[int], weighting: Weighting) -> None:
    kappa = cohen_kappa(labels, labels, weighting, labels=4)
    if len(set(labels)) == 1:
        assert np.isnan(kappa)
    else:
        assert kappa == pytest.approx(1.0)


@given(PAIRS)
def test_kappa_is_at_most_one_and_at_least_minus_one(pairs: list[tuple[int, int]]) -> None:
    reference, predicted = np.array(pairs).T
    kappa = cohen_kappa(reference, predicted)
    assert np.isnan(kappa) or -1 - 1e-9 <= kappa <= 1 + 1e-9


def test_tables_may_have_leading_axes() -> None:
    tables = np.random.default_rng(0).integers(0, 9, size=(3, 2, 4, 4)).astype(np.float64)
    together = kappa_of(tables, "linear")
    assert together.shape == (3, 2)
    assert together[2, 1] == pytest.approx(float(kappa_of(tables[2, 1], "linear")))
