"""How the other heads fare, given where they are asked: micro-F1 with cross-fitted thresholds."""

from collections.abc import Callable

import numpy as np

from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import FloatArray, Grouping, ratio
from rupture_nlp.models.decision import Decision
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import OutOfFold

Counts = Callable[[OutOfFold, Decision], FloatArray]


def head_figures(predicted: OutOfFold, resamples: Resamples) -> dict[str, Interval]:
    """Micro-F1 of markers, strategies and processes over the questions that were asked."""
    questions: dict[str, Counts] = {
        "markers, on turns with a reference rupture": _markers,
        "strategies, on therapist turns": _strategies,
        "processes, in reference episodes": _processes,
    }
    figures = {}
    for name, counts in questions.items():
        rows = np.zeros((len(predicted.fold), 3))
        for fold, decision in cross_fitted(predicted):
            rows[fold] = counts(predicted.rows(fold), decision)
        grouping = Grouping(predicted.groups, predicted.group)
        figures[name] = resamples.interval(
            grouping.sum(rows), lambda sums: ratio(2 * sums[..., 0], sums[..., 1] + sums[..., 2])
        )
    return figures


def _markers(rows: OutOfFold, decision: Decision) -> FloatArray:
    asked = rows.targets.ask_markers
    truth = (rows.targets.markers > 0) & asked
    return _hits(truth, (rows.answers.markers >= decision.marker) & asked)


def _strategies(rows: OutOfFold, decision: Decision) -> FloatArray:
    asked = rows.targets.ask_strategies[:, None]
    truth = (rows.targets.strategies > 0) & asked
    return _hits(truth, (rows.answers.strategies >= decision.strategy) & asked)


def _processes(rows: OutOfFold, decision: Decision) -> FloatArray:
    p = rows.answers.processes[:, :-1]
    asked = rows.targets.ask_process[:, None]
    names = np.arange(p.shape[1])
    truth = (rows.targets.process[:, None] == names) & asked
    chosen = p.argmax(axis=1)[:, None] == names
    called = chosen & (p.max(axis=1)[:, None] >= decision.process) & asked
    return _hits(truth, called)


def _hits(truth: np.ndarray, called: np.ndarray) -> FloatArray:
    counts = [(truth & called).sum(axis=1), truth.sum(axis=1), called.sum(axis=1)]
    return np.stack(counts, axis=1).astype(np.float64)
