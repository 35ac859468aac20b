"""Agreement of two coders, all from confusion tables: percent, kappa, PABAK.

Conventions in `rupture_nlp.evaluation.counts`.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.counts import FloatArray, confusion, ratio

Weighting = Literal["nominal", "linear", "quadratic", "ordinal"]

_NO_CHANCE = 1e-12  # chance agreement nearer to 1 than this leaves nothing to agree on


def agreement_weights(labels: int, weighting: Weighting = "nominal") -> FloatArray:
    """How much a pair of labels agrees: 1 on the diagonal.

    Parameters
    ----------
    labels
        How many ordered labels there are.
    weighting
        `nominal` 0 off the diagonal; `linear` and `quadratic` fall with the distance
        and its square; `ordinal` falls with the number of pairs of labels that the distance
        spans.

    Returns
    -------
    (labels, labels), symmetric

    Source
    ------
    Cohen (1968), Psychological Bulletin 70; Gwet (2014), Handbook of Inter-Rater Reliability,
    4th edition, section 3.5 for `ordinal`.
    """
    if labels < 1:
        raise ValueError("there must be at least one label")
    distance = np.abs(np.subtract.outer(np.arange(labels), np.arange(labels))).astype(np.float64)
    if weighting == "nominal" or labels == 1:
        return np.eye(labels)
    spanned = {
        "linear": distance / (labels - 1),
        "quadratic": (distance / (labels - 1)) ** 2,
        "ordinal": distance * (distance + 1) / (labels * (labels - 1)),
    }
    if weighting not in spanned:
        raise ValueError("weighting must be nominal, linear, quadratic or ordinal")
    weights: FloatArray = 1.0 - spanned[weighting]
    return weights


def percent_agreement_of(tables: FloatArray) -> FloatArray:
    """Share of rows on the diagonal of tables (..., labels, labels)."""
    return ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def kappa_of(tables: FloatArray, weighting: Weighting = "nominal") -> FloatArray:
    """Cohen's kappa of tables (..., labels, labels); NaN where chance alone would agree fully."""
    weights = agreement_weights(tables.shape[-1], weighting)
    total = tables.sum(axis=(-2, -1))
    observed = ratio((tables * weights).sum(axis=(-2, -1)), total)
    expected = np.einsum(
        "...i,ij,...j->...", tables.sum(axis=-1), weights, tables.sum(axis=-2), optimize=True
    )
    room = 1.0 - ratio(expected, total**2)
    return ratio(observed - (1.0 - room), np.where(room > _NO_CHANCE, room, 0.0))


def pabak_of(tables: FloatArray) -> FloatArray:
    """Prevalence- and bias-adjusted kappa of tables (..., labels, labels): chance is 1 / labels.

    So the number of *possible* labels counts, not of those that occur. NaN for one label.
    """
    labels = tables.shape[-1]
    return ratio(labels * percent_agreement_of(tables) - 1.0, labels - 1.0)


def cohen_kappa(
    reference: ArrayLike,
    predicted: ArrayLike,
    weighting: Weighting = "nominal",
    labels: int | None = None,
) -> float:
    """Agreement of two coders beyond chance, chance from each coder's own base rates.

    Parameters
    ----------
    reference, predicted : (rows,)
        Labels; a row that misses either is left out.
    weighting
        Plain (`nominal`), or partial credit for near labels.
    labels
        How many labels there are; only matters to weights. The highest that occurs if None.

    Returns
    -------
    -1 to 1; NaN where both coders use one and the same label only

    Source
    ------
    Cohen (1960), Educational and Psychological Measurement 20.
    """
    return float(kappa_of(confusion(reference, predicted, labels), weighting))


def percent_agreement(reference: ArrayLike, predicted: ArrayLike) -> float:
    """Share of rows, with both labels, in which they are the same: 0 to 1."""
    return float(percent_agreement_of(confusion(reference, predicted)))


def pabak(reference: ArrayLike, predicted: ArrayLike, labels: int) -> float:
    """Agreement beyond 1 / labels, whatever the base rates.

    Parameters
    ----------
    reference, predicted : (rows,)
        Labels; a row that misses either is left out.
    labels
        How many labels a coder could give, used or not.

    Returns
    -------
    -1 / (labels - 1) to 1; NaN for one label

    Source
    ------
    Byrt, Bishop & Carlin (1993), Journal of Clinical Epidemiology 46 (two labels); with more it
    is the S of Bennett, Alpert & Goldstein (1954).
    """
    return float(pabak_of(confusion(reference, predicted, labels)))
