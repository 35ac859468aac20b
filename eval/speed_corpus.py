"""A made corpus for the speed benchmark: two coders, and a system with probabilities."""

from dataclasses import dataclass

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.episodes import CodedTurn, find_episodes
from rupture_nlp.evaluation.counts import FloatArray, IntArray
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.ratings import rate_session
from rupture_nlp.schema import (
    RUPTURES,
    CodedSession,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)

CODERS = ("a", "b")
SYSTEM = "system"
GROUP = 5  # sessions of one patient
SECONDS_A_TURN = 10.0
_SHARES = (0.9, 0.03, 0.03, 0.03, 0.01)  # of the five codes
_OWN_MIND = 0.15  # how often a coder draws another code than the one that is meant
_STRATEGY = _PROCESS = 0.08
_SPEAKERS = (Speaker.THERAPIST, Speaker.PATIENT)
_BOOK = load_codebook()


@dataclass(frozen=True, slots=True)
class MadeCorpus:
    """Sessions coded by both coders, and what the system says of them."""

    sessions: tuple[CodedSession, ...]
    predictions: Predictions


def make_corpus(sessions: int, utterances: int, seed: int) -> MadeCorpus:
    """Speakers take turns; five sessions in a row are a group. No words."""
    random = np.random.default_rng(seed)
    coded, results = [], []
    for number in range(sessions):
        name = f"s{number:05}"
        turns = tuple(
            Utterance(
                str(at),
                _SPEAKERS[at % 2],
                "",
                at * SECONDS_A_TURN,
                (at + 1) * SECONDS_A_TURN,
            )
            for at in range(utterances)
        )
        meant = random.choice(len(RUPTURES), size=utterances, p=_SHARES)
        codings = tuple(_coding(name, coder, turns, meant, random) for coder in CODERS)
        group = f"g{number // GROUP:05}"
        coded.append(CodedSession(Transcript(name, turns), codings, group))
        results.append(_result(name, turns, meant, random))
    return MadeCorpus(tuple(coded), Predictions(SYSTEM, tuple(results), dense=True))


def _coding(
    name: str,
    coder: str,
    turns: tuple[Utterance, ...],
    meant: IntArray,
    random: np.random.Generator,
) -> SessionCoding:
    own = random.choice(len(RUPTURES), size=len(turns), p=_SHARES)
    given = np.where(random.random(len(turns)) < _OWN_MIND, own, meant)
    codes = _codes(turns, given, random)
    coded = [CodedTurn(u.speaker, code) for u, code in zip(turns, codes, strict=True)]
    episodes = find_episodes(coded)
    return SessionCoding(name, coder, codes, episodes, rate_session(coded, episodes))


def _codes(
    turns: tuple[Utterance, ...], given: IntArray, random: np.random.Generator
) -> tuple[UtteranceCode, ...]:
    intensity = random.integers(1, 4, size=len(turns)).tolist()
    pick = random.random((len(turns), 2)).tolist()
    made = []
    for at, (turn, place) in enumerate(zip(turns, given.tolist(), strict=True)):
        rupture, (one, other) = RUPTURES[place], pick[at]
        patient = turn.speaker is Speaker.PATIENT
        markers = () if rupture is Rupture.NONE else _MARKERS[rupture, turn.speaker]
        made.append(
            UtteranceCode(
                turn.utterance_id,
                rupture=rupture,
                intensity=None if rupture is Rupture.NONE else intensity[at],
                markers=_chosen(markers, one),
                strategies=() if patient else _chosen(_BOOK.strategy_names, other / _STRATEGY),
                process=next(iter(_chosen(_BOOK.process_names, other / _PROCESS)), None)
                if patient
                else None,
            )
        )
    return tuple(made)


def _chosen(names: tuple[str, ...], share: float) -> tuple[str, ...]:
    """The name at this share of the list; none from 1 on."""
    return (names[int(share * len(names))],) if names and share < 1 else ()


_MARKERS = {
    (code, speaker): _BOOK.markers_of(code, speaker) for code in RUPTURES for speaker in _SPEAKERS
}


def _result(
    name: str, turns: tuple[Utterance, ...], meant: IntArray, random: np.random.Generator
) -> SessionResult:
    scores: FloatArray = random.normal(size=(len(turns), len(RUPTURES)))
    scores += np.log(_SHARES) + 2.0 * np.eye(len(RUPTURES))[meant]
    chances = np.exp(scores)
    chances = np.round(chances / chances.sum(axis=1, keepdims=True), 6)
    codes = _codes(turns, chances.argmax(axis=1), random)
    return SessionResult(
        name,
        tuple(
            LabelledTurn(code, turn.speaker, tuple(five))
            for turn, code, five in zip(turns, codes, chances.tolist(), strict=True)
        ),
        seen_in_training=False,
    )
