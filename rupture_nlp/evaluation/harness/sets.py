"""Markers, strategies and processes, turn by turn: by name, and over all names.

Rows are the turns for which both sides coded the set, whatever rupture they gave: a turn without a
rupture has the empty set of markers, a turn without a process the empty set of processes. Names
that only one side coded are left out (`PairedTurns.sets`), names that nobody gave have no figures
of their own. Sample-F1 leaves out turns with an empty set on both sides
(`evaluation.multilabel`); kappa, alpha and the prevalence count them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np

from rupture_nlp.evaluation.alpha import (
    alpha_of_statistics,
    alpha_statistics,
    code_sets,
    masi_distances,
)
from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.counts import FloatArray, Grouping, IntArray, ratio
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.notes import described
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw, draw_each
from rupture_nlp.evaluation.multilabel import (
    label_f1_of,
    label_kappa_of,
    label_macro_f1_of,
    label_micro_f1_of,
    label_precision_of,
    label_recall_of,
    label_statistics,
    sample_f1_of,
    sample_f1_statistics,
)
from rupture_nlp.evaluation.paired import PairedSets
from rupture_nlp.evaluation.turns import CODED_SPEAKERS, SetKind, Turns
from rupture_nlp.evaluation.units import UTTERANCE
from rupture_nlp.schema import Speaker

SET_KINDS: tuple[SetKind, ...] = get_args(SetKind)

_BY_NAME: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    # from counts (draws, names, 3) as `label_statistics` has them, and rows (draws,)
    "prevalence": lambda counts, rows: ratio(counts[..., 1], rows[..., None]),
    "precision": lambda counts, _: label_precision_of(counts),
    "recall": lambda counts, _: label_recall_of(counts),
    "f1": lambda counts, _: label_f1_of(counts),
    "kappa": label_kappa_of,
}
_UNDEFINED = {
    "precision": "never predicted",
    "recall": "never in the reference",
    "kappa": "one class only",
}


def set_figures(comparison: Comparison) -> list[Drawn]:
    """Figures of markers (both speakers), strategies (therapists) and processes (patients).

    By name precision, recall, F1, kappa and prevalence; over all names micro-F1, macro-F1 of the
    estimable ones, sample-F1 and alpha with the MASI distance. Nothing for a set that one side did
    not code.
    """
    drawn: list[Drawn] = []
    for speaker, kind in product(CODED_SPEAKERS, SET_KINDS):
        turns = comparison.paired.turns(speaker)
        drawn += figures_of_sets(turns.turns, kind, turns.sets(kind), comparison.resamples)
    return drawn


def figures_of_sets(
    turns: Turns, kind: SetKind, paired: PairedSets, resamples: Resamples
) -> list[Drawn]:
    """The figures of one kind of sets, over the rows of `turns` that both sides coded."""
    sets = _complete(turns, kind, paired)
    return [*_decisions(sets, resamples), *_whole_sets(sets, resamples)] if sets else []


@dataclass(frozen=True, slots=True)
class _Sets:
    """Rows with both sets: indicators (rows, names) of 1 and 0 on both sides."""

    speaker: Speaker
    kind: SetKind
    names: tuple[str, ...]  # given by either side; if nobody gave any, all that could be given
    used: bool  # anybody gave any
    reference: IntArray
    predicted: IntArray
    groups: Grouping

    @property
    def rows(self) -> int:
        return len(self.reference)

    @property
    def nobody(self) -> str:
        """Why a number over all names is undefined."""
        return f"no {self.kind} on either side"

    def key(self, metric: str, name: str = "") -> Key:
        return Key(self.speaker, str(UTTERANCE), self.kind, metric, name)


def _complete(turns: Turns, kind: SetKind, paired: PairedSets) -> _Sets | None:
    both = (paired.reference >= 0) & (paired.predicted >= 0)
    known = np.asarray(both.all(axis=1), dtype=np.bool_)
    if not paired.names or not known.any():
        return None
    reference, predicted = paired.reference[known], paired.predicted[known]
    used = np.asarray((reference | predicted).any(axis=0), dtype=np.bool_)
    kept = np.flatnonzero(used) if used.any() else np.arange(len(used))
    return _Sets(
        speaker=turns.speaker,
        kind=kind,
        names=tuple(paired.names[place] for place in kept),
        used=bool(used.any()),
        reference=reference[:, kept],
        predicted=predicted[:, kept],
        groups=turns.groups.take(known),
    )


def _decisions(sets: _Sets, resamples: Resamples) -> list[Drawn]:
    """What follows from hits, positives and rows: by name, then micro- and macro-F1."""
    counts = label_statistics(sets.reference, sets.predicted, sets.groups)
    rows = sets.groups.sum(np.ones((sets.rows, 1)))
    # With the rows in it, a group that has turns but no marker is a group with data.
    statistics = np.column_stack([counts.reshape(len(counts), -1), rows])
    positives = counts.sum(axis=0)[:, 1].astype(np.int64)
    estimable = np.flatnonzero(positives >= ESTIMABLE_FROM).tolist()

    def over_all(sums: FloatArray) -> FloatArray:
        parts = sums[:, :-1].reshape(len(sums), -1, 3)
        return np.column_stack([label_micro_f1_of(parts), label_macro_f1_of(parts, estimable)])

    keys = [sets.key("micro_f1"), sets.key("macro_f1")]
    micro, macro = draw_each(keys, statistics, over_all, resamples)
    which = f"over {len(estimable)} of {len(positives)} labels: {ESTIMABLE_FROM} positives or more"
    return [
        *(_by_name(sets, statistics, positives, resamples) if sets.used else ()),
        described(micro, sets.rows, undefined=sets.nobody),
        described(macro, sets.rows, note=which if sets.used else sets.nobody),
    ]


def _by_name(
    sets: _Sets, statistics: FloatArray, positives: IntArray, resamples: Resamples
) -> list[Drawn]:
    def by_name(sums: FloatArray) -> FloatArray:
        parts = sums[:, :-1].reshape(len(sums), -1, 3)
        return np.column_stack([figure(parts, sums[:, -1]) for figure in _BY_NAME.values()])

    keys = [sets.key(metric, name) for metric in _BY_NAME for name in sets.names]
    drawn = draw_each(keys, statistics, by_name, resamples)
    count = dict(zip(sets.names, positives.tolist(), strict=True))
    return [
        described(
            one,
            sets.rows,
            count[one.key.label],
            undefined=_UNDEFINED.get(one.key.metric, ""),
        )
        for one in drawn
    ]


def _whole_sets(sets: _Sets, resamples: Resamples) -> list[Drawn]:
    """What looks at the set of a turn as one."""
    f1_sums = sample_f1_statistics(sets.reference, sets.predicted, sets.groups)
    f1 = draw(sets.key("sample_f1"), f1_sums, sample_f1_of, resamples)
    coded = code_sets(np.stack([sets.reference, sets.predicted], axis=1))
    distances = masi_distances(coded.values)
    alpha = draw(
        sets.key("alpha_masi"),
        alpha_statistics(coded.labels, distances, sets.groups),
        lambda sums: alpha_of_statistics(sums, distances),
        resamples,
    )
    return [
        described(f1, int(f1_sums[:, 1].sum()), undefined=sets.nobody),
        described(alpha, sets.rows, undefined="the same set on every turn"),
    ]
