"""A session, or an episode of it, in a few numbers: what ratings and resolutions are read from.

All are expectations over the probabilities of the codes, so a rupture that the model half believes
counts half, whatever side of a threshold it falls on.
"""

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Answers
from rupture_nlp.episodes import RE_ENGAGES
from rupture_nlp.label.turn_features import rupture_probabilities
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.tagging import Tag
from rupture_nlp.schema import Speaker

Floats = NDArray[np.float64]

DENSITIES = 4
"""The first columns of `session_summary`: strength of ruptures by speaker and family."""
_PER = 100.0  # turns
_TOP = 3  # turns that stand for the clearest ones
_VOICES = ("voices_discontent", "asserts_need", "voices_hurt", "voices_vulnerability")


def session_summary(speakers: tuple[Speaker, ...], answers: Answers, decision: Decision) -> Floats:
    """A session in 11 numbers.

    The first four: the logarithm of 1 + the expected summed intensity of ruptures per 100 turns,
    withdrawal and confrontation of the patient, then of the therapist. Then the square root of the
    mean probability of the three surest turns, in the same order; the square root of the mean
    chance of a strategy, the mean chance of a process, the logarithm of the number of turns.
    """
    p = rupture_probabilities(speakers, answers, decision)
    strength = answers.intensity @ np.arange(1.0, answers.intensity.shape[1] + 1)
    turns = max(len(speakers), 1)
    densities, surest = [], []
    for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
        theirs = _of(speakers, speaker)
        for family in (p[theirs, 1] + p[theirs, 2], p[theirs, 3] + p[theirs, 4]):
            densities.append(np.log1p(_PER * float(family @ strength[theirs]) / turns))
            surest.append(np.sqrt(_mean(np.sort(family)[-_TOP:])))
    chances = answers.strategies[_of(speakers, Speaker.THERAPIST)].max(axis=1, initial=0.0)
    processes = answers.processes[_of(speakers, Speaker.PATIENT), :-1].max(axis=1, initial=0.0)
    rest = [np.sqrt(_mean(chances)), _mean(processes), np.log(turns)]
    return np.array([*densities, *surest, *rest])


def episode_summary(
    speakers: tuple[Speaker, ...],
    answers: Answers,
    decision: Decision,
    labels: LabelSets,
    marginals: Floats,
) -> Floats:
    """An episode in 9 numbers; all arguments are its turns alone.

    Logarithm of its turns; expected ruptures; how many more of them lie in its second half;
    expected strategies; the surest strategy; the surest sign of coming back, in all of it and in
    its last two patient turns; the surest word of what was missing; the highest probability of
    `Tag.ENDED` (`marginals`, (turns, 5)).
    """
    p = 1.0 - rupture_probabilities(speakers, answers, decision)[:, 0]
    half = len(p) // 2
    chances = answers.strategies[_of(speakers, Speaker.THERAPIST)]
    processes = answers.processes[_of(speakers, Speaker.PATIENT)]
    back = processes[:, labels.processes.index(RE_ENGAGES)]
    voices = processes[:, [labels.processes.index(name) for name in _VOICES]]
    return np.array(
        [
            np.log(max(len(p), 1)),
            np.log1p(p.sum()),
            p[half:].sum() - p[:half].sum(),
            np.log1p(chances.sum()),
            chances.max(initial=0.0),
            back.max(initial=0.0),
            back[-2:].max(initial=0.0),
            voices.max(initial=0.0),
            marginals[:, Tag.ENDED].max(initial=0.0),
        ]
    )


def _of(speakers: tuple[Speaker, ...], wanted: Speaker) -> NDArray[np.bool_]:
    return np.array([speaker is wanted for speaker in speakers], dtype=bool)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
