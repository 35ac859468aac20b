"""Numbers with what a reader must know beside them: counts, too few cases, why there is none."""

from dataclasses import replace

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.harness.quantities import Drawn, Key


def described(
    drawn: Drawn, rows: int, positives: int | None = None, note: str = "", undefined: str = ""
) -> Drawn:
    """The number with its counts and notes.

    `positives` too few to estimate are noted by themselves. `note` stands in any case, `undefined`
    only where the number of the sample is NaN.
    """
    few = positives is not None and positives < ESTIMABLE_FROM
    notes = [
        drawn.note,
        note,
        f"not estimable: {positives} positives" if few else "",
        undefined if np.isnan(drawn.estimate) else "",
    ]
    return replace(drawn, rows=rows, positives=positives, note="; ".join(filter(None, notes)))


def undefined_number(key: Key, resamples: Resamples, note: str) -> Drawn:
    """A number that cannot be computed because there is nothing to compute it from."""
    return Drawn(key, np.full(1 + resamples.draws, np.nan), 0, 0, note=note)
