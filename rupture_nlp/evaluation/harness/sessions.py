"""Section: sessions and treatments as wholes.

Each speaker apart: whether there is a rupture, how many, how dense, how intense the worst one. And
of the session itself: its episodes and its four ratings. Treatments have figures only where a
patient has more than one session; else they would be those of sessions again.
"""

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.evaluation.episode_sets import EpisodeSet
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.numbers import (
    ALL_RUPTURES,
    OF_FAMILY,
    complete,
    number_figures,
    unit_numbers,
)
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.harness.segments import held_figures, highest_figures
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import RATINGS, Paired, PairedTurns
from rupture_nlp.evaluation.treatments import treatment_units, treatments
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evaluation.units import Rule, Unit, Units, UnitSpec, cut
from rupture_nlp.schema import Rupture

WHOLE_SESSION = str(Unit.SESSION)
"""The unit of episode counts and ratings, which no counting rule and no threshold touches."""

COUNTED: dict[str, tuple[Rule, tuple[Rupture, ...]]] = {
    "rupture_count": (Rule.COUNT, ALL_RUPTURES),
    "rupture_rate": (Rule.RATE, ALL_RUPTURES),
    **{f"{family}_count": (Rule.COUNT, codes) for family, codes in OF_FAMILY.items()},
}
RATED = tuple("session_resolution" if name == "resolution" else name for name in RATINGS)

OF_ANY = ("percent_agreement", "kappa")
OF_HELD = ("f1", "prevalence")
OF_COUNT = ("icc_a1", "icc_c1", "icc_ak", "spearman", "alpha_interval", "mean_difference")
OF_HIGHEST = ("icc_a1", "icc_c1", "icc_ak", "spearman", "mean_difference")
OF_RATING = ("icc_a1", "icc_c1", "icc_ak", "spearman", "alpha_ordinal", "mean_difference")


def session_figures(comparison: Comparison) -> list[Drawn]:
    """Agreement on sessions and treatments; nothing for what one side did not code."""
    paired, resamples = comparison.paired, comparison.resamples
    found: list[Drawn] = []
    for speaker in CODED_SPEAKERS:
        turns = paired.turns(speaker)
        spec = unit_spec(Unit.SESSION, comparison.settings)
        found += _of_speaker(turns, cut(turns.turns, spec), resamples)
    courses = treatments(paired.sessions)
    if any(len(course.sessions) > 1 for course in courses):
        for speaker in CODED_SPEAKERS:
            turns = paired.turns(speaker)
            spec = unit_spec(Unit.TREATMENT, comparison.settings)
            found += _of_speaker(turns, treatment_units(turns.turns, courses, spec), resamples)
    return [*found, *_of_episodes(paired, resamples), *_of_ratings(paired, resamples)]


def unit_spec(unit: Unit, settings: HarnessSettings, rule: Rule = Rule.ANY) -> UnitSpec:
    """Sessions or treatments with the thresholds of the settings."""
    return UnitSpec(unit, rule, min_intensity=settings.min_intensity, min_known=settings.min_known)


def _of_speaker(turns: PairedTurns, units: Units, resamples: Resamples) -> list[Drawn]:
    found = held_figures(turns, units, (OF_ANY, OF_HELD), resamples)
    for variable, (rule, codes) in COUNTED.items():
        counted = unit_numbers(turns, units, rule, variable, codes)
        found += number_figures(counted, OF_COUNT, resamples)
    highest = unit_numbers(turns, units, Rule.HIGHEST, "highest_intensity")
    found += highest_figures(turns, units, resamples)
    return found + number_figures(highest, OF_HIGHEST, resamples)


def _of_episodes(paired: Paired, resamples: Resamples) -> list[Drawn]:
    groups = paired.groups.take(np.array([one.session for one in paired.episodes], dtype=np.int64))
    sides = [[one.reference for one in paired.episodes], [one.predicted for one in paired.episodes]]
    counts = np.array([[len(one.ids) for one in side] for side in sides], dtype=np.float64)
    repaired = np.array([[_repaired(one) for one in side] for side in sides], dtype=np.float64)
    found: list[Drawn] = []
    for variable, given in (("episode_count", counts), ("repaired_count", repaired)):
        numbers = complete(Key("", WHOLE_SESSION, variable, ""), given.T, groups)
        found += number_figures(numbers, OF_COUNT, resamples)
    return found


def _repaired(episodes: EpisodeSet) -> float:
    """How many episodes were repaired; NaN where nobody rated one in which a repair began."""
    if (episodes.repaired < 0).any():
        return float("nan")
    return float((episodes.repaired == 1).sum())


def _of_ratings(paired: Paired, resamples: Resamples) -> list[Drawn]:
    found: list[Drawn] = []
    for place, variable in enumerate(RATED):
        given: FloatArray = np.column_stack(
            [paired.ratings.reference[:, place], paired.ratings.predicted[:, place]]
        )
        numbers = complete(Key("", WHOLE_SESSION, variable, ""), given, paired.groups)
        found += number_figures(numbers, OF_RATING, resamples)
    return found
