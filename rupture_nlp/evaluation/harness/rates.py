"""Section: what the known errors of a system make of the ruptures it flagged in a session.

A session's rate is corrected by the sensitivity and specificity that the system showed in all other
groups, never by those of its own, which a user with an uncoded session would not have.
"""

from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.correction import CorrectedRates, Detection, correct_rates
from rupture_nlp.evaluation.counts import BoolArray, FloatArray, Grouping, ratio
from rupture_nlp.evaluation.harness.report import CorrectedRate
from rupture_nlp.evaluation.paired import Paired, PairedTurns
from rupture_nlp.evaluation.turns import CODED_SPEAKERS

_FEWEST_GROUPS = 2
"""From fewer groups nobody can tell how much groups differ, so there is no interval."""


def corrected_rates(paired: Paired) -> tuple[CorrectedRate, ...]:
    """Each session's share of flagged turns, corrected, of each speaker apart.

    Turns are those that both sides coded; sessions without one are left out. The correction takes
    it that the system errs in a session as it does in others.

    Sensitivity and specificity rest on turns of the same groups, which go together. Their counts
    are divided by the design effect: the variance of the share between groups by the variance it
    would have if turns were independent, at least 1. So the interval counts how much groups
    differ. NaN where the other groups have no rupture or nothing but ruptures, or where the system
    finds no more ruptures there than it raises false alarms; the ends alone are NaN where fewer
    than two other groups have ruptures, or other turns.

    Source
    ------
    Rao & Scott (1992), A simple method for the analysis of clustered binary data, Biometrics 48,
    for the effective counts; `evaluation.correction` for the rest.
    """
    return tuple(rate for speaker in CODED_SPEAKERS for rate in _of_turns(paired.turns(speaker)))


def _of_turns(turns: PairedTurns) -> list[CorrectedRate]:
    known = turns.known
    if not known.any():
        return []
    truth, flagged = (turns.reference.rupture > 0) & known, (turns.predicted.rupture > 0) & known
    size, ruptures, flags = (
        np.bincount(turns.turns.session[rows], minlength=len(turns.turns.session_ids))
        for rows in (known, truth, flagged)
    )
    groups = turns.turns.groups
    detections = _detections(truth, flagged, known, groups)
    group_of = np.zeros(len(size), dtype=np.int64)
    group_of[turns.turns.session] = groups.index
    found = []
    for session in np.flatnonzero(size):
        rates = _corrected(flags[session], size[session], detections[group_of[session]])
        found.append(
            CorrectedRate(
                session_id=turns.turns.session_ids[session],
                speaker=turns.turns.speaker,
                turns=int(size[session]),
                flagged=int(flags[session]),
                reference=float(ruptures[session] / size[session]),
                corrected=rates[0],
                low=rates[1],
                high=rates[2],
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Share:
    """A share of turns as it is in all groups but one, for each group: arrays (groups,)."""

    hits: FloatArray  # effective counts: divided by the design effect
    misses: FloatArray
    groups: FloatArray  # other groups with such turns


def _detections(
    truth: BoolArray, flagged: BoolArray, known: BoolArray, groups: Grouping
) -> list[tuple[Detection | None, bool]]:
    """What is known from the groups other than each, and whether it has an interval."""
    other = known & ~truth
    sensitivity = _without_each(groups.sum(truth & flagged), groups.sum(truth))
    specificity = _without_each(groups.sum(other & ~flagged), groups.sum(other))
    found: list[tuple[Detection | None, bool]] = []
    for place in range(len(groups.names)):
        counts = [
            float(part[place])
            for share in (sensitivity, specificity)
            for part in (share.hits, share.misses)
        ]
        usable = counts[0] + counts[1] > 0 and counts[2] + counts[3] > 0
        enough = min(sensitivity.groups[place], specificity.groups[place]) >= _FEWEST_GROUPS
        detection = Detection(counts[0], counts[1], counts[2], counts[3]) if usable else None
        found.append((detection, bool(enough)))
    return found


def _without_each(hits: FloatArray, turns: FloatArray) -> _Share:
    """Hits among turns (groups,) of all groups but one, over the design effect.

    The variance between clusters is that of a ratio by linearisation, which is what a bootstrap
    over groups comes to: m / (m - 1) * sum((hits - share * turns)^2) / turns^2.
    """

    def others(part: FloatArray) -> FloatArray:
        rest: FloatArray = part.sum() - part
        return rest

    found, total = others(hits), others(turns)
    share = ratio(found, total)
    count = others((turns > 0).astype(np.float64))
    squares = others(hits**2) - 2 * share * others(hits * turns) + share**2 * others(turns**2)
    between = ratio(count, count - 1) * ratio(squares, total**2)
    effect = ratio(between, ratio(share * (1 - share), total))
    effect = np.where(effect > 1, effect, 1.0)  # also where it is undefined
    return _Share(found / effect, (total - found) / effect, count)


def _corrected(
    flagged: int, turns: int, known: tuple[Detection | None, bool]
) -> tuple[float, float, float]:
    nan = float("nan")
    detection, enough = known
    if detection is None:
        return nan, nan, nan
    rates: CorrectedRates = correct_rates([flagged], [turns], detection)
    corrected, low, high = (float(a[0]) for a in (rates.corrected, rates.low, rates.high))
    return (corrected, low, high) if enough else (corrected, nan, nan)
