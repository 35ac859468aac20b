"""The large-sample standard error of Cohen's kappa, for tables too small to be resampled.

Conventions in `rupture_nlp.evaluation.counts`. It takes the rows for independent, which turns of a
session are not: it orders groups in a picture. Wherever there are several groups, draw them instead
(`rupture_nlp.evaluation.bootstrap`).
"""

import numpy as np

from rupture_nlp.evaluation.agreement import percent_agreement_of
from rupture_nlp.evaluation.counts import FloatArray, ratio

_ROUNDING = 1e-12


def kappa_error_of(tables: FloatArray) -> FloatArray:
    """Standard error of unweighted kappa.

    Parameters
    ----------
    tables : (..., labels, labels)
        Counts, reference in rows.

    Returns
    -------
    (...)
        NaN where kappa is undefined, and where the approximation gives no error at all: the sides
        agree in every row, or one of them has one label only. An error of 0 would claim certainty.

    Source
    ------
    Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, 323-327; the error that
    does not assume kappa to be 0.
    """
    total = tables.sum(axis=(-2, -1))
    shares = ratio(tables, total[..., None, None])
    rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
    observed = percent_agreement_of(tables)
    chance = (rows * columns).sum(axis=-1)
    room = 1.0 - chance
    # How much a row in cell (i, j) moves kappa by way of the base rates: reference j, predicted i.
    by_chance = columns[..., :, None] + rows[..., None, :]
    moved = -(1.0 - observed)[..., None, None] * by_chance
    moved += np.eye(tables.shape[-1]) * room[..., None, None]
    centre = observed * chance - 2.0 * chance + observed
    variance = (shares * moved**2).sum(axis=(-2, -1)) - centre**2
    defined = (variance > _ROUNDING) & (room > _ROUNDING)
    error = np.sqrt(np.where(defined, variance, 0.0)) / np.sqrt(np.where(total > 0, total, 1.0))
    return ratio(error, np.where(defined, room**2, 0.0))
