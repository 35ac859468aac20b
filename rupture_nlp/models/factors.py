"""What training changed in one tensor, in as few numbers as say it.

A matrix that adapters changed differs from its old self by a matrix of low rank: two thin factors
hold it (singular value decomposition). A table of embeddings of which a few rows were changed is
those rows. Anything else is kept whole. Factors are 16-bit floats, all else keeps its bits.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

TOLERANCE = 1e-5
"""Largest difference of a weight that a rank may leave out: under half a step of a 16-bit float
of 0.03, the size of a weight in these encoders."""


@dataclass(frozen=True, slots=True)
class LowRank:
    """To be added. Shapes: left (rows, rank), right (rank, columns), float16."""

    left: Tensor
    right: Tensor


@dataclass(frozen=True, slots=True)
class Rows:
    """Take the place of rows or follow the last. Shapes: ids (n,) int32, values (n, columns)."""

    ids: Tensor
    values: Tensor


@dataclass(frozen=True, slots=True)
class Whole:
    """To be put in place of all."""

    values: Tensor


Change = LowRank | Rows | Whole


def find_change(
    before: Tensor | None, after: Tensor, rank: int, tolerance: float = TOLERANCE
) -> Change | None:
    """The change from `before` to `after`; None if there is none.

    `after` may have more rows. Of the ways that apply the one with the fewest numbers is taken. A
    low rank is the smallest that leaves no weight further off than `tolerance`, or `rank` where
    that would need more: then the change is not exact.

    Raises:
        ValueError: the rank is below 1, or a number is not finite.
    """
    if rank < 1:
        raise ValueError(f"the rank must be 1 or more, got {rank}")
    if not bool(torch.isfinite(after).all()):
        raise ValueError("a weight is not a finite number")
    if before is None or not _comparable(before, after):
        return Whole(after)
    rows = _changed_rows(before, after)
    if not len(rows.ids):
        return None
    if after.shape != before.shape or rows.values.numel() <= rank * sum(after.shape):
        # A low rank of 1 may take even less, but these rows are exact.
        return rows
    return _low_rank(after.double() - before.double(), rank, tolerance)


def apply_change(before: Tensor | None, change: Change | None) -> Tensor:
    """The tensor after the change, 32-bit floats.

    Sums are formed in 64 bits, so that every machine rounds them to the same 32.

    Raises:
        ValueError: the change does not fit the tensor.
    """
    if isinstance(change, Whole):
        return change.values
    if before is None:
        raise ValueError("there is nothing to change")
    if change is None:
        return before
    if isinstance(change, LowRank):
        if (change.left.shape[0], change.right.shape[1]) != tuple(before.shape):
            raise ValueError("the factors have another shape than the matrix")
        return (before.double() + change.left.double() @ change.right.double()).float()
    return _with_rows(before, change)


def _comparable(before: Tensor, after: Tensor) -> bool:
    """Whether both are matrices of floats with the same columns, and `after` lost no row."""
    if not (before.is_floating_point() and after.is_floating_point()):
        return False
    if before.ndim != 2 or after.ndim != 2:  # noqa: PLR2004  # matrices
        return bool(before.shape == after.shape and torch.equal(before, after))
    return before.shape[1] == after.shape[1] and before.shape[0] <= after.shape[0]


def _changed_rows(before: Tensor, after: Tensor) -> Rows:
    if after.ndim != 2:  # noqa: PLR2004  # the same, see `_comparable`
        return Rows(torch.empty(0, dtype=torch.int32), after[:0])
    kept = len(before)
    changed = torch.ones(len(after), dtype=torch.bool)
    changed[:kept] = (after[:kept] != before).any(dim=1)
    ids = changed.nonzero().flatten()
    return Rows(ids.to(torch.int32), after[ids].contiguous())


def _low_rank(difference: Tensor, rank: int, tolerance: float) -> LowRank:
    if difference.shape[0] < difference.shape[1]:
        turned = _low_rank(difference.T, rank, tolerance)
        return LowRank(turned.right.T.contiguous(), turned.left.T.contiguous())
    # Singular values from the smaller Gram matrix: a third of the time of a decomposition of the
    # matrix, and in 64 bits exact to 1e-8 of the largest, far below the tolerance.
    squares, right = torch.linalg.eigh(difference.T @ difference)
    sizes, right = squares.flip(0).clamp(min=0.0).sqrt(), right.flip(1)
    # No entry of what is left out is larger than its largest singular value.
    kept = max(1, min(rank, int((sizes > tolerance).sum())))
    root = sizes[:kept].clamp(min=1e-12).sqrt()  # shared out: both factors are of a like size
    return LowRank(
        (difference @ right[:, :kept] / root).half().contiguous(),
        (root[:, None] * right[:, :kept].T).half().contiguous(),
    )


def _with_rows(before: Tensor, change: Rows) -> Tensor:
    ids = change.ids.long()
    if len(ids) != len(change.values) or before.shape[1:] != change.values.shape[1:]:
        raise ValueError("the rows have another shape than the matrix")
    new = len(before) + int((ids >= len(before)).sum())
    if bool((ids < 0).any()) or bool((ids >= new).any()):
        raise ValueError("a row lies outside of the matrix")
    after = before.new_zeros((new, *before.shape[1:]))
    after[: len(before)] = before
    after[ids] = change.values
    return after
