"""From the codes of single turns to a whole session: episodes, the way of each, ratings."""

from collections.abc import Sequence
from dataclasses import replace

from rupture_nlp.codebook import Codebook
from rupture_nlp.episodes import RE_ENGAGES, find_episodes, has_pseudo_alliance
from rupture_nlp.label.reading import FoundEpisode, Reading, Turns, coded_turns
from rupture_nlp.ratings import rate_session
from rupture_nlp.repair import trace_repair
from rupture_nlp.schema import (
    Episode,
    PredictedEpisode,
    SessionPrediction,
    Transcript,
    UtterancePrediction,
)


def read_session(
    transcript: Transcript,
    coder: str,
    predictions: Turns,
    codebook: Codebook,
    reading: Reading | None = None,
) -> SessionPrediction:
    """Put a session together. Processes outside episodes are dropped (codebook, section 4).

    `reading` is what a sequence layer found; without it the rules over the codes are asked.
    """
    found = reading or read_by_rules(transcript, predictions, codebook)
    spans = [(one.first, one.last) for one in found.episodes]
    kept = _without_outside_processes(predictions, spans)
    final = coded_turns(transcript, kept)
    return SessionPrediction(
        session_id=transcript.session_id,
        coder=coder,
        utterances=kept,
        episodes=tuple(
            PredictedEpisode(
                episode=one.episode,
                p_repaired=one.p_repaired,
                path=trace_repair(final[one.first : one.last + 1], codebook),
            )
            for one in found.episodes
        ),
        ratings=found.ratings,
        pseudo_alliance=has_pseudo_alliance(final, [one.episode for one in found.episodes]),
    )


def read_by_rules(transcript: Transcript, predictions: Turns, codebook: Codebook) -> Reading:
    """Episodes and ratings by the rules over the codes: the baseline of the sequence layer."""
    turns = coded_turns(transcript, predictions)
    place = {u.utterance_id: at for at, u in enumerate(transcript.utterances)}
    re_engages = codebook.process_names.index(RE_ENGAGES)
    episodes = find_episodes(turns)
    found = []
    for episode in episodes:
        first, last = place[episode.start], place[episode.end]
        p_repaired = _p_repaired(episode, predictions[first : last + 1], re_engages)
        found.append(FoundEpisode(episode, first, last, p_repaired))
    return Reading(tuple(found), rate_session(turns, episodes))


def _without_outside_processes(
    predictions: Turns, spans: Sequence[tuple[int, int]]
) -> tuple[UtterancePrediction | None, ...]:
    inside = {at for first, last in spans for at in range(first, last + 1)}
    return tuple(
        prediction
        if prediction is None or at in inside or prediction.code.process is None
        else replace(prediction, code=replace(prediction.code, process=None))
        for at, prediction in enumerate(predictions)
    )


def _p_repaired(episode: Episode, inside: Turns, re_engages: int) -> float:
    """The chance that the therapist took it up and that the patient then came back to the work.

    The surest strategy of the episode times the surest return after the repair began: a score from
    0 to 1 that ranks episodes. It is not calibrated.
    """
    if episode.repair_start is None:
        return 0.0
    taken_up, back, begun = 0.0, 0.0, False
    for prediction in inside:
        if prediction is None:
            continue
        begun = begun or prediction.code.utterance_id == episode.repair_start
        if begun and prediction.p_strategies:
            taken_up = max(taken_up, *prediction.p_strategies)
        if begun and prediction.p_processes:
            back = max(back, prediction.p_processes[re_engages])
    return taken_up * back
