"""All that a report shows, as values. Whoever shows it computes nothing."""

from dataclasses import dataclass

from rupture_nlp.evaluation.alt_test import AltTest
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.schema import Speaker


@dataclass(frozen=True, slots=True)
class ConfusionTable:
    """How often each pair of labels was given: `counts` (labels, labels), reference in rows."""

    speaker: Speaker
    variable: str
    coders: tuple[str, str]
    labels: tuple[str, ...]
    counts: FloatArray


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve in order of x. Precision by recall: `y_low` and `y_high` are empty.

    Reliability: x the mean probability of a bin, y the share of ruptures in it with its bootstrap
    interval, `weights` the turns in it.
    """

    speaker: Speaker
    name: str  # "precision_recall" or "reliability"
    x: tuple[float, ...]
    y: tuple[float, ...]
    y_low: tuple[float, ...] = ()
    y_high: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()
    chance: float | None = None  # precision by chance: the prevalence


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """One group's kappa of rupture or none, with its large-sample interval; NaN where undefined.

    Turns of a group are not independent, so the interval is too narrow: it orders, no more.
    """

    speaker: Speaker
    group: str
    sessions: int
    turns: int
    ruptures: int  # in the reference
    kappa: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A turn on which the sides are furthest apart. `words` only where asked for."""

    session_id: str
    utterance_id: str
    speaker: Speaker
    reference: str
    predicted: str
    intensity: int | None  # of the reference
    p_rupture: float | None
    weight: float  # how far apart, 0 to 1
    words: str | None = None


@dataclass(frozen=True, slots=True)
class DroppedCount:
    """How much fell out for one reason."""

    what: str
    reason: str
    speaker: str
    sessions: int
    turns: int


@dataclass(frozen=True, slots=True)
class StandIn:
    """The alternative annotator test of one speaker, or why there is none."""

    speaker: Speaker
    variable: str
    test: AltTest | None
    coders: tuple[str, ...]
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class CorrectedRate:
    """A session's share of flagged turns, corrected for the errors known from other groups."""

    session_id: str
    speaker: Speaker
    turns: int
    flagged: int
    reference: float  # share of turns with a rupture in the reference
    corrected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SpeakerCounts:
    """The material of one speaker."""

    speaker: Speaker
    turns: int
    compared: int
    reference_ruptures: int
    predicted_ruptures: int
    estimable: tuple[str, ...]  # codes with positives enough
    not_estimable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What was compared with what."""

    corpus: str  # the folder's name
    predicted: str  # the results folder's name; "" of coder against coder
    reference: str  # the coders' names
    other: str  # the system's name, or the other coder's
    versus: str
    coders: tuple[str, ...]  # all but derived ones
    sessions: int
    groups: int
    timed_sessions: int
    speakers: tuple[SpeakerCounts, ...]
    reference_episodes: int
    predicted_episodes: int
    in_sample: tuple[str, ...]  # ids of sessions the model was trained on
    system: tuple[tuple[str, str], ...]  # of the system's run: model, engine, preset ...
    codebook_version: str
    codebook_hash: str
    data_hash: str
    split: str = ""
    label_map: str = ""
    predicted_hash: str = ""  # of all that the system gave; "" of coder against coder
    episodes_compared: bool = True  # False: no session in which both sides looked for them


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Everything `evaluate` and `agreement` give."""

    material: Material
    settings: HarnessSettings
    figures: tuple[Figure, ...]
    pairs: tuple[Figure, ...] = ()  # of single pairs of coders, where there are several
    validity: tuple[Figure, ...] = ()  # `variable` a measure, `label` a criterion
    confusions: tuple[ConfusionTable, ...] = ()
    curves: tuple[Curve, ...] = ()
    groups: tuple[GroupFigure, ...] = ()
    worst: tuple[Disagreement, ...] = ()
    dropped: tuple[DroppedCount, ...] = ()
    stand_in: tuple[StandIn, ...] = ()
    rates: tuple[CorrectedRate, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def first_pair(self) -> tuple[str, ...]:
        """Of three coders or more the two that all but `figures`, `pairs` and `confusions` are of.

        Empty where there is no more than one pair: all of the report is of it.
        """
        several = bool(self.pairs) and not self.material.predicted
        return (self.material.reference, self.material.other) if several else ()
