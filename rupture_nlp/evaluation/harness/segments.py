"""Section: segments of a session, as the 3RS is coded, by windows of time or of turns.

Each speaker apart, each length of window apart. Whether a segment holds a rupture, how intense the
worst one is, and how many there are.
"""

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.notes import described
from rupture_nlp.evaluation.harness.numbers import (
    ALL_RUPTURES,
    OF_FAMILY,
    number_figures,
    unit_numbers,
)
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.tables import label_figures, overall_figures
from rupture_nlp.evaluation.paired import PairedTurns
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evaluation.units import (
    HIGHEST_INTENSITY,
    Rule,
    Unit,
    Units,
    UnitSpec,
    cut,
)
from rupture_nlp.schema import Rupture

INTENSITIES = tuple(map(str, range(HIGHEST_INTENSITY + 1)))
HELD: dict[str, tuple[Rupture, ...]] = {
    "rupture": ALL_RUPTURES,
    **{str(family): codes for family, codes in OF_FAMILY.items()},
}
"""What a unit may hold: any rupture, or one of a family. The variable and its codes."""

OF_ANY = ("percent_agreement", "kappa", "pabak", "alpha_nominal", "ac1")
OF_HELD = ("precision", "recall", "f1", "prevalence")
OF_HIGHEST = ("kappa_quadratic", "alpha_ordinal", "ac2")
OF_COUNT = ("icc_a1", "icc_c1", "alpha_interval", "spearman", "mean_difference")


def segment_figures(comparison: Comparison) -> list[Drawn]:
    """Agreement on segments; nothing for what one side did not code."""
    settings = comparison.settings
    found: list[Drawn] = []
    for window_s, window_turns in zip(settings.segments_s, settings.segments_turns, strict=True):
        spec = UnitSpec(
            Unit.SEGMENT,
            window_s=window_s,
            window_turns=window_turns,
            min_intensity=settings.min_intensity,
            min_known=settings.min_known,
        )
        for speaker in CODED_SPEAKERS:
            turns = comparison.paired.turns(speaker)
            found += _of_segments(turns, cut(turns.turns, spec), comparison.resamples)
    return found


def _of_segments(turns: PairedTurns, segments: Units, resamples: Resamples) -> list[Drawn]:
    counts = unit_numbers(turns, segments, Rule.COUNT, "rupture_count")
    return [
        *held_figures(turns, segments, (OF_ANY, OF_HELD), resamples),
        *highest_figures(turns, segments, resamples),
        *number_figures(counts, OF_COUNT, resamples),
    ]


def held_figures(
    turns: PairedTurns,
    units: Units,
    metrics: tuple[tuple[str, ...], tuple[str, ...]],
    resamples: Resamples,
) -> list[Drawn]:
    """Whether units hold a rupture, or one of a family. `metrics`: of both labels, of the held."""
    overall, by_label = metrics
    found: list[Drawn] = []
    for variable, codes in HELD.items():
        numbers = unit_numbers(turns, units, Rule.ANY, variable, codes)
        if numbers is not None:
            tables = numbers.tables(("none", variable))
            found += overall_figures(tables, overall, resamples, positive=1)
            found += label_figures(tables, by_label, resamples, {"": 1})
    return found


def highest_figures(turns: PairedTurns, units: Units, resamples: Resamples) -> list[Drawn]:
    """How intense the worst rupture of a unit is, 0 where there is none."""
    numbers = unit_numbers(turns, units, Rule.HIGHEST, "highest_intensity")
    if numbers is None:
        return []
    held = int((numbers.given[:, 0] > 0).sum())
    drawn = overall_figures(numbers.tables(INTENSITIES), OF_HIGHEST, resamples)
    return [described(one, one.rows, held) for one in drawn]
