"""One file of finished work a session, without a word of it.

A part holds positions instead of ids, so that not even an id of the source stands in it;
transcript, session id and coder are put back when the tables are merged.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rupture_nlp.io.atomic import atomic_path
from rupture_nlp.pipeline.manifest import Entry
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    Move,
    PredictedEpisode,
    Ratings,
    RepairPath,
    RepairStep,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    UtteranceCode,
    UtterancePrediction,
)

FORMAT = 2
"""Stands in the settings hash: parts of another format are not read but made again."""


class PartStore:
    """The parts of one output folder, in folders named by the first two digits of the key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, key: str, content: bytes) -> str:
        """Write a part, whole or not at all. Returns the SHA-256 that `read` will ask for.

        Not forced to the disk: after a power cut the SHA-256 tells whether it is whole.
        """
        with atomic_path(self._path(key), sync=False) as temporary:
            temporary.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def read(self, entry: Entry) -> bytes | None:
        """The part's bytes; None where it is missing or not what was written."""
        path = self._path(entry.key)
        content = path.read_bytes() if path.is_file() else b""
        return content if hashlib.sha256(content).hexdigest() == entry.part else None

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def encode_prediction(prediction: SessionPrediction, transcript: Transcript) -> bytes:
    """The bytes of a part.

    Raises:
        ValueError: the prediction does not fit the transcript, or a probability is not a number.
    """
    if len(prediction.utterances) != len(transcript.utterances):
        raise ValueError(
            f"{len(prediction.utterances)} predictions for {len(transcript.utterances)} utterances"
        )
    ids = [utterance.utterance_id for utterance in transcript.utterances]
    positions = {utterance_id: position for position, utterance_id in enumerate(ids)}
    part = {
        "format": FORMAT,
        "utterances": [_encode_utterance(utterance) for utterance in prediction.utterances],
        "episodes": [_encode_episode(episode, positions) for episode in prediction.episodes],
        "ratings": [getattr(prediction.ratings, name) for name in Ratings.__slots__],
        "pseudo_alliance": prediction.pseudo_alliance,
    }
    return json.dumps(part, separators=(",", ":"), allow_nan=False).encode()


def decode_prediction(
    content: bytes, transcript: Transcript, session_id: str, coder: str
) -> SessionPrediction:
    """The prediction that `encode_prediction` was given, for the same turns."""
    part = json.loads(content)
    ids = [utterance.utterance_id for utterance in transcript.utterances]
    return SessionPrediction(
        session_id=session_id,
        coder=coder,
        utterances=tuple(
            None if record is None else _decode_utterance(record, utterance_id)
            for record, utterance_id in zip(part["utterances"], ids, strict=True)
        ),
        episodes=tuple(_decode_episode(record, ids) for record in part["episodes"]),
        ratings=Ratings(*part["ratings"]),
        pseudo_alliance=part["pseudo_alliance"],
    )


def _encode_utterance(prediction: UtterancePrediction | None) -> dict[str, Any] | None:
    if prediction is None:
        return None
    code = prediction.code
    record: dict[str, Any] = {
        "rupture": code.rupture,
        "secondary": code.secondary,
        "intensity": code.intensity,
        "markers": code.markers,
        "strategies": code.strategies,
        "process": code.process,
        "p": prediction.probabilities,
        "uncertain": prediction.uncertain,
        "p_strategies": prediction.p_strategies,
        "p_processes": prediction.p_processes,
    }
    return {name: value for name, value in record.items() if value not in (None, ())}


def _decode_utterance(record: dict[str, Any], utterance_id: str) -> UtterancePrediction:
    return UtterancePrediction(
        code=UtteranceCode(
            utterance_id=utterance_id,
            rupture=_rupture(record.get("rupture")),
            secondary=_rupture(record.get("secondary")),
            intensity=record.get("intensity"),
            markers=_names(record, "markers"),
            strategies=_names(record, "strategies"),
            process=record.get("process"),
        ),
        probabilities=tuple(record["p"]),
        uncertain=record["uncertain"],
        p_strategies=tuple(record.get("p_strategies", ())),
        p_processes=tuple(record.get("p_processes", ())),
    )


def _encode_episode(predicted: PredictedEpisode, positions: dict[str, int]) -> dict[str, Any]:
    episode = predicted.episode
    repair = episode.repair_start
    return {
        "id": episode.episode_id,
        "start": positions[episode.start],
        "end": positions[episode.end],
        "kind": episode.kind,
        "initiator": episode.initiator,
        "repair_start": None if repair is None else positions[repair],
        "resolution": episode.resolution,
        "p_repaired": predicted.p_repaired,
        "path": None if predicted.path is None else _encode_path(predicted.path, positions),
    }


def _decode_episode(record: dict[str, Any], ids: list[str]) -> PredictedEpisode:
    repair = record["repair_start"]
    return PredictedEpisode(
        episode=Episode(
            episode_id=record["id"],
            start=ids[record["start"]],
            end=ids[record["end"]],
            kind=EpisodeKind(record["kind"]),
            initiator=Speaker(record["initiator"]),
            repair_start=None if repair is None else ids[repair],
            resolution=record["resolution"],
        ),
        p_repaired=record["p_repaired"],
        path=None if record["path"] is None else _decode_path(record["path"], ids),
    )


def _encode_path(path: RepairPath, positions: dict[str, int]) -> dict[str, Any]:
    return {
        "steps": [[positions[s.utterance_id], s.name, s.stage, s.move] for s in path.steps],
        "withdrawal": path.withdrawal,
        "confrontation": path.confrontation,
        "pathways": path.pathways,
    }


def _decode_path(record: dict[str, Any], ids: list[str]) -> RepairPath:
    return RepairPath(
        steps=tuple(
            RepairStep(ids[position], name, stage, Move(move))
            for position, name, stage, move in record["steps"]
        ),
        withdrawal=record["withdrawal"],
        confrontation=record["confrontation"],
        pathways=tuple((name, share) for name, share in record["pathways"]),
    )


def _rupture(name: str | None) -> Rupture | None:
    return None if name is None else Rupture(name)


def _names(record: dict[str, Any], field: str) -> tuple[str, ...]:
    names: Iterable[str] = record.get(field, ())
    return tuple(names)
