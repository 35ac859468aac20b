"""Figures of one variable that two sides coded, all from its confusion tables by group.

Nothing but the tables is drawn. Alpha, Gwet's coefficients and Spearman's rho, which other callers
compute from rows, take each pair of labels for a row that stands as often as the pair occurs. So
all coefficients rest on the same units: those that both sides coded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rupture_nlp.evaluation.agreement import Weighting, kappa_of, pabak_of, percent_agreement_of
from rupture_nlp.evaluation.alpha import Scale, alpha_of, coincidences
from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.classification import (
    ESTIMABLE_FROM,
    balanced_accuracy_of,
    f1_of,
    macro_f1_of,
    mcc_of,
    precision_of,
    prevalence_of,
    recall_of,
)
from rupture_nlp.evaluation.correlation import spearman_of
from rupture_nlp.evaluation.counts import FloatArray, Grouping, IntArray
from rupture_nlp.evaluation.gwet import gwet_of, gwet_statistics
from rupture_nlp.evaluation.harness.notes import described
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw_each

NONE = 0
"""The place of `none` among the labels of every variable here."""


@dataclass(frozen=True, slots=True)
class Tables:
    """One variable's confusion tables (groups, labels, labels), reference in rows.

    `key` names speaker, unit and variable; its metric and label are not looked at.
    """

    key: Key
    labels: tuple[str, ...]  # `none` first
    counts: FloatArray
    note: str = ""  # what a reader of any of its figures must know

    @property
    def sample(self) -> FloatArray:
        """The table of the whole sample."""
        summed: FloatArray = self.counts.sum(axis=0)
        return summed


Of = Callable[[FloatArray], FloatArray]
"""From tables (draws, labels, labels) to figures."""


def alpha_of_tables(tables: FloatArray, scale: Scale = "nominal") -> FloatArray:
    """Krippendorff's alpha of two coders from tables (draws, labels, labels)."""
    labels = tables.shape[-1]
    each = coincidences(_pairs(labels), labels, _apart(labels**2))
    return alpha_of(np.tensordot(_cells(tables), each, axes=1), scale)


def gwet_of_tables(tables: FloatArray, weighting: Weighting = "nominal") -> FloatArray:
    """AC1 (`nominal`) or AC2 of two coders from tables (draws, labels, labels)."""
    labels = tables.shape[-1]
    each = gwet_statistics(_pairs(labels), labels, weighting, _apart(labels**2))
    return gwet_of(_cells(tables) @ each, weighting)


def spearman_of_tables(tables: FloatArray) -> FloatArray:
    """Spearman's rho of two coders from tables (draws, labels, labels) of ordered labels."""
    reference, predicted = _pairs(tables.shape[-1]).T
    return spearman_of(reference, predicted, _cells(tables))


def _pairs(labels: int) -> IntArray:
    """The pair of labels (labels * labels, 2) of each cell of a table, row by row."""
    return np.indices((labels, labels), dtype=np.int64).reshape(2, -1).T


def _cells(tables: FloatArray) -> FloatArray:
    return tables.reshape(len(tables), -1)


def _apart(rows: int) -> Grouping:
    return Grouping(tuple(f"{row:03}" for row in range(rows)), np.arange(rows))


def _ruptures_f1_of(tables: FloatArray) -> FloatArray:
    return macro_f1_of(tables, range(NONE + 1, tables.shape[-1]))


def _false_alarms_of(tables: FloatArray) -> FloatArray:
    return 1.0 - recall_of(tables)[..., NONE]


OVERALL: dict[str, Of] = {
    "percent_agreement": percent_agreement_of,
    "kappa": kappa_of,
    "kappa_linear": partial(kappa_of, weighting="linear"),
    "kappa_quadratic": partial(kappa_of, weighting="quadratic"),
    "pabak": pabak_of,
    "alpha_nominal": alpha_of_tables,
    "alpha_ordinal": partial(alpha_of_tables, scale="ordinal"),
    "alpha_interval": partial(alpha_of_tables, scale="interval"),
    "ac1": gwet_of_tables,
    "ac2": partial(gwet_of_tables, weighting="ordinal"),
    "spearman": spearman_of_tables,
    "macro_f1": _ruptures_f1_of,
    "balanced_accuracy": balanced_accuracy_of,
    "mcc": mcc_of,
    "false_alarm_rate": _false_alarms_of,
}
"""By metric: (draws,) figures over all labels."""

BY_LABEL: dict[str, Of] = {
    "precision": precision_of,
    "recall": recall_of,
    "f1": f1_of,
    "prevalence": prevalence_of,
    "predicted_share": lambda tables: prevalence_of(np.swapaxes(tables, -2, -1)),
}
"""By metric: (draws, labels) figures."""

_ONE_LABEL = "both sides gave one and the same label only"
_ONE_LABEL_SOMEWHERE = "one side gave one label only"
_UNDEFINED = {
    "kappa": _ONE_LABEL,
    "kappa_linear": _ONE_LABEL,
    "kappa_quadratic": _ONE_LABEL,
    "alpha_nominal": _ONE_LABEL,
    "alpha_ordinal": _ONE_LABEL,
    "alpha_interval": _ONE_LABEL,
    "spearman": _ONE_LABEL_SOMEWHERE,
    "mcc": _ONE_LABEL_SOMEWHERE,
    "macro_f1": "no rupture on either side",
    "false_alarm_rate": "ruptures only in the reference",
    "precision": "never predicted",
    "recall": "not in the reference",
    "f1": "on neither side",
}


def overall_figures(
    tables: Tables, metrics: Sequence[str], resamples: Resamples, positive: int | None = None
) -> list[Drawn]:
    """Figures over all labels. `positive`: the label whose positives stand beside them."""
    keys = [replace(tables.key, metric=metric, label="") for metric in metrics]

    def estimate(sums: FloatArray) -> FloatArray:
        return np.stack([OVERALL[metric](sums) for metric in metrics], axis=-1)

    return _noted(draw_each(keys, tables.counts, estimate, resamples), tables, positive)


def label_figures(
    tables: Tables, metrics: Sequence[str], resamples: Resamples, labels: Mapping[str, int]
) -> list[Drawn]:
    """Figures by label. `labels`: the name that a label's keys show, and the label's place."""
    places = list(labels.values())
    found = []
    for metric in metrics:
        keys = [replace(tables.key, metric=metric, label=name) for name in labels]

        def estimate(sums: FloatArray, of: Of = BY_LABEL[metric]) -> FloatArray:
            return of(sums)[:, places]

        for one, place in zip(
            draw_each(keys, tables.counts, estimate, resamples), places, strict=True
        ):
            found += _noted([one], tables, place)
    return found


def _noted(drawn: Sequence[Drawn], tables: Tables, positive: int | None) -> list[Drawn]:
    rows = int(tables.sample.sum())
    positives = None if positive is None else int(tables.sample[positive].sum())
    found = []
    for one in drawn:
        about = _of_how_many(one.key.metric, tables.sample) if positive is None else ""
        note = "; ".join(filter(None, (tables.note, about)))
        why = f"undefined: {_UNDEFINED[one.key.metric]}" if one.key.metric in _UNDEFINED else ""
        found.append(described(one, rows, positives, note, why))
    return found


def _of_how_many(metric: str, sample: FloatArray) -> str:
    """Which labels a mean over labels lacks, or holds on little ground."""
    if metric == "macro_f1":
        parts, positives = f1_of(sample)[NONE + 1 :], sample[NONE + 1 :].sum(axis=-1)
    elif metric == "balanced_accuracy":
        parts, positives = recall_of(sample), sample.sum(axis=-1)
    else:
        return ""
    defined = ~np.isnan(parts)
    if not defined.any():
        return ""
    held, few = int(defined.sum()), int((defined & (positives < ESTIMABLE_FROM)).sum())
    notes = (
        f"mean of {held} of {len(parts)} labels" if held < len(parts) else "",
        f"labels with fewer than {ESTIMABLE_FROM} positives: {few}" if few else "",
    )
    return "; ".join(filter(None, notes))
