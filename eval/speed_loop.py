"""What one would write without the harness: draw after draw, the rows of the groups drawn are put
together and given to scikit-learn, scipy and krippendorff.

krippendorff is GPL-3 and no dependency; where it is not installed its figures are left out.
"""

import importlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from scipy.stats import spearmanr
from sklearn import metrics

from rupture_nlp.evaluation.counts import FloatArray, IntArray
from rupture_nlp.evaluation.paired import PairedTurns
from rupture_nlp.evaluation.turns import SetKind
from rupture_nlp.schema import RUPTURES, Family

Named = tuple[str, str, str]
"""Variable, metric and label, as in the keys of the harness."""

Values = dict[Named, float]
OfRows = Callable[[IntArray], Values]
"""The figures of some rows, as often in them as they were drawn."""

_FAMILIES = ("none", *(family.value for family in Family))
_OF_FAMILY = np.array([0 if c.family is None else _FAMILIES.index(c.family) for c in RUPTURES])
_CODES = tuple(code.value for code in RUPTURES)
_BY_LABEL = ("precision", "recall", "f1")


def find_krippendorff() -> ModuleType | None:
    """The package, if it is there."""
    try:
        return importlib.import_module("krippendorff")
    except ModuleNotFoundError:
        return None


KRIPPENDORFF = find_krippendorff()


def group_rows_of(turns: PairedTurns) -> list[IntArray]:
    """The rows of each group."""
    groups = turns.turns.groups
    return [np.flatnonzero(groups.index == at) for at in range(len(groups.names))]


def rows_of_draw(rows: Sequence[IntArray], weights: FloatArray) -> IntArray:
    """The rows of the groups of a draw, those of a group as often as it was drawn."""
    drawn = np.repeat(np.arange(len(rows)), weights.astype(np.int64)).tolist()
    return np.concatenate([rows[group] for group in drawn])


def code_values(turns: PairedTurns) -> OfRows:
    """Codes, ruptures, families and intensities."""

    def of_rows(rows: IntArray) -> Values:
        values = _of_codes(turns.reference.rupture[rows], turns.predicted.rupture[rows])
        intensities = (turns.reference.intensity[rows], turns.predicted.intensity[rows])
        return values | _ordinal(*intensities)

    return of_rows


def _of_codes(first: IntArray, second: IntArray) -> Values:
    values = _nominal("code", first, second, _CODES)
    values |= {("code", *rest): v for rest, v in _by_label(first, second, _CODES).items()}
    both = (np.minimum(first, 1), np.minimum(second, 1))
    values |= _nominal("rupture", *both, ("none", "rupture"))
    of_rupture = _by_label(*both, ("none", "rupture"))
    values |= {("rupture", m, ""): v for (m, label), v in of_rupture.items() if label == "rupture"}
    del values["rupture", "macro_f1", ""]
    families = (_OF_FAMILY[first], _OF_FAMILY[second])
    named = _nominal("family", *families, _FAMILIES)
    kept = ("kappa", "alpha_nominal", "macro_f1")
    values |= {name: value for name, value in named.items() if name[1] in kept}
    for (metric, label), value in _by_label(*families, _FAMILIES).items():
        if metric == "f1" and label != "none":
            values["family", metric, label] = value
    return values


def _nominal(variable: str, first: IntArray, second: IntArray, labels: Sequence[str]) -> Values:
    ruptures = range(1, len(labels))
    found = {
        "percent_agreement": metrics.accuracy_score(first, second),
        "kappa": metrics.cohen_kappa_score(first, second),
        "mcc": metrics.matthews_corrcoef(first, second),
        "balanced_accuracy": metrics.balanced_accuracy_score(first, second),
        "macro_f1": metrics.f1_score(
            first, second, labels=ruptures, average="macro", zero_division=np.nan
        ),
        **_alphas(first, second, ("nominal",)),
    }
    return {(variable, metric, ""): float(value) for metric, value in found.items()}


def _ordinal(first: IntArray, second: IntArray) -> Values:
    found = {
        "percent_agreement": metrics.accuracy_score(first, second),
        "kappa_linear": metrics.cohen_kappa_score(first, second, weights="linear"),
        "kappa_quadratic": metrics.cohen_kappa_score(first, second, weights="quadratic"),
        "spearman": spearmanr(first, second).statistic,
        **_alphas(first, second, ("ordinal", "interval")),
    }
    return {("intensity", metric, ""): float(value) for metric, value in found.items()}


def _alphas(first: IntArray, second: IntArray, scales: Sequence[str]) -> dict[str, float]:
    if KRIPPENDORFF is None:
        return {}
    data = np.stack([first, second]).astype(np.float64)
    return {
        f"alpha_{scale}": KRIPPENDORFF.alpha(data, level_of_measurement=scale) for scale in scales
    }


def _by_label(
    first: IntArray, second: IntArray, labels: Sequence[str]
) -> dict[tuple[str, str], float]:
    found = metrics.precision_recall_fscore_support(
        first, second, labels=range(len(labels)), zero_division=np.nan
    )
    return _named(found, labels)


def _named(found: tuple[Any, ...], labels: Sequence[str]) -> dict[tuple[str, str], float]:
    # scikit-learn is untyped: precision, recall and F1 of each label, then its support.
    return {
        (metric, label): float(value)
        for metric, column in zip(_BY_LABEL, found, strict=False)
        for label, value in zip(labels, column, strict=True)
    }


def set_values(turns: PairedTurns) -> OfRows:
    """Markers, strategies and processes, of the names that somebody gave."""
    prepared = []
    kinds: tuple[SetKind, ...] = ("markers", "strategies", "processes")
    for kind in kinds:
        paired = turns.sets(kind)
        used = np.flatnonzero((paired.reference | paired.predicted).any(axis=0))
        if used.size:
            names = tuple(paired.names[at] for at in used)
            prepared.append((kind, names, paired.reference[:, used], paired.predicted[:, used]))

    def of_rows(rows: IntArray) -> Values:
        values: Values = {}
        for kind, names, first, second in prepared:
            values |= _of_sets(kind, names, first[rows], second[rows])
        return values

    return of_rows


def _of_sets(kind: SetKind, names: Sequence[str], first: IntArray, second: IntArray) -> Values:
    found = metrics.precision_recall_fscore_support(first, second, zero_division=np.nan)
    values: Values = {(kind, *of): value for of, value in _named(found, names).items()}
    values[kind, "micro_f1", ""] = float(metrics.f1_score(first, second, average="micro"))
    for at, name in enumerate(names):
        kappa = metrics.cohen_kappa_score(first[:, at], second[:, at])
        values[kind, "kappa", name] = float(kappa)
    return values


def probability_values(turns: PairedTurns) -> OfRows:
    """What the probabilities are worth.

    Raises:
        ValueError: there are none.
    """
    code, chances = turns.reference.rupture, turns.predicted.probabilities
    if chances is None:
        raise ValueError("the predicted side has no probabilities")
    chance = np.round(1.0 - chances[:, 0], 12)

    def of_rows(rows: IntArray) -> Values:
        rupture = code[rows] > 0
        ranked = _ranking(rupture, chance[rows])
        values = {("rupture", metric, ""): value for metric, value in ranked.items()}
        values["rupture", "brier", ""] = float(metrics.brier_score_loss(rupture, chance[rows]))
        for place, label in enumerate(_CODES[1:], start=1):
            ranked = _ranking(code[rows] == place, chances[rows, place])
            values |= {("code", metric, label): value for metric, value in ranked.items()}
        return values

    return of_rows


def _ranking(positive: np.ndarray[Any, Any], score: FloatArray) -> dict[str, float]:
    return {
        "average_precision": float(metrics.average_precision_score(positive, score)),
        "auroc": float(metrics.roc_auc_score(positive, score)),
    }
