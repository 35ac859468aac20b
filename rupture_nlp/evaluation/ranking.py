"""How well scores rank the positives: average precision, AUROC, recall within a number of alerts.

Conventions in `rupture_nlp.evaluation.counts`. Figures of a ranking depend only on how many
positives and negatives each group has between one positive's score and the next, so these counts
are kept, sparse, and every draw is a weighted sum of them: exact, ties included.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import (
    BoolArray,
    FloatArray,
    Grouping,
    IntArray,
    as_labels,
    one_group,
    ratio,
)


@dataclass(frozen=True, slots=True)
class RankFigures:
    """Average precision beside the prevalence it must be read against, and AUROC."""

    average_precision: Interval
    auroc: Interval
    prevalence: Interval


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows of each group by step; a step is a distinct score of a positive, the highest first.

    `counts` is (3 * steps + 1, groups): positives at each step, negatives that score the same,
    negatives above it and below the step before, and last the negatives below all steps.
    """

    counts: sparse.csr_array
    steps: int
    groups: int  # groups with rows

    def figures(self, weights: FloatArray) -> FloatArray:
        """Average precision, AUROC and prevalence for weights (draws, groups): (draws, 3).

        NaN where a draw has no positive; AUROC also where it has no negative.
        """
        sums = np.asarray(self.counts @ weights.T, dtype=np.float64)
        positives, tied, above = (sums[at * self.steps : (at + 1) * self.steps] for at in range(3))
        total = positives.sum(axis=0)
        negatives = sums[self.steps :].sum(axis=0)
        found = np.cumsum(positives, axis=0)
        false_alarms = np.cumsum(tied + above, axis=0)
        precision = ratio(found, found + false_alarms)
        won = negatives - false_alarms + tied / 2
        gained = np.where(positives > 0, positives * precision, 0.0).sum(axis=0)
        return np.stack(
            [
                ratio(gained, total),
                ratio((positives * won).sum(axis=0), total * negatives),
                ratio(total, total + negatives),
            ],
            axis=1,
        )

    def intervals(self, resamples: Resamples) -> RankFigures:
        """The figures of the whole sample, each with its interval."""
        cells = 3 * self.steps + 1
        return RankFigures(*resamples.interval_weighted(self.figures, self.groups, cells))


def rank_rows(scores: ArrayLike, positive: ArrayLike, groups: Grouping | None = None) -> Ranking:
    """Count positives and negatives of each group along the scores.

    Parameters
    ----------
    scores : (rows,)
        Any numbers, the higher the more likely positive; a row with NaN is left out.
    positive : (rows,)
        1 or 0; a row with a negative entry is left out.
    groups
        Of the rows; all rows are one group where None.

    Raises
    ------
    ValueError
        No row is left.
    """
    score, truth, where = _complete(scores, positive, groups)
    steps = np.unique(score[truth])
    count = len(steps)
    at = np.searchsorted(steps, score)  # lowest step not below the score
    same = (at < count) & (steps[np.minimum(at, count - 1)] == score) if count else truth
    step = count - 1 - np.where(same, at, at - 1)  # `count` where below all steps
    block = np.where(truth, 0, np.where(same, 1, 2))
    row = np.where(step == count, 3 * count, block * count + step)
    shape = (3 * count + 1, len(where.names))
    ones = np.ones(len(score))
    counts = sparse.coo_array((ones, (row, where.index)), shape=shape).tocsr()
    return Ranking(counts, count, len(np.unique(where.index)))


def average_precision(scores: ArrayLike, positive: ArrayLike) -> float:
    """Area under the precision-recall curve as a step function; chance is the prevalence.

    Parameters
    ----------
    scores, positive : (rows,)
        As in `rank_rows`; tied scores are taken together.

    Returns
    -------
    float
        0 to 1; NaN without a positive.

    Source
    ------
    Davis & Goadrich (2006), ICML: no line is drawn between the points, which would flatter.
    """
    return float(rank_rows(scores, positive).figures(np.ones((1, 1)))[0, 0])


def auroc(scores: ArrayLike, positive: ArrayLike) -> float:
    """Chance that a positive scores above a negative, ties counting half.

    Parameters
    ----------
    scores, positive : (rows,)
        As in `rank_rows`.

    Returns
    -------
    float
        0 to 1; NaN where only one class occurs.
    """
    return float(rank_rows(scores, positive).figures(np.ones((1, 1)))[0, 1])


def alert_statistics(
    scores: ArrayLike,
    positive: ArrayLike,
    sessions: Grouping,
    alerts: int,
    groups: Grouping | None = None,
) -> FloatArray:
    """What is found if each session may raise so many alerts, on its highest scores.

    Of rows with the same score, the earlier raises the alert. A session with fewer rows raises
    fewer.

    Parameters
    ----------
    scores, positive : (rows,)
        As in `rank_rows`, in the order of the sessions' turns.
    sessions, groups
        Of the rows; the groups are the sessions where None.
    alerts
        For each session.

    Returns
    -------
    (groups, 3)
        Positives found, positives, alerts raised: recall is the first by the second, precision the
        first by the third (`recall_at_alerts_of`, `precision_at_alerts_of`).
    """
    if alerts < 1:
        raise ValueError("there must be at least one alert a session")
    score, truth, session = _complete(scores, positive, sessions)
    _, _, where = _complete(scores, positive, groups or sessions)
    order = np.lexsort((-score, session.index))
    sorted_index = session.index[order]
    first = np.searchsorted(sorted_index, sorted_index)
    raised = np.zeros(len(score), dtype=np.bool_)
    raised[order] = np.arange(len(score)) - first < alerts
    return where.sum(np.column_stack([raised & truth, truth, raised]))


def recall_at_alerts_of(statistics: FloatArray) -> FloatArray:
    """Share of positives that an alert fell on; NaN without a positive."""
    return ratio(statistics[..., 0], statistics[..., 1])


def precision_at_alerts_of(statistics: FloatArray) -> FloatArray:
    """Share of alerts that fell on a positive."""
    return ratio(statistics[..., 0], statistics[..., 2])


def _complete(
    scores: ArrayLike, positive: ArrayLike, groups: Grouping | None
) -> tuple[FloatArray, BoolArray, Grouping]:
    score = np.asarray(scores, dtype=np.float64)
    truth: IntArray = as_labels(positive)
    if score.shape != truth.shape or score.ndim != 1:
        raise ValueError("scores and positive must be two columns of one length")
    known = ~np.isnan(score) & (truth >= 0)
    if not known.any():
        raise ValueError("no row has a score and an outcome")
    where = (groups or one_group(len(score))).take(known)
    return score[known], np.asarray(truth[known] > 0, dtype=np.bool_), where
