"""What a report shows beside figures: confusion tables, groups, counts of what was compared.

Patients and therapists apart, over the turns that both sides coded. Curves are in `harness.curves`,
the worst disagreements in `harness.disagreements`.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.classification import is_estimable, merge_labels
from rupture_nlp.evaluation.counts import FloatArray, confusion, confusion_by_group
from rupture_nlp.evaluation.dropped import Dropped, Reason, What
from rupture_nlp.evaluation.harness.report import (
    ConfusionTable,
    DroppedCount,
    GroupFigure,
    SpeakerCounts,
)
from rupture_nlp.evaluation.kappa_error import kappa_error_of
from rupture_nlp.evaluation.paired import Paired, PairedTurns
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.schema import RUPTURES, Family, Rupture

FAMILIES = (Rupture.NONE.value, *(family.value for family in Family))
FAMILY_OF = tuple(FAMILIES.index(code.family or Rupture.NONE.value) for code in RUPTURES)
"""Of each code in RUPTURES its place in FAMILIES."""

LEVEL = 0.95


def confusions(paired: Paired) -> tuple[ConfusionTable, ...]:
    """Codes and families of each speaker; none of a speaker without a turn that both coded."""
    coders = (paired.reference, paired.predicted)
    tables = []
    for turns in _compared(paired):
        codes = confusion(turns.reference.rupture, turns.predicted.rupture, len(RUPTURES))
        families = merge_labels(codes, FAMILY_OF)
        speaker = turns.turns.speaker
        tables += [
            ConfusionTable(speaker, "code", coders, tuple(c.value for c in RUPTURES), codes),
            ConfusionTable(speaker, "family", coders, FAMILIES, families),
        ]
    return tuple(tables)


def group_figures(paired: Paired) -> tuple[GroupFigure, ...]:
    """Kappa of rupture or none in each group that has a turn that both coded, by group name.

    The interval is kappa and 1.96 standard errors to both sides (`evaluation.kappa_error`), cut off
    at -1 and 1; NaN where kappa is undefined and where the error is, as in full agreement.
    """
    return tuple(one for turns in _compared(paired) for one in _groups_of(turns))


def _groups_of(turns: PairedTurns) -> list[GroupFigure]:
    rows, groups = turns.turns, turns.turns.groups
    ruptures = [np.where(s.rupture > 0, 1, s.rupture) for s in (turns.reference, turns.predicted)]
    tables = confusion_by_group(ruptures[0], ruptures[1], 2, groups)
    kappas, margins = kappa_of(tables), _NORMAL * kappa_error_of(tables)
    sessions = _sessions_by_group(turns)
    return [
        GroupFigure(
            speaker=rows.speaker,
            group=groups.names[place],
            sessions=int(sessions[place]),
            turns=int(tables[place].sum()),
            ruptures=int(tables[place, 1].sum()),
            kappa=float(kappas[place]),
            low=float(np.maximum(kappas[place] - margins[place], -1.0)),
            high=float(np.minimum(kappas[place] + margins[place], 1.0)),
        )
        for place in np.flatnonzero(tables.sum(axis=(1, 2)))
    ]


_NORMAL = float(stats.norm.ppf((1.0 + LEVEL) / 2.0))


def _sessions_by_group(turns: PairedTurns) -> FloatArray:
    """How many sessions of each group have a turn that both coded."""
    _, first = np.unique(turns.turns.session[turns.known], return_index=True)
    index = turns.turns.groups.index[turns.known][first]
    return np.bincount(index, minlength=len(turns.turns.groups.names)).astype(np.float64)


def dropped_counts(dropped: Sequence[Dropped]) -> tuple[DroppedCount, ...]:
    """What fell out, by kind, reason and speaker, in the order in which these are defined.

    `turns` is 0 for episodes and ratings: the turns of their sessions stay in the figures.
    """
    sessions: dict[tuple[What, Reason, str], set[str]] = {}
    turns: dict[tuple[What, Reason, str], int] = {}
    for one in dropped:
        key = (one.what, one.reason, one.speaker.value if one.speaker else "")
        sessions.setdefault(key, set()).add(one.session_id)
        fell_out = one.turns if one.what in _WITH_TURNS else 0
        turns[key] = turns.get(key, 0) + fell_out
    order = sorted(
        sessions, key=lambda key: (list(What).index(key[0]), list(Reason).index(key[1]), key[2])
    )
    return tuple(
        DroppedCount(key[0].value, key[1].value, key[2], len(sessions[key]), turns[key])
        for key in order
    )


_WITH_TURNS = (What.SESSION, What.TURNS)


def speaker_counts(paired: Paired) -> tuple[SpeakerCounts, ...]:
    """The material of each speaker. Ruptures and positives are those of compared turns."""
    return tuple(_counts_of(paired.turns(speaker)) for speaker in CODED_SPEAKERS)


def _counts_of(turns: PairedTurns) -> SpeakerCounts:
    size = (len(RUPTURES), len(RUPTURES))
    table = np.zeros(size)
    if turns.known.any():
        table = confusion(turns.reference.rupture, turns.predicted.rupture, len(RUPTURES))
    estimable = is_estimable(table)
    codes = list(zip(RUPTURES, estimable, strict=True))[1:]
    return SpeakerCounts(
        speaker=turns.turns.speaker,
        turns=len(turns.turns),
        compared=int(table.sum()),
        reference_ruptures=int(table[1:].sum()),
        predicted_ruptures=int(table[:, 1:].sum()),
        estimable=tuple(code.value for code, enough in codes if enough),
        not_estimable=tuple(code.value for code, enough in codes if not enough),
    )


def _compared(paired: Paired) -> list[PairedTurns]:
    """The speakers with a turn that both sides coded."""
    both = [paired.turns(speaker) for speaker in CODED_SPEAKERS]
    return [turns for turns in both if turns.known.any()]
