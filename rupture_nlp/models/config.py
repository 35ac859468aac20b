"""What a labelling network is made of. Saved beside the weights, so a bundle loads by itself."""

from dataclasses import dataclass
from typing import Literal

from rupture_nlp.codebook import Codebook
from rupture_nlp.schema import Speaker

Lookahead = Literal["window", "none"]


@dataclass(frozen=True, slots=True)
class LabelSets:
    """The names the heads answer for, in the order of their outputs."""

    markers: tuple[str, ...]
    strategies: tuple[str, ...]
    processes: tuple[str, ...]

    @classmethod
    def of(cls, codebook: Codebook) -> "LabelSets":
        """All names of the codebook but the therapist-only markers, which no corpus coded yet."""
        return cls(
            markers=tuple(marker.name for marker in codebook.markers if not marker.therapist_only),
            strategies=codebook.strategy_names,
            processes=codebook.process_names,
        )


@dataclass(frozen=True, slots=True)
class WindowConfig:
    """How a session is cut into token windows. Sizes in tokens unless named otherwise.

    Each window opens with the utterances before its first new one: `context_utterances` of them as
    far as `context_tokens` hold.
    """

    window_tokens: int = 512  # with the two tokens that open and close a window
    context_utterances: int = 8
    context_tokens: int = 256
    lookahead: Lookahead = "window"

    def __post_init__(self) -> None:
        if self.piece_tokens < 2:  # noqa: PLR2004  # a marker and one word
            raise ValueError("window_tokens must be 8 or more")
        if self.context_tokens > self.window_tokens - 2 - self.piece_tokens:
            raise ValueError("context_tokens must leave room for one piece of an utterance")

    @property
    def piece_tokens(self) -> int:
        """The longest run of tokens of one utterance; a longer turn is split and pooled."""
        return (self.window_tokens - 2) // 3

    @property
    def room(self) -> int:
        """Tokens of a window that utterances may fill."""
        return self.window_tokens - 2


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """Token ids that open and close a window, pad it, and mark whose turn begins."""

    open: int
    close: int
    pad: int
    therapist: int
    patient: int
    other: int

    @property
    def all(self) -> frozenset[int]:
        """Every id here; no text may hold one."""
        return frozenset(
            {self.open, self.close, self.pad, self.therapist, self.patient, self.other}
        )

    def marker(self, speaker: Speaker) -> int:
        """The token that opens every turn of this speaker."""
        ids = {
            Speaker.THERAPIST: self.therapist,
            Speaker.PATIENT: self.patient,
            Speaker.OTHER: self.other,
        }
        return ids[speaker]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Everything needed to build the network before its weights are loaded."""

    encoder: dict[str, object]  # the Hugging Face configuration of the encoder, as JSON has it
    labels: LabelSets
    windows: WindowConfig
    tokens: SpecialTokens
    dropout: float = 0.1
