"""The worst disagreements: how far apart codes are, and in which order they are listed."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.evaluation.harness.disagreements import worst_disagreements
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.schema import RUPTURES, Speaker
from tests.evaluation.results import BOTH, ONE, TWO
from tests.evaluation.sessions import coding, session

P, T = Speaker.PATIENT, Speaker.THERAPIST
Five = tuple[float, float, float, float, float]


def coders(first: str, second: str, one: str = "", other: str = "", speakers: str = "") -> Paired:
    who = speakers or "P" * len(first)
    codings = coding("s", "x", first, one), coding("s", "y", second, other)
    return pair([session("s", who, *codings)], "x", "y")


def system(codes: str, given: str, chances: list[Five | None]) -> Paired:
    """One patient's session: the reference's codes, the system's codes and its probabilities."""
    turns = tuple(
        LabelledTurn(code, probabilities=one)
        for code, one in zip(coding("s", "m", given).codes, chances, strict=True)
        if code is not None
    )
    made = session("s", "P" * len(codes), coding("s", "gold", codes))
    predictions = Predictions("m", (SessionResult("s", turns),), dense=True)
    return pair([made], "gold", predictions)


def weights(paired: Paired) -> dict[str, float]:
    return {one.utterance_id: one.weight for one in worst_disagreements(paired, 99)}


def test_only_turns_with_different_codes_are_listed() -> None:
    assert weights(coders("w.?a.", "w...w")).keys() == {"u3", "u4"}
    assert worst_disagreements(coders("w.a", "w.a"), 9) == ()


@pytest.mark.parametrize(
    ("first", "second", "one", "other", "weight"),
    [
        ("w", ".", "3", " ", 1.0),
        (".", "c", " ", "1", 1 / 3),
        ("w", ".", " ", " ", 2 / 3),  # nobody said how strong
        ("w", "s", "3", "1", 0.5),
        ("s", "w", "1", "2", 0.5 * 2 / 3),
        ("a", "c", " ", " ", 0.5 * 2 / 3),
        ("w", "a", "2", "3", 0.75),
        ("c", "s", "1", "1", 0.25),
    ],
)
def test_without_probabilities_kind_and_intensity_count(
    first: str, second: str, one: str, other: str, weight: float
) -> None:
    assert weights(coders(first, second, one, other)) == {"u0": pytest.approx(weight)}


@pytest.mark.parametrize(
    ("code", "given", "chances", "weight"),
    [
        ("w", ".", (0.9, 0.02, 0.03, 0.04, 0.01), 0.9),
        (".", "w", (0.3, 0.6, 0.1, 0.0, 0.0), 0.7),
        (".", "w", (0.8, 0.2, 0.0, 0.0, 0.0), 0.2),  # below one half, above the system's threshold
        ("s", "w", (0.5, 0.4, 0.1, 0.0, 0.0), 0.5 * (1 - 0.1 / 0.5)),
        ("a", "w", (0.2, 0.6, 0.0, 0.2, 0.0), 0.75 * (1 - 0.2 / 0.8)),
        ("a", "w", (1.0, 0.0, 0.0, 0.0, 0.0), 0.75),  # a code without any chance
        ("w", ".", None, 1 / 3),  # this turn has none
    ],
)
def test_with_probabilities_what_the_system_denied_counts(
    code: str, given: str, chances: Five | None, weight: float
) -> None:
    other: Five = (1.0, 0.0, 0.0, 0.0, 0.0)
    found = weights(system(code + ".", given + ".", [chances, other]))
    assert found == {"u0": pytest.approx(weight)}


def test_a_disagreement_says_where_and_what_and_never_the_words() -> None:
    (found,) = worst_disagreements(system(".w", "..", [None, (0.75, 0.25, 0.0, 0.0, 0.0)]), 5)
    assert (found.session_id, found.utterance_id, found.speaker) == ("s", "u1", P)
    assert (found.reference, found.predicted) == ("withdrawal_from_other", "none")
    assert (found.intensity, found.p_rupture, found.weight) == (1, 0.25, 0.75)
    assert found.words is None
    assert "secretword" not in repr(found)


def test_what_is_not_known_is_none() -> None:
    (found,) = worst_disagreements(coders(".", "w"), 5)
    assert (found.intensity, found.p_rupture) == (None, None)


def test_the_worst_come_first_then_sessions_and_turns_in_order() -> None:
    made = [
        session("z", "TPT", coding("z", "x", "w.w", "1 1"), coding("z", "y", ".w.", " 1 ")),
        session("a", "PP", coding("a", "x", "w.", "1 "), coding("a", "y", ".c", " 3")),
    ]
    found = worst_disagreements(pair(made, "x", "y"), 99)
    places = [(one.session_id, one.utterance_id) for one in found]
    assert places == [("a", "u1"), ("z", "u0"), ("z", "u1"), ("z", "u2"), ("a", "u0")]
    assert [one.speaker for one in found] == [P, T, P, T, P]
    for count in range(6):
        assert worst_disagreements(pair(made, "x", "y"), count) == found[:count]


def test_of_equal_turns_the_first_are_listed() -> None:
    found = worst_disagreements(coders("wwww", "...."), 2)
    assert [one.utterance_id for one in found] == ["u0", "u1"]


def test_weights_tell_how_many_disagreements_there_are() -> None:
    rng = np.random.default_rng(4)
    names = np.array(list(".wsac"))
    first, second = ("".join(names[rng.integers(0, 5, 300)]) for _ in range(2))
    found = worst_disagreements(coders(first, second, speakers="PT" * 150), 999)
    assert len(found) == sum(one != other for one, other in zip(first, second, strict=True))
    assert all(0 < one.weight <= 1 for one in found)
    assert {one.reference for one in found} == {code.value for code in RUPTURES}
    ranked = [one.weight for one in found]
    assert ranked == sorted(ranked, reverse=True)


def test_the_order_of_the_predictions_changes_nothing() -> None:
    # u3 has another family at intensity 3, u5 and s2's u0 a rupture of intensity 1 against none.
    found = worst_disagreements(pair([ONE, TWO], "gold", BOTH), 99)
    places = [(one.session_id, one.utterance_id) for one in found]
    assert places == [("s1", "u3"), ("s1", "u5"), ("s2", "u0")]
    swapped = replace(BOTH, sessions=BOTH.sessions[::-1])
    assert worst_disagreements(pair([ONE, TWO], "gold", swapped), 99) == found
