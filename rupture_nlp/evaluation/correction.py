"""What a count of predicted ruptures says about true ones, given the model's known errors.

A model that flags 3 % of unstrained turns finds "ruptures" in every session. Where sensitivity and
specificity are known from coded sessions, the rate can be corrected for both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from rupture_nlp.evaluation.counts import FloatArray, ratio


@dataclass(frozen=True, slots=True)
class Detection:
    """How a model fared on coded turns: a table of two, as counts (may be fractions).

    Turns of a session are not independent; where they go together, give counts divided by the
    design effect, or the interval is too narrow.
    """

    found: float  # true ruptures flagged
    missed: float
    passed: float  # other turns not flagged
    false_alarms: float

    def __post_init__(self) -> None:
        if min(self.found, self.missed, self.passed, self.false_alarms) < 0:
            raise ValueError("counts must not be negative")
        if self.found + self.missed <= 0 or self.passed + self.false_alarms <= 0:
            raise ValueError("detection needs coded turns both with and without a rupture")

    @property
    def sensitivity(self) -> float:
        return self.found / (self.found + self.missed)

    @property
    def specificity(self) -> float:
        return self.passed / (self.passed + self.false_alarms)


@dataclass(frozen=True, slots=True)
class CorrectedRates:
    """Rates as a share of turns, (sessions,)."""

    observed: FloatArray
    corrected: FloatArray
    low: FloatArray
    high: FloatArray


def correct_rates(
    flagged: ArrayLike, turns: ArrayLike, detection: Detection, level: float = 0.95
) -> CorrectedRates:
    """Correct each session's rate of flagged turns for the model's errors.

    Parameters
    ----------
    flagged, turns : (sessions,)
        How many turns were flagged, and how many there are.
    detection
        From turns coded by a person, out of fold, of the same kind of sessions.
    level
        Of the interval.

    Returns
    -------
    CorrectedRates
        Corrected rates are kept within 0 and 1. NaN for a session without turns, and everywhere if
        sensitivity + specificity is 1 or less: such a model says nothing about rates.

    Source
    ------
    Rogan & Gladen (1978), American Journal of Epidemiology 107, for the rate; Lang & Reiczigel
    (2014), Preventive Veterinary Medicine 113, for the interval, which counts the uncertainty of
    the session's rate, of the sensitivity and of the specificity.
    """
    count, size = np.asarray(flagged, np.float64), np.asarray(turns, np.float64)
    if ((count < 0) | (count > size)).any():
        raise ValueError("a session has more flagged turns than turns, or fewer than none")
    observed = ratio(count, size)
    youden = detection.sensitivity + detection.specificity - 1.0
    if youden <= 0:
        unknown = np.full(observed.shape, np.nan)
        return CorrectedRates(observed, unknown, unknown, unknown)
    corrected = np.clip((observed + detection.specificity - 1.0) / youden, 0.0, 1.0)
    z = float(stats.norm.ppf((1 + level) / 2))
    low, high = _interval(ratio(count + z**2 / 2, size + z**2), size + z**2, detection, z)
    known = ~np.isnan(observed)
    return CorrectedRates(
        observed, corrected, np.where(known, low, np.nan), np.where(known, high, np.nan)
    )


def _interval(
    rate: FloatArray, size: FloatArray, detection: Detection, z: float
) -> tuple[FloatArray, FloatArray]:
    # One success and one failure are added to both validation samples.
    positives = detection.found + detection.missed + 2.0
    negatives = detection.passed + detection.false_alarms + 2.0
    sensitivity = (detection.found + 1.0) / positives
    specificity = (detection.passed + 1.0) / negatives
    youden = sensitivity + specificity - 1.0
    if youden <= 0:
        return np.zeros(rate.shape), np.ones(rate.shape)
    centre = (rate + specificity - 1.0) / youden
    of_sensitivity = sensitivity * (1.0 - sensitivity) / positives
    of_specificity = specificity * (1.0 - specificity) / negatives
    shift = 2.0 * z**2 * (centre * of_sensitivity - (1.0 - centre) * of_specificity)
    variance = (
        rate * (1.0 - rate) / size
        + centre**2 * of_sensitivity
        + (1.0 - centre) ** 2 * of_specificity
    )
    half = z * np.sqrt(variance) / youden
    return np.clip(centre + shift - half, 0.0, 1.0), np.clip(centre + shift + half, 0.0, 1.0)
