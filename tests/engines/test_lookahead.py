"""Lookahead `none`: nothing that is said later changes what is said of a turn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.schema import Utterance
from tests.models.made import sessions, talk
from tests.tiny_model import make_tiny_network

BLIND = TorchEngine(*make_tiny_network("none"))
SEEING = TorchEngine(*make_tiny_network("window"))
ADDING = TorchEngine(*make_tiny_network("none", model_type="mpnet"))  # adds masks to scores
TOLERANCE = 1e-5


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def largest_change(before: Answers, after: Answers, until: int) -> float:
    """Over the probabilities of every question about the first `until` turns."""
    others = ("intensity", "markers", "strategies", "processes")
    pairs = [(getattr(before, name), getattr(after, name)) for name in others]
    pairs.append((softmax(before.rupture), softmax(after.rupture)))
    return float(max(abs(one[:until] - two[:until]).max() for one, two in pairs))


@pytest.mark.parametrize("engine", [BLIND, ADDING])
@settings(max_examples=40)
@given(sessions(fewest=1), sessions(fewest=0), st.data())
def test_without_lookahead_no_later_turn_changes_a_probability(
    engine: TorchEngine,
    session: tuple[Utterance, ...],
    other: tuple[Utterance, ...],
    data: st.DataObject,
) -> None:
    until = data.draw(st.integers(1, len(session)), label="turns kept")
    changed = (*session[:until], *other)
    assert largest_change(engine.answer(session), engine.answer(changed), until) <= TOLERANCE


@settings(max_examples=10)
@given(sessions(fewest=3, most=6))
def test_a_session_told_turn_by_turn_ends_as_if_told_at_once(
    session: tuple[Utterance, ...],
) -> None:
    whole = BLIND.answer(session)
    for until in range(1, len(session) + 1):
        assert largest_change(whole, BLIND.answer(session[:until]), until) <= TOLERANCE


@pytest.mark.parametrize(("engine", "moves"), [(BLIND, False), (SEEING, True)])
def test_only_with_lookahead_the_next_turn_counts(engine: TorchEngine, moves: bool) -> None:
    one = engine.answer(talk("why", "fine", "okay"))
    two = engine.answer(talk("why", "fine", "so angry at you"))
    assert (largest_change(one, two, until=2) > 100 * TOLERANCE) is moves


@pytest.mark.parametrize("engine", [BLIND, SEEING])
def test_with_and_without_lookahead_earlier_turns_count(engine: TorchEngine) -> None:
    one = engine.answer(talk("how do you feel", "fine"))
    two = engine.answer(talk("so angry at you", "fine"))
    assert abs(softmax(one.rupture)[1] - softmax(two.rupture)[1]).max() > 100 * TOLERANCE
