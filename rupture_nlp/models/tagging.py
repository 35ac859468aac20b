"""The sequence layer in use: features of a session's turns in, probabilities of tags out.

    turn      0 1 2 3 4 5 6 7 8
    tag       O O B L R R E O O      B begins, L live before the repair, R from the repair's start,
    episode       [-------]          E the turn at which an episode ends mostly resolved or better

Tags are as in the codebook's section 5; a row of them that no session can have (L after O, L after
R, anything but O or B after E) has probability 0. The arithmetic is that of `SequenceTagger`, which
torch trains, on arrays: labelling need not wait until torch is loaded. Probabilities are found by
forward-backward (Rabiner, 1989).
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Arrays = Mapping[str, NDArray[np.float32]]
"""Weights of one tagger, by the names that they have in `SequenceTagger`."""

DILATIONS = {"near": 1, "far": 2}
"""Of the two convolutions: turns from one to the next that is looked at."""


class Tag(IntEnum):
    """What a turn is to an episode."""

    OUTSIDE = 0
    BEGINNING = 1
    LIVE = 2
    REPAIR = 3
    ENDED = 4


def tag_probabilities(taggers: Sequence[Arrays], features: Floats) -> Floats:
    """Probabilities of the tags of one session's turns, given all of it: the mean of the taggers'.

    Shapes: features (turns, features), returns (turns, 5), rows sum to 1.
    """
    if not len(features):
        return np.zeros((0, len(Tag)))
    scores = np.stack([emissions(tagger, features) for tagger in taggers])
    first, steps, last = (
        np.stack([tagger[f"crf.{name}"] for tagger in taggers]).astype(np.float64)
        for name in ("start_transitions", "transitions", "end_transitions")
    )
    return np.asarray(marginals(scores, first, steps, last).mean(axis=0))


def emissions(tagger: Arrays, features: Floats) -> Floats:
    """Scores of the tags, each turn by itself; shapes as in `tag_probabilities`."""
    scaled = (features - tagger["mean"]) / tagger["spread"]
    own = np.tanh(_linear(tagger, "own", scaled))
    near = np.maximum(_convolved(tagger, "near", own), 0.0)
    far = np.maximum(_convolved(tagger, "far", near), 0.0)
    return _linear(tagger, "score", np.concatenate([own, far], axis=1))


def _linear(tagger: Arrays, name: str, given: Floats) -> Floats:
    return np.asarray(given @ tagger[f"{name}.weight"].T + tagger[f"{name}.bias"])


def _convolved(tagger: Arrays, name: str, given: Floats) -> Floats:
    weight, apart = tagger[f"{name}.weight"], DILATIONS[name]  # (out, in, width)
    width = weight.shape[2]
    margin = apart * (width // 2)
    padded = np.pad(given, ((margin, margin), (0, 0)))
    shifted = [padded[apart * at : apart * at + len(given)] for at in range(width)]
    result = np.asarray(tagger[f"{name}.bias"], np.float64)
    for at, part in enumerate(shifted):
        result = result + part @ weight[:, :, at].T
    return np.asarray(result)


def marginals(scores: Floats, first: Floats, steps: Floats, last: Floats) -> Floats:
    """Forward-backward of several CRFs over one session at once.

    Shapes: scores (crfs, turns, tags), first and last (crfs, tags), steps (crfs, tags, tags) from
    the second axis to the third, returns (crfs, turns, tags), sum 1 over tags.
    """
    turns = scores.shape[1]
    forward, backward = np.empty_like(scores), np.empty_like(scores)
    forward[:, 0] = first + scores[:, 0]
    backward[:, -1] = last
    for at in range(1, turns):
        before = forward[:, at - 1, :, None] + steps
        forward[:, at] = np.logaddexp.reduce(before, axis=1) + scores[:, at]
    for at in range(turns - 1, 0, -1):
        after = steps + (scores[:, at] + backward[:, at])[:, None]
        backward[:, at - 1] = np.logaddexp.reduce(after, axis=2)
    total = forward + backward
    powers = np.exp(total - total.max(axis=2, keepdims=True))
    return np.asarray(powers / powers.sum(axis=2, keepdims=True))
