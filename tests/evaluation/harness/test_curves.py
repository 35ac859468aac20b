"""Curves of probabilities: corners and bins worked by hand, areas equal to the figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evaluation.bootstrap import Resamples, resample
from rupture_nlp.evaluation.calibration import ece, equal_mass_edges
from rupture_nlp.evaluation.harness.curves import STEPS, curves
from rupture_nlp.evaluation.harness.report import Curve
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evaluation.ranking import average_precision
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.schema import Speaker, UtteranceCode
from tests.evaluation.sessions import coding, session

P, T = Speaker.PATIENT, Speaker.THERAPIST


def scored(
    *material: tuple[str, list[float | None]], speaker: str = "P", groups: str = ""
) -> Paired:
    """Sessions of one speaker: the reference's codes, a letter a turn, and P(rupture) a turn.
    `groups` is a letter a session; each is its own group where it is empty."""
    sessions, results = [], []
    for number, (codes, chances) in enumerate(material):
        name = f"s{number}"
        coded = coding(name, "gold", codes)
        group = groups[number] if groups else None
        sessions.append(session(name, speaker * len(codes), coded, group=group))
        turns = tuple(
            LabelledTurn(
                UtteranceCode(f"u{place}"),
                probabilities=None if chance is None else (1 - chance, chance, 0.0, 0.0, 0.0),
            )
            for place, chance in enumerate(chances)
        )
        results.append(SessionResult(name, turns))
    return pair(sessions, "gold", Predictions("m", tuple(results), dense=True))


def draws_of(paired: Paired, draws: int = 50) -> Resamples:
    return resample(len(paired.groups.names), draws)


def curve(paired: Paired, name: str) -> Curve:
    (found,) = (one for one in curves(paired, draws_of(paired)) if one.name == name)
    return found


def test_precision_by_recall_has_the_corners_of_its_steps() -> None:
    # By score: .9 rupture, .8 none, .7 rupture and none tied, .2 none. Precision 1, then 2 of 4.
    found = curve(scored(("w.a..", [0.9, 0.8, 0.7, 0.7, 0.2])), "precision_recall")
    assert found.speaker is P
    assert found.x == (0, 0.5, 0.5, 1)
    assert found.y == (1, 1, 0.5, 0.5)
    assert found.chance == pytest.approx(0.4)
    assert found.y_low == found.y_high == found.weights == ()


def test_turns_without_code_or_probability_are_in_no_curve() -> None:
    whole = scored(("w.a..", [0.9, 0.8, 0.7, 0.7, 0.2]))
    gaps = scored(("w?.a..w", [0.9, 0.95, 0.8, 0.7, 0.7, 0.2, None]))
    for name in ("precision_recall", "reliability"):
        one, other = curve(whole, name), curve(gaps, name)
        assert (one.x, one.y) == (other.x, other.y)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(".w"), st.integers(0, 20)), min_size=2, max_size=60).filter(
        lambda rows: any(code == "w" for code, _ in rows)
    )
)
def test_the_area_below_the_steps_is_the_average_precision(rows: list[tuple[str, int]]) -> None:
    codes, chances = "".join(code for code, _ in rows), [at / 20 for _, at in rows]
    found = curve(scored((codes, list(chances))), "precision_recall")
    area = np.trapezoid(found.y, found.x)
    assert area == pytest.approx(average_precision(chances, [code == "w" for code in codes]))
    assert list(found.x) == sorted(found.x)
    assert (found.x[0], found.x[-1]) == (0, 1)


def test_a_long_curve_is_thinned_to_points_that_a_threshold_reaches() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(4000) < 0.4
    score = np.clip(rng.normal(0.4 + 0.2 * truth, 0.15), 0.001, 0.999)
    codes = "".join("w" if one else "." for one in truth)
    found = curve(scored((codes, [float(one) for one in score])), "precision_recall")
    assert len(found.x) == 2 * STEPS
    assert found.x[-1] == 1
    # Kept at even recall, and no precision made up: each is that of all turns at or above a score.
    np.testing.assert_allclose(found.x[1::2], np.arange(1, STEPS + 1) / STEPS, atol=0.001)
    hits = np.cumsum(truth[np.argsort(-score)])
    reached = np.searchsorted(hits, np.round(np.array(found.x[1::2]) * hits[-1]))
    np.testing.assert_allclose(found.y[1::2], hits[reached] / (reached + 1))
    assert np.trapezoid(found.y, found.x) == pytest.approx(
        average_precision(score, truth), abs=0.01
    )


def test_bins_hold_as_many_turns_each_and_zeros_are_apart() -> None:
    # Twenty chances above 0, two a bin; and five of exactly 0, one of them a rupture.
    chances = [place / 25 for place in range(1, 21)] + [0.0] * 5
    codes = "." * 10 + "w" * 10 + "w...."
    found = curve(scored((codes, list(chances))), "reliability")
    assert found.weights == (5, *[2] * 10)
    assert found.x[0] == 0
    np.testing.assert_allclose(found.x[1:], [(4 * place + 3) / 50 for place in range(10)])
    np.testing.assert_allclose(found.y, [0.2, *[0] * 5, *[1] * 5])
    assert found.chance is None


def test_answers_of_0_and_1_are_two_dots() -> None:
    found = curve(scored(("w..w....", [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])), "reliability")
    assert (found.x, found.weights) == ((0, 1), (6, 2))
    np.testing.assert_allclose(found.y, [1 / 6, 0.5])


def test_the_bins_give_the_ece_of_equal_mass() -> None:
    rng = np.random.default_rng(2)
    chances = [float(one) for one in rng.beta(1, 4, 500).round(6)]
    truth = rng.random(500) < np.array(chances)
    codes = "".join("a" if one else "." for one in truth)
    found = curve(scored((codes, list(chances))), "reliability")
    gap = np.average(np.abs(np.subtract(found.x, found.y)), weights=found.weights)
    assert gap == pytest.approx(ece(chances, truth, equal_mass_edges(chances)))


def test_intervals_of_bins_are_over_groups() -> None:
    # All turns of a group alike: the share in a bin is how often its group was drawn among both, so
    # its interval reaches from 0 to 1; over turns it would be narrow. One group of both is certain.
    paired = scored(("w" * 50, [0.5] * 50), ("." * 50, [0.5] * 50))
    found = curve(paired, "reliability")
    assert (found.y, found.y_low, found.y_high) == ((0.5,), (0.0,), (1.0,))
    both: tuple[str, list[float | None]] = ("w.", [0.5, 0.5])
    other: tuple[str, list[float | None]] = ("..", [0.1, 0.1])
    found = curve(scored(both, other, both, groups="aba"), "reliability")
    assert (found.y, found.y_low, found.y_high) == ((0, 0.5), (0, 0.5), (0, 0.5))


def test_each_speaker_has_its_own_curves() -> None:
    paired = scored(("w.", [0.9, 0.1]), speaker="T")
    found = curves(paired, draws_of(paired))
    assert [(one.speaker, one.name) for one in found] == [
        (T, "precision_recall"),
        (T, "reliability"),
    ]


def test_without_a_rupture_there_is_no_precision_but_reliability() -> None:
    paired = scored(("..", [0.0, 0.0]))
    (found,) = curves(paired, draws_of(paired))
    assert (found.name, found.x, found.y, found.weights) == ("reliability", (0,), (0,), (2,))


def test_without_probabilities_there_is_no_curve() -> None:
    paired = scored(("w.", [None, None]))
    assert curves(paired, draws_of(paired)) == ()
    coders = pair([session("s", "P", coding("s", "x", "w"), coding("s", "y", "w"))], "x", "y")
    assert curves(coders, draws_of(coders)) == ()
