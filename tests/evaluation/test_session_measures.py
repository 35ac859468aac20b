"""Measures of sessions, treatments over sessions, criteria beside measures."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.criteria import join_criteria
from rupture_nlp.evaluation.session_measures import session_measures
from rupture_nlp.evaluation.treatments import treatment_units, treatments
from rupture_nlp.evaluation.turns import Side, side_of, turns_of
from rupture_nlp.evaluation.units import SESSION, Rule, Unit, UnitSpec, unit_values
from rupture_nlp.evidence import Criteria, Criterion
from rupture_nlp.pipeline.result_tables import SESSIONS
from rupture_nlp.schema import CodedSession, Ratings, Speaker
from tests.evaluation.sessions import coding, episode, session

P, T = Speaker.PATIENT, Speaker.THERAPIST
NAN = float("nan")

#                     patient: w1 s3 none; therapist: a2 and an uncodable turn
FIRST = replace(
    coding("s1", "x", "was .?", "123 11"),
    episodes=(episode(0, 2, 1, 4), replace(episode(1, 1), initiator=T)),
    ratings=Ratings(3.0, None, 4.0, 1.0),
)
ONE = session("s1", "PTPoPT", FIRST, group="g1")
TWO = session("s2", "PP", coding("s2", "x", "?."), coding("s2", "y", "ww"))
THREE = session("s3", "PT", coding("s3", "y", ".."))
SESSIONS_3 = [ONE, TWO, THREE]


def column(name: str) -> list[float]:
    return list(session_measures(SESSIONS_3, side_of(SESSIONS_3, "x")).column(name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("turns", [6, 2, 2]),
        ("patient_turns", [3, 2, 1]),
        ("patient_ruptures", [2, 0, NAN]),
        ("patient_any_rupture", [1, 0, NAN]),
        ("patient_withdrawal_from_self", [1, 0, NAN]),
        ("patient_withdrawal", [2, 0, NAN]),
        ("patient_confrontation", [0, 0, NAN]),
        ("patient_ruptures_per_100_turns", [200 / 3, 0, NAN]),
        ("patient_highest_intensity", [3, 0, NAN]),
        # The therapist's only coded turn of two is a rupture; s2 has no therapist.
        ("therapist_ruptures_per_100_turns", [100, NAN, NAN]),
        ("therapist_confrontation_aggression", [1, NAN, NAN]),
        ("episodes", [2, 0, NAN]),
        ("episodes_repaired", [1, 0, NAN]),
        ("share_repaired", [0.5, NAN, NAN]),
        ("patient_episodes", [1, 0, NAN]),
        ("therapist_episodes_repaired", [0, 0, NAN]),
        ("mean_resolution", [4, NAN, NAN]),
        ("withdrawal_impact", [3, NAN, NAN]),
        ("session_resolution", [4, NAN, NAN]),
    ],
)
def test_measures_are_those_worked_by_hand(name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(column(name), expected)


def test_expected_ruptures_are_summed_probabilities() -> None:
    five = (0.75, 0.25, 0.0, 0.0, 0.0)
    side = Side("m", (FIRST, None, None), ((five, None, five, None, None, None), None, None))
    measures = session_measures(SESSIONS_3, side)
    np.testing.assert_allclose(measures.column("patient_expected_ruptures"), [0.5, NAN, NAN])
    assert "therapist_expected_ruptures" not in measures.names
    assert measures.groups.names == ("g1", "s2", "s3")


def test_without_probabilities_no_ruptures_are_expected_and_none_is_not_0() -> None:
    # A system that gives codes alone has an entry for every turn, and nothing in it.
    side = Side("m", (FIRST, None, None), ((None,) * 6, None, None))
    assert "patient_expected_ruptures" not in session_measures(SESSIONS_3, side).names
    # Of three patient's turns one has a probability: too few. Two are enough, and summed.
    five = (0.75, 0.25, 0.0, 0.0, 0.0)
    for given, expected in (((five, *[None] * 5), NAN), ((five, None, five, *[None] * 3), 0.5)):
        some = session_measures(SESSIONS_3, Side("m", (FIRST, None, None), (given, None, None)))
        found = some.column("patient_expected_ruptures")
        np.testing.assert_allclose(found, [expected, NAN, NAN])


def test_names_are_those_of_the_table_that_label_writes() -> None:
    written = {one.name for one in SESSIONS.columns}
    measured = set(session_measures(SESSIONS_3, side_of(SESSIONS_3, "x")).names)
    own = {
        "session_resolution",
        "episodes",
        "episodes_repaired",
        "share_repaired",
        "mean_resolution",
    }
    further = ("any_rupture", "highest_intensity", "withdrawal", "confrontation")
    own |= {f"{speaker}_{name}" for speaker in ("patient", "therapist") for name in further}
    assert measured - written == own


# Treatments


def numbered(name: str, number: str | None, patient: str | None = "p1") -> CodedSession:
    known = {"patient_id": patient, "session_number": number}
    given = tuple((key, value) for key, value in known.items() if value is not None)
    made = session(name, "PT", coding(name, "x", "w." if number == "2" else ".."), group="g")
    return replace(made, descriptors=given)


def test_sessions_of_a_patient_are_ordered_by_number() -> None:
    sessions = [
        numbered("a", "10"),
        numbered("b", "2"),
        numbered("c", "1", "p2"),
        numbered("d", "9th"),
        numbered("e", "1", None),
    ]
    found = treatments(sessions)
    assert [(one.treatment_id, one.sessions, one.ordered) for one in found] == [
        ("p1", (1, 3, 0), True),
        ("p2", (2,), True),
        ("g", (4,), True),  # no patient is known: the group stands for one
    ]


@pytest.mark.parametrize("numbers", [("2", "2"), ("2", None), ("2", "last")])
def test_without_clear_numbers_the_order_of_the_corpus_stays_and_says_so(
    numbers: tuple[str, str | None],
) -> None:
    (found,) = treatments([numbered("a", numbers[0]), numbered("b", numbers[1])])
    assert (found.sessions, found.ordered) == ((0, 1), False)


def test_the_value_of_a_treatment_is_over_all_its_sessions() -> None:
    sessions = [numbered("a", "2"), numbered("b", "1", "p2"), numbered("c", "1")]
    found, turns = treatments(sessions), turns_of(sessions, P)
    units = treatment_units(turns, found, UnitSpec(Unit.TREATMENT, Rule.RATE))
    assert unit_values(side_of(sessions, "x").over(sessions, P), units).tolist() == [50, 0]
    assert units.of_row.tolist() == [0, 1, 0]
    with pytest.raises(ValueError, match="must be the treatment"):
        treatment_units(turns, found, SESSION)


# Criteria


def test_criteria_are_joined_by_id_and_what_has_no_partner_is_named() -> None:
    criteria = Criteria(
        ("s2", "s9", "s1"),
        (Criterion("q", (1.0, 0.0, None), ("high", "low")), Criterion("wai", (5.0, 6.0, 7.0))),
    )
    joined = join_criteria(criteria, ["s1", "s2", "s3"])
    assert joined.names == ("q", "wai")
    np.testing.assert_array_equal(joined.values, [[NAN, 7], [1, 5], [NAN, NAN]])
    assert (joined.without, joined.unmatched) == (("s3",), ("s9",))


def test_criteria_of_other_sessions_are_refused_without_naming_them() -> None:
    with pytest.raises(EvaluationError, match="none of the 1 sessions") as caught:
        join_criteria(Criteria(("Xanthippe",), (Criterion("q", (1.0,)),)), ["s1"])
    assert "Xanthippe" not in str(caught.value)
