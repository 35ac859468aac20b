"""Is the trained model better than what it started from? One word, and the numbers behind it.

For each speaker with ruptures enough, kappa over the lab's classes and the average precision of a
rupture are compared by a paired bootstrap over groups. The intervals of all these differences
together hold with 95 %: each has a level of 1 - 0.05 / their number (Bonferroni), so that looking
at four figures does not make a difference out of chance.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.bootstrap import Interval, Resamples, resample
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.counts import confusion_by_group
from rupture_nlp.evaluation.ranking import rank_rows
from rupture_nlp.reports.agreement.tables import IN_SAMPLE
from rupture_nlp.schema import Speaker
from rupture_nlp.training.figures import Coded
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.score import System

Word = Literal["better", "no different", "worse", "mixed", "cannot be told"]
TOGETHER = 0.95
FEWEST_GROUPS = 5
"""With fewer patients a bootstrap over them has next to nothing to draw, and its interval would
look sure of what it cannot know."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours less the other, for one figure of one speaker."""

    figure: str
    speaker: Speaker
    interval: Interval


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word` is about ours; `sentence` says it in full."""

    word: Word
    sentence: str
    differences: tuple[Difference, ...]
    in_sample: bool = False  # the starting model had learned some of the sessions


def compare(
    ours: System, other: System, labels: LabelSet, draws: int = 2000, seed: int = 0
) -> Verdict:
    """The verdict on two systems over the same sessions."""
    pairs = [
        (speaker, one, two)
        for speaker in labels.speakers
        for one, two in [(ours.coded(speaker, labels), other.coded(speaker, labels))]
        if (one.reference > 0).sum() >= ESTIMABLE_FROM
    ]
    groups = len(ours.rows.groups)
    if groups < FEWEST_GROUPS:
        few = f"{groups} patients or groups, and {FEWEST_GROUPS} is the least that can be compared"
        return _untold(other.name, few)
    if not pairs:
        few = f"fewer than {ESTIMABLE_FROM} ruptures of either speaker"
        return _untold(other.name, few)
    level = 1 - (1 - TOGETHER) / (2 * len(pairs))
    resamples = resample(groups, draws, seed, level)
    differences = tuple(d for pair in pairs for d in paired_differences(*pair, resamples))
    word = _word(differences)
    return Verdict(word, _sentence(word, other.name, differences), differences)


def stamped(verdict: Verdict, seen: int, sessions: int) -> Verdict:
    """The verdict with its stamp, where the starting model had learned `seen` of the sessions."""
    if not seen:
        return verdict
    why = (
        f"{IN_SAMPLE}: the starting model had already learned {seen} of the {sessions} sessions, "
        "so no figure here says how a model does on new ones. "
    )
    return replace(verdict, sentence=why + verdict.sentence, in_sample=True)


def beside(verdict: Verdict, name: str, simple: Verdict) -> Verdict:
    """The verdict with a warning, where ours is worse than the simple method `name`."""
    if simple.word != "worse":
        return verdict
    warning = f" Beware: {name}, a simple method without a network, does better on these sessions."
    return replace(verdict, sentence=verdict.sentence + warning)


def _untold(other: str, why: str) -> Verdict:
    return Verdict(
        "cannot be told", f"Whether it is better than {other} cannot be told: {why}.", ()
    )


def paired_differences(
    speaker: Speaker, ours: Coded, other: Coded, resamples: Resamples
) -> tuple[Difference, Difference]:
    """Ours less the other over the same turns and draws: kappa, then average precision.

    Raises:
        ValueError: one of them gives no probabilities.
    """
    tables = [
        confusion_by_group(c.reference, c.predicted, len(c.classes), c.grouping)
        for c in (ours, other)
    ]
    kappa = resamples.difference(tables[0], tables[1], kappa_of)
    precision = [_precision(coded, resamples) for coded in (ours, other)]
    ranked = resamples.interval_of(precision[0] - precision[1], kappa.groups)
    return (
        Difference("kappa", speaker, kappa),
        Difference("average precision", speaker, ranked),
    )


def _precision(coded: Coded, resamples: Resamples) -> np.ndarray:
    if coded.p_rupture is None:
        raise ValueError("only systems with probabilities are compared")
    ranking = rank_rows(coded.p_rupture, (coded.reference > 0).astype(int), coded.grouping)
    return resamples.values(ranking.figures, 3 * ranking.steps + 1)[:, 0]


def _word(differences: tuple[Difference, ...]) -> Word:
    above = any(d.interval.low > 0 for d in differences)
    below = any(d.interval.high < 0 for d in differences)
    if above and below:
        return "mixed"
    if above or below:
        return "better" if above else "worse"
    return "no different"


_OPENING = {
    "better": "Better than {other}",
    "worse": "Worse than {other}",
    "mixed": "Better than {other} in one respect and worse in another",
    "no different": "No difference from {other} could be shown",
}


def _sentence(word: Word, other: str, differences: tuple[Difference, ...]) -> str:
    parts = [f"{_named(d)} {_signed(d.interval)}" for d in differences]
    level = 100 * differences[0].interval.level
    opening = _OPENING[word].format(other=other)
    together = f"{level:g} % each, so that all of them hold together at {100 * TOGETHER:g} %"
    said = f"{opening}: {', '.join(parts)} (differences; intervals of {together})."
    open_ones = [d for d in differences if d.interval.low <= 0 <= d.interval.high]
    if open_ones and word != "no different":
        said += f" No difference is shown in {', '.join(map(_named, open_ones))}."
    warning = differences[0].interval.warning
    return f"{said} Beware: {warning}." if warning else said


def _named(difference: Difference) -> str:
    return f"{difference.figure} of {difference.speaker.value} turns"


def _signed(interval: Interval) -> str:
    estimate, low, high = (
        round(n, 2) + 0.0 for n in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate:+.2f} [{low:+.2f}, {high:+.2f}]"
