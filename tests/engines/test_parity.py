"""The comparison of an engine with the reference."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.parity import (
    Parity,
    compare,
    parity_sessions,
    read_parity,
    softmax,
    write_parity,
)
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.models.config import LabelSets
from tests.models.made import talk
from tests.tiny_model import make_tiny_network

EXACT = TorchEngine(*make_tiny_network()).answer(talk("how do you feel", "fine", "why so angry"))


def moved(name: str, by: float) -> Answers:
    """The answers with one probability changed, or one score of a rupture code."""
    values = getattr(EXACT, name).copy()
    values[1, 0] += by
    return replace(EXACT, **{name: values})


def test_the_same_answers_pass() -> None:
    assert compare([EXACT, EXACT], [EXACT, EXACT], "fp32") == Parity(6, 0.0, 0.0, 1.0, passed=True)


@pytest.mark.parametrize("name", ["intensity", "markers", "strategies", "processes"])
@pytest.mark.parametrize(("by", "passes"), [(0.009, True), (0.011, False)])
def test_in_32_bits_no_probability_may_differ_by_more_than_a_hundredth(
    name: str, by: float, passes: bool
) -> None:
    parity = compare([EXACT], [moved(name, by)], "fp32")
    assert parity.largest == pytest.approx(by, abs=1e-6)
    assert parity.passed is passes


def test_scores_of_ruptures_are_compared_as_probabilities() -> None:
    # Even odds of two codes become .75 to .25 when a score rises by log 3; the others stay at 0.
    scores = np.array([[0.0, 0.0, -99.0, -99.0, -99.0]], np.float32)
    labels = LabelSets((), (), ())
    even = replace(Answers.empty(labels, 2), rupture=scores, intensity=np.ones((1, 3), np.float32))
    even = replace(
        even, processes=np.ones((1, 1), np.float32), markers=np.zeros((1, 1), np.float32)
    )
    even = replace(even, strategies=np.zeros((1, 1), np.float32))
    raised = replace(even, rupture=scores + np.array([0, np.log(3), 0, 0, 0], np.float32))
    parity = compare([raised], [even], "bf16")
    assert parity.largest == pytest.approx(0.25)
    assert parity.mean == pytest.approx(0.1)  # .25 twice, over five codes
    assert parity.agreement == 0.0  # the first of two equal codes, then the second
    assert not parity.passed


def test_fewer_bits_may_differ_somewhere_but_not_in_the_mean() -> None:
    assert compare([moved("markers", 0.3)], [EXACT], "bf16").passed
    turned = replace(EXACT, rupture=-EXACT.rupture)
    assert not compare([turned], [EXACT], "bf16").passed


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("name", ["rupture", "intensity"])
def test_what_is_no_number_does_not_pass(precision: str, name: str) -> None:
    assert not compare([moved(name, float("nan"))], [EXACT], precision).passed


def test_the_sessions_hold_both_speakers_a_turn_longer_than_a_window_and_an_empty_one() -> None:
    sessions = parity_sessions()
    assert {turn.speaker.value for session in sessions for turn in session} == {
        "therapist",
        "patient",
        "other",
    }
    words = [len(turn.text.split()) for turn in sessions[-1]]
    assert max(words) > 512
    assert min(words) == 0
    assert sum(map(len, sessions)) > 100


def test_what_was_measured_is_read_again_unless_damaged(tmp_path: Path) -> None:
    path, parity = tmp_path / "parity.json", Parity(9, 0.1, 0.05, 0.5, passed=False)
    assert read_parity(path) is None
    write_parity(path, parity)
    assert read_parity(path) == parity
    for damage in ("{", "[]", "{}", '{"turns": 1}', "null"):
        path.write_text(damage, encoding="utf-8")
        assert read_parity(path) is None


def test_softmax_worked_by_hand() -> None:
    scores = np.log(np.array([[1.0, 3.0]], np.float32)) + 500
    np.testing.assert_allclose(softmax(scores), [[0.25, 0.75]], atol=1e-5)
