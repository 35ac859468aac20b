"""Gwet's AC1 and AC2: agreement of two or more coders that stays sane when one label is rare.

Conventions in `rupture_nlp.evaluation.counts`. Read them beside others, never alone: where almost
all is `none` they come near to percent agreement.
"""

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.agreement import Weighting, agreement_weights
from rupture_nlp.evaluation.counts import (
    PAIRABLE,
    FloatArray,
    Grouping,
    as_labels,
    check_axes,
    one_group,
    ratio,
)


def gwet_statistics(
    ratings: ArrayLike,
    labels: int,
    weighting: Weighting = "nominal",
    groups: Grouping | None = None,
) -> FloatArray:
    """What AC1 and AC2 need of each group.

    Parameters
    ----------
    ratings : (units, coders)
        Labels, negative where missing.
    labels
        How many labels there are.
    weighting
        `nominal` for AC1, another for AC2; the same must go to `gwet_of`.
    groups
        Of the units.

    Returns
    -------
    (groups, labels + 3): units with two values, their summed agreement, units with any value,
    and the summed share of values of each label

    Raises
    ------
    ValueError
        No unit has two values, or a label is `labels` or more.
    """
    given = as_labels(ratings)
    check_axes(given, "units, coders")
    where = groups or one_group(len(given))
    if given.max(initial=-1) >= labels:
        raise ValueError(f"labels must be below {labels}")
    tallies = (given[:, :, None] == np.arange(labels)).sum(axis=1).astype(np.float64)
    values = tallies.sum(axis=1)
    if not (values >= PAIRABLE).any():
        raise ValueError("no unit has values of two coders")
    near = tallies @ agreement_weights(labels, weighting)
    agreeing = (tallies * (near - 1.0)).sum(axis=1)
    pairs = values * (values - 1.0)
    agreement = np.where(pairs > 0, agreeing / np.maximum(pairs, 1.0), 0.0)
    shares = tallies / np.maximum(values, 1.0)[:, None]
    return where.sum(np.column_stack([values >= PAIRABLE, agreement, values >= 1, shares]))


def gwet_of(statistics: FloatArray, weighting: Weighting = "nominal") -> FloatArray:
    """AC1 (`nominal`) or AC2 of statistics (..., labels + 3) of the same weighting."""
    labels = statistics.shape[-1] - 3
    if labels == 1:
        return np.full(statistics.shape[:-1], np.nan)
    observed = ratio(statistics[..., 1], statistics[..., 0])
    share = ratio(statistics[..., 3:], statistics[..., 2:3])
    credit = float(agreement_weights(labels, weighting).sum())
    chance = credit / (labels * (labels - 1)) * (share * (1.0 - share)).sum(axis=-1)
    return ratio(observed - chance, 1.0 - chance)


def gwet_ac(
    ratings: ArrayLike, weighting: Weighting = "nominal", labels: int | None = None
) -> float:
    """Agreement beyond chance, chance only where coders may have guessed.

    Parameters
    ----------
    ratings : (units, coders)
        Labels, negative where missing. A unit with one value counts for
        the base rates, not for agreement.
    weighting
        `nominal` gives AC1; `linear`, `quadratic`, `ordinal` give AC2.
    labels
        How many labels a coder could give; the highest that occurs, plus one, if None.
        It matters
        chance falls with the number of labels.

    Returns
    -------
    at most 1. Where only one label occurs it is 1, not NaN, unless `labels` is 1

    Source
    ------
    Gwet (2008), British Journal of Mathematical and Statistical Psychology 61; (2014), Handbook
    of Inter-Rater Reliability, 4th edition.
    """
    count = labels or int(as_labels(ratings).max(initial=0)) + 1
    return float(gwet_of(gwet_statistics(ratings, count, weighting)[0], weighting))
