"""What the sequence layer reads of each turn: the heads' answers on a scale fit for adding up.

Answers rather than the utterance vectors they are made from: out of fold every network has a space
of its own, and with some fifty episodes to learn from 384 numbers a turn fit noise.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Answers
from rupture_nlp.label.decide import calibrated, log_odds
from rupture_nlp.models.decision import Decision
from rupture_nlp.schema import RUPTURES, Speaker

Floats = NDArray[np.float64]
_LEAST = 1e-4  # probabilities below it are told apart no further


def turn_features(speakers: tuple[Speaker, ...], answers: Answers, decision: Decision) -> Floats:
    """Features of a session's turns.

    Columns: log-odds of a rupture; log-probabilities of the four codes; log-odds of each strategy
    and of the surest (0 but for therapists); log-probabilities of each process and of none (0 but
    for patients); probabilities of intensity 2 and 3; whether the patient speaks, the therapist.

    Shapes: speakers (turns,), returns (turns, features).
    """
    patient = np.array([speaker is Speaker.PATIENT for speaker in speakers], dtype=bool)
    therapist = np.array([speaker is Speaker.THERAPIST for speaker in speakers], dtype=bool)
    p = rupture_probabilities(speakers, answers, decision)
    strategies = log_odds(np.clip(answers.strategies, _LEAST, 1 - _LEAST)) * therapist[:, None]
    surest = strategies.max(axis=1, initial=-np.inf, keepdims=True) * therapist[:, None]
    columns = (
        log_odds(np.clip(1 - p[:, :1], _LEAST, 1 - _LEAST)),
        np.log(np.maximum(p[:, 1:], _LEAST)),
        strategies,
        np.nan_to_num(surest),
        np.log(np.maximum(answers.processes, _LEAST)) * patient[:, None],
        answers.intensity[:, 1:],
        patient[:, None],
        therapist[:, None],
    )
    return np.concatenate([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def run_features(
    speakers: tuple[Speaker, ...],
    answers: Answers,
    decision: Decision,
    runs: Sequence[tuple[int, int]],
) -> Floats:
    """Features of the runs of one speaker's turns, (runs, features).

    A run stands for one turn, that of its likeliest rupture. Transcripts differ in where they cut
    turns; for a layer that knew only alternating speakers more turns were more strain.
    """
    p_none = rupture_probabilities(speakers, answers, decision)[:, 0]
    kept = [first + int(np.argmin(p_none[first : last + 1])) for first, last in runs]
    chosen = answers.rows(np.array(kept, dtype=np.int64))
    return turn_features(tuple(speakers[at] for at in kept), chosen, decision)


def rupture_probabilities(
    speakers: tuple[Speaker, ...], answers: Answers, decision: Decision
) -> Floats:
    """Calibrated probabilities of the five codes, (turns, 5); other speakers are surely `none`."""
    p = np.zeros((len(speakers), len(RUPTURES)))
    p[:, 0] = 1.0
    for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
        theirs = np.array([one is speaker for one in speakers], dtype=bool)
        p[theirs] = calibrated(answers.rupture[theirs], decision.of(speaker))
    return p
