"""Take a results folder into the store as suggestions, if it fits the transcripts."""

import math
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import insert
from sqlalchemy.orm import Session

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.tables import (
    SuggestedEpisodeRow,
    SuggestedRatingRow,
    SuggestionRow,
    SuggestionSetRow,
)
from rupture_nlp.review.value_json import to_json
from rupture_nlp.review.values import TurnValue
from rupture_nlp.schema import RUPTURES, PredictedEpisode, Speaker, Transcript, UtteranceCode

MODEL_VERSION = "model_version"
"""The key of a run's signature."""
MOST_NAMED = 5
"""Sessions that an error lists by name."""


def check_predictions(transcripts: Sequence[Transcript], predictions: Predictions) -> None:
    """Whether the results are about these transcripts. Results of other sessions do not matter.

    Raises:
        ReviewError: a session has no results, or they are about other turns or speakers; says how
            many sessions it concerns, and names those without results.
    """
    results = {result.session_id: result for result in predictions.sessions}
    missing = [one.session_id for one in transcripts if one.session_id not in results]
    if missing:
        raise ReviewError(
            f"the predictions have nothing of {len(missing)} of {len(transcripts)} sessions "
            f"({_named(missing)}). Label the same files, or leave these out and add them later "
            "without predictions."
        )
    wrong = sum(
        not _fits(one, results[one.session_id], dense=predictions.dense) for one in transcripts
    )
    if wrong:
        raise ReviewError(
            f"the predictions of {wrong} of {len(transcripts)} sessions are about other turns or "
            "speakers than the transcripts have. Label the same files again."
        )


def _named(session_ids: Sequence[str]) -> str:
    more = len(session_ids) - MOST_NAMED
    return ", ".join(session_ids[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def add_suggestions(
    session: Session,
    transcripts: Sequence[Transcript],
    rows: Mapping[str, int],
    predictions: Predictions,
) -> int:
    """Store what the model says of these sessions; `rows` are their rows by id. Returns how many
    sessions have suggestions."""
    made_by = SuggestionSetRow(
        model=predictions.coder,
        version=dict(predictions.signature).get(MODEL_VERSION),
        signature=dict(predictions.signature),
    )
    session.add(made_by)
    session.flush()
    results = {result.session_id: result for result in predictions.sessions}
    turns: list[dict[str, object]] = []
    episodes: list[dict[str, object]] = []
    ratings: list[dict[str, object]] = []
    for one in transcripts:
        common: dict[str, object] = {
            "session": rows[one.session_id],
            "suggestion_set": made_by.id,
        }
        result = results[one.session_id]
        turns += ({**common, **row} for row in _turns(one, result, dense=predictions.dense))
        episodes += ({**common, **row} for row in _episodes(one, result.episodes))
        ratings += ({**common, **row} for row in _ratings(result))
    for table, values in (
        (SuggestionRow, turns),
        (SuggestedEpisodeRow, episodes),
        (SuggestedRatingRow, ratings),
    ):
        if values:
            session.execute(insert(table), values)
    return len(transcripts)


def _fits(transcript: Transcript, result: SessionResult, *, dense: bool) -> bool:
    speakers = {turn.utterance_id: turn.speaker for turn in transcript.utterances}
    labelled = {turn.code.utterance_id: turn.speaker for turn in result.turns}
    known = all(
        speakers.get(one, Speaker.OTHER) is not Speaker.OTHER and said in (None, speakers[one])
        for one, said in labelled.items()
    )
    coded = {one for one, speaker in speakers.items() if speaker is not Speaker.OTHER}
    every_turn = not (dense and result.complete) or coded <= set(labelled)
    marks = {
        mark
        for one in result.episodes
        for mark in (one.episode.start, one.episode.end, one.episode.repair_start)
        if mark is not None
    }
    return known and every_turn and marks <= set(speakers)


def _turns(
    transcript: Transcript, result: SessionResult, *, dense: bool
) -> Iterator[dict[str, object]]:
    labelled = {turn.code.utterance_id: turn for turn in result.turns}
    absent_is_none = not dense and result.complete
    for position, utterance in enumerate(transcript.utterances):
        turn = labelled.get(utterance.utterance_id)
        if turn is None and absent_is_none and utterance.speaker is not Speaker.OTHER:
            turn = LabelledTurn(UtteranceCode(utterance.utterance_id))
        if turn is not None:
            yield {
                "position": position,
                "value": to_json(_value(turn.code, utterance.speaker)),
                "uncertain": turn.uncertain,
                **_probabilities(turn),
            }


def _probabilities(turn: LabelledTurn) -> dict[str, float | None]:
    five = turn.probabilities or (None,) * len(RUPTURES)
    return {f"p_{code}": value for code, value in zip(RUPTURES, five, strict=True)}


def _value(code: UtteranceCode, speaker: Speaker) -> TurnValue:
    """The codes without what the codebook does not allow, which nobody could accept."""
    value = TurnValue(rupture=code.rupture)
    book = load_codebook()
    if code.is_rupture:
        second = code.secondary if code.secondary not in (None, code.rupture) else None
        own = [one for one in (code.rupture, second) if one is not None]
        fitting = {name for one in own for name in book.markers_of(one, speaker)}
        markers = tuple(dict.fromkeys(name for name in code.markers if name in fitting))
        value = TurnValue(code.rupture, second, code.intensity, markers)
    patient = speaker is Speaker.PATIENT
    return TurnValue(
        rupture=value.rupture,
        secondary=value.secondary,
        intensity=value.intensity,
        markers=value.markers,
        strategies=() if patient else tuple(dict.fromkeys(code.strategies)),
        process=code.process if patient else None,
    )


def _episodes(
    transcript: Transcript, episodes: Sequence[PredictedEpisode]
) -> Iterator[dict[str, object]]:
    places = {turn.utterance_id: place for place, turn in enumerate(transcript.utterances)}
    for one in episodes:
        episode = one.episode
        repair = episode.repair_start
        yield {
            "start": places[episode.start],
            "end": places[episode.end],
            "repair_start": None if repair is None else places[repair],
            "resolution": episode.resolution,
            "p_repaired": None if math.isnan(one.p_repaired) else one.p_repaired,
        }


def _ratings(result: SessionResult) -> Iterator[dict[str, object]]:
    for rating in load_codebook().ratings:
        value = getattr(result.ratings, rating.name)
        if value is not None:
            yield {"name": rating.name, "value": float(value)}
