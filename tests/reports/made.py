"""Made sessions: predictions drawn from a seeded generator, no words of anyone."""

import random
from dataclasses import replace

from rupture_nlp.codebook import load_codebook
from rupture_nlp.episodes import CodedTurn
from rupture_nlp.repair import trace_repair
from rupture_nlp.reports.context import ReportContext
from rupture_nlp.schema import (
    RUPTURES,
    Episode,
    EpisodeKind,
    PredictedEpisode,
    Ratings,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)

THRESHOLD = 0.5

CONTEXT = ReportContext(
    model="small",
    model_version="3f2a91c0",
    preset="counting",
    threshold=THRESHOLD,
    threshold_therapist=THRESHOLD,
    engine="torch, fp32",
    date="2026-01-31",
    with_text=True,
    codebook_version="1.2",
    tool_version="0.1.0",
)
WITHOUT_TEXT = replace(CONTEXT, with_text=False)

WORDS = ("so", "well", "I", "think", "we", "could", "look", "at", "it", "again", "today", "maybe")


def made_session(
    turns: int,
    seed: int = 0,
    session_id: str = "made-1",
    timed: bool = False,
    with_other: bool = False,
) -> tuple[Transcript, SessionPrediction]:
    """A session of alternating speakers in which strain comes and goes."""
    draw = random.Random(seed)  # noqa: S311  # made data
    utterances, predictions, clock = [], [], 0.0
    strain = 0.0
    for index in range(turns):
        speaker = Speaker.PATIENT if index % 2 else Speaker.THERAPIST
        if with_other and index % 17 == 9:
            speaker = Speaker.OTHER
        count = 1 + int(draw.expovariate(1 / 18))
        text = " ".join(draw.choices(WORDS, k=count))
        start = round(clock, 1) if timed else None
        clock += 1.5 + count * 0.4
        utterances.append(Utterance(str(index), speaker, text, start))
        strain = max(0.0, strain - 0.07) if strain else (0.8 if draw.random() < 0.035 else 0.0)
        predictions.append(_predict(str(index), speaker, strain, draw))
    transcript = Transcript(session_id, tuple(utterances))
    return transcript, SessionPrediction(
        session_id,
        "small",
        tuple(predictions),
        _episodes(transcript, predictions, draw),
        Ratings(2.5, 1.0, 4.0, 3.2) if turns else Ratings(),
        pseudo_alliance=seed % 5 == 4,
    )


def _predict(
    utterance_id: str, speaker: Speaker, strain: float, draw: random.Random
) -> UtterancePrediction | None:
    if speaker is Speaker.OTHER:
        return None
    raw = strain * draw.random() * (1.2 if speaker is Speaker.PATIENT else 0.75)
    p_rupture = min(0.97, raw + 0.12 * draw.random() ** 2)
    shares = [draw.random() ** 3 for _ in RUPTURES[1:]]
    probabilities = [1 - p_rupture, *(p_rupture * share / sum(shares) for share in shares)]
    best = max(range(1, 5), key=lambda index: probabilities[index])
    rupture = RUPTURES[best] if p_rupture >= THRESHOLD else Rupture.NONE
    return UtterancePrediction(
        _code(utterance_id, speaker, rupture, strain, draw),
        tuple(probabilities),
        uncertain=abs(p_rupture - THRESHOLD) < 0.06,
    )


def _code(
    utterance_id: str, speaker: Speaker, rupture: Rupture, strain: float, draw: random.Random
) -> UtteranceCode:
    book = load_codebook()
    code = UtteranceCode(utterance_id)
    if rupture is not Rupture.NONE:
        markers = draw.sample(book.markers_of(rupture, speaker), k=draw.randint(0, 2))
        others = [other for other in RUPTURES[1:] if other is not rupture]
        secondary = draw.choice(others) if draw.random() < 0.1 else None
        strength = draw.randint(1, 3)
        code = replace(
            code, rupture=rupture, secondary=secondary, intensity=strength, markers=tuple(markers)
        )
    if strain and speaker is Speaker.THERAPIST and draw.random() < 0.4:
        code = replace(code, strategies=tuple(draw.sample(book.strategy_names, k=1)))
    if strain and speaker is Speaker.PATIENT and draw.random() < 0.25:
        code = replace(code, process=draw.choice(book.process_names))
    return code


def _episodes(
    transcript: Transcript, made: list[UtterancePrediction | None], draw: random.Random
) -> tuple[PredictedEpisode, ...]:
    """Ruptures fewer than ten turns apart belong to one episode."""
    book = load_codebook()
    places = [k for k, item in enumerate(made) if item is not None and item.code.is_rupture]
    groups: list[list[int]] = []
    for place in places:
        if groups and place - groups[-1][-1] < 10:
            groups[-1].append(place)
        else:
            groups.append([place])
    episodes = []
    for number, group in enumerate(groups, start=1):
        end = min(group[-1] + draw.randint(0, 3), len(made) - 1)
        repair = [
            k
            for k in range(group[0], end + 1)
            if (item := made[k]) is not None and item.code.strategies
        ]
        first = transcript.utterances[group[0]]
        episode = Episode(
            str(number),
            first.utterance_id,
            transcript.utterances[end].utterance_id,
            draw.choice(tuple(EpisodeKind)),
            first.speaker,
            transcript.utterances[repair[0]].utterance_id if repair else None,
            draw.randint(1, 5),
        )
        inside = [
            CodedTurn(utterance.speaker, None if item is None else item.code)
            for utterance, item in zip(transcript.utterances, made, strict=True)
        ][group[0] : end + 1]
        path = trace_repair(inside, book)
        episodes.append(PredictedEpisode(episode, round(draw.random(), 2), path))
    return tuple(episodes)
