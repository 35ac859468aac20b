"""What a run needs from a labeller and from whoever watches it.

The pipeline knows the model only through these, so that it runs, and is tested, without torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from rupture_nlp.schema import SessionPrediction, Transcript


class Signature(Protocol):
    """Everything that fixes a model's output: name, weights, precision, threshold, codebook."""

    @property
    def model_version(self) -> str: ...

    @property
    def engine(self) -> str: ...

    @property
    def preset(self) -> str: ...

    @property
    def threshold(self) -> float: ...

    @property
    def threshold_therapist(self) -> float: ...

    def as_dict(self) -> Mapping[str, str | int | float | bool | None]: ...


class SessionLabeller(Protocol):
    """A model that labels one session at a time, the same way whatever came before."""

    @property
    def name(self) -> str: ...

    @property
    def signature(self) -> Signature: ...

    def predict(self, transcript: Transcript) -> SessionPrediction: ...

    def was_trained_on(self, transcript: Transcript) -> bool: ...


class Prepared(Protocol):
    """A session as the engine reads it."""

    @property
    def tokens(self) -> int:
        """What it costs to compute it."""
        ...


Ready = TypeVar("Ready", bound=Prepared)
Raw = TypeVar("Raw")


@runtime_checkable
class GroupLabeller(SessionLabeller, Protocol[Ready, Raw]):
    """A model that takes the steps of `predict` one by one, the middle one for many sessions.

    `prepare` is called from another thread than the others, at the same time. `decide` of what
    `compute` said of a session gives what `predict` gives, to .01 in the probabilities.
    """

    @property
    def group_tokens(self) -> int:
        """So many tokens should be computed together; 1: one session after the other."""
        ...

    def prepare(self, transcript: Transcript) -> Ready: ...

    def compute(self, sessions: Sequence[Ready]) -> Sequence[Raw]: ...

    def decide(self, session: Ready, raw: Raw) -> SessionPrediction: ...


@dataclass(frozen=True, slots=True)
class Failure:
    """One file or session that could not be labelled. Neither field holds words of a transcript."""

    file: str
    message: str  # names the file itself


class RunObserver(Protocol):
    """Is told how a run goes on. `stage` opens a stage and says how much work it holds."""

    def stage(self, name: str, sessions: int, utterances: int) -> None: ...

    def advance(self, sessions: int, utterances: int) -> None: ...

    def failed(self, failure: Failure) -> None: ...


class SilentObserver:
    """Watches and says nothing."""

    def stage(self, name: str, sessions: int, utterances: int) -> None:
        """Ignore the stage."""

    def advance(self, sessions: int, utterances: int) -> None:
        """Ignore the step."""

    def failed(self, failure: Failure) -> None:
        """Ignore the failure; it is in the result too."""
