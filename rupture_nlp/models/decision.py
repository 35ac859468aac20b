"""How probabilities become codes: temperatures, thresholds and margins. Saved in the bundle."""

from dataclasses import dataclass, field

from rupture_nlp.schema import Speaker


@dataclass(frozen=True, slots=True)
class SpeakerDecision:
    """For the turns of one kind of speaker; fitted on out-of-fold predictions.

    `thresholds` has one for each preset: `counting`, whose errors balance in counts, and
    `screening`, which misses little. `prevalence` is the share of ruptures among the turns that
    temperature and bias were fitted on: the base rate that the probabilities assume.
    """

    temperature: float = 1.0
    bias: float = 0.0  # added to the score of `none`
    prevalence: float = 0.05
    thresholds: dict[str, float] = field(
        default_factory=lambda: {"counting": 0.5, "screening": 0.2}
    )
    margins: dict[str, float] = field(default_factory=lambda: {"counting": 0.7, "screening": 0.7})
    """For each preset the distance from its threshold, in log-odds, up to which a turn is
    `uncertain`. Not in probabilities: around a low threshold these would take in all sure turns."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole of it. Thresholds of markers, strategies and processes are probabilities."""

    patient: SpeakerDecision = field(default_factory=SpeakerDecision)
    therapist: SpeakerDecision = field(default_factory=SpeakerDecision)
    marker: float = 0.5
    strategy: float = 0.5
    process: float = 0.5

    def of(self, speaker: Speaker) -> SpeakerDecision:
        """The rules for the turns of this speaker; patients' for `patient`, else therapists'."""
        return self.patient if speaker is Speaker.PATIENT else self.therapist
