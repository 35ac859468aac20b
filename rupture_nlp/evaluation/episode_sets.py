"""Episodes of a session as arrays, for matching and for figures of their attributes.

Shapes and conventions as in `rupture_nlp.evaluation.episode_matching`: first and last turn, both
inclusive, as positions in the session among the turns of all speakers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from rupture_nlp.evaluation.counts import FloatArray, IntArray
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.schema import REPAIRED_FROM, CodedSession, Episode, EpisodeKind, SessionCoding

KINDS = tuple(EpisodeKind)
INITIATORS = CODED_SPEAKERS


@dataclass(frozen=True, slots=True)
class EpisodeSet:
    """The episodes of one session by one coder, in order of their start.

    Shapes: spans (episodes, 2); the others (episodes,). `kind` and `initiator` are positions in
    KINDS and INITIATORS; `repair_start` a position in the session, -1 if there is none; `repaired`
    1, 0, or -1 where a repair began and nobody rated its resolution; `resolution` 1 to 5, -1 where
    not rated; `p_repaired` NaN where not given.
    """

    ids: tuple[str, ...]
    spans: IntArray
    kind: IntArray
    initiator: IntArray
    repair_start: IntArray
    repaired: IntArray
    resolution: IntArray
    p_repaired: FloatArray


def episode_set(
    session: CodedSession, coding: SessionCoding, p_repaired: Sequence[float] | None = None
) -> EpisodeSet:
    """The coding's episodes. `p_repaired` runs parallel to them."""
    order = {u.utterance_id: place for place, u in enumerate(session.transcript.utterances)}
    chances = p_repaired if p_repaired is not None else [float("nan")] * len(coding.episodes)
    paired = sorted(
        zip(coding.episodes, chances, strict=True),
        key=lambda one: (order[one[0].start], order[one[0].end]),
    )
    episodes = [episode for episode, _ in paired]
    spans = [(order[episode.start], order[episode.end]) for episode in episodes]
    return EpisodeSet(
        ids=tuple(episode.episode_id for episode in episodes),
        spans=np.array(spans, dtype=np.int64).reshape(-1, 2),
        kind=_labels([KINDS.index(episode.kind) for episode in episodes]),
        initiator=_labels([INITIATORS.index(episode.initiator) for episode in episodes]),
        repair_start=_labels(
            [-1 if e.repair_start is None else order[e.repair_start] for e in episodes]
        ),
        repaired=_labels([_repaired(episode) for episode in episodes]),
        resolution=_labels([-1 if e.resolution is None else e.resolution for e in episodes]),
        p_repaired=np.array([chance for _, chance in paired], dtype=np.float64),
    )


def _labels(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def _repaired(episode: Episode) -> int:
    if episode.repair_start is None:
        return 0
    return -1 if episode.resolution is None else int(episode.resolution >= REPAIRED_FROM)


def has_episodes(coding: SessionCoding | None) -> TypeGuard[SessionCoding]:
    """True where this coder looked for episodes in the whole session."""
    return coding is not None and coding.complete and "episodes" in coding.fields
