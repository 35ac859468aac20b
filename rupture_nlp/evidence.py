"""What figures are computed from besides coded sessions: a system's results, segment sheets, and
criteria of whole sessions. Readers in `io` make these values, `evaluation` takes them in."""

from dataclasses import dataclass, field

from rupture_nlp.schema import ALL_FIELDS, PredictedEpisode, Ratings, Speaker, UtteranceCode


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """What a system gave one turn."""

    code: UtteranceCode
    speaker: Speaker | None = None  # None: the system does not say
    probabilities: tuple[float, ...] | None = None  # in the order of RUPTURES; None: not given
    uncertain: bool | None = None  # near the threshold; None: the system does not say


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What a system said about one session, in the order of its file."""

    session_id: str
    turns: tuple[LabelledTurn, ...]
    episodes: tuple[PredictedEpisode, ...] = ()
    ratings: Ratings = field(default_factory=Ratings)
    seen_in_training: bool | None = None  # None: the system does not say
    fields: frozenset[str] = ALL_FIELDS  # what the system labels, as in coverage.csv
    complete: bool = True  # False: only the turns listed were labelled


@dataclass(frozen=True, slots=True)
class Predictions:
    """The results of one system.

    `dense`: every labelled turn has a row, so a turn without one was not labelled. Otherwise a turn
    without a row was labelled `none`.
    """

    coder: str
    sessions: tuple[SessionResult, ...]
    dense: bool
    signature: tuple[tuple[str, str], ...] = ()  # of run.json; () where there is none


@dataclass(frozen=True, slots=True)
class RatedSegment:
    """One coder's ratings of one stretch of a session.

    Either times, in seconds, half open: the segment holds the turns that start at `start_s` or
    later and before `end_s`. Or utterance ids, both inclusive, as those of an episode.
    """

    session_id: str
    coder: str
    ratings: tuple[float | None, ...]  # in the order of the sheet's columns; None: not rated
    start_s: float | None = None
    end_s: float | None = None
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentSheet:
    """Ratings of segments by any number of coders. One coder's segments never overlap in time."""

    columns: tuple[str, ...]
    segments: tuple[RatedSegment, ...]

    @property
    def coders(self) -> tuple[str, ...]:
        return tuple(sorted({segment.coder for segment in self.segments}))


@dataclass(frozen=True, slots=True)
class Criterion:
    """One measure of whole sessions from elsewhere. `values` run parallel to the session ids; None
    is missing.

    `names` of a two-valued criterion: what 0 and what 1 stands for, in sorted order, so `high` is 0
    and `low` is 1. None for a number.
    """

    name: str
    values: tuple[float | None, ...]
    names: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Criteria:
    """A table of criteria. `unused` are columns that hold neither numbers nor two values."""

    session_ids: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    unused: tuple[str, ...] = ()
