"""What each reader of a session found in it, coders and models alike, and how they are set side by
side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.episodes import CodedTurn, describe_episode, find_episodes
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import FloatArray, Grouping, confusion
from rupture_nlp.evaluation.episode_matching import (
    match_by_onset,
    match_by_overlap,
    match_counts,
    match_f1_of,
    match_precision_of,
    match_recall_of,
)
from rupture_nlp.evaluation.icc import icc_of, icc_statistics
from rupture_nlp.label.crf import SequenceReader
from rupture_nlp.label.decide import Decider
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
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import Corpus
from rupture_nlp.training.sequence_examples import reference_spans

RATINGS = ("withdrawal_impact", "confrontation_impact", "resolution", "therapist_contribution")
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


@dataclass(frozen=True, slots=True)
class EpisodeFigures:
    """Episodes of one reader against those of another."""

    reference: int
    predicted: int
    f1: Interval
    precision: Interval
    recall: Interval
    onset_f1: Interval
    repaired_kappa: Interval  # over matched episodes
    resolution_icc: Interval  # the same
    matched: int


@dataclass(frozen=True, slots=True)
class RatingFigures:
    """A rating by one reader against another's, over the sessions where both have it."""

    sessions: int
    icc: Interval
    error: float  # mean absolute error, in points
    constant_error: float  # of always saying the reference's median


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
    predicted: OutOfFold,
    corpus: Corpus,
    layers: Mapping[int, SequenceLayer] | None,
) -> Reader:
    """What is said of the reference's episodes, given where they lie: by layer, or by rule."""
    codebook = load_codebook()
    labels = LabelSets.of(codebook)
    numbers = {session_id: at for at, session_id in enumerate(predicted.session_ids)}
    decisions = [(set(predicted.session[rows]), d) for rows, d in cross_fitted(predicted)]
    found = {}
    for session in corpus.sessions:
        transcript, coding = session.transcript, session.coding_by(corpus.reference)
        number = numbers.get(transcript.session_id)
        if number is None or coding is None:
            continue
        decision = next(d for members, d in decisions if number in members)
        rows = predicted.rows(predicted.session == number)
        turns = Decider(decision, labels, codebook).decide(transcript.utterances, rows.answers)
        spans = [(s.first, s.last) for s in reference_spans(transcript, coding)]
        if layers is None:
            coded = [
                CodedTurn(u.speaker, None if t is None else t.code)
                for u, t in zip(transcript.utterances, turns, strict=True)
            ]
            episodes = [describe_episode(coded[first : last + 1], "1") for first, last in spans]
        else:
            reader = SequenceReader(layers[int(rows.fold[0])], decision, labels)
            given = reader.describe(transcript, rows.answers, turns, spans)
            episodes = [one.episode for one in given]
        found[transcript.session_id] = Found(
            spans, [e.repaired for e in episodes], [e.resolution for e in episodes], Ratings()
        )
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


def episode_figures(
    reference: Reader, predicted: Reader, group_of: Mapping[str, int], resamples: Resamples
) -> EpisodeFigures:
    """Figures over the sessions that both have."""
    counts, onsets, tables, pairs = (
        np.zeros((resamples.groups, 3)),
        np.zeros((resamples.groups, 3)),
        np.zeros((resamples.groups, 2, 2)),
        [],
    )
    for session_id in sorted(set(reference) & set(predicted)):
        one, other, group = reference[session_id], predicted[session_id], group_of[session_id]
        matched = match_by_overlap(one.spans, other.spans)
        counts[group] += match_counts(matched, one.spans, other.spans)
        onsets[group] += match_counts(
            match_by_onset(one.spans, other.spans), one.spans, other.spans
        )
        for i, j in matched:
            tables[group] += confusion([int(one.repaired[i])], [int(other.repaired[j])], 2)
            pairs.append((group, one.resolutions[i], other.resolutions[j]))
    rated = [(g, a, b) for g, a, b in pairs if a is not None and b is not None]
    numbers = np.array([[a, b] for _, a, b in rated], dtype=np.float64).reshape(-1, 2)
    grouping = _grouping([g for g, _, _ in rated], resamples)
    return EpisodeFigures(
        reference=int(counts[:, 1].sum()),
        predicted=int(counts[:, 2].sum()),
        f1=resamples.interval(counts, match_f1_of),
        precision=resamples.interval(counts, match_precision_of),
        recall=resamples.interval(counts, match_recall_of),
        onset_f1=resamples.interval(onsets, match_f1_of),
        repaired_kappa=resamples.interval(tables, kappa_of),
        resolution_icc=resamples.interval(icc_statistics(numbers, grouping), icc_of),
        matched=int(counts[:, 0].sum()),
    )


def rating_figures(
    reference: Reader,
    predicted: Reader,
    name: str,
    group_of: Mapping[str, int],
    resamples: Resamples,
) -> RatingFigures:
    """One rating over the sessions where both have it."""
    rows: list[tuple[int, float, float]] = []
    for session_id in sorted(set(reference) & set(predicted)):
        one = getattr(reference[session_id].ratings, name)
        other = getattr(predicted[session_id].ratings, name)
        if one is not None and other is not None:
            rows.append((group_of[session_id], float(one), float(other)))
    numbers = np.array([[a, b] for _, a, b in rows], dtype=np.float64).reshape(-1, 2)
    grouping = _grouping([g for g, _, _ in rows], resamples)
    middle = float(np.median(numbers[:, 0])) if rows else float("nan")
    return RatingFigures(
        sessions=len(rows),
        icc=resamples.interval(icc_statistics(numbers, grouping), icc_of),
        error=float(np.abs(numbers[:, 0] - numbers[:, 1]).mean()) if rows else float("nan"),
        constant_error=float(np.abs(numbers[:, 0] - middle).mean()) if rows else float("nan"),
    )


def overlap_counts(
    reference: Reader, predicted: Reader, group_of: Mapping[str, int], groups: int
) -> FloatArray:
    """(groups, 3): matched, reference and predicted episodes, for paired differences."""
    counts = np.zeros((groups, 3))
    for session_id in sorted(set(reference) & set(predicted)):
        one, other = reference[session_id].spans, predicted[session_id].spans
        counts[group_of[session_id]] += match_counts(match_by_overlap(one, other), one, other)
    return counts


def _grouping(places: list[int], resamples: Resamples) -> Grouping:
    names = tuple(str(number) for number in range(resamples.groups))
    return Grouping(names, np.array(places, dtype=np.int64))


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
