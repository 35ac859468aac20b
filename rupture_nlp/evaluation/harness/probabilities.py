"""Section: what a system's probabilities are worth, for ranking turns and as chances of a rupture.

Each speaker apart, over the turns that both sides coded and that have probabilities. Coders give
none, so there is no ceiling here.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.calibration import (
    brier_of,
    brier_skill_of,
    brier_statistics,
    calibration_statistics,
    ece_of,
    equal_mass_edges,
    equal_width_edges,
)
from rupture_nlp.evaluation.counts import BoolArray, FloatArray, Grouping, IntArray, ratio
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.notes import described
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw, draw_each, draw_weighted
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import PairedTurns
from rupture_nlp.evaluation.ranking import (
    alert_statistics,
    precision_at_alerts_of,
    rank_rows,
    recall_at_alerts_of,
)
from rupture_nlp.evaluation.turns import CODED_SPEAKERS, CodedTurns
from rupture_nlp.evaluation.units import UTTERANCE
from rupture_nlp.schema import RUPTURES

ECE_FROM = 0.1
_NO_RUPTURE = "no rupture in the reference"
_ONE_CLASS = "the reference has turns of one kind only"
_DIGITS = 12


def probability_figures(comparison: Comparison) -> list[Drawn]:
    """Figures of the predicted side's probabilities; nothing where it gives none."""
    found: list[Drawn] = []
    for speaker in CODED_SPEAKERS:
        rows = scored_rows(comparison.paired.turns(speaker))
        if rows is not None:
            found += _ranking(rows, comparison.resamples)
            found += _alerts(rows, comparison.resamples, comparison.settings)
            found += _calibration(rows, comparison.resamples)
    return found


def rupture_probability(coded: CodedTurns) -> FloatArray | None:
    """`1 - p_none` of each row, NaN where missing; None if the coder gives no probabilities.

    Rounded, so that `1 - 0.9` is the 0.1 that it stands for: it is held against edges of bins.
    """
    if coded.probabilities is None:
        return None
    return np.asarray(np.round(1.0 - coded.probabilities[:, 0], _DIGITS), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ScoredRows:
    """One speaker's turns with codes of both sides and probabilities. Arrays are (rows,)."""

    key: Key  # speaker and unit; the rest is not looked at
    score: FloatArray  # chance of any rupture
    by_code: FloatArray  # (rows, 5), in the order of RUPTURES
    code: IntArray  # of the reference, positions in RUPTURES
    clean: BoolArray  # in a session without any rupture of this speaker in the reference
    sessions: Grouping
    groups: Grouping
    left_out: int  # turns with codes of both sides, but without probabilities

    def __len__(self) -> int:
        return len(self.score)

    @property
    def rupture(self) -> IntArray:
        """1 where the reference has a rupture, else 0."""
        return (self.code > 0).astype(np.int64)


def scored_rows(turns: PairedTurns) -> ScoredRows | None:
    """The rows of the figures here, or None where there are none."""
    score, probabilities = rupture_probability(turns.predicted), turns.predicted.probabilities
    if score is None or probabilities is None:
        return None
    given = turns.known & ~np.isnan(probabilities).any(axis=1)
    if not given.any():
        return None
    sessions = Grouping(turns.turns.session_ids, turns.turns.session)
    ruptures = sessions.sum(turns.reference.rupture > 0)
    return ScoredRows(
        key=Key(turns.turns.speaker.value, str(UTTERANCE), "rupture", ""),
        score=score[given],
        by_code=probabilities[given],
        code=turns.reference.rupture[given],
        clean=(ruptures == 0)[sessions.index[given]],
        sessions=sessions.take(given),
        groups=turns.turns.groups.take(given),
        left_out=int(turns.known.sum() - given.sum()),
    )


def _ranking(rows: ScoredRows, resamples: Resamples) -> list[Drawn]:
    found = _ranked(rows.key, rows, rows.score, rows.rupture, resamples)
    for place, code in enumerate(RUPTURES[1:], start=1):
        key = replace(rows.key, variable="code", label=code.value)
        positive = (rows.code == place).astype(np.int64)
        found += _ranked(key, rows, rows.by_code[:, place], positive, resamples)
    return found


def _ranked(
    key: Key, rows: ScoredRows, score: FloatArray, positive: IntArray, resamples: Resamples
) -> list[Drawn]:
    ranking = rank_rows(score, positive, rows.groups)
    keys = [replace(key, metric=metric) for metric in ("average_precision", "auroc")]

    def estimate(weights: FloatArray) -> FloatArray:
        return ranking.figures(weights)[:, : len(keys)]

    # A draw needs its counts and about as many numbers in between, several times over; blocks of
    # draws that stay in the processor's cache take half the time.
    cells = 8 * (3 * ranking.steps + 1)
    drawn = draw_weighted(keys, estimate, ranking.groups, resamples, cells)
    none = _NO_RUPTURE if key.variable == "rupture" else "not in the reference"
    positives = int(positive.sum())
    return [_noted(one, rows, positives, none if not positives else _ONE_CLASS) for one in drawn]


def _alerts(rows: ScoredRows, resamples: Resamples, settings: HarnessSettings) -> list[Drawn]:
    positives = int(rows.rupture.sum())
    found = []
    for alerts in dict.fromkeys(settings.alerts):
        statistics = alert_statistics(rows.score, rows.rupture, rows.sessions, alerts, rows.groups)
        for metric, of in _AT_ALERTS.items():
            key = replace(rows.key, metric=metric, label=str(alerts))
            drawn = draw(key, statistics, of, resamples)
            found.append(_noted(drawn, rows, positives, _NO_RUPTURE))
    return [*found, _alerts_without_rupture(rows, resamples, settings.recall)]


_AT_ALERTS = {
    "recall_at_alerts": recall_at_alerts_of,
    "precision_at_alerts": precision_at_alerts_of,
}


def threshold_at(recall: float, score: FloatArray, positive: IntArray) -> float:
    """The highest threshold at which this share of the positives, or more, reaches it.

    NaN without a positive.
    """
    scores = np.sort(score[positive > 0])[::-1]
    if not len(scores):
        return float("nan")
    wanted = math.ceil(round(recall * len(scores), _DIGITS))  # .07 of 100 are 7, not 8
    return float(scores[wanted - 1])


def _alerts_without_rupture(rows: ScoredRows, resamples: Resamples, recall: float) -> Drawn:
    """Flagged turns and turns in clean sessions; the draws keep the threshold of the sample."""
    threshold = threshold_at(recall, rows.score, rows.rupture)
    reason = _NO_RUPTURE if np.isnan(threshold) else "every session has a rupture"
    counted = rows.clean & ~np.isnan(threshold)
    statistics = rows.groups.sum(np.column_stack([counted & (rows.score >= threshold), counted]))
    key = replace(rows.key, metric="alerts_without_rupture", label=f"recall {recall:g}")
    drawn = draw(key, statistics, lambda sums: ratio(sums[:, 0], sums[:, 1]), resamples)
    noted = _noted(drawn, rows, int(rows.rupture.sum()), reason)
    return replace(noted, rows=int(counted.sum()))


def _calibration(rows: ScoredRows, resamples: Resamples) -> list[Drawn]:
    positives = int(rows.rupture.sum())
    keys = [replace(rows.key, metric=metric) for metric in ("brier", "brier_skill")]
    drawn = draw_each(
        keys,
        brier_statistics(rows.score, rows.rupture, rows.groups),
        lambda sums: np.stack([brier_of(sums), brier_skill_of(sums)], axis=-1),
        resamples,
    )
    width, mass = equal_width_edges(), equal_mass_edges(rows.score)
    return [
        *(_noted(one, rows, positives, _ONE_CLASS) for one in drawn),
        _noted(_ece("ece_width", rows, width, resamples), rows, positives),
        _noted(_ece("ece_mass", rows, mass, resamples), rows, positives),
        _ece_from(ECE_FROM, rows, resamples),
    ]


def _ece(metric: str, rows: ScoredRows, edges: FloatArray, resamples: Resamples) -> Drawn:
    statistics = calibration_statistics(rows.score, rows.rupture, edges, rows.groups)
    return draw(replace(rows.key, metric=metric), statistics, ece_of, resamples)


def _ece_from(at_least: float, rows: ScoredRows, resamples: Resamples) -> Drawn:
    edges, high = equal_width_edges(), rows.score >= at_least
    statistics = np.zeros((len(rows.groups.names), len(edges) - 1, 3))
    if high.any():
        statistics = calibration_statistics(
            rows.score, rows.rupture, edges, rows.groups, at_least=at_least
        )
    drawn = draw(replace(rows.key, metric="ece_from_10"), statistics, ece_of, resamples)
    positives = int(rows.rupture.sum())
    reason = f"no turn has a probability of {at_least:g} or more"
    return replace(_noted(drawn, rows, positives, reason), rows=int(high.sum()))


def _noted(drawn: Drawn, rows: ScoredRows, positives: int, reason: str = "") -> Drawn:
    """The number with what it rests on; `reason`: why it is undefined, where it is."""
    missing = f"{rows.left_out} turns without probabilities left out" if rows.left_out else ""
    return described(drawn, len(rows), positives, missing, f"undefined: {reason}")
