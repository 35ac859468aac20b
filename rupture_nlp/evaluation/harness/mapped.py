"""Section: both sides in the terms of another codebook, through a label map.

Variables are named after the map (`families`, `3rs-2022:WD_P`; `rupture:code` of the map rupture,
whose name is a variable of ours), so that nothing here is taken for a figure of our own codes.
"""

from dataclasses import replace

from rupture_nlp.evaluation.counts import confusion_by_group
from rupture_nlp.evaluation.harness.catalogue import VARIABLES
from rupture_nlp.evaluation.harness.codes import AGREEMENT, OF_LABELS
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.numbers import Numbers, number_figures, unit_numbers
from rupture_nlp.evaluation.harness.quantities import Drawn, Key
from rupture_nlp.evaluation.harness.sets import figures_of_sets
from rupture_nlp.evaluation.harness.tables import Tables, label_figures, overall_figures
from rupture_nlp.evaluation.labelmaps import FieldMap, LabelMap, SalienceMap
from rupture_nlp.evaluation.paired import PairedSets, PairedTurns
from rupture_nlp.evaluation.turns import CODED_SPEAKERS, SetKind
from rupture_nlp.evaluation.units import UTTERANCE, Rule, Unit, UnitSpec, cut

SET_FIELDS: tuple[SetKind, ...] = ("markers", "strategies", "processes")
OF_SALIENCE = ("alpha_ordinal", "alpha_interval", "icc_a1", "spearman", "mean_difference")


def mapped_figures(comparison: Comparison, label_map: LabelMap) -> list[Drawn]:
    """Agreement in the map's terms: codes, sets of names, salience ratings of segments.

    Turns whose code the map drops on either side are missing. Salience is that of the longest
    segments of the settings: the 3RS rates segments of five minutes.
    """
    found: list[Drawn] = []
    for speaker in CODED_SPEAKERS:
        turns = comparison.paired.turns(speaker)
        codes = label_map.field("rupture")
        if codes is not None:
            found += _of_codes(comparison, turns, codes, label_map.name)
        for kind in SET_FIELDS:
            field = label_map.field(kind)
            if field is not None:
                found += _of_sets(comparison, turns, kind, field, label_map.name)
    if label_map.salience is not None:
        found += _of_salience(comparison, label_map.salience, label_map.name)
    return found


def _of_codes(
    comparison: Comparison, turns: PairedTurns, field: FieldMap, name: str
) -> list[Drawn]:
    reference, predicted = (
        field.map_labels(side.rupture) for side in (turns.reference, turns.predicted)
    )
    if not ((reference >= 0) & (predicted >= 0)).any():
        return []
    counts = confusion_by_group(reference, predicted, len(field.labels), turns.turns.groups)
    variable = f"{name}:code" if name in VARIABLES else name
    key = Key(turns.turns.speaker.value, str(UTTERANCE), variable, "")
    note = f"the map drops {', '.join(field.dropped)}" if field.dropped else ""
    tables = Tables(key, field.labels, counts, note)
    places = {label: place for place, label in enumerate(field.labels)}
    return [
        *overall_figures(tables, AGREEMENT, comparison.resamples),
        *label_figures(tables, OF_LABELS, comparison.resamples, places),
    ]


def _of_sets(
    comparison: Comparison, turns: PairedTurns, kind: SetKind, field: FieldMap, name: str
) -> list[Drawn]:
    paired = turns.sets(kind)
    if not paired.names:
        return []
    first, second = (
        field.map_sets(given, paired.names) for given in (paired.reference, paired.predicted)
    )
    mapped = PairedSets(first.names, first.given, second.given)
    drawn = figures_of_sets(turns.turns, kind, mapped, comparison.resamples)
    return [replace(one, key=replace(one.key, variable=f"{name}:{kind}")) for one in drawn]


def _of_salience(comparison: Comparison, salience: SalienceMap, name: str) -> list[Drawn]:
    settings = comparison.settings
    if not settings.segments_s:
        return []
    window_s, window_turns = max(zip(settings.segments_s, settings.segments_turns, strict=True))
    spec = UnitSpec(
        Unit.SEGMENT,
        Rule.HIGHEST,
        window_s=window_s,
        window_turns=window_turns,
        min_intensity=settings.min_intensity,
        min_known=settings.min_known,
    )
    found: list[Drawn] = []
    for rating in salience.ratings:
        turns = comparison.paired.turns(rating.speaker)
        units = cut(turns.turns, spec)
        variable = f"{name}:{rating.name}"
        highest = unit_numbers(turns, units, Rule.HIGHEST, variable, rating.codes)
        if highest is not None:
            rated = Numbers(highest.key, salience.rate(highest.given, "ordinal"), highest.groups)
            found += number_figures(rated, OF_SALIENCE, comparison.resamples)
    return found
