"""Probabilities of tags to spans of turns.

inside   .0 .1 .6 .8 .3 .0 .4 .9 .2      1 - P(outside); threshold .25
span           [--------]     [--]       a run of turns at or above it ...
begins   .0 .0 .5 .0 .0 .0 .3 .6 .0      ... cut where another episode rather begins than not
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.models.tagging import Tag
from rupture_nlp.schema import Speaker

Floats = NDArray[np.float64]
_LIKELY = 0.5


def find_spans(marginals: Floats, threshold: float) -> list[tuple[int, int]]:
    """First and last turns of episodes, both inclusive, in order.

    Shapes: marginals (turns, 5), a session's probabilities of tags.
    """
    inside = 1.0 - marginals[:, Tag.OUTSIDE] >= threshold
    begins = marginals[:, Tag.BEGINNING] >= _LIKELY
    spans: list[tuple[int, int]] = []
    for at in np.flatnonzero(inside):
        turn = int(at)
        if spans and spans[-1][1] == turn - 1 and not begins[turn]:
            spans[-1] = (spans[-1][0], turn)
        else:
            spans.append((turn, turn))
    return spans


def speaker_runs(speakers: Sequence[Speaker]) -> list[tuple[int, int]]:
    """First and last turns of the stretches in which one speaker goes on, in order."""
    runs: list[tuple[int, int]] = []
    for at, speaker in enumerate(speakers):
        if runs and speakers[at - 1] is speaker:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs


def each_turn(by_run: Floats, runs: Sequence[tuple[int, int]]) -> Floats:
    """Rows of runs as rows of turns: (runs, columns) to (turns, columns)."""
    return np.repeat(by_run, [last - first + 1 for first, last in runs], axis=0)


def stretch_spans(
    spans: list[tuple[int, int]], by_codes: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Let each span reach from the first to the last turn of what the codes make of it.

        span          [---]      [--]
        by codes   [----]  [-]        [---]
        result     [-------]     [--]         what touches no span is dropped

    The probabilities know better whether there is an episode, the codes where it opens and closes
    (codebook, section 5). Spans that come to overlap become one.

    Shapes: pairs of first and last turn, inclusive, in order.
    """
    stretched: list[tuple[int, int]] = []
    for first, last in spans:
        touched = [one for one in by_codes if one[0] <= last and one[1] >= first]
        begin = min((one[0] for one in touched), default=first)
        end = max((one[1] for one in touched), default=last)
        if stretched and begin <= stretched[-1][1]:
            begin, end = min(begin, stretched[-1][0]), max(end, stretched.pop()[1])
        stretched.append((begin, end))
    return stretched


def balancing_threshold(sessions: Sequence[Floats], episodes: int) -> float:
    """The threshold at which as many episodes are found as there are, or as nearly as can be.

    Of several the lowest, whose episodes are the widest.

    Shapes: each of `sessions` (turns, 5).
    """
    grid = np.linspace(0.05, 0.95, 91)
    counts = [sum(len(find_spans(one, float(t))) for one in sessions) for t in grid]
    # A low threshold joins episodes, so counts first rise with it and then fall; ours is the fall.
    top = int(np.argmax(counts))
    misses = [abs(count - episodes) for count in counts[top:]]
    return float(grid[top + int(np.argmin(misses))])
