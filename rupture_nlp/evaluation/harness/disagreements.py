"""The turns on which two sides are furthest apart, for reading. Never with their words."""

import numpy as np

from rupture_nlp.evaluation.counts import BoolArray, FloatArray, IntArray, ratio
from rupture_nlp.evaluation.harness.pictures import FAMILY_OF
from rupture_nlp.evaluation.harness.probabilities import rupture_probability
from rupture_nlp.evaluation.harness.report import Disagreement
from rupture_nlp.evaluation.paired import Paired, PairedTurns
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evaluation.units import HIGHEST_INTENSITY
from rupture_nlp.schema import RUPTURES

RUPTURE_OR_NONE = 1.0
OTHER_FAMILY = 0.75
SAME_FAMILY = 0.5
"""How far apart two codes are: a rupture against none, a code of another family, of the same."""

CLEAR = 2
"""The intensity of a rupture whose coder gave none."""


def worst_disagreements(paired: Paired, count: int) -> tuple[Disagreement, ...]:
    """The turns with different codes, those furthest apart first, both speakers together.

    How far apart is `weight`, 0 to 1:

    * of a turn with probabilities, what the system denied the reference. Rupture against none: the
      distance of P(rupture) from the reference, |p - 1| or |p - 0|. Two ruptures: `OTHER_FAMILY` or
      `SAME_FAMILY`, times 1 - P(the reference's code | a rupture);
    * else `RUPTURE_OR_NONE`, `OTHER_FAMILY` or `SAME_FAMILY`, times the higher intensity of the
      two sides over 3; `CLEAR` where it is not known.

    Turns of the same weight stand in the order of the sessions, then of the turns.
    """
    found = [one for speaker in CODED_SPEAKERS for one in _listed(paired.turns(speaker), count)]
    found.sort(key=lambda one: one[0])
    return tuple(disagreement for _, disagreement in found[:count])


_Place = tuple[float, int, int]


def _listed(turns: PairedTurns, count: int) -> list[tuple[_Place, Disagreement]]:
    rows = turns.turns
    differ = turns.known & (turns.reference.rupture != turns.predicted.rupture)
    places = np.flatnonzero(differ)
    chance = rupture_probability(turns.predicted)
    if chance is None:
        chance = np.full(len(rows), np.nan)
    weights = np.round(
        _weights(turns, chance)[places], _DIGITS
    )  # ties must not hang on the last digit
    order = np.lexsort((rows.position[places], rows.session[places], -weights))[:count]
    return [
        (
            (-float(weights[at]), int(rows.session[row]), int(rows.position[row])),
            _disagreement(turns, int(row), float(chance[row]), float(weights[at])),
        )
        for at, row in zip(order, places[order], strict=True)
    ]


_DIGITS = 9


def _weights(turns: PairedTurns, chance: FloatArray) -> FloatArray:
    """(rows,); of rows with codes of both sides."""
    reference, predicted = turns.reference.rupture, turns.predicted.rupture
    family = np.array(FAMILY_OF)
    alike = np.where(family[reference] == family[predicted], SAME_FAMILY, OTHER_FAMILY)
    both = (reference > 0) & (predicted > 0)
    apart = np.where(both, alike, RUPTURE_OR_NONE)
    by_intensity = apart * _higher_intensity(turns) / HIGHEST_INTENSITY
    denied = _denied(turns, chance, both)
    return np.where(np.isnan(denied), by_intensity, apart * denied)


def _higher_intensity(turns: PairedTurns) -> IntArray:
    higher = np.maximum(turns.reference.intensity, turns.predicted.intensity)
    return np.where(higher > 0, higher, CLEAR)


def _denied(turns: PairedTurns, chance: FloatArray, both: BoolArray) -> FloatArray:
    """1 - the chance that the system gave the reference (rows,); NaN where it gave none.

    The chance is that of rupture or none; where both sides have a rupture, that of the reference's
    code given a rupture.
    """
    by_code = turns.predicted.probabilities
    if by_code is None:
        return np.full(len(turns.turns), np.nan)
    reference = turns.reference.rupture
    own = by_code[np.arange(len(reference)), reference]
    of_code = np.where(chance == 0, 0.0, ratio(own, chance))
    of_rupture = np.where(reference > 0, chance, 1.0 - chance)
    denied = 1.0 - np.where(both, of_code, of_rupture)
    return np.clip(denied, 0.0, 1.0)  # the rounding of probabilities can pass the ends


def _disagreement(turns: PairedTurns, row: int, chance: float, weight: float) -> Disagreement:
    intensity = int(turns.reference.intensity[row])
    return Disagreement(
        session_id=turns.turns.session_ids[turns.turns.session[row]],
        utterance_id=turns.turns.utterance_ids[row],
        speaker=turns.turns.speaker,
        reference=RUPTURES[turns.reference.rupture[row]].value,
        predicted=RUPTURES[turns.predicted.rupture[row]].value,
        intensity=intensity if intensity > 0 else None,
        p_rupture=None if np.isnan(chance) else chance,
        weight=weight,
    )
