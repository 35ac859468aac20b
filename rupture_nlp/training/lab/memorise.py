"""Does a model trained like this one remember single sentences? Measured, not guessed.

One more network learns from the same sessions with invented turns planted in them (see `planted`),
each with a code that its words do not call for. If a planted turn then gets its code with more
certainty than its paraphrase in the same place, by more than turns that were not planted do, the
network remembers words. The model that is handed on has read none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Answerer
from rupture_nlp.evaluation.bootstrap import Interval, resample
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.decision import SpeakerDecision
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
from rupture_nlp.training.lab.planted import PAIRS

PREFIX = "planted-"


@dataclass(frozen=True, slots=True)
class Plant:
    """A turn and where it goes: before turn `place` of session number `session`."""

    sentence: str
    paraphrase: str
    code: Rupture
    session: int
    place: int
    planted: bool  # False: a control, which the network never reads


@dataclass(frozen=True, slots=True)
class Memorisation:
    """How much surer of its code a turn is than its paraphrase, as a difference of probabilities.

    `excess` is planted less control: what remembering adds. Intervals from a bootstrap over turns.
    """

    turns: int  # planted
    planted: Interval
    control: Interval
    excess: Interval


def make_plants(
    sessions: Sequence[CodedSession], code: Rupture, seed: int = 0
) -> tuple[Plant, ...]:
    """Places drawn by the seed; every other pair is planted, every other of these as a rupture."""
    random = np.random.default_rng((seed, len(PAIRS)))
    order = random.permutation(len(PAIRS))
    plants = []
    for at, pair in enumerate(order):
        session = int(random.integers(len(sessions)))
        turns = len(sessions[session].transcript.utterances)
        plants.append(
            Plant(
                sentence=PAIRS[pair][0],
                paraphrase=PAIRS[pair][1],
                code=code if at // 2 % 2 else Rupture.NONE,
                session=session,
                place=int(random.integers(1, turns + 1)),
                planted=at % 2 == 0,
            )
        )
    return tuple(plants)


def with_plants(
    sessions: Sequence[CodedSession], plants: Sequence[Plant], speaker: Speaker
) -> tuple[CodedSession, ...]:
    """The sessions with the planted turns in them, coded alike by every coder."""
    changed = list(sessions)
    # From the back, so that a turn does not move the place of the next.
    for number, plant in sorted(enumerate(plants), key=lambda one: -one[1].place):
        if plant.planted:
            changed[plant.session] = _insert(
                changed[plant.session], plant, plant.sentence, speaker, number
            )
    return tuple(changed)


def gains_of(
    engine: Answerer,
    sessions: Sequence[CodedSession],
    plants: Sequence[Plant],
    speaker: Speaker,
    on_plant: Callable[[int], None] = lambda _: None,
) -> NDArray[np.float64]:
    """(plants,): how much surer the network is of each turn's code than of its paraphrase's in the
    same place. `sessions` have no plants; `on_plant` is told the number of the next, from 1."""
    gains = []
    for number, plant in enumerate(plants, start=1):
        on_plant(number)
        gains.append(_gain(engine, sessions, plant, speaker))
    return np.array(gains)


def measure_memorisation(
    gains: NDArray[np.float64], plants: Sequence[Plant], draws: int = 2000, seed: int = 0
) -> Memorisation:
    """What the gains of planted turns come to beside those of turns that were not planted."""
    planted = np.array([plant.planted for plant in plants])
    resamples = resample(len(gains), draws, seed)

    def mean_of(chosen: np.ndarray) -> np.ndarray:
        # Sums of gains and counts, one row a turn; another kind's turns add nothing.
        return np.column_stack([gains * chosen, chosen])

    def mean(sums: np.ndarray) -> np.ndarray:
        return np.where(sums[..., 1] > 0, sums[..., 0] / np.maximum(sums[..., 1], 1), np.nan)

    both = mean_of(planted), mean_of(~planted)
    return Memorisation(
        turns=int(planted.sum()),
        planted=resamples.interval(both[0], mean),
        control=resamples.interval(both[1], mean),
        excess=resamples.difference(*both, mean),
    )


def _gain(
    engine: Answerer, sessions: Sequence[CodedSession], plant: Plant, speaker: Speaker
) -> float:
    p = [
        _probability(engine, _insert(sessions[plant.session], plant, words, speaker, 0), plant)
        for words in (plant.sentence, plant.paraphrase)
    ]
    return p[0] - p[1]


def _probability(engine: Answerer, session: CodedSession, plant: Plant) -> float:
    logits = engine.answer(session.transcript.utterances).rupture[plant.place]
    return float(calibrated(logits, SpeakerDecision())[RUPTURES.index(plant.code)])


def _insert(
    session: CodedSession, plant: Plant, words: str, speaker: Speaker, number: int
) -> CodedSession:
    at, name = plant.place, f"{PREFIX}{number}"
    turns = session.transcript.utterances
    spoken = (*turns[:at], Utterance(name, speaker, words), *turns[at:])
    code = UtteranceCode(name, plant.code, intensity=1 if plant.code is not Rupture.NONE else None)

    def coded(coding: SessionCoding) -> SessionCoding:
        return replace(coding, codes=(*coding.codes[:at], code, *coding.codes[at:]))

    return replace(
        session,
        transcript=Transcript(session.transcript.session_id, spoken),
        codings=tuple(coded(coding) for coding in session.codings),
    )
