"""What is found in a session beyond its turns: episodes with their attributes, and ratings."""

from dataclasses import dataclass

from rupture_nlp.schema import Episode, Ratings


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
