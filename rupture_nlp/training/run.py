"""One training run, from a starting network to saved weights in a run folder."""

import json
import logging
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import torch
from tokenizers import Tokenizer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import read_corpus, reference_coder
from rupture_nlp.models.config import LabelSets, WindowConfig
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.store import NETWORK, load_network, save_network, start_network
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.alterations import alter_session
from rupture_nlp.training.curves import draw_curves
from rupture_nlp.training.loop import CHECKPOINT, Progress, train_network
from rupture_nlp.training.lora import add_adapters, merge_adapters, name_markers
from rupture_nlp.training.material import (
    TrainingSession,
    data_hash,
    prepare_sessions,
    with_altered,
)
from rupture_nlp.training.misheard import Confusions
from rupture_nlp.training.processes import is_first, wait_for_all
from rupture_nlp.training.settings import TrainSettings
from rupture_nlp.training.silence import silence
from rupture_nlp.training.targets import of_speakers
from rupture_nlp.training.validation import Validation

log = logging.getLogger(__name__)

DONE = "run.json"


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sessions of one corpus and the coder whose codes are learned."""

    name: str
    reference: str
    sessions: tuple[CodedSession, ...]

    @classmethod
    def read(cls, folder: Path) -> "Corpus":
        """Read a coded corpus; its folder's name becomes its own."""
        sessions = read_corpus(folder)
        return cls(folder.name, reference_coder(sessions), sessions)

    def only(self, session_ids: Sequence[str]) -> "Corpus":
        """The part of the corpus with these sessions."""
        wanted = set(session_ids)
        kept = tuple(s for s in self.sessions if s.transcript.session_id in wanted)
        return Corpus(self.name, self.reference, kept)


def train_run(
    run_folder: Path,
    corpora: Sequence[Corpus],
    start: Path,
    settings: TrainSettings,
    validation: Corpus | None = None,
    on_step: Callable[[Progress], None] = lambda _: None,
) -> Path:
    """Train on `corpora` from `start` and save the network in `run_folder`; the folder.

    `start` is a network folder of this package, or an encoder in Hugging Face's layout. A run that
    is done is not done again; one that was killed goes on from its last checkpoint. With
    `validation`, held-out sessions of other groups, the weights of the epoch that ranks their turns
    best are kept, and training stops early. They count as seen by the model.

    Raises:
        RunError: the folder holds another run, a group is both learned from and validated on, or
            the network reads in other windows than the settings ask for.
    """
    _refuse_straddling(corpora, validation)
    used = [*corpora, *([validation] if validation else [])]
    if (run_folder / DONE).exists():
        _refuse_other(run_folder, used, settings)
        log.info("%s: done before", run_folder)
        return run_folder
    torch.manual_seed(settings.seed)
    network, tokenizer = _starting_point(start, settings)
    silence(network, settings.labels)
    sessions = _prepared(corpora, settings, network, tokenizer)
    score = _scorer(validation, tokenizer, settings) if validation else None
    if settings.lora.rank:
        add_adapters(network, settings.lora)
    say = _Reporter(run_folder.name, on_step)
    train_network(network, sessions, _read_as(network, settings), run_folder, say, score)
    if settings.lora.rank:
        merge_adapters(network)
    silence(network, settings.labels)  # weight decay has pulled at what holds them down
    signature = _signature(sessions, settings, start) | {
        "sessions": _ids(used),
        "validation": sorted(_ids([validation])) if validation else [],
    }
    if is_first():
        save_network(run_folder, network, tokenizer)
        draw_curves(run_folder)
        write_text(run_folder / DONE, json.dumps(signature, indent=1))
        (run_folder / CHECKPOINT).unlink(missing_ok=True)
    wait_for_all()
    return run_folder


def _prepared(
    corpora: Sequence[Corpus], settings: TrainSettings, network: LabelNetwork, tokenizer: Tokenizer
) -> list[TrainingSession]:
    """All sessions, with as many altered versions of each as the settings ask for."""
    versions = range(settings.altered_versions if settings.altered_share else 0)
    confusions = _vocabulary(corpora) if versions and settings.alterations.misheard else None
    prepared: list[TrainingSession] = []
    for corpus in corpora:

        def prepare(sessions: Sequence[CodedSession], of: Corpus = corpus) -> list[TrainingSession]:
            return prepare_sessions(
                sessions,
                of.name,
                of.reference,
                tokenizer,
                network.config.tokens,
                settings.losses.coder_share,
            )

        altered = [
            prepare([_altered(s, settings, version, confusions) for s in corpus.sessions])
            for version in versions
        ]
        prepared += with_altered(prepare(corpus.sessions), altered)
    return [_asked(session, settings) for session in prepared]


def _asked(session: TrainingSession, settings: TrainSettings) -> TrainingSession:
    return replace(
        session,
        targets=of_speakers(session.targets, settings.labels.speakers),
        altered=tuple(_asked(version, settings) for version in session.altered),
    )


def _altered(
    session: CodedSession, settings: TrainSettings, version: int, confusions: Confusions | None
) -> CodedSession:
    seed = settings.seed * settings.altered_versions + version
    return alter_session(session, settings.alterations, seed, confusions).session


def _vocabulary(corpora: Sequence[Corpus]) -> Confusions:
    sessions = (session for corpus in corpora for session in corpus.sessions)
    return Confusions.of(u.text for session in sessions for u in session.transcript.utterances)


def refuse_seen(run_folder: Path, corpus: Corpus) -> None:
    """Make sure that the run's network saw no session of `corpus`, by id or by words.

    Raises:
        RunError: it did; its predictions on them would be in-sample.
    """
    seen: dict[str, str] = json.loads((run_folder / DONE).read_text(encoding="utf-8"))["sessions"]
    hashes = set(seen.values())
    both = [
        s.transcript
        for s in corpus.sessions
        if s.transcript.session_id in seen or s.transcript.text_hash() in hashes
    ]
    if both:
        raise RunError(
            f"{run_folder}: trained on {len(both)} of the sessions it should predict. "
            "Train this fold again with the split in use."
        )


def _ids(corpora: Sequence[Corpus]) -> dict[str, str]:
    """Ids of the sessions that the reference coder coded, and the hashes of their words."""
    return {
        s.transcript.session_id: s.transcript.text_hash()
        for corpus in corpora
        for s in corpus.sessions
        if s.coding_by(corpus.reference) is not None
    }


def _scorer(
    validation: Corpus, tokenizer: Tokenizer, settings: TrainSettings
) -> Callable[[LabelNetwork], float]:
    held_out = Validation(validation.sessions, validation.reference, settings.labels.speakers)
    return lambda network: held_out.score(network, tokenizer)


def _refuse_straddling(corpora: Sequence[Corpus], validation: Corpus | None) -> None:
    learned = {s.group for corpus in corpora for s in corpus.sessions}
    both = learned & {s.group for s in (validation.sessions if validation else ())}
    if both:
        raise RunError(
            f"{len(both)} groups are both learned from and validated on. Split by group."
        )


def _refuse_other(run_folder: Path, used: Sequence[Corpus], settings: TrainSettings) -> None:
    done = json.loads((run_folder / DONE).read_text(encoding="utf-8"))
    # A setting that did not exist when the run was done had its default.
    then = asdict(TrainSettings()) | done["settings"]
    same_settings = json.loads(json.dumps(asdict(settings))) == json.loads(json.dumps(then))
    same = same_settings and _ids(used) == done["sessions"]
    if not same:
        raise RunError(
            f"{run_folder}: holds a finished run with other settings or sessions. "
            "Use another run folder, or delete this one to start over."
        )


def _starting_point(start: Path, settings: TrainSettings) -> tuple[LabelNetwork, Tokenizer]:
    if (start / NETWORK).exists():
        return load_network(start)
    network, tokenizer = start_network(
        start,
        LabelSets.of(load_codebook()),
        settings.windows,
        settings.dropout,
        settings.encoder_dropout,
    )
    if settings.lora.rank:
        name_markers(network, tokenizer)
    return network, tokenizer


def _read_as(network: LabelNetwork, settings: TrainSettings) -> TrainSettings:
    """The settings with the network's windows: it will label in these, whatever it learns in."""
    own = network.config.windows
    if settings.windows not in (own, WindowConfig()):
        raise RunError(
            f"windows: the starting network reads in its own, of {own.window_tokens} tokens. "
            "Take `windows` out of the settings, or start from a bare encoder."
        )
    return replace(settings, windows=own)


def _signature(
    sessions: Sequence[TrainingSession], settings: TrainSettings, start: Path
) -> dict[str, object]:
    return {
        "started_from": start.name,
        "data_hash": data_hash(sessions),
        "codebook_sha256": load_codebook().sha256,
        "settings": asdict(settings),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("rupture-nlp", "torch", "transformers")},
        },
    }


class _Reporter:
    """Says now and then in the log how far a run is, and at every step to who wants to know."""

    def __init__(self, name: str, on_step: Callable[[Progress], None]) -> None:
        self.name = name
        self.on_step = on_step
        self.mean = 0.0

    def __call__(self, progress: Progress) -> None:
        self.on_step(progress)
        self.mean = progress.loss if progress.step == 1 else 0.95 * self.mean + 0.05 * progress.loss
        if progress.step % 20 == 0 or progress.step == progress.steps:
            log.info(
                "%s: step %d of %d, loss %.3f, %.0f min left",
                self.name,
                progress.step,
                progress.steps,
                self.mean,
                progress.seconds_left / 60,
            )
