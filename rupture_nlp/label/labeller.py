"""The labeller: a transcript in, a session's codes, episodes and ratings out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rupture_nlp import __version__
from rupture_nlp.codebook import Codebook, load_codebook
from rupture_nlp.engines.base import Answers, Engine
from rupture_nlp.engines.choose import make_engine
from rupture_nlp.engines.packing import PackedSession
from rupture_nlp.label.crf import SequenceReader
from rupture_nlp.label.decide import Decider
from rupture_nlp.label.sequence import read_session
from rupture_nlp.models.bundle import Bundle
from rupture_nlp.schema import SessionPrediction, Speaker, Transcript

EPISODES = ("auto", "crf", "rules")

GROUP_TOKENS = 32_768
"""Tokens that an engine which mixes sessions is given together: enough for full batches of every
length, and some seconds of work."""

ONE_BY_ONE = frozenset({"torch"})
"""Engines that gain nothing from several sessions, since they never mix them."""


@dataclass(frozen=True, slots=True)
class LabellerSignature:
    """Everything that fixes an output, for `run.json` and the keys of finished work."""

    model_name: str
    model_version: str
    model_sha256: str
    codebook_sha256: str
    engine: str
    precision: str
    lookahead: str
    preset: str
    threshold: float  # of patient turns
    threshold_therapist: float
    prevalence: float | None  # None: the one the model was calibrated at
    episodes: str  # what finds them and rates sessions: `crf` or `rules`
    rupture_nlp: str = __version__  # rules may change from version to version

    def as_dict(self) -> dict[str, str | int | float | bool | None]:
        """The fields as JSON has them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """A session cut into windows. `tokens` counts those of all windows."""

    transcript: Transcript
    packed: PackedSession
    tokens: int


@dataclass(frozen=True, slots=True)
class Labeller:
    """A loaded model, ready to label. Sessions are independent of each other and of their order."""

    bundle: Bundle
    engine: Engine
    decider: Decider
    codebook: Codebook
    reader: SequenceReader | None = None  # None: episodes and ratings by rule

    @classmethod
    def load(  # noqa: PLR0913  # one argument a setting
        cls,
        model: str | Path = "small",
        *,
        preset: str = "counting",
        engine: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
        prevalence: float | None = None,
        episodes: str = "auto",
    ) -> "Labeller":
        """Load a packaged model by name, or a bundle by folder. No network.

        Parameters
        ----------
        model
            `small`, or a folder.
        preset
            `counting`, whose errors balance in counts, or `screening`, which misses little.
        engine
            `torch`, the reference; `openvino` and `onnx`, faster, for which the model is prepared
            once (some seconds, kept in the user's cache folder); `auto` takes the fastest that is
            installed and answers as torch does on this machine.
        precision
            `fp32`; `bf16`, which is faster where the processor has it and changes some codes;
            `auto` is fp32, or bf16 where this very model was found to keep its codes.
        threads
            Processor cores to use; None for all that this process may use.
        prevalence
            Share of ruptures expected among a speaker's turns, above 0 and below 1, where it is
            known to differ from that of the calibration; None leaves the probabilities alone.
            The sequence layer always reads them as calibrated.
        episodes
            What finds episodes and rates sessions: `crf`, the model's sequence layer; `rules` over
            the codes; `auto` takes the layer where the model has one.

        Raises
        ------
        BundleError
            The model is not there, incomplete, damaged, or made for another codebook.
        ValueError
            `prevalence` is not between 0 and 1, `threads` below 1, the preset or `episodes`
            unknown, the engine or precision unknown, or the model has no sequence layer and `crf`
            was asked for.
        EngineError
            The engine asked for is not installed, cannot take the model, or does not answer as
            torch does.
        """
        if prevalence is not None and not 0.0 < prevalence < 1.0:
            raise ValueError("prevalence must lie between 0 and 1")
        if threads is not None and threads < 1:
            raise ValueError("threads must be 1 or more")
        bundle = Bundle.from_pretrained(model, network_later=True)
        codebook = load_codebook()
        decision = bundle.info.decision
        if preset not in decision.patient.thresholds:
            known = ", ".join(decision.patient.thresholds)
            raise ValueError(f"unknown preset; the model has {known}")
        return cls(
            bundle=bundle,
            engine=make_engine(bundle, engine, precision, threads),
            decider=Decider(decision, bundle.config.labels, codebook, preset, prevalence),
            codebook=codebook,
            reader=_make_reader(bundle, episodes),
        )

    @property
    def name(self) -> str:
        """The model's name, which stands as `coder` in every table."""
        return self.bundle.info.name

    @property
    def signature(self) -> LabellerSignature:
        return LabellerSignature(
            model_name=self.bundle.info.name,
            model_version=self.bundle.info.version,
            model_sha256=self.bundle.sha256,
            codebook_sha256=self.codebook.sha256,
            engine=self.engine.name,
            precision=self.engine.precision,
            lookahead=self.bundle.config.windows.lookahead,
            preset=self.decider.preset,
            threshold=self.decider.threshold(Speaker.PATIENT),
            threshold_therapist=self.decider.threshold(Speaker.THERAPIST),
            prevalence=self.decider.prevalence,
            episodes="rules" if self.reader is None else "crf",
        )

    def predict(self, transcript: Transcript) -> SessionPrediction:
        """Label one session."""
        return self._decide(transcript, self.engine.answer(transcript.utterances))

    @property
    def group_tokens(self) -> int:
        """Tokens of sessions that are worth computing together; 1: one session after the other."""
        return 1 if self.engine.name in ONE_BY_ONE else GROUP_TOKENS

    def prepare(self, transcript: Transcript) -> PreparedSession:
        """Tokenise a session. May be called while another thread computes."""
        packed = self.engine.prepare(transcript.utterances)
        return PreparedSession(transcript, packed, sum(window.size for window in packed.windows))

    def compute(self, sessions: Sequence[PreparedSession]) -> list[Answers]:
        """The engine's answers for sessions together, in their order."""
        return self.engine.run([session.packed for session in sessions])

    def decide(self, session: PreparedSession, raw: Answers) -> SessionPrediction:
        """What `predict` gives, from answers that were computed before."""
        return self._decide(session.transcript, raw)

    def _decide(self, transcript: Transcript, answers: Answers) -> SessionPrediction:
        predictions = self.decider.decide(transcript.utterances, answers)
        reading = None
        if self.reader is not None:
            reading = self.reader.read(transcript, answers, predictions)
        return read_session(transcript, self.name, predictions, self.codebook, reading)

    def was_trained_on(self, transcript: Transcript) -> bool:
        """Whether these words were part of the training data; figures on them are in-sample."""
        return self.bundle.has_seen(transcript)


def _make_reader(bundle: Bundle, episodes: str) -> SequenceReader | None:
    if episodes not in EPISODES:
        raise ValueError(f"unknown way to episodes; there are {', '.join(EPISODES)}")
    if episodes == "crf" and bundle.sequence is None:
        raise ValueError("the model has no sequence layer; leave --episodes at auto, or use rules")
    if episodes == "rules" or bundle.sequence is None:
        return None
    return SequenceReader(bundle.sequence, bundle.info.decision, bundle.config.labels)
