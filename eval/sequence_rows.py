"""What each reader of a session found in it, coders and models alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.episodes import CodedTurn, describe_episode, find_episodes
from rupture_nlp.label.crf import SequenceReader
from rupture_nlp.label.decide import Decider
from rupture_nlp.label.reading import coded_turns
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.ratings import rate_session
from rupture_nlp.schema import (
    RUPTURES,
    CodedSession,
    Episode,
    Ratings,
    SessionCoding,
    SessionPrediction,
    Transcript,
    UtteranceCode,
    UtterancePrediction,
)
from rupture_nlp.training.sequence_examples import SequenceExample

_SURE = 0.98  # what a code that is given counts as


@dataclass(frozen=True, slots=True)
class Found:
    """One session as one reader sees it. Shapes: spans (episodes, 2), positions, inclusive."""

    spans: list[tuple[int, int]]
    repaired: list[bool]
    resolutions: list[int | None]
    ratings: Ratings


Reader = Mapping[str, Found]
"""By session id."""


def by_coder(sessions: Sequence[CodedSession], coder: str) -> Reader:
    """What a coder found."""
    found = {}
    for session in sessions:
        coding = session.coding_by(coder)
        if coding is not None:
            found[session.transcript.session_id] = _found(
                session.transcript, coding.episodes, coding.ratings
            )
    return found


def by_model(labelled: Sequence[tuple[Transcript, SessionPrediction]]) -> Reader:
    """What a model's prediction holds."""
    return {
        transcript.session_id: _found(
            transcript, [one.episode for one in prediction.episodes], prediction.ratings
        )
        for transcript, prediction in labelled
    }


def rules_over_codes(sessions: Sequence[CodedSession], coder: str) -> Reader:
    """The rules over a coder's own codes: what perfect codes would give."""
    found = {}
    for session in sessions:
        coding = session.coding_by(coder)
        if coding is None:
            continue
        turns = [
            CodedTurn(utterance.speaker, code)
            for utterance, code in zip(session.transcript.utterances, coding.codes, strict=True)
        ]
        episodes = find_episodes(turns)
        found[session.transcript.session_id] = _found(
            session.transcript, episodes, rate_session(turns, episodes)
        )
    return found


def layer_over_codes(
    sessions: Sequence[CodedSession], coder: str, layer_of: Mapping[str, SequenceLayer]
) -> Reader:
    """The sequence layer over a coder's own codes, given as answers that are nearly sure.

    `layer_of` has the layer for each session id. It learned from a model's answers, not from sure
    ones.
    """
    labels = LabelSets.of(load_codebook())
    found = {}
    for session in sessions:
        coding = session.coding_by(coder)
        if coding is None:
            continue
        transcript = session.transcript
        reader = SequenceReader(layer_of[transcript.session_id], Decision(), labels)
        reading = reader.read(transcript, sure_answers(coding, labels), _as_predictions(coding))
        episodes = [one.episode for one in reading.episodes]
        found[transcript.session_id] = _found(transcript, episodes, reading.ratings)
    return found


def described(
    examples: Sequence[SequenceExample], layers: Mapping[int, SequenceLayer] | None
) -> Reader:
    """What is said of the reference's episodes, given where they lie: by layer, or by rule."""
    codebook = load_codebook()
    labels = LabelSets.of(codebook)
    found = {}
    for example in examples:
        transcript, answers = example.transcript, example.answers
        turns = Decider(example.decision, labels, codebook).decide(transcript.utterances, answers)
        spans = [(span.first, span.last) for span in example.spans]
        if layers is None:
            coded = coded_turns(transcript, turns)
            episodes = [describe_episode(coded[first : last + 1], "1") for first, last in spans]
        else:
            reader = SequenceReader(layers[example.fold], example.decision, labels)
            episodes = [e.episode for e in reader.describe(transcript, answers, turns, spans)]
        found[transcript.session_id] = _found(transcript, episodes, Ratings())
    return found


def sure_answers(coding: SessionCoding, labels: LabelSets) -> Answers:
    """A coder's codes as the answers of heads that are nearly sure of them."""
    codes = [code or UtteranceCode(str(at)) for at, code in enumerate(coding.codes)]
    rest = (1 - _SURE) / (len(RUPTURES) - 1)
    rupture = np.full((len(codes), len(RUPTURES)), np.log(rest), dtype=np.float32)
    processes = np.full((len(codes), len(labels.processes) + 1), 1 - _SURE, dtype=np.float32)
    intensity = np.zeros((len(codes), 3), dtype=np.float32)
    for at, code in enumerate(codes):
        rupture[at, RUPTURES.index(code.rupture or RUPTURES[0])] = np.log(_SURE)
        place = labels.processes.index(code.process) if code.process else len(labels.processes)
        processes[at, place] = _SURE
        intensity[at, (code.intensity or 1) - 1] = 1.0
    processes /= processes.sum(axis=1, keepdims=True)
    return Answers(
        rupture=rupture,
        intensity=intensity,
        markers=_given([code.markers for code in codes], labels.markers),
        strategies=_given([code.strategies for code in codes], labels.strategies),
        processes=processes,
        vectors=np.zeros((len(codes), 1), dtype=np.float32),
    )


def _found(transcript: Transcript, episodes: Sequence[Episode], ratings: Ratings) -> Found:
    at = {u.utterance_id: place for place, u in enumerate(transcript.utterances)}
    return Found(
        spans=[(at[e.start], at[e.end]) for e in episodes],
        repaired=[e.repaired for e in episodes],
        resolutions=[e.resolution for e in episodes],
        ratings=ratings,
    )


def _as_predictions(coding: SessionCoding) -> list[UtterancePrediction | None]:
    sure = (1.0, 0.0, 0.0, 0.0, 0.0)
    return [
        None if code is None else UtterancePrediction(code, sure, uncertain=False)
        for code in coding.codes
    ]


def _given(names: list[tuple[str, ...]], known: tuple[str, ...]) -> np.ndarray:
    rows = np.full((len(names), len(known)), 1 - _SURE, dtype=np.float32)
    for at, given in enumerate(names):
        for name in given:
            if name in known:
                rows[at, known.index(name)] = _SURE
    return rows
