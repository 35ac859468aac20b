"""The values that every part speaks: transcripts, codes, episodes, ratings, predictions.

All are frozen and know nothing of files or models. Names are those of the codebook. `None` means
"not known" or "not coded", never "none of them".
"""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum


class Speaker(StrEnum):
    """Who speaks. `OTHER` (an interpreter, a relative) gives context and takes no codes."""

    THERAPIST = "therapist"
    PATIENT = "patient"
    OTHER = "other"


class Rupture(StrEnum):
    """The five codes of the codebook's section 2. The order is that of probability columns."""

    NONE = "none"
    WITHDRAWAL_FROM_OTHER = "withdrawal_from_other"
    WITHDRAWAL_FROM_SELF = "withdrawal_from_self"
    CONFRONTATION_AGGRESSION = "confrontation_aggression"
    CONFRONTATION_CONTROL = "confrontation_control"

    @property
    def family(self) -> "Family | None":
        """Withdrawal or confrontation; None for `none`."""
        if self is Rupture.NONE:
            return None
        return Family.WITHDRAWAL if self.value.startswith("withdrawal") else Family.CONFRONTATION


class Family(StrEnum):
    """The two families of ruptures."""

    WITHDRAWAL = "withdrawal"
    CONFRONTATION = "confrontation"


class EpisodeKind(StrEnum):
    """Which families the primary codes inside an episode belong to."""

    WITHDRAWAL = "withdrawal"
    CONFRONTATION = "confrontation"
    MIXED = "mixed"


RUPTURES: tuple[Rupture, ...] = tuple(Rupture)
"""All five codes in the order in which probabilities are stored."""

GOLD = "gold"
"""The coder name under which agreed and adjudicated codes are kept: derived, not a coder's own."""

REPAIRED_FROM = 4
"""The lowest resolution of an episode that counts as repaired (codebook, section 5)."""

UNCODABLE = "uncodable"
"""How files write a rupture code that is missing; in the schema it is `rupture=None`."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One speaker turn, the unit that coders label."""

    utterance_id: str
    speaker: Speaker
    text: str
    start_s: float | None = None  # seconds from the start of the session; None if untimed
    end_s: float | None = None
    source_first: int | None = None  # first and last cue of the source that were merged into this
    source_last: int | None = None  # turn, counted from 1; None where a turn is one record


@dataclass(frozen=True, slots=True)
class Transcript:
    """One session, in order. Utterance ids are unique inside it."""

    session_id: str
    utterances: tuple[Utterance, ...]

    def __post_init__(self) -> None:
        ids = {utterance.utterance_id for utterance in self.utterances}
        if len(ids) != len(self.utterances):
            raise ValueError("utterance ids of a transcript must be unique")

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        """Who speaks, turn by turn."""
        return tuple(utterance.speaker for utterance in self.utterances)

    def text_hash(self) -> str:
        """SHA-256 of the normalised words of all turns.

        The same session in another format, with other ids, speaker tags, case or white space has
        the same hash.
        """
        digest = hashlib.sha256()
        for utterance in self.utterances:
            folded = unicodedata.normalize("NFKC", utterance.text).casefold()
            digest.update(" ".join(folded.split()).encode() + b"\n")
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class UtteranceCode:
    """What one coder (a person or a model) gave one utterance (codebook, sections 2 to 4)."""

    utterance_id: str
    rupture: Rupture | None = Rupture.NONE  # None: uncodable, missing in every figure
    secondary: Rupture | None = None
    intensity: int | None = None  # 1 to 3; None where there is no rupture
    markers: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    process: str | None = None
    mode: str | None = None  # blind, assisted, adjudicated
    comment: str | None = None

    @property
    def is_rupture(self) -> bool:
        return self.rupture is not None and self.rupture is not Rupture.NONE

    @property
    def is_empty(self) -> bool:
        """True where a sparse file needs no row: `none` and nothing else."""
        return self == UtteranceCode(self.utterance_id)


@dataclass(frozen=True, slots=True)
class Episode:
    """A rupture and what follows while the strain is live (codebook, section 5)."""

    episode_id: str
    start: str  # utterance ids, both inclusive
    end: str
    kind: EpisodeKind
    initiator: Speaker
    repair_start: str | None = None
    resolution: int | None = None  # 1 to 5

    @property
    def repaired(self) -> bool:
        return self.repair_start is not None and (self.resolution or 0) >= REPAIRED_FROM


@dataclass(frozen=True, slots=True)
class Ratings:
    """Four judgements of a session, 1 to 5 (codebook, section 6); means may be fractions."""

    withdrawal_impact: float | None = None
    confrontation_impact: float | None = None
    resolution: float | None = None  # None also where no rupture was coded
    therapist_contribution: float | None = None


ALL_FIELDS = frozenset(
    {"rupture", "secondary", "intensity", "markers", "strategies", "process", "episodes", "ratings"}
)
"""What a coder may have coded; `coverage.csv` lists those that were."""

THERAPIST_MARKERS = "therapist_markers"
"""The field of the therapist-only markers: not coded unless `coverage.csv` lists it."""


@dataclass(frozen=True, slots=True)
class SessionCoding:
    """One coder's work on one session. `codes` is dense: one code an utterance, in order, None for
    turns of `other` speakers and for turns that a partial coding did not reach."""

    session_id: str
    coder: str
    codes: tuple[UtteranceCode | None, ...]
    episodes: tuple[Episode, ...] = ()
    ratings: Ratings = field(default_factory=Ratings)
    fields: frozenset[str] = ALL_FIELDS
    complete: bool = True


@dataclass(frozen=True, slots=True)
class CodedSession:
    """A transcript and all codings of it. `group` never straddles a split."""

    transcript: Transcript
    codings: tuple[SessionCoding, ...]
    group: str
    descriptors: tuple[tuple[str, str], ...] = ()  # further columns of groups.csv, name and value

    def coding_by(self, coder: str) -> SessionCoding | None:
        """This coder's work, or None where the coder did not code the session."""
        return next((coding for coding in self.codings if coding.coder == coder), None)


@dataclass(frozen=True, slots=True)
class UtterancePrediction:
    """A model's codes for one utterance, with the probabilities they were decided from."""

    code: UtteranceCode
    probabilities: tuple[float, ...]  # in the order of RUPTURES, sum 1
    uncertain: bool  # near the threshold, where half of the out-of-fold errors lay
    p_strategies: tuple[float, ...] = ()  # in the order of the codebook; () for patient turns
    p_processes: tuple[float, ...] = ()  # the codebook's processes; () for therapist turns

    @property
    def p_none(self) -> float:
        return self.probabilities[0]

    @property
    def p_rupture(self) -> float:
        return 1.0 - self.probabilities[0]


class Move(StrEnum):
    """What a step of a repair does on the way through the stages of the resolution model."""

    ENTERS = "enters"  # the stage that the strategy or process stands for
    SUPPORTS = "supports"  # a further strategy, at the stage reached
    SHIFTS_BACK = "shifts_back"  # the patient backs off
    RETURNS = "returns"  # the patient is back in the work; no stage


@dataclass(frozen=True, slots=True)
class RepairStep:
    """One strategy or process of an episode, and its place in the resolution model."""

    utterance_id: str
    name: str  # as in the codebook
    stage: int | None  # 1 to 4; None where `move` is RETURNS
    move: Move


@dataclass(frozen=True, slots=True)
class RepairPath:
    """An episode's way through the four stages; `rupture_nlp.repair` makes it from the codes."""

    steps: tuple[RepairStep, ...] = ()
    withdrawal: str | None = None  # how far the patient came: a name of `repair.PROGRESSIONS`;
    confrontation: str | None = None  # None where the patient did not rupture in that way
    pathways: tuple[tuple[str, float], ...] = ()  # share of the strategies, largest first

    @property
    def stages(self) -> tuple[int, ...]:
        """Stages in the order entered, repeats in a row once; a shift back enters none."""
        entered = [step.stage or 0 for step in self.steps if step.move is Move.ENTERS]
        return tuple(stage for at, stage in enumerate(entered) if entered[:at][-1:] != [stage])

    @property
    def furthest(self) -> int:
        """The highest stage entered, 0 for none."""
        return max(self.stages, default=0)

    @property
    def shifts_back(self) -> int:
        return sum(step.move is Move.SHIFTS_BACK for step in self.steps)


@dataclass(frozen=True, slots=True)
class PredictedEpisode:
    """An episode that a model found."""

    episode: Episode
    p_repaired: float
    path: RepairPath | None = None  # None: not known, as in tables


@dataclass(frozen=True, slots=True)
class SessionPrediction:
    """Everything a model says about one session. `utterances` runs parallel to the transcript's;
    None for turns of `other` speakers."""

    session_id: str
    coder: str  # the model's name
    utterances: tuple[UtterancePrediction | None, ...]
    episodes: tuple[PredictedEpisode, ...]
    ratings: Ratings
    pseudo_alliance: bool
