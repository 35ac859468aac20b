"""Temperatures, thresholds and margins from out-of-fold rows.

`counting` is the threshold at which as many turns are called ruptures as there are (misses and
false alarms balance); `screening` the one that finds a share of `SCREENING_RECALL` of them. Figures
reported for out-of-fold rows are cross-fitted: a fold is decided by what the other folds gave.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from rupture_nlp.engines.base import Floats
from rupture_nlp.label.decide import calibrated, log_odds
from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.training.losses import Members
from rupture_nlp.training.outoffold import OutOfFold

SCREENING_RECALL = 0.70
_GRID = np.linspace(0.05, 0.95, 91)
_FEWEST = 20  # positives without which nothing is fitted and the default stays


def fit_decision(predicted: OutOfFold, members: Members = ()) -> Decision:
    """Fit everything that turns probabilities into codes.

    `members` are the codes of each class, by position in `RUPTURES`, where not every code is one.
    """
    targets, answers = predicted.targets, predicted.answers
    default = Decision()
    return Decision(
        patient=_fit_speaker(predicted.rows(targets.ask_rupture & targets.is_patient), members),
        therapist=_fit_speaker(predicted.rows(targets.ask_rupture & ~targets.is_patient), members),
        marker=_best_threshold(
            answers.markers[targets.ask_markers],
            targets.markers[targets.ask_markers] > 0,
            default.marker,
        ),
        strategy=_best_threshold(
            answers.strategies[targets.ask_strategies],
            targets.strategies[targets.ask_strategies] > 0,
            default.strategy,
        ),
        process=_process_threshold(predicted.rows(targets.ask_process), default.process),
    )


def cross_fitted(
    predicted: OutOfFold, members: Members = ()
) -> list[tuple[NDArray[np.bool_], Decision]]:
    """For each fold its rows, (utterances,) bool, and a decision fitted on the other folds."""
    folds = np.unique(predicted.fold)
    return [
        (predicted.fold == fold, fit_decision(predicted.rows(predicted.fold != fold), members))
        for fold in folds
    ]


def _fit_speaker(rows: OutOfFold, members: Members) -> SpeakerDecision:
    is_rupture = rows.targets.rupture[:, 0] < 0.5  # noqa: PLR2004  # one code a row, so 0 or 1
    if is_rupture.sum() < _FEWEST:
        return SpeakerDecision()
    temperature, bias = _fit_temperature(rows.answers.rupture, rows.targets.rupture, members)
    scaled = SpeakerDecision(temperature=temperature, bias=bias)
    p_rupture = 1.0 - calibrated(rows.answers.rupture, scaled)[:, 0]
    counting = balancing_threshold(p_rupture, is_rupture)
    screening = float(np.quantile(p_rupture[is_rupture], 1.0 - SCREENING_RECALL))
    thresholds = {"counting": counting, "screening": min(screening, counting)}
    return SpeakerDecision(
        temperature=temperature,
        bias=bias,
        prevalence=float(is_rupture.mean()),
        thresholds=thresholds,
        margins={name: _margin(p_rupture, is_rupture, at) for name, at in thresholds.items()},
    )


def _fit_temperature(logits: Floats, target: Floats, members: Members) -> tuple[float, float]:
    # Guo et al. (2017), with a bias for `none`: training weighs rare codes up, the bias undoes it.
    truth = _in_classes(target, members)

    def loss(parameters: NDArray[np.float64]) -> float:
        rules = SpeakerDecision(temperature=float(np.exp(parameters[0])), bias=float(parameters[1]))
        p = _in_classes(calibrated(logits, rules), members)
        return float(-np.mean((truth * np.log(np.clip(p, 1e-12, 1.0))).sum(axis=1)))

    fit = minimize(loss, np.zeros(2), method="Nelder-Mead")
    return float(np.exp(fit.x[0])), float(fit.x[1])


def _in_classes(shares: Floats, members: Members) -> Floats:
    if not members:
        return shares
    return np.stack([shares[:, list(codes)].sum(axis=1) for codes in members], axis=1)


def balancing_threshold(p: Floats, is_rupture: NDArray[np.bool_]) -> float:
    """The threshold at which as many turns are called ruptures as there are, or nearly so."""
    ordered = np.sort(p)[::-1]
    count = int(is_rupture.sum())
    last, following = float(ordered[count - 1]), float(ordered[min(count, len(ordered) - 1)])
    if last > following:
        # Halfway between the last turn that is called a rupture and the first that is not.
        return (last + following) / 2
    # Turns that score the same are called together, or not: whichever comes nearer to the count.
    above, with_ties = int((p > last).sum()), int((p >= last).sum())
    return last if with_ties - count < count - above else float(np.nextafter(last, 2.0))


def _margin(p: Floats, is_rupture: NDArray[np.bool_], threshold: float) -> float:
    # Half of the errors at this threshold lie no further from it than this.
    wrong = (p >= threshold) != is_rupture
    if not wrong.any():
        return 0.0
    return float(np.median(np.abs(log_odds(p[wrong]) - log_odds(threshold))))


def _best_threshold(p: Floats, truth: NDArray[np.bool_], default: float) -> float:
    if truth.sum() < _FEWEST:
        return default
    scores = [_f1(p >= threshold, truth) for threshold in _GRID]
    return float(_GRID[int(np.argmax(scores))])


def _process_threshold(inside: OutOfFold, default: float) -> float:
    none = inside.answers.processes.shape[1] - 1
    given = inside.targets.process != none
    if given.sum() < _FEWEST:
        return default
    p = inside.answers.processes[:, :-1]
    right = p.argmax(axis=1) == inside.targets.process
    best = p.max(axis=1)
    scores = []
    for threshold in _GRID:
        called = best >= threshold
        hits = (called & right).sum()
        scores.append(2 * hits / max(called.sum() + given.sum(), 1))
    return float(_GRID[int(np.argmax(scores))])


def _f1(called: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * (called & truth).sum() / max(called.sum() + truth.sum(), 1))
