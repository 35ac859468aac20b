"""Section: all coders of a corpus at once, and whether a system may stand in for one of them.

Pairs of coders stand beside the system as the ceiling; here any number of coders give one figure,
with turns that some of them did not code. Derived codes (`gold`) are no coder.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

import numpy as np

from rupture_nlp.evaluation.alpha import (
    alpha_of,
    alpha_of_statistics,
    alpha_statistics,
    code_sets,
    coincidences,
    masi_distances,
)
from rupture_nlp.evaluation.alt_test import alt_test, why_no_alt_test
from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.coders import CoderTable, coder_table, own_coders
from rupture_nlp.evaluation.counts import PAIRABLE, BoolArray, IntArray
from rupture_nlp.evaluation.gwet import gwet_of, gwet_statistics
from rupture_nlp.evaluation.harness.notes import described
from rupture_nlp.evaluation.harness.numbers import (
    complete,
    gives_intensity,
    number_figures,
    shared_rows,
)
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw
from rupture_nlp.evaluation.harness.report import StandIn
from rupture_nlp.evaluation.harness.sessions import COUNTED, RATED, WHOLE_SESSION, unit_spec
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import Paired, rating_table
from rupture_nlp.evaluation.turns import (
    CODED_SPEAKERS,
    SetKind,
    session_groups,
    side_of,
)
from rupture_nlp.evaluation.units import HIGHEST_INTENSITY, UTTERANCE, Unit, cut, unit_values
from rupture_nlp.schema import RUPTURES, CodedSession, Speaker

OF_NUMBERS = ("icc_a1", "icc_ak")
STANDS_IN_FOR = "code"
"""What the alternative annotator test compares: the code of single turns."""

_Ordering = Literal["nominal", "ordinal"]
_ONE_VALUE = "undefined: the same value everywhere"
_LABELS = {"code": len(RUPTURES), "rupture": 2, "intensity": HIGHEST_INTENSITY + 1}


def many_coder_figures(
    sessions: Sequence[CodedSession], resamples: Resamples, settings: HarnessSettings
) -> list[Drawn]:
    """Agreement of all own coders at once; nothing where there are fewer than two.

    Of turns: alpha and Gwet's coefficients, which take what is there. Of sessions: intraclass
    correlations, over the sessions that every coder coded and the turns in them that every coder
    coded. `resamples` draws the groups of the sessions.
    """
    if len(own_coders(sessions)) < PAIRABLE:
        return []
    found: list[Drawn] = []
    for speaker in CODED_SPEAKERS:
        table = coder_table(sessions, speaker)
        found += _of_turns(table, resamples)
        for kind in get_args(SetKind):
            found += _of_sets(table, kind, resamples)
        found += _of_counts(table, resamples, settings)
    return found + _of_ratings(sessions, resamples)


def _of_turns(table: CoderTable, resamples: Resamples) -> list[Drawn]:
    codes, intensities = table.labels("rupture"), table.labels("intensity")
    intensities[:, [not gives_intensity(one) for one in table.coded]] = -1
    variables: dict[str, tuple[IntArray, _Ordering]] = {
        "code": (codes, "nominal"),
        "rupture": (np.minimum(codes, 1), "nominal"),
        "intensity": (intensities, "ordinal"),
    }
    found: list[Drawn] = []
    for variable, (labels, ordering) in variables.items():
        if _pairable(labels >= 0):
            found += _of_labels(table, variable, labels, ordering, resamples)
    return found


def _of_labels(
    table: CoderTable, variable: str, labels: IntArray, ordering: _Ordering, resamples: Resamples
) -> list[Drawn]:
    count, groups = _LABELS[variable], table.turns.groups
    drawn = [
        draw(
            _key(table, variable, f"alpha_{ordering}"),
            coincidences(labels, count, groups),
            partial(alpha_of, scale=ordering),
            resamples,
        ),
        draw(
            _key(table, variable, "ac1" if ordering == "nominal" else "ac2"),
            gwet_statistics(labels, count, ordering, groups),
            partial(gwet_of, weighting=ordering),
            resamples,
        ),
    ]
    return [described(one, _pairable(labels >= 0), undefined=_ONE_VALUE) for one in drawn]


def _of_sets(table: CoderTable, kind: SetKind, resamples: Resamples) -> list[Drawn]:
    sets = table.sets(kind)
    rows = _pairable(np.all(sets.given >= 0, axis=2)) if sets.names else 0
    if not rows:
        return []
    coded = code_sets(sets.given)
    distances = masi_distances(coded.values)
    alpha = draw(
        _key(table, kind, "alpha_masi"),
        alpha_statistics(coded.labels, distances, table.turns.groups),
        lambda sums: alpha_of_statistics(sums, distances),
        resamples,
    )
    return [described(alpha, rows, undefined="undefined: the same set on every turn")]


def _of_counts(table: CoderTable, resamples: Resamples, settings: HarnessSettings) -> list[Drawn]:
    found: list[Drawn] = []
    for variable, (rule, codes) in COUNTED.items():
        units = cut(table.turns, unit_spec(Unit.SESSION, settings, rule))
        known = shared_rows(table.coded, units.spec)
        given = [unit_values(one, units, codes, known) for one in table.coded]
        key = Key(table.turns.speaker, str(units.spec), variable, "")
        counted = complete(key, np.column_stack(given), units.groups)
        found += number_figures(counted, OF_NUMBERS, resamples)
    return found


def _of_ratings(sessions: Sequence[CodedSession], resamples: Resamples) -> list[Drawn]:
    tables = [rating_table(side_of(sessions, coder)) for coder in own_coders(sessions)]
    found: list[Drawn] = []
    for place, variable in enumerate(RATED):
        given = np.column_stack([table[:, place] for table in tables])
        rated = complete(Key("", WHOLE_SESSION, variable, ""), given, session_groups(sessions))
        found += number_figures(rated, OF_NUMBERS, resamples)
    return found


def _key(table: CoderTable, variable: str, metric: str) -> Key:
    return Key(table.turns.speaker, str(UTTERANCE), variable, metric)


def _pairable(known: BoolArray) -> int:
    """How many units have values of two coders or more; `known` is (units, coders)."""
    return int((known.sum(axis=1) >= PAIRABLE).sum())


def stand_ins(paired: Paired) -> tuple[StandIn, ...]:
    """The alternative annotator test of each speaker's codes, or a plain word why there is none.

    The predicted side is set against all own coders but itself, over its turns; the groups make
    the test's standard error. Most turns are `none` to everybody, and such a turn is a tie that
    counts for both, so read the test beside agreement on ruptures.
    """
    return tuple(_stand_in(paired, speaker) for speaker in CODED_SPEAKERS)


def _stand_in(paired: Paired, speaker: Speaker) -> StandIn:
    turns = paired.turns(speaker)
    coders = tuple(one for one in own_coders(paired.sessions) if one != paired.predicted)
    rows = turns.predicted.rupture >= 0
    labels = np.empty((len(rows), 0), dtype=np.int64)
    if coders:
        labels = coder_table(paired.sessions, speaker, coders).labels("rupture")
    refusal = why_no_alt_test(labels[rows])
    if refusal:
        return StandIn(speaker, STANDS_IN_FOR, None, coders, refusal)
    groups = turns.turns.groups.take(rows)
    test = alt_test(turns.predicted.rupture[rows], labels[rows], groups=groups)
    return StandIn(speaker, STANDS_IN_FOR, test, coders)
