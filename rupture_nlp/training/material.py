"""Coded sessions made ready for training: tokens and answers, cut into windows each epoch."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from tokenizers import Tokenizer

from rupture_nlp.codebook import Codebook, load_codebook
from rupture_nlp.models.config import LabelSets, SpecialTokens, WindowConfig
from rupture_nlp.models.tokens import encode_utterances
from rupture_nlp.models.windows import Piece, Window, cut_pieces, pack_windows
from rupture_nlp.schema import CodedSession, Utterance
from rupture_nlp.training.settings import TrainSettings
from rupture_nlp.training.targets import Targets, allowed_markers, make_targets

_PUNCTUATION = re.compile(r"[^\w\s']|_")


@dataclass(frozen=True, slots=True)
class TrainingSession:
    """One coded session as tokens and answers."""

    session_id: str
    corpus: str
    group: str
    text_hash: str
    tokens: tuple[tuple[int, ...], ...]
    unpunctuated: tuple[tuple[int, ...], ...]  # as raw speech recognition writes the same words
    targets: Targets
    altered: tuple["TrainingSession", ...] = ()  # the same session as `alterations` have it


@dataclass(frozen=True, slots=True)
class TrainingWindow:
    """A window and the session that holds the answers to its pieces."""

    session: TrainingSession
    window: Window


def prepare_sessions(
    sessions: Sequence[CodedSession],
    corpus: str,
    reference: str,
    tokenizer: Tokenizer,
    tokens: SpecialTokens,
    coder_share: float,
) -> list[TrainingSession]:
    """Tokenise the sessions that `reference` coded and make their targets."""
    codebook = load_codebook()
    labels = LabelSets.of(codebook)
    allowed = allowed_markers(labels, marker_owners(codebook))
    prepared = []
    for session in sessions:
        if session.coding_by(reference) is None:
            continue
        spoken = session.transcript.utterances
        bare = tuple(_without_punctuation(utterance) for utterance in spoken)
        prepared.append(
            TrainingSession(
                session_id=session.transcript.session_id,
                corpus=corpus,
                group=session.group,
                text_hash=session.transcript.text_hash(),
                tokens=_frozen(encode_utterances(tokenizer, tokens, spoken)),
                unpunctuated=_frozen(encode_utterances(tokenizer, tokens, bare)),
                targets=make_targets(session, reference, labels, allowed, coder_share),
            )
        )
    return prepared


def with_altered(
    prepared: Sequence[TrainingSession], versions: Sequence[Sequence[TrainingSession]]
) -> list[TrainingSession]:
    """The sessions with what they become when altered; each version has them in the same order."""
    return [
        replace(session, altered=tuple(altered))
        for session, *altered in zip(prepared, *versions, strict=True)
    ]


def draw_epoch(
    sessions: Sequence[TrainingSession], settings: TrainSettings, epoch: int
) -> list[list[TrainingWindow]]:
    """Batches of windows for one epoch; a function of the seed and the epoch alone.

    Each session is cut at another place in each epoch, so that an utterance is met with more and
    with less before and after it.
    """
    random = np.random.default_rng((settings.seed, epoch))
    # Of its own: without altered sessions an epoch draws what it drew before there were any.
    altering = np.random.default_rng((settings.seed, epoch, 1))
    config = replace(settings.windows, context_tokens=settings.context_tokens)
    windows: list[TrainingWindow] = []
    for session in sessions:
        for _ in range(_times(session, settings, random)):
            version = _version(session, settings, altering)
            bare = random.random() < settings.unpunctuated_share
            encoded = version.unpunctuated if bare else version.tokens
            pieces = cut_pieces(encoded, config.piece_tokens)
            windows += [TrainingWindow(version, w) for w in _cut_anew(pieces, config, random)]
    order = random.permutation(len(windows))
    size = settings.batch_windows
    return [[windows[i] for i in order[at : at + size]] for at in range(0, len(order), size)]


def data_hash(sessions: Sequence[TrainingSession]) -> str:
    """A short hash over ids, words and answers: the `data` of a training signature."""
    total = 0
    for session in sorted(sessions, key=lambda s: (s.corpus, s.session_id)):
        total = zlib.crc32(f"{session.session_id}{session.text_hash}".encode(), total)
        total = zlib.crc32(session.targets.rupture.tobytes(), total)
        total = zlib.crc32(session.targets.strategies.tobytes(), total)
    return f"{total:08x}"


def marker_owners(codebook: Codebook) -> dict[str, str]:
    """The rupture code of every marker."""
    return {marker.name: marker.code.value for marker in codebook.markers}


def _version(
    session: TrainingSession, settings: TrainSettings, random: np.random.Generator
) -> TrainingSession:
    altered, which = random.random(2)
    if not session.altered or altered >= settings.altered_share:
        return session
    return session.altered[int(which * len(session.altered))]


def _times(session: TrainingSession, settings: TrainSettings, random: np.random.Generator) -> int:
    weight = settings.corpus_weights.get(session.corpus, 1.0)
    if not session.targets.has_ruptures:
        weight *= settings.quiet_sessions
    whole = int(weight)
    return whole + int(random.random() < weight - whole)


def _cut_anew(
    pieces: list[Piece], config: WindowConfig, random: np.random.Generator
) -> list[Window]:
    # The first cut falls at a random place of the first window; the rest follows from it.
    first_room = int(config.room * random.uniform(0.4, 1.0))
    end, used = 0, 0
    while end < len(pieces) and used + len(pieces[end].tokens) <= first_room:
        used += len(pieces[end].tokens)
        end += 1
    if end in {0, len(pieces)}:
        return pack_windows(pieces, config)
    return [Window(tuple(pieces[:end]), 0), *pack_windows(pieces, config, first=end)]


def _without_punctuation(utterance: Utterance) -> Utterance:
    return replace(utterance, text=" ".join(_PUNCTUATION.sub(" ", utterance.text).split()))


def _frozen(rows: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in rows)
