"""Section: what both sides gave single turns, as code, rupture or none, family and intensity.

Each speaker apart. Codes are tabulated once; ruptures and families are merged from the same tables,
so their figures rest on the same turns. Figures of intensity leave out ruptures that have none.
"""

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.classification import merge_labels
from rupture_nlp.evaluation.counts import FloatArray, confusion_by_group
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.numbers import gives_intensity
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.harness.tables import (
    NONE,
    Tables,
    label_figures,
    overall_figures,
)
from rupture_nlp.evaluation.paired import PairedTurns
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evaluation.units import HIGHEST_INTENSITY, UTTERANCE
from rupture_nlp.schema import RUPTURES, Family

AGREEMENT = ("percent_agreement", "kappa", "pabak", "alpha_nominal", "ac1")
OF_LABELS = ("precision", "recall", "f1", "prevalence", "predicted_share")
OF_ORDER = (
    "percent_agreement",
    "kappa_linear",
    "kappa_quadratic",
    "alpha_ordinal",
    "alpha_interval",
    "ac2",
    "spearman",
)
FAMILIES = ("none", *(family.value for family in Family))
INTENSITIES = tuple(map(str, range(HIGHEST_INTENSITY + 1)))

_RUPTURE = 1  # in a table of rupture or none
_AS_RUPTURE = [0 if code.family is None else _RUPTURE for code in RUPTURES]
_AS_FAMILY = [0 if code.family is None else FAMILIES.index(code.family) for code in RUPTURES]


def code_figures(comparison: Comparison) -> list[Drawn]:
    """Agreement on single turns; nothing for a speaker of whom no turn has codes of both sides."""
    found: list[Drawn] = []
    for speaker in CODED_SPEAKERS:
        turns = comparison.paired.turns(speaker)
        if turns.known.any():
            found += _figures_of_codes(turns, comparison.resamples)
        if _has_intensity(turns):
            found += _figures_of_intensity(turns, comparison.resamples)
    return found


def _figures_of_codes(turns: PairedTurns, resamples: Resamples) -> list[Drawn]:
    counts = confusion_by_group(
        turns.reference.rupture, turns.predicted.rupture, len(RUPTURES), turns.turns.groups
    )
    code = Tables(_key(turns, "code"), tuple(code.value for code in RUPTURES), counts)
    rupture = Tables(_key(turns, "rupture"), ("none", "rupture"), merge_labels(counts, _AS_RUPTURE))
    family = Tables(_key(turns, "family"), FAMILIES, merge_labels(counts, _AS_FAMILY))
    of_code = (*AGREEMENT, "macro_f1", "balanced_accuracy", "mcc")
    of_rupture = (*AGREEMENT, "balanced_accuracy", "mcc", "false_alarm_rate")
    return [
        *overall_figures(code, of_code, resamples),
        *label_figures(code, OF_LABELS, resamples, _places(code)),
        *overall_figures(rupture, of_rupture, resamples, positive=_RUPTURE),
        *label_figures(rupture, OF_LABELS, resamples, {"": _RUPTURE}),
        *overall_figures(family, ("kappa", "alpha_nominal", "ac1", "macro_f1"), resamples),
        *label_figures(family, ("f1",), resamples, _places(family, NONE + 1)),
    ]


def _figures_of_intensity(turns: PairedTurns, resamples: Resamples) -> list[Drawn]:
    counts = _intensity_counts(turns)
    left_out = int(turns.known.sum()) - int(counts.sum())
    note = f"{left_out} turns of unknown intensity left out" if left_out else ""
    tables = Tables(_key(turns, "intensity"), INTENSITIES, counts, note)
    return overall_figures(tables, OF_ORDER, resamples)


def _intensity_counts(turns: PairedTurns) -> FloatArray:
    return confusion_by_group(
        turns.reference.intensity, turns.predicted.intensity, len(INTENSITIES), turns.turns.groups
    )


def _has_intensity(turns: PairedTurns) -> bool:
    """Whether a turn has intensities of both sides, and neither side leaves out all it should have.

    A system that gives codes alone knows the intensity 0 of turns without a rupture, no more.
    """
    sides = (turns.reference, turns.predicted)
    both = np.logical_and(*(side.intensity >= 0 for side in sides))
    return bool(both.any()) and all(map(gives_intensity, sides))


def _places(tables: Tables, start: int = 0) -> dict[str, int]:
    return {name: place for place, name in enumerate(tables.labels) if place >= start}


def _key(turns: PairedTurns, variable: str) -> Key:
    return Key(turns.turns.speaker.value, str(UTTERANCE), variable, "")
