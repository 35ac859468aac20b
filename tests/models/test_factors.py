"""What training changed in one tensor."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.models.factors import (
    LowRank,
    Rows,
    Whole,
    apply_change,
    find_change,
)


def matrix(rows: int, columns: int, seed: int, size: float = 1.0) -> torch.Tensor:
    return size * torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


@given(
    rows=st.integers(1, 60),
    columns=st.integers(1, 60),
    rank=st.integers(1, 6),
    allowed=st.integers(1, 40),
    seed=st.integers(0, 10**6),
)
def test_what_adapters_changed_comes_back_whatever_the_shape(
    rows: int, columns: int, rank: int, allowed: int, seed: int
) -> None:
    before = matrix(rows, columns, seed, 0.05)
    difference = 0.003 * matrix(rows, rank, seed + 1) @ matrix(rank, columns, seed + 2)
    after = before + difference
    change = find_change(before, after, max(rank, allowed))
    restored = apply_change(before, change)
    # Two factors of 11 bits each: an entry is off by 2 ** -11 of what its terms add up to.
    bound = 1e-5 + 2**-10 * float(difference.abs().max()) * min(rank + 1, 7) ** 0.5 * 4
    assert float((restored - after).abs().max()) <= bound
    if isinstance(change, LowRank):
        assert change.left.shape[1] <= rank
        assert change.left.dtype == change.right.dtype == torch.float16


@given(
    rows=st.integers(1, 40),
    added=st.integers(0, 4),
    seed=st.integers(0, 10**6),
    data=st.data(),
)
def test_changed_and_added_rows_come_back_with_every_bit(
    rows: int, added: int, seed: int, data: st.DataObject
) -> None:
    before = matrix(rows, 16, seed)
    after = torch.cat([before, matrix(added, 16, seed + 1)])
    changed = data.draw(st.sets(st.integers(0, rows - 1), max_size=3))
    for row in changed:
        after[row] += 1.0
    change = find_change(before, after, rank=64)
    assert torch.equal(apply_change(before, change), after)
    if changed or added:
        assert isinstance(change, Rows)
        assert change.ids.tolist() == [*sorted(changed), *range(rows, rows + added)]
    else:
        assert change is None


def test_the_rank_is_the_smallest_that_is_exact() -> None:
    before, after = matrix(64, 96, 0), matrix(64, 96, 0)
    after += matrix(64, 5, 1) @ matrix(5, 96, 2)
    change = find_change(before, after, rank=16)
    assert isinstance(change, LowRank)
    assert change.left.shape == (64, 5)


def test_a_change_of_full_rank_is_cut_to_the_rank_allowed() -> None:
    before, after = matrix(64, 96, 0), matrix(64, 96, 7)
    change = find_change(before, after, rank=4)
    assert isinstance(change, LowRank)
    assert change.left.shape == (64, 4)
    # The best of its rank: what is left has the fifth singular value (Eckart and Young, 1936).
    sizes = torch.linalg.svdvals((after - before).double())
    left = (after - apply_change(before, change)).double()
    norm = float(torch.linalg.matrix_norm(left, 2))
    assert norm == pytest.approx(float(sizes[4]), rel=1e-2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, matrix(3, 4, 0)),
        (torch.zeros(4), torch.ones(4)),  # a bias
        (torch.zeros(3, 4), torch.ones(3, 5)),
        (torch.zeros(5, 4), torch.ones(3, 4)),
        (torch.arange(3), torch.arange(1, 4)),
        (torch.zeros(2, 2, 2), torch.ones(2, 2, 2)),
    ],
)
def test_what_is_no_matrix_of_the_same_width_is_kept_whole(
    before: torch.Tensor | None, after: torch.Tensor
) -> None:
    change = find_change(before, after, rank=2)
    assert isinstance(change, Whole)
    assert torch.equal(apply_change(before, change), after)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 2, 2)])
def test_no_change_is_none(shape: tuple[int, ...]) -> None:
    tensor = torch.ones(shape)
    assert find_change(tensor, tensor.clone(), rank=2) is None
    assert apply_change(tensor, None) is tensor


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        find_change(torch.ones(2, 2), torch.full((2, 2), float("nan")), rank=2)
    with pytest.raises(ValueError, match="rank must be 1"):
        find_change(torch.ones(2, 2), torch.ones(2, 2), rank=0)


@pytest.mark.parametrize(
    "change",
    [
        LowRank(torch.ones(2, 1), torch.ones(1, 4)),
        LowRank(torch.ones(3, 1), torch.ones(1, 5)),
        Rows(torch.tensor([0, 1]), torch.ones(1, 4)),
        Rows(torch.tensor([0]), torch.ones(1, 5)),
        Rows(torch.tensor([-1]), torch.ones(1, 4)),
        Rows(torch.tensor([9]), torch.ones(1, 4)),
    ],
)
def test_a_change_that_does_not_fit_is_refused(change: LowRank | Rows) -> None:
    with pytest.raises(ValueError, match=r"shape|outside"):
        apply_change(torch.ones(3, 4), change)
    with pytest.raises(ValueError, match="nothing to change"):
        apply_change(None, change)
