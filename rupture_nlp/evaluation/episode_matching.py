"""Which predicted episode answers which reference episode, and what follows from it.

An episode is its first and last turn, both inclusive, as positions in the session; episodes of a
session are rows of (episodes, 2), in any order, perhaps none. Matching is one to one and maximum:
no other assignment has more pairs, and among those the one with the best total fit is taken.

    turn       0 1 2 3 4 5 6 7 8 9
    reference  . A A A A . . B B .
    predicted  . . a a a a . . . .      a answers A: they share 3 of 5 turns, IoU .6; B is missed

Sessions are counted one by one; sum the counts of a group's sessions, then take the figures.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment

from rupture_nlp.evaluation.counts import FloatArray, IntArray, as_labels, ratio

Scheme = Literal["strict", "exact", "partial", "type"]


def overlaps(reference: ArrayLike, predicted: ArrayLike) -> FloatArray:
    """Shared turns over all turns of every pair (IoU): (reference, predicted), 0 to 1."""
    first, second = _spans(reference), _spans(predicted)
    start = np.maximum(first[:, None, 0], second[None, :, 0])
    end = np.minimum(first[:, None, 1], second[None, :, 1])
    shared = np.maximum(end - start + 1, 0)
    turns = [spans[:, 1] - spans[:, 0] + 1 for spans in (first, second)]
    return np.asarray(shared / (turns[0][:, None] + turns[1][None, :] - shared), np.float64)


def match_by_overlap(reference: ArrayLike, predicted: ArrayLike, theta: float = 0.5) -> IntArray:
    """Pairs whose IoU is `theta` or more.

    Returns
    -------
    (pairs, 2)
        Positions in reference and predicted, by reference. Of maximum matchings the one with the
        greatest total IoU.
    """
    if not 0 < theta <= 1:
        raise ValueError("theta must be above 0 and at most 1")
    fit = overlaps(reference, predicted)
    return _match(np.where(fit >= theta - _ROUNDING, fit, -1.0))


def match_by_onset(reference: ArrayLike, predicted: ArrayLike, tolerance: int = 2) -> IntArray:
    """Pairs whose first turns lie at most `tolerance` turns apart, ends ignored.

    Of maximum matchings the one with the smallest total distance.
    """
    if tolerance < 0:
        raise ValueError("tolerance must be 0 or more")
    first, second = _spans(reference), _spans(predicted)
    distance = np.abs(first[:, None, 0] - second[None, :, 0])
    return _match(np.where(distance <= tolerance, 1.0 - distance / (tolerance + 1.0), -1.0))


def match_counts(pairs: IntArray, reference: ArrayLike, predicted: ArrayLike) -> FloatArray:
    """(3,): matched, reference and predicted episodes of one session."""
    return np.array([len(pairs), len(_spans(reference)), len(_spans(predicted))], np.float64)


def scheme_counts(
    reference: ArrayLike,
    predicted: ArrayLike,
    reference_kinds: ArrayLike,
    predicted_kinds: ArrayLike,
    scheme: Scheme,
) -> FloatArray:
    """Credit, reference and predicted episodes of one session under a scheme of SemEval-2013.

    Parameters
    ----------
    reference, predicted : (episodes, 2)
        First and last turns.
    reference_kinds, predicted_kinds : (episodes,)
        Labels of the kind of each.
    scheme
        `strict`: same turns and kind; `exact`: same turns; `partial`: same turns 1, any overlap
        1/2; `type`: any overlap and the same kind.

    Returns
    -------
    (3,)
        As `match_counts`. Each scheme is matched for its own greatest credit, one to one.

    Source
    ------
    Segura-Bedmar, Martinez & Herrero-Zazo (2013), SemEval task 9.
    """
    fit = overlaps(reference, predicted)
    same_kind = as_labels(reference_kinds)[:, None] == as_labels(predicted_kinds)[None, :]
    same_turns = fit >= 1.0
    credit = {
        "strict": 1.0 * (same_turns & same_kind),
        "exact": 1.0 * same_turns,
        "partial": np.where(same_turns, 1.0, 0.5 * (fit > 0)),
        "type": 1.0 * ((fit > 0) & same_kind),
    }[scheme]
    rows, columns = linear_sum_assignment(credit, maximize=True)
    return np.array([credit[rows, columns].sum(), *credit.shape], np.float64)


def match_precision_of(counts: FloatArray) -> FloatArray:
    """Matched share of predicted episodes, of counts (..., 3); NaN if none was predicted."""
    return ratio(counts[..., 0], counts[..., 2])


def match_recall_of(counts: FloatArray) -> FloatArray:
    """Matched share of reference episodes, of counts (..., 3); NaN if there is none."""
    return ratio(counts[..., 0], counts[..., 1])


def match_f1_of(counts: FloatArray) -> FloatArray:
    """F1 of counts (..., 3); NaN if there is no episode on either side."""
    return ratio(2 * counts[..., 0], counts[..., 1] + counts[..., 2])


def attribute_table(
    pairs: IntArray, reference: ArrayLike, predicted: ArrayLike, labels: int
) -> FloatArray:
    """How an attribute (kind, initiator, repaired, resolution) fares in one session.

    Parameters
    ----------
    pairs : (pairs, 2)
        A matching.
    reference, predicted : (episodes,)
        The attribute's label of each episode, negative where missing.
    labels
        How many labels the attribute has.

    Returns
    -------
    (labels + 1, labels + 1)
        Reference in rows. The last row and column are episodes without a counterpart. A matched
        pair that misses either label is left out; an unmatched episode that misses its own too.
    """
    first, second = as_labels(reference), as_labels(predicted)
    if max(first.max(initial=-1), second.max(initial=-1)) >= labels:
        raise ValueError(f"labels must be below {labels}")
    table = np.zeros((labels + 1, labels + 1))
    one, other = first[pairs[:, 0]], second[pairs[:, 1]]
    both = (one >= 0) & (other >= 0)
    np.add.at(table, (one[both], other[both]), 1.0)
    missed, invented = np.delete(first, pairs[:, 0]), np.delete(second, pairs[:, 1])
    table[:labels, labels] = np.bincount(missed[missed >= 0], minlength=labels)
    table[labels, :labels] = np.bincount(invented[invented >= 0], minlength=labels)
    return table


def matched_part_of(tables: FloatArray) -> FloatArray:
    """The table over matched pairs alone, for percent agreement, kappa and the rest."""
    return tables[..., :-1, :-1]


def attribute_f1_of(tables: FloatArray) -> FloatArray:
    """F1 of episodes found *and* given the same label: the figure that counts the unmatched.

    An unmatched episode is half an error, a pair with two labels a whole one.
    """
    matched = matched_part_of(tables)
    hits = np.trace(matched, axis1=-2, axis2=-1)
    return ratio(
        2 * hits, tables[..., :-1, :].sum(axis=(-2, -1)) + tables[..., :, :-1].sum(axis=(-2, -1))
    )


_ROUNDING = 1e-9


def _spans(episodes: ArrayLike) -> IntArray:
    spans = np.asarray(episodes, dtype=np.int64).reshape(-1, 2)
    if (spans[:, 1] < spans[:, 0]).any():
        raise ValueError("an episode must not end before it starts")
    return spans


def _match(fit: FloatArray) -> IntArray:
    """Pairs of a maximum matching; a fit below 0 forbids a pair, others are at most 1."""
    allowed = fit >= 0
    # One pair more must outweigh any gain in fit, which is at most 1 a pair.
    worth = np.where(allowed, fit + min(fit.shape) + 1.0, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    kept = allowed[rows, columns]
    return np.column_stack([rows[kept], columns[kept]]).astype(np.int64)
