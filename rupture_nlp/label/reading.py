"""What is found in a session beyond its turns: episodes with their attributes, and ratings."""

from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.episodes import CodedTurn
from rupture_nlp.schema import Episode, Ratings, Transcript, UtterancePrediction

Turns = Sequence[UtterancePrediction | None]
"""The decided codes of a session; None for turns of other speakers."""


@dataclass(frozen=True, slots=True)
class FoundEpisode:
    """An episode, its first and last turn as positions, and its chance of having been repaired."""

    episode: Episode
    first: int
    last: int
    p_repaired: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A session as the sequence layer, or the rules, see it."""

    episodes: tuple[FoundEpisode, ...]
    ratings: Ratings


def coded_turns(transcript: Transcript, turns: Turns) -> list[CodedTurn]:
    """A session's decided codes as the rules read them."""
    return [
        CodedTurn(utterance.speaker, None if turn is None else turn.code)
        for utterance, turn in zip(transcript.utterances, turns, strict=True)
    ]
