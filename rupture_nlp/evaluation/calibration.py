"""Whether probabilities mean what they say: Brier score and skill, ECE, the reliability table.

Conventions in `rupture_nlp.evaluation.counts`. Probabilities are those of one event, such as any
rupture, with outcomes 1 or 0; a row that misses either is left out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.counts import FloatArray, Grouping, as_labels, one_group, ratio

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityTable:
    """One entry a bin that holds rows, from the lowest probabilities to the highest."""

    rows: FloatArray
    mean_probability: FloatArray
    observed_share: FloatArray


def brier_statistics(
    probabilities: ArrayLike, outcomes: ArrayLike, groups: Grouping | None = None
) -> FloatArray:
    """Rows, summed squared error and events of each group: (groups, 3)."""
    probability, outcome, where = _complete(probabilities, outcomes, groups, 0.0)
    return where.sum(
        np.column_stack([np.ones(len(outcome)), (probability - outcome) ** 2, outcome])
    )


def brier_of(statistics: FloatArray) -> FloatArray:
    """Mean squared error of the probability, 0 best. Read its skill beside it: rare events make
    every Brier score small."""
    return ratio(statistics[..., 1], statistics[..., 0])


def brier_skill_of(statistics: FloatArray) -> FloatArray:
    """1 - Brier / Brier of always saying the base rate of these rows; 0 is no better than that.

    NaN where all outcomes are the same.

    Source
    ------
    Wilks (2011), Statistical Methods in the Atmospheric Sciences, 3rd edition, section 8.4.
    """
    share = ratio(statistics[..., 2], statistics[..., 0])
    return 1.0 - ratio(brier_of(statistics), share * (1.0 - share))


def equal_width_edges(bins: int = BINS) -> FloatArray:
    """Edges (bins + 1,) of bins of one width from 0 to 1."""
    return np.linspace(0.0, 1.0, bins + 1)


def equal_mass_edges(probabilities: ArrayLike, bins: int = BINS) -> FloatArray:
    """Edges of bins that hold about as many rows each, at quantiles of these probabilities.

    Equal probabilities stay in one bin, so there may be fewer bins; of no more than `bins`
    different probabilities, such as answers of 0 and 1, each has its own. The last bin is that of 1
    alone where the last two edges are 1. Take the edges from the whole sample once; draws of a
    bootstrap keep them.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    values = values[~np.isnan(values)]
    inner = np.unique(values)[1:]
    if len(inner) >= bins:
        cuts = np.quantile(values, np.linspace(0.0, 1.0, bins + 1)[1:-1])
        inner = np.unique(cuts[cuts > 0])
    return np.concatenate([[0.0], inner, [1.0]])


def calibration_statistics(
    probabilities: ArrayLike,
    outcomes: ArrayLike,
    edges: FloatArray,
    groups: Grouping | None = None,
    at_least: float = 0.0,
) -> FloatArray:
    """Rows, summed probability and events in each bin.

    Parameters
    ----------
    probabilities, outcomes : (rows,)
        A row with NaN or a negative outcome is left out.
    edges : (bins + 1,)
        Of the bins; a bin holds its lower edge, the last bin both.
    groups
        Of the rows.
    at_least
        Only rows with this probability or more: with rare events most rows lie near 0 and would
        make any model look calibrated.

    Returns
    -------
    (groups, bins, 3)

    Raises
    ------
    ValueError
        No row is left, or a probability outside 0 to 1.
    """
    probability, outcome, where = _complete(probabilities, outcomes, groups, at_least)
    bins = len(edges) - 1
    place = np.searchsorted(edges[1:-1], probability, side="right")
    cell = where.index * bins + place
    sums = [
        np.bincount(cell, weights=column, minlength=len(where.names) * bins)
        for column in (np.ones(len(cell)), probability, outcome)
    ]
    stacked = np.stack(sums, axis=-1).astype(np.float64)
    return stacked.reshape(len(where.names), bins, 3)


def ece_of(statistics: FloatArray) -> FloatArray:
    """Expected calibration error: mean gap of probability and share over bins, by their rows.

    Source
    ------
    Naeini, Cooper & Hauskrecht (2015), AAAI; equal-mass bins after Nixon et al. (2019).
    """
    gaps = np.abs(statistics[..., 1] - statistics[..., 2]).sum(axis=-1)
    return ratio(gaps, statistics[..., 0].sum(axis=-1))


def reliability_table(statistics: FloatArray) -> ReliabilityTable:
    """The table behind a reliability curve, from the sums of one sample (bins, 3)."""
    held = statistics[statistics[:, 0] > 0]
    return ReliabilityTable(
        held[:, 0], ratio(held[:, 1], held[:, 0]), ratio(held[:, 2], held[:, 0])
    )


def brier(probabilities: ArrayLike, outcomes: ArrayLike) -> float:
    """Brier score of a whole sample."""
    return float(brier_of(brier_statistics(probabilities, outcomes)[0]))


def ece(
    probabilities: ArrayLike,
    outcomes: ArrayLike,
    edges: FloatArray | None = None,
    at_least: float = 0.0,
) -> float:
    """Expected calibration error of a whole sample; ten bins of equal width where no edges."""
    cuts = equal_width_edges() if edges is None else edges
    sums = calibration_statistics(probabilities, outcomes, cuts, at_least=at_least)
    return float(ece_of(sums[0]))


def _complete(
    probabilities: ArrayLike, outcomes: ArrayLike, groups: Grouping | None, at_least: float
) -> tuple[FloatArray, FloatArray, Grouping]:
    probability = np.asarray(probabilities, dtype=np.float64)
    outcome = as_labels(outcomes)
    if probability.shape != outcome.shape or probability.ndim != 1:
        raise ValueError("probabilities and outcomes must be two columns of one length")
    known = ~np.isnan(probability) & (outcome >= 0)
    if ((probability[known] < 0) | (probability[known] > 1) | (outcome[known] > 1)).any():
        raise ValueError("probabilities must be from 0 to 1, outcomes 0 or 1")
    kept = known & (np.where(known, probability, -1.0) >= at_least)
    if not kept.any():
        raise ValueError("no row has a probability and an outcome")
    where = (groups or one_group(len(outcome))).take(kept)
    return probability[kept], outcome[kept].astype(np.float64), where
