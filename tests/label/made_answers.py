"""Answers of heads, drawn: what a network would say of a session."""

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import Speaker, Transcript, Utterance

LABELS = LabelSets.of(load_codebook())
SPEAKERS = {"t": Speaker.THERAPIST, "p": Speaker.PATIENT, "o": Speaker.OTHER}
RE_ENGAGES = LABELS.processes.index("re_engages")


def speakers_of(drawing: str) -> tuple[Speaker, ...]:
    return tuple(SPEAKERS[letter] for letter in drawing)


def transcript_of(drawing: str) -> Transcript:
    turns = (Utterance(f"u{at}", speaker, "") for at, speaker in enumerate(speakers_of(drawing)))
    return Transcript("s1", tuple(turns))


def calm_answers(turns: int) -> Answers:
    """Nobody moves away or against; each answer is even where it says nothing."""
    rupture = np.zeros((turns, 5), dtype=np.float32)
    rupture[:, 0] = 6.0
    processes = np.full((turns, len(LABELS.processes) + 1), 0.01, dtype=np.float32)
    processes[:, -1] = 1 - 0.01 * len(LABELS.processes)
    return Answers(
        rupture=rupture,
        intensity=np.tile(np.array([0.7, 0.2, 0.1], dtype=np.float32), (turns, 1)),
        markers=np.full((turns, len(LABELS.markers)), 0.01, dtype=np.float32),
        strategies=np.full((turns, len(LABELS.strategies)), 0.01, dtype=np.float32),
        processes=processes,
        vectors=np.zeros((turns, 2), dtype=np.float32),
    )
