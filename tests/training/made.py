"""Coded sessions small enough to learn in seconds, and the settings to learn them with."""

import random
from dataclasses import replace
from pathlib import Path

from rupture_nlp.models.config import WindowConfig
from rupture_nlp.schema import (
    CodedSession,
    Episode,
    EpisodeKind,
    Ratings,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)
from rupture_nlp.training.material import TrainingSession, prepare_sessions
from rupture_nlp.training.settings import LossSettings, TrainSettings
from tests.models.made import WORDS
from tests.tiny_model import make_tiny_network

SETTINGS = TrainSettings(
    epochs=2,
    batch_windows=2,
    bf16=False,
    context_tokens=24,
    checkpoint_steps=3,
    windows=WindowConfig(64, 8, 32),
)


def overfit_settings() -> TrainSettings:
    """Learns by heart: no help for rare codes, no soft labels, quick steps."""
    return replace(
        SETTINGS,
        epochs=12,
        encoder_learning_rate=2e-3,
        head_learning_rate=5e-3,
        unpunctuated_share=0.0,
        losses=LossSettings(coder_share=0.0),
    )


def coded_session(number: int, turns: int = 12) -> CodedSession:
    """Patients who say "no" withdraw, and the therapist's next "sorry" takes it up."""
    draw = random.Random(number)  # noqa: S311  # not for secrets
    spoken, codes = [], []
    episodes: list[Episode] = []
    for at in range(turns):
        speaker = Speaker.PATIENT if at % 2 else Speaker.THERAPIST
        words = " ".join(draw.choices([w for w in WORDS if w not in ("no", "sorry")], k=4))
        code = UtteranceCode(str(at))
        if at % 4 == 1:
            words = f"no, {words}!"
            code = replace(
                code,
                rupture=Rupture.WITHDRAWAL_FROM_OTHER,
                intensity=2,
                markers=("minimal_response",),
            )
        if at % 4 == 2:
            words, code = f"sorry: {words}.", replace(code, strategies=("validates_position",))
            start = str(at - 1)
            episodes.append(
                Episode(start, start, str(at), EpisodeKind.WITHDRAWAL, Speaker.PATIENT, str(at), 2)
            )
        spoken.append(Utterance(str(at), speaker, words))
        codes.append(code)
    name = f"s{number}"
    ratings = Ratings(3.0, 1.0, 2.0, 1.0)
    coding = SessionCoding(name, "gold", tuple(codes), tuple(episodes), ratings)
    return CodedSession(Transcript(name, tuple(spoken)), (coding,), group=f"g{number}")


def training_sessions(count: int = 5, corpus: str = "made") -> list[TrainingSession]:
    network, tokenizer = make_tiny_network()
    made = [coded_session(number) for number in range(count)]
    return prepare_sessions(made, corpus, "gold", tokenizer, network.config.tokens, 0.3)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
