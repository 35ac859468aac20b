"""A labeller without a model: its codes follow from a hash of each turn's words."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from rupture_nlp.codebook import load_codebook
from rupture_nlp.schema import (
    RUPTURES,
    Episode,
    EpisodeKind,
    Family,
    Move,
    PredictedEpisode,
    Ratings,
    RepairPath,
    RepairStep,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)


@dataclass(frozen=True)
class FakeSignature:
    model_name: str = "fake"
    model_version: str = "1"
    model_sha256: str = "0" * 64
    engine: str = "none"
    precision: str = "fp32"
    preset: str = "counting"
    threshold: float = 0.5
    threshold_therapist: float = 0.5
    lookahead: str = "window"
    codebook_sha256: str = "1" * 64

    def as_dict(self) -> Mapping[str, str | int | float | bool | None]:
        return asdict(self)


@dataclass
class FakeLabeller:
    """Counts its calls, may be slow, and may fail at turns that hold a certain word."""

    name: str = "fake"
    signature: FakeSignature = field(default_factory=FakeSignature)
    delay_s: float = 0.0
    fails_at: str = ""
    seen: frozenset[str] = frozenset()
    calls: list[str] = field(default_factory=list)

    def predict(self, transcript: Transcript) -> SessionPrediction:
        self.calls.append(transcript.session_id)
        time.sleep(self.delay_s)
        for utterance in transcript.utterances:
            if self.fails_at and self.fails_at in utterance.text:
                raise ValueError(f"cannot label: {utterance.text}")
        made = tuple(predict_turn(utterance) for utterance in transcript.utterances)
        episodes = find_episodes(made)
        return SessionPrediction(
            session_id=transcript.session_id,
            coder=self.name,
            utterances=made,
            episodes=episodes,
            ratings=Ratings(1.0, 2.5, 3.0 if episodes else None, 1.0),
            pseudo_alliance=len(made) % 2 == 1,
        )

    def was_trained_on(self, transcript: Transcript) -> bool:
        return transcript.session_id in self.seen


def predict_turn(utterance: Utterance) -> UtterancePrediction | None:
    """None for `other`; else a third of all words give a rupture."""
    if utterance.speaker is Speaker.OTHER:
        return None
    digest = hashlib.sha256(utterance.text.encode()).digest()
    weights = [float(10 + byte) for byte in digest[:5]]
    if digest[5] % 3:
        weights[0] += 2000.0
    probabilities = tuple(weight / sum(weights) for weight in weights)
    rupture = max(zip(probabilities[1:], RUPTURES[1:], strict=True))[1]
    is_rupture = 1.0 - probabilities[0] >= 0.5
    therapist = utterance.speaker is Speaker.THERAPIST
    strategies = load_codebook().strategy_names
    return UtterancePrediction(
        code=UtteranceCode(
            utterance.utterance_id,
            rupture=rupture if is_rupture else Rupture.NONE,
            intensity=digest[6] % 3 + 1 if is_rupture else None,
            markers=load_codebook().markers_of(rupture, utterance.speaker)[:2]
            if is_rupture
            else (),
            strategies=strategies[:2] if therapist and digest[7] % 2 else (),
            process=None if therapist or digest[7] % 4 else "re_engages",
        ),
        probabilities=probabilities,
        uncertain=bool(digest[8] % 2),
        p_strategies=tuple(0.25 for _ in strategies) if therapist else (),
        p_processes=() if therapist else tuple(0.5 for _ in load_codebook().process_names),
    )


def find_episodes(made: Sequence[UtterancePrediction | None]) -> tuple[PredictedEpisode, ...]:
    """One episode from the first rupture to the last, if there is one."""
    codes = [predicted.code for predicted in made if predicted is not None]
    ruptures = [code for code in codes if code.is_rupture]
    if not ruptures:
        return ()
    families = {code.rupture.family for code in ruptures if code.rupture is not None}
    kind = EpisodeKind.MIXED
    if len(families) == 1:
        kind = (
            EpisodeKind.WITHDRAWAL if Family.WITHDRAWAL in families else EpisodeKind.CONFRONTATION
        )
    episode = Episode(
        "1",
        ruptures[0].utterance_id,
        ruptures[-1].utterance_id,
        kind,
        Speaker.PATIENT,
        repair_start=ruptures[-1].utterance_id,
        resolution=4,
    )
    path = RepairPath(
        (
            RepairStep(ruptures[0].utterance_id, "redirects", 1, Move.ENTERS),
            RepairStep(ruptures[-1].utterance_id, "avoids", 3, Move.SHIFTS_BACK),
            RepairStep(ruptures[-1].utterance_id, "re_engages", None, Move.RETURNS),
        ),
        withdrawal="discontent",
        pathways=(("renegotiation", 1.0),),
    )
    return (PredictedEpisode(episode, p_repaired=1 / 3, path=path),)
