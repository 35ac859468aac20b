"""Memory of planted turns: one that remembers is found out, one that does not is not blamed."""

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import RUPTURES, Rupture, Speaker, Utterance
from rupture_nlp.training.lab.memorise import (
    PREFIX,
    Plant,
    gains_of,
    make_plants,
    measure_memorisation,
    with_plants,
)
from rupture_nlp.training.lab.planted import PAIRS
from tests.training.lab.made_lab import made_sessions

SESSIONS = made_sessions(4)
CODE = Rupture.WITHDRAWAL_FROM_OTHER
PLANTS = make_plants(SESSIONS, CODE, seed=3)


class Parrot:
    """Is sure of the sentences it knows, and of nothing else."""

    name, precision = "parrot", "fp32"

    def __init__(self, known: tuple[Plant, ...]) -> None:
        self.known = {plant.sentence: plant.code for plant in known}

    def answer(self, utterances: tuple[Utterance, ...]) -> Answers:
        labels = LabelSets.of(load_codebook())
        count = len(utterances)
        scores = np.zeros((count, 5), dtype=np.float32)
        for at, turn in enumerate(utterances):
            if turn.text in self.known:
                scores[at, RUPTURES.index(self.known[turn.text])] = 8.0
        widths = (3, len(labels.markers), len(labels.strategies), len(labels.processes) + 1, 1)
        return Answers(scores, *(np.zeros((count, w), dtype=np.float32) for w in widths))


def test_half_of_the_pairs_are_planted_and_half_of_these_as_ruptures() -> None:
    planted = [plant for plant in PLANTS if plant.planted]
    assert len(PLANTS) == len(PAIRS)
    assert len(planted) == len(PAIRS) // 2
    assert sum(plant.code is CODE for plant in planted) == len(planted) // 2
    assert make_plants(SESSIONS, CODE, seed=3) == PLANTS
    assert make_plants(SESSIONS, CODE, seed=4) != PLANTS


def test_planted_turns_stand_before_their_place_with_their_code() -> None:
    grown = with_plants(SESSIONS, PLANTS, Speaker.PATIENT)
    found = {}
    for before, after in zip(SESSIONS, grown, strict=True):
        turns = after.transcript.utterances
        codes = after.codings[0].codes
        assert len(turns) == len(codes)
        kept = tuple(turn for turn in turns if not turn.utterance_id.startswith(PREFIX))
        assert kept == before.transcript.utterances
        for turn, code in zip(turns, codes, strict=True):
            assert code is not None
            assert code.utterance_id == turn.utterance_id
            if turn.utterance_id.startswith(PREFIX):
                found[turn.text] = code.rupture
    assert found == {plant.sentence: plant.code for plant in PLANTS if plant.planted}


def test_a_network_that_remembers_is_found_out() -> None:
    parrot = Parrot(tuple(plant for plant in PLANTS if plant.planted))
    asked: list[int] = []
    gains = gains_of(parrot, SESSIONS, PLANTS, Speaker.PATIENT, asked.append)
    assert asked == list(range(1, len(PLANTS) + 1))
    found = measure_memorisation(gains, PLANTS, draws=300)
    assert found.turns == len(PAIRS) // 2
    assert found.excess.low > 0.5
    assert found.control.estimate == 0.0


def test_a_network_that_remembers_nothing_is_not_blamed() -> None:
    forgetful = gains_of(Parrot(()), SESSIONS, PLANTS, Speaker.PATIENT)
    found = measure_memorisation(forgetful, PLANTS, draws=300)
    assert (found.excess.low, found.excess.estimate, found.excess.high) == (0.0, 0.0, 0.0)
    # Sure of planted and unplanted alike: that is the words' doing.
    sure = gains_of(Parrot(PLANTS), SESSIONS, PLANTS, Speaker.PATIENT)
    alike = measure_memorisation(sure, PLANTS, draws=300)
    assert alike.excess.low < 0.01 < alike.planted.estimate
