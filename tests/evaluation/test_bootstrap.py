import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rupture_nlp.evaluation.agreement import kappa_of, percent_agreement_of
from rupture_nlp.evaluation.bootstrap import Resamples, bootstrap, resample
from rupture_nlp.evaluation.classification import f1_of, recall_of
from rupture_nlp.evaluation.counts import FloatArray, confusion_by_group, group_rows, ratio


def mean_of(sums: FloatArray) -> FloatArray:
    return ratio(sums[..., 0], sums[..., 1])


def made_tables(seed: int, groups: int, rows: int = 400) -> FloatArray:
    random = np.random.default_rng(seed)
    reference = random.integers(3, size=rows)
    predicted = np.where(random.random(rows) < 0.7, reference, random.integers(3, size=rows))
    return confusion_by_group(
        reference, predicted, 3, group_rows(random.integers(groups, size=rows))
    )


def test_each_draw_has_as_many_groups_as_there_are_and_the_first_row_is_the_sample() -> None:
    weights = resample(groups=7, draws=50, seed=1).weights
    assert weights.shape == (51, 7)
    assert weights[0].tolist() == [1.0] * 7
    assert (weights.sum(axis=1) == 7).all()
    assert len(np.unique(weights[1:], axis=0)) > 40


def test_weights_of_one_give_the_estimate_of_the_whole() -> None:
    tables = made_tables(0, groups=25)
    found = bootstrap(tables, kappa_of, draws=200)
    assert found.estimate == float(kappa_of(tables.sum(axis=0)))
    assert found.low < found.estimate < found.high
    assert (found.draws, found.seed, found.groups, found.undefined) == (200, 0, 25, 0)


def test_a_draw_is_the_same_as_drawing_the_rows_of_the_groups() -> None:
    random = np.random.default_rng(4)
    reference, predicted = random.integers(2, size=(2, 60))
    owner = group_rows(random.integers(6, size=60))
    tables = confusion_by_group(reference, predicted, 2, owner)
    weights = resample(6, draws=20, seed=9).weights[7]
    rows = np.concatenate(
        [np.flatnonzero(owner.index == at).repeat(int(times)) for at, times in enumerate(weights)]
    )
    drawn = confusion_by_group(reference[rows], predicted[rows], 2)[0]
    assert np.tensordot(weights, tables, axes=1).tolist() == drawn.tolist()


def test_the_same_seed_gives_the_same_interval_and_another_another() -> None:
    tables = made_tables(0, groups=25)
    first, again, other = (bootstrap(tables, kappa_of, draws=100, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first.low != other.low


def test_rows_are_summed_by_group_before_they_are_drawn() -> None:
    random = np.random.default_rng(0)
    rows = np.column_stack([random.random(90), np.ones(90)])
    groups = group_rows(random.integers(30, size=90))
    assert bootstrap(rows, mean_of, groups, draws=99) == bootstrap(
        groups.sum(rows), mean_of, draws=99
    )


def test_groups_are_drawn_and_not_rows() -> None:
    # four groups of 100 equal rows: drawing rows would give an interval ten times too narrow
    values = np.repeat([0.0, 0.0, 1.0, 1.0], 100)
    rows = np.column_stack([values, np.ones(400)])
    found = bootstrap(rows, mean_of, group_rows(np.repeat(range(4), 100)))
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_interval_of_a_mean_is_near_that_of_theory() -> None:
    values = np.random.default_rng(0).normal(size=400)
    rows = np.column_stack([values, np.ones(400)])
    half = stats.norm.ppf(0.975) * values.std() / 20
    for method in ("percentile", "bca"):
        found = resample(400, method=method).interval(rows, mean_of)
        assert found.low == pytest.approx(values.mean() - half, abs=0.01)
        assert found.high == pytest.approx(values.mean() + half, abs=0.01)
        assert found.method == method


def test_bca_agrees_with_scipy_on_a_skewed_sample() -> None:
    values = np.random.default_rng(1).exponential(size=60)
    rows = np.column_stack([values, np.ones(60)])
    found = resample(60, draws=20_000, method="bca").interval(rows, mean_of)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    assert found.low == pytest.approx(theirs.low, abs=0.01)
    assert found.high == pytest.approx(theirs.high, abs=0.01)


def test_few_groups_are_warned_of() -> None:
    few = bootstrap(made_tables(0, groups=19), kappa_of, draws=50)
    assert few.few_groups
    assert few.warning == "only 19 groups: the interval is likely too narrow"
    assert bootstrap(made_tables(0, groups=20), kappa_of, draws=50).warning is None


def test_a_group_without_data_is_not_counted() -> None:
    tables = np.concatenate([made_tables(0, groups=19), np.zeros((5, 3, 3))])
    assert bootstrap(tables, kappa_of, draws=50).groups == 19


def test_draws_in_which_the_figure_is_undefined_are_left_out_and_counted() -> None:
    # one of four groups has the only positives: (3/4)^4 = 32 % of draws have none
    tables = np.zeros((4, 2, 2))
    tables[:, 0, 0] = 5
    tables[0, 1, 1] = 2
    found = bootstrap(tables, lambda sums: recall_of(sums)[:, 1], draws=1000)
    assert (found.estimate, found.low, found.high) == (1.0, 1.0, 1.0)
    assert 0.27 < found.undefined / 1000 < 0.37


def test_a_figure_that_is_never_defined_has_no_interval() -> None:
    found = bootstrap(np.zeros((30, 2, 2)), kappa_of, draws=20)
    assert np.isnan([found.estimate, found.low, found.high]).all()
    assert found.undefined == 20
    assert found.groups == 0


def test_figures_that_come_together_have_an_interval_each() -> None:
    tables = made_tables(0, groups=25)
    drawn = resample(25, draws=100)
    found = drawn.interval_each(tables, f1_of)
    alone = drawn.interval(tables, lambda sums: f1_of(sums)[:, 1])
    assert len(found) == 3
    assert found[1] == alone


def test_a_paired_difference_is_narrower_than_its_parts() -> None:
    first = made_tables(0, groups=25)
    second = first.copy()
    second[:, 0, 0] -= np.minimum(first[:, 0, 0], 1)  # one hit fewer in each group
    second[:, 0, 1] += np.minimum(first[:, 0, 0], 1)
    drawn = resample(25, draws=400)
    one, other = drawn.interval(first, kappa_of), drawn.interval(second, kappa_of)
    apart = drawn.difference(first, second, kappa_of)
    assert apart.estimate == pytest.approx(one.estimate - other.estimate)
    assert apart.low > 0
    assert apart.high - apart.low < (one.high - one.low) / 2


def test_a_system_does_not_differ_from_itself() -> None:
    tables = made_tables(0, groups=25)
    found = resample(25, draws=50).difference(tables, tables, kappa_of)
    assert (found.estimate, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_share_of_the_ceiling_is_undefined_where_there_is_none() -> None:
    tables = made_tables(0, groups=25)
    drawn = resample(25, draws=50)
    assert drawn.difference(tables, tables, kappa_of, share=True).low == 1.0
    off = np.zeros((25, 3, 3))
    off[:, 0, 1] = 1
    assert np.isnan(drawn.difference(tables, off, percent_agreement_of, share=True).estimate)


def test_blocks_of_draws_change_nothing() -> None:
    tables = made_tables(0, groups=25)
    drawn = resample(25, draws=30)
    whole = drawn.interval(tables, kappa_of)
    cells = 2_000_000  # two draws at a time

    def by_weights(weights: FloatArray) -> FloatArray:
        assert len(weights) <= 2
        return kappa_of(np.tensordot(weights, tables, axes=1))[:, None]

    assert drawn.interval_weighted(by_weights, 25, cells)[0] == whole


@given(st.integers(2, 30), st.integers(0, 100))
def test_the_ends_are_in_order_and_within_what_was_drawn(groups: int, seed: int) -> None:
    values = np.random.default_rng(seed).random(groups)
    found = bootstrap(np.column_stack([values, np.ones(groups)]), mean_of, draws=40, seed=seed)
    assert values.min() - 1e-9 <= found.low <= found.high <= values.max() + 1e-9


def test_one_group_has_a_figure_but_no_interval() -> None:
    # All draws of one group are the same; ends at the estimate would claim that nothing varies.
    found = bootstrap(np.array([[0.4, 1.0]]), mean_of, draws=10)
    assert found.estimate == pytest.approx(0.4)
    assert np.isnan([found.low, found.high]).all()
    assert found.warning is not None


def test_a_bootstrap_needs_groups_and_draws() -> None:
    for groups, draws in ((0, 10), (10, 0)):
        with pytest.raises(ValueError, match="at least one"):
            resample(groups, draws)
    assert Resamples(np.ones((3, 2)), seed=0).draws == 2
