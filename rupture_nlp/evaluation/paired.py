"""Both sides of a comparison over the same rows. Made by `rupture_nlp.evaluation.pairing`."""

from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.coders import shared_columns
from rupture_nlp.evaluation.counts import BoolArray, FloatArray, Grouping, IntArray
from rupture_nlp.evaluation.dropped import Dropped
from rupture_nlp.evaluation.episode_sets import EpisodeSet
from rupture_nlp.evaluation.turns import (
    CODED_SPEAKERS,
    CodedTurns,
    SetKind,
    Side,
    Turns,
    set_names,
)
from rupture_nlp.schema import CodedSession, Ratings, Speaker

RATINGS = tuple(Ratings.__slots__)


@dataclass(frozen=True, slots=True)
class PairedSets:
    """Markers, strategies or processes on both sides, (rows, names): 1, 0, -1 where missing."""

    names: tuple[str, ...]
    reference: IntArray
    predicted: IntArray


@dataclass(frozen=True, slots=True)
class PairedTurns:
    """One speaker's turns on both sides."""

    turns: Turns
    reference: CodedTurns
    predicted: CodedTurns

    @property
    def known(self) -> BoolArray:
        """(rows,): both sides coded the turn."""
        return np.asarray((self.reference.rupture >= 0) & (self.predicted.rupture >= 0))

    def sets(self, kind: SetKind) -> PairedSets:
        """Both sides without the names that one of them did not code (see `shared_columns`)."""
        first, second = self.reference.sets(kind), self.predicted.sets(kind)
        kept = np.flatnonzero(shared_columns(first, second))
        names = set_names(kind, self.turns.speaker)
        return PairedSets(tuple(names[place] for place in kept), first[:, kept], second[:, kept])


@dataclass(frozen=True, slots=True)
class PairedEpisodes:
    """The episodes of one session on both sides. `turns` counts those of all speakers."""

    session: int  # position in the pairing's `sessions`
    turns: int
    reference: EpisodeSet
    predicted: EpisodeSet


@dataclass(frozen=True, slots=True)
class PairedRatings:
    """Session ratings on both sides, (sessions, 4) in the order of RATINGS; NaN where missing."""

    reference: FloatArray
    predicted: FloatArray


@dataclass(frozen=True, slots=True)
class Paired:
    """Both sides of a comparison, and what fell out of it.

    `sessions` are those compared, in the order of the reference. What other coders gave the same
    rows is `coder_table(paired.sessions, speaker)`.
    """

    reference: str  # the coders' names
    predicted: str
    sessions: tuple[CodedSession, ...]
    groups: Grouping  # of the sessions
    patient: PairedTurns
    therapist: PairedTurns
    episodes: tuple[PairedEpisodes, ...]  # sessions in which both sides looked for episodes
    ratings: PairedRatings
    reference_side: Side
    predicted_side: Side
    dropped: tuple[Dropped, ...]
    in_sample: tuple[str, ...] = ()  # ids of sessions the model was trained on
    signature: tuple[tuple[str, str], ...] = ()  # of the system's run

    def turns(self, speaker: Speaker) -> PairedTurns:
        """The rows of a speaker; patients and therapists are never pooled."""
        if speaker not in CODED_SPEAKERS:
            raise ValueError("only patients' and therapists' turns are coded")
        return self.patient if speaker is Speaker.PATIENT else self.therapist


def rating_table(side: Side) -> FloatArray:
    """Session ratings of one side, (sessions, 4); NaN where not rated or not coded."""
    rows = []
    for coding in side.codings:
        rated = coding is not None and "ratings" in coding.fields
        given = [getattr(coding.ratings, name) if coding and rated else None for name in RATINGS]
        rows.append([np.nan if value is None else float(value) for value in given])
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(RATINGS))
