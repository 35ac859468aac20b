"""Section: ratings of segments on a sheet, beside what a label map makes of codes of their turns.

How to call it, with a sheet from `io.segments.read_segment_sheet` and a map from
`evaluation.labelmap_files.load_label_map` that has `salience`:

    rated = SheetMaterial(paired.sessions, sheet, "a", label_map.salience, resamples)
    own = sheet_figures(rated, paired.predicted_side)  # the system against coder "a" of the sheet
    ceiling = sheet_ceiling(rated, paired.predicted_side)  # the sheet's coders, same segments

Both lists have the same keys and go to `figures.make_figures` as sides. Any `Side` may stand for
the system's, so a coder's own codes can be scored too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.counts import FloatArray, Grouping
from rupture_nlp.evaluation.harness.notes import undefined_number
from rupture_nlp.evaluation.harness.numbers import complete, number_figures, shared_rows
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, mean_of
from rupture_nlp.evaluation.harness.tables import overall_figures
from rupture_nlp.evaluation.labelmaps import SalienceMap, SalienceRating
from rupture_nlp.evaluation.sheets import RatedUnits, sheet_table, sheet_units
from rupture_nlp.evaluation.turns import Side, session_groups
from rupture_nlp.evaluation.units import unit_values
from rupture_nlp.evidence import RatedSegment, SegmentSheet
from rupture_nlp.schema import GOLD, CodedSession

OF_STEPS = ("percent_agreement", "kappa_quadratic", "alpha_ordinal", "ac2")
OF_NUMBERS = ("icc_a1", "spearman")

_MOST_STEPS = 21  # tables of longer scales would be all but empty


@dataclass(frozen=True, slots=True)
class SheetMaterial:
    """A segment sheet over a corpus. `resamples` draws the groups of `sessions`."""

    sessions: tuple[CodedSession, ...]
    sheet: SegmentSheet
    coder: str  # of the sheet: whose ratings are the reference
    salience: SalienceMap
    resamples: Resamples


def sheet_figures(rated: SheetMaterial, side: Side) -> list[Drawn]:
    """Agreement of the sheet's coder with a side's codes, by column of the sheet.

    `side` runs parallel to `rated.sessions`. ICC and Spearman's rho use the map's interval scale,
    the others its ordinal one. Columns that the map does not have, and those of turns that the side
    did not code with intensity, give nothing.

    Raises
    ------
    EvaluationError
        No column of the sheet is a rating of the map; or the sheet does not fit the corpus.
    """
    found: list[Drawn] = []
    for column in _columns(rated, side):
        pairs = (column.given[:, [0, 1]], column.given[:, [0, 2]])
        found += column.figures(pairs, column.groups, rated.resamples)
    return found


def sheet_ceiling(rated: SheetMaterial, side: Side) -> list[Drawn]:
    """Agreement of the sheet's coders with each other on the segments of `sheet_figures`.

    The mean over pairs of coders, each on the segments with the same bounds that both rated; `gold`
    is no coder. Empty where the sheet has one coder.
    """
    found: list[Drawn] = []
    for column in _columns(rated, side):
        kept = {_bounds(one) for one in column.segments_known()}
        same = tuple(one for one in rated.sheet.segments if _bounds(one) in kept)
        table = sheet_table(replace(rated.sheet, segments=same), column.name)
        place = {one.transcript.session_id: at for at, one in enumerate(rated.sessions)}
        groups = session_groups(rated.sessions).take(
            np.array([place[session] for session in table.session_ids], dtype=np.int64)
        )
        own = [at for at, coder in enumerate(table.coders) if coder != GOLD]
        by_key: dict[Key, list[Drawn]] = {}
        for pair in combinations(own, 2):
            given = table.ratings[:, list(pair)]
            for one in column.figures((given, given), groups, rated.resamples):
                by_key.setdefault(one.key, []).append(one)
        found += [mean_of(pairs) for pairs in by_key.values()]
    return found


@dataclass(frozen=True, slots=True)
class _Column:
    """One rating of the map that the sheet has too.

    `given` is (segments, 3): the coder's rating, the side's by the interval and by the ordinal
    scale; NaN where missing.
    """

    name: str
    key: Key
    given: FloatArray
    groups: Grouping
    segments: tuple[RatedSegment, ...]
    steps: tuple[int, ...]  # of the scale, the same for all coders; () if it has no whole steps

    def segments_known(self) -> list[RatedSegment]:
        """The segments that both the coder and the side rated."""
        known = np.flatnonzero(~np.isnan(self.given).any(axis=1))
        return [self.segments[place] for place in known]

    def figures(
        self, pairs: tuple[FloatArray, FloatArray], groups: Grouping, resamples: Resamples
    ) -> list[Drawn]:
        """Figures of two sides' ratings (segments, 2), by interval and by ordinal scale."""
        by_interval, by_order = (complete(self.key, pair, groups) for pair in pairs)
        if by_interval is None or by_order is None:
            return []
        numbers = number_figures(by_interval, OF_NUMBERS, resamples)
        if not self.steps:
            note = f"undefined: the ratings are not whole numbers of at most {_MOST_STEPS} steps"
            keys = [replace(self.key, metric=metric) for metric in OF_STEPS]
            return [*(undefined_number(key, resamples, note) for key in keys), *numbers]
        steps = replace(by_order, given=by_order.given - self.steps[0])
        tables = steps.tables([str(step) for step in self.steps])
        return [*overall_figures(tables, OF_STEPS, resamples), *numbers]


def _columns(rated: SheetMaterial, side: Side) -> Iterator[_Column]:
    names = {name.casefold(): name for name in rated.sheet.columns}
    shared = [one for one in rated.salience.ratings if one.name.casefold() in names]
    if not shared:
        raise EvaluationError(
            "no column of the segment sheet is a rating of the label map "
            f"({', '.join(one.name for one in rated.salience.ratings)}). "
            "Name the sheet's columns as the map names its ratings."
        )
    for rating in shared:
        units = sheet_units(rated.sessions, rating.speaker, rated.sheet, rated.coder)
        yield _column(rated, side, rating, names[rating.name.casefold()], units)


def _column(
    rated: SheetMaterial, side: Side, rating: SalienceRating, name: str, segments: RatedUnits
) -> _Column:
    coded = side.over(rated.sessions, rating.speaker)
    units = segments.units
    highest = unit_values(coded, units, rating.codes, shared_rows([coded], units.spec))
    return _Column(
        name=name,
        key=Key(rating.speaker, str(units.spec), rating.name, ""),
        given=np.column_stack(
            [
                segments.ratings[:, segments.columns.index(name)],
                rated.salience.rate(highest, "interval"),
                rated.salience.rate(highest, "ordinal"),
            ]
        ),
        groups=units.groups,
        segments=tuple(one for one in rated.sheet.segments if one.coder == rated.coder),
        steps=_steps(rated, name),
    )


def _steps(rated: SheetMaterial, name: str) -> tuple[int, ...]:
    """Whole numbers from the lowest to the highest rating, the map's and all coders'."""
    place = rated.sheet.columns.index(name)
    given = [one.ratings[place] for one in rated.sheet.segments]
    values = [*rated.salience.ordinal, *(value for value in given if value is not None)]
    whole = all(float(value).is_integer() for value in values)
    if not whole or max(values) - min(values) >= _MOST_STEPS:
        return ()
    return tuple(range(int(min(values)), int(max(values)) + 1))


def _bounds(segment: RatedSegment) -> tuple[object, ...]:
    return (segment.session_id, segment.start_s, segment.end_s, segment.first, segment.last)
