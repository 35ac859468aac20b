"""Two readers of the same sessions side by side: their episodes and their ratings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from eval.sequence_rows import Reader
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import FloatArray, Grouping, confusion
from rupture_nlp.evaluation.episode_matching import (
    match_by_onset,
    match_by_overlap,
    match_counts,
    match_f1_of,
    match_precision_of,
    match_recall_of,
)
from rupture_nlp.evaluation.icc import icc_of, icc_statistics


@dataclass(frozen=True, slots=True)
class EpisodeFigures:
    """Episodes of one reader against those of another."""

    reference: int
    predicted: int
    f1: Interval
    precision: Interval
    recall: Interval
    onset_f1: Interval
    repaired_kappa: Interval  # over matched episodes
    resolution_icc: Interval  # the same
    matched: int


@dataclass(frozen=True, slots=True)
class RatingFigures:
    """A rating by one reader against another's, over the sessions where both have it."""

    sessions: int
    icc: Interval
    error: float  # mean absolute error, in points
    constant_error: float  # of always saying the reference's median


def episode_figures(
    reference: Reader, predicted: Reader, group_of: Mapping[str, int], resamples: Resamples
) -> EpisodeFigures:
    """Figures over the sessions that both have."""
    counts = overlap_counts(reference, predicted, group_of, resamples.groups)
    onsets = np.zeros((resamples.groups, 3))
    tables = np.zeros((resamples.groups, 2, 2))
    rated: list[tuple[int, float, float]] = []
    for session_id in sorted(set(reference) & set(predicted)):
        one, other, group = reference[session_id], predicted[session_id], group_of[session_id]
        matched = match_by_overlap(one.spans, other.spans)
        onsets[group] += match_counts(
            match_by_onset(one.spans, other.spans), one.spans, other.spans
        )
        for i, j in matched:
            tables[group] += confusion([int(one.repaired[i])], [int(other.repaired[j])], 2)
            first, second = one.resolutions[i], other.resolutions[j]
            if first is not None and second is not None:
                rated.append((group, float(first), float(second)))
    return EpisodeFigures(
        reference=int(counts[:, 1].sum()),
        predicted=int(counts[:, 2].sum()),
        f1=resamples.interval(counts, match_f1_of),
        precision=resamples.interval(counts, match_precision_of),
        recall=resamples.interval(counts, match_recall_of),
        onset_f1=resamples.interval(onsets, match_f1_of),
        repaired_kappa=resamples.interval(tables, kappa_of),
        resolution_icc=_icc(rated, resamples),
        matched=int(counts[:, 0].sum()),
    )


def rating_figures(
    reference: Reader,
    predicted: Reader,
    name: str,
    group_of: Mapping[str, int],
    resamples: Resamples,
) -> RatingFigures:
    """One rating over the sessions where both have it."""
    rows: list[tuple[int, float, float]] = []
    for session_id in sorted(set(reference) & set(predicted)):
        one = getattr(reference[session_id].ratings, name)
        other = getattr(predicted[session_id].ratings, name)
        if one is not None and other is not None:
            rows.append((group_of[session_id], float(one), float(other)))
    first, second = (np.array([row[at] for row in rows]) for at in (1, 2))
    return RatingFigures(
        sessions=len(rows),
        icc=_icc(rows, resamples),
        error=float(np.abs(first - second).mean()) if rows else float("nan"),
        constant_error=float(np.abs(first - np.median(first)).mean()) if rows else float("nan"),
    )


def overlap_counts(
    reference: Reader, predicted: Reader, group_of: Mapping[str, int], groups: int
) -> FloatArray:
    """(groups, 3): matched, reference and predicted episodes, for paired differences."""
    counts = np.zeros((groups, 3))
    for session_id in sorted(set(reference) & set(predicted)):
        one, other = reference[session_id].spans, predicted[session_id].spans
        counts[group_of[session_id]] += match_counts(match_by_overlap(one, other), one, other)
    return counts


def _icc(rows: list[tuple[int, float, float]], resamples: Resamples) -> Interval:
    """ICC(A,1) of rows of group, one number, other number; NaN without rows."""
    if not rows:
        return resamples.interval(np.full((resamples.groups, 1), np.nan), lambda sums: sums[:, 0])
    names = tuple(str(number) for number in range(resamples.groups))
    grouping = Grouping(names, np.array([group for group, _, _ in rows], dtype=np.int64))
    numbers = np.array([[one, other] for _, one, other in rows], dtype=np.float64)
    return resamples.interval(icc_statistics(numbers, grouping), icc_of)
