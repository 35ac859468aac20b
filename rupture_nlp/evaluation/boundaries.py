"""Episodes as a segmentation of the session: boundary similarity and WindowDiff.

A session of n turns has n - 1 places for a boundary, place i between turns i and i + 1.

    turn      0 1 2 3 4 5        one episode over turns 2 to 3
    segment   . . A A . .        boundaries at places 1 and 3
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from rupture_nlp.evaluation.counts import BoolArray, FloatArray, ratio

SPAN = 2


def boundaries_of(episodes: ArrayLike, turns: int) -> BoolArray:
    """Places where a segment ends, (turns - 1,): before the first and after the last turn of each
    episode. Episodes (episodes, 2) are first and last turn, both inclusive."""
    places = np.zeros(max(turns - 1, 0), dtype=np.bool_)
    spans = np.asarray(episodes, dtype=np.int64).reshape(-1, 2)
    if spans.size and (spans.min() < 0 or spans.max() >= turns):
        raise ValueError("an episode lies outside its session")
    borders = np.concatenate([spans[:, 0] - 1, spans[:, 1]])
    places[borders[(borders >= 0) & (borders < turns - 1)]] = True
    return places


def similarity_statistics(
    reference: BoolArray, predicted: BoolArray, span: int = SPAN
) -> FloatArray:
    """Credit and edits-or-matches of one session, (2,); sum sessions, then `similarity_of`.

    Parameters
    ----------
    reference, predicted : (places,)
        Boundaries of the same session.
    span
        Places that a near miss may span, itself included: with 2, boundaries one turn apart are a
        near miss, which costs (distance / span), here half; others are two whole misses.

    Source
    ------
    Fournier (2013), Evaluating text segmentation using boundary edit distance, ACL. Near misses are
    paired from the nearest on and from left to right, as in the author's program.
    """
    if reference.shape != predicted.shape:
        raise ValueError("both segmentations must be of the same session")
    only_reference = reference & ~predicted
    only_predicted = predicted & ~reference
    matches = int((reference & predicted).sum())
    near, cost = 0, 0.0
    for distance in range(1, span):
        for left in range(len(reference) - distance):
            right = left + distance
            for first, second in (
                (only_reference, only_predicted),
                (only_predicted, only_reference),
            ):
                if first[left] and second[right]:
                    first[left] = second[right] = False
                    near += 1
                    cost += distance / span
    misses = int(only_reference.sum() + only_predicted.sum())
    total = matches + near + misses
    return np.array([total - misses - cost, total], dtype=np.float64)


def similarity_of(statistics: FloatArray) -> FloatArray:
    """Boundary similarity B of summed statistics (..., 2): 1 is the same segmentation, 0 no
    boundary near another; NaN where neither side has a boundary."""
    return ratio(statistics[..., 0], statistics[..., 1])


def half_segment(references: Iterable[BoolArray]) -> int:
    """Half the mean length of the reference's segments in turns, at least 2: WindowDiff's window.

    Over all sessions, so that they are measured alike.
    """
    turns = segments = 0
    for places in references:
        turns += len(places) + 1
        segments += int(places.sum()) + 1
    if not segments:
        raise ValueError("there is no session")
    return max(2, round(turns / segments / 2))


def window_diff_statistics(reference: BoolArray, predicted: BoolArray, window: int) -> FloatArray:
    """Windows that hold a different number of boundaries, and windows, of one session: (2,).

    A session of no more turns than the window has none, and counts nothing.

    Source
    ------
    Pevzner & Hearst (2002), Computational Linguistics 28: windows of `window` places, one starting
    at each turn from which it fits.
    """
    if reference.shape != predicted.shape:
        raise ValueError("both segmentations must be of the same session")
    if window < 1:
        raise ValueError("a window must have at least one place")
    windows = len(reference) + 1 - window
    if windows < 1:
        return np.zeros(2)
    sums = [np.concatenate([[0], np.cumsum(places)]) for places in (reference, predicted)]
    held = [one[window:] - one[:-window] for one in sums]
    return np.array([(held[0] != held[1]).sum(), windows], dtype=np.float64)


def window_diff_of(statistics: FloatArray) -> FloatArray:
    """WindowDiff of summed statistics (..., 2): 0 is best. An error, not a similarity."""
    return ratio(statistics[..., 0], statistics[..., 1])
