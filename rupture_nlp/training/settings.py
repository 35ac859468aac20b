"""Settings of a training run. YAML files in `configs/` override these defaults."""

from dataclasses import asdict, dataclass, field

from rupture_nlp.models.config import WindowConfig
from rupture_nlp.schema import Speaker
from rupture_nlp.training.alterations import AlterationSettings


@dataclass(frozen=True, slots=True)
class LossSettings:
    """How much each question weighs, and how rare answers are helped."""

    rupture: float = 1.0
    intensity: float = 0.2
    markers: float = 0.5
    strategies: float = 0.5
    processes: float = 0.3
    focal_gamma: float = 1.0  # 0 is plain cross-entropy
    class_balance: float = 0.5  # weight of a code ~ (1 / frequency) ** class_balance
    coder_share: float = 0.3  # part of a soft label that the coders other than the reference have
    positive_weight: float = 4.0  # of a marker or strategy that is there, against one that is not


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """Adapters in place of training the whole encoder (see `lora`)."""

    rank: int = 0  # 0: none, the whole encoder learns
    alpha: int = 32  # an adapter's product is scaled by alpha / rank
    layers: int = 6  # the last so many layers of the encoder have adapters


@dataclass(frozen=True, slots=True)
class LabelRules:
    """Which codes are told apart, and of whom.

    `class_of` gives each code of `RUPTURES` its class: codes of one class are learned as one, those
    of -1 not at all, and are never given. Speakers that are not named take no ruptures.
    """

    class_of: tuple[int, ...] = (0, 1, 2, 3, 4)
    speakers: tuple[Speaker, ...] = (Speaker.PATIENT, Speaker.THERAPIST)

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The codes of each class, by position in `RUPTURES`."""
        return tuple(
            tuple(code for code, place in enumerate(self.class_of) if place == number)
            for number in range(1 + max(self.class_of))
        )

    @property
    def apart(self) -> bool:
        """Whether every code is a class of its own."""
        return self.class_of == (0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One training run."""

    epochs: int = 4
    encoder_learning_rate: float = 8e-5
    head_learning_rate: float = 5e-4
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    batch_windows: int = 6
    dropout: float = 0.1  # of the heads; attention dropout halves the speed on a CPU and is off
    encoder_dropout: float = 0.05
    seed: int = 0
    bf16: bool = True  # used only where the processor computes in bfloat16
    context_tokens: int = 128  # left context of training windows; use has more (WindowConfig)
    unpunctuated_share: float = 0.3  # sessions read as raw speech recognition writes them
    checkpoint_steps: int = 100
    checkpoint_minutes: float = 3.0  # or after so long, on slow machines
    patience: int = 3  # epochs without a better score after which a validated run stops; 0: none
    windows: WindowConfig = field(default_factory=WindowConfig)
    losses: LossSettings = field(default_factory=LossSettings)
    lora: LoraSettings = field(default_factory=LoraSettings)
    labels: LabelRules = field(default_factory=LabelRules)
    corpus_weights: dict[str, float] = field(default_factory=dict)
    """How often an epoch reads a session of the corpus of this name; 1 where not named."""
    quiet_sessions: float = 1.0
    """How often an epoch reads a session without a rupture."""
    altered_share: float = 0.0  # sessions read as `alterations` have them
    altered_versions: int = 4  # of each session, one of which is drawn
    alterations: AlterationSettings = field(default_factory=AlterationSettings)


_OF_ALTERING = ("altered_share", "altered_versions", "alterations")


def as_recorded(settings: TrainSettings) -> dict[str, object]:
    """The settings by which a checkpoint knows its run.

    Those of altering, of labels and of quiet sessions count where they are used: a run that was
    begun before there were any goes on. How long it works between two checkpoints changes nothing.
    """
    recorded: dict[str, object] = asdict(settings)
    del recorded["checkpoint_minutes"]
    if settings.quiet_sessions == 1.0:
        del recorded["quiet_sessions"]
    if not settings.altered_share:
        recorded = {name: value for name, value in recorded.items() if name not in _OF_ALTERING}
    if settings.labels == LabelRules():
        del recorded["labels"]
    return recorded
