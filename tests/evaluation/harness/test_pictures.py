"""Confusion tables, groups and counts of small pairings, worked by hand."""

import numpy as np
import pytest

from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.dropped import Dropped, Reason, What
from rupture_nlp.evaluation.harness.pictures import (
    FAMILIES,
    FAMILY_OF,
    confusions,
    dropped_counts,
    group_figures,
    speaker_counts,
)
from rupture_nlp.evaluation.harness.report import DroppedCount, GroupFigure
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.schema import ALL_FIELDS, CodedSession, Speaker
from tests.evaluation.results import BOTH, ONE, TWO
from tests.evaluation.sessions import coding, session

P, T = Speaker.PATIENT, Speaker.THERAPIST
PAIRED = pair([ONE, TWO], "gold", BOTH)
"""Patient: w, s, a and a in gold; the system gives w, a, none and none."""


def coded(name: str, first: str, second: str, group: str = "", speaker: str = "P") -> CodedSession:
    speakers = speaker * len(first)
    return session(
        name, speakers, coding(name, "x", first), coding(name, "y", second), group=group or name
    )


def test_codes_and_families_are_tabled_by_speaker() -> None:
    tables = {(one.speaker, one.variable): one for one in confusions(PAIRED)}
    assert set(tables) == {(P, "code"), (P, "family"), (T, "code"), (T, "family")}
    codes = tables[P, "code"]
    assert codes.coders == ("gold", "m")
    assert codes.labels[:3] == ("none", "withdrawal_from_other", "withdrawal_from_self")
    assert {(r, c): int(n) for (r, c), n in np.ndenumerate(codes.counts) if n} == {
        (1, 1): 1,
        (2, 3): 1,
        (3, 0): 2,
    }
    family = tables[P, "family"]
    assert family.labels == ("none", "withdrawal", "confrontation")
    assert family.counts.tolist() == [[0, 0, 0], [0, 1, 1], [2, 0, 0]]


def test_families_are_those_of_the_codes() -> None:
    assert [FAMILIES[place] for place in FAMILY_OF] == [
        "none",
        "withdrawal",
        "withdrawal",
        "confrontation",
        "confrontation",
    ]


def test_a_speaker_without_compared_turns_has_no_table_and_no_group() -> None:
    paired = pair([coded("s", ".w", ".w")], "x", "y")
    assert {one.speaker for one in confusions(paired)} == {P}
    assert {one.speaker for one in group_figures(paired)} == {P}


def test_sides_that_coded_no_ruptures_have_no_pictures() -> None:
    uncoded = coding("s", "y", "  ", fields=ALL_FIELDS - {"rupture"})
    paired = pair([session("s", "PT", coding("s", "x", "w."), uncoded)], "x", "y")
    assert confusions(paired) == () == group_figures(paired)
    assert [(one.turns, one.compared) for one in speaker_counts(paired)] == [(1, 0), (1, 0)]


def test_groups_have_their_own_kappa_and_counts() -> None:
    # Group b: 2 both, 1 only in the reference, 1 only on the other side, 4 neither; po 6/8,
    # pe (3/8)^2 + (5/8)^2 = 34/64, kappa (.75 - .53125) / .46875 = .46667.
    sessions = [
        coded("s1", "wwa.", "ww.a", "b"),
        coded("s2", "....", "....", "b"),
        coded("s3", "w.w.", "a.a.", "a"),
        coded("s4", "??", "ww", "c"),
        coded("s5", "..", "..", "d"),
    ]
    first, second, third = group_figures(pair(sessions, "x", "y"))
    assert (second.group, second.sessions, second.turns, second.ruptures) == ("b", 2, 8, 3)
    assert second.kappa == pytest.approx(0.4666667)
    # po .75, pe .53125, both marginals .375 and .625. On the diagonal
    # .25 * (.46875 - .75 * .25)^2 + .5 * (.46875 - 1.25 * .25)^2 = .0319824; off it
    # .0625 * .25 * (1 + 1) = .015625 (0.125 each, (.625 + .375)^2 = 1); less
    # (.3984375 - 1.0625 + .75)^2 = .0073853; over 8 * .46875^4.
    error = np.sqrt((0.0319824 + 0.015625 - 0.0073853) / (8 * 0.46875**4))
    assert second.low == pytest.approx(0.4666667 - 1.959964 * error, abs=1e-4)
    assert second.high == 1.0  # cut off
    # Rupture or none is all that counts; full agreement has a kappa and no error to speak of.
    assert (first.group, first.turns, first.ruptures, first.kappa) == ("a", 4, 2, 1.0)
    assert np.isnan([first.low, first.high]).all()
    assert (third.group, third.turns, third.ruptures) == ("d", 2, 0)
    assert np.isnan([third.kappa, third.low, third.high]).all()


def test_the_kappa_of_a_group_is_that_of_its_rows() -> None:
    rng = np.random.default_rng(3)
    letters = list(".....wa?")
    drawn = ["".join(rng.choice(letters, 40)) for _ in range(18)]
    sessions = [
        coded(f"s{n}", one, other, f"g{n % 3}")
        for n, (one, other) in enumerate(zip(drawn[::2], drawn[1::2], strict=True))
    ]
    found = {one.group: one for one in group_figures(pair(sessions, "x", "y"))}
    turns = pair(sessions, "x", "y").patient
    for place, name in enumerate(turns.turns.groups.names):
        rows = (turns.turns.groups.index == place) & turns.known
        kappa = cohen_kappa(turns.reference.rupture[rows] > 0, turns.predicted.rupture[rows] > 0)
        assert found[name].kappa == pytest.approx(kappa)
        assert found[name].turns == rows.sum()
        assert found[name].ruptures == (turns.reference.rupture[rows] > 0).sum()
        assert found[name].low < kappa < found[name].high


def test_sessions_without_a_compared_turn_are_not_counted() -> None:
    sessions = [coded("s1", "w.", "w.", "g"), coded("s2", "??", "..", "g")]
    (found,) = group_figures(pair(sessions, "x", "y"))
    assert isinstance(found, GroupFigure)
    assert (found.sessions, found.turns) == (1, 2)


def test_what_fell_out_is_summed_by_reason() -> None:
    dropped = [
        Dropped(What.RATINGS, Reason.RATINGS_MISSING, "s1", 30),
        Dropped(What.TURNS, Reason.PREDICTED_MISSING, "s1", 2, P),
        Dropped(What.TURNS, Reason.PREDICTED_MISSING, "s2", 3, P),
        Dropped(What.TURNS, Reason.PREDICTED_MISSING, "s2", 1, T),
        Dropped(What.TURNS, Reason.REFERENCE_MISSING, "s2", 7, P),
        Dropped(What.SESSION, Reason.NOT_PREDICTED, "s9", 50),
    ]
    assert dropped_counts(dropped) == (
        DroppedCount("session", Reason.NOT_PREDICTED.value, "", 1, 50),
        DroppedCount("turns", Reason.REFERENCE_MISSING.value, "patient", 1, 7),
        DroppedCount("turns", Reason.PREDICTED_MISSING.value, "patient", 2, 5),
        DroppedCount("turns", Reason.PREDICTED_MISSING.value, "therapist", 1, 1),
        DroppedCount("ratings", Reason.RATINGS_MISSING.value, "", 1, 0),
    )
    assert dropped_counts(dropped[::-1]) == dropped_counts(dropped)
    assert dropped_counts([]) == ()


def test_turns_compared_and_turns_dropped_are_all_turns() -> None:
    for counts in speaker_counts(PAIRED):
        left_out = sum(
            one.turns
            for one in dropped_counts(PAIRED.dropped)
            if one.what == "turns" and one.speaker == counts.speaker
        )
        assert counts.compared + left_out == counts.turns


def test_material_is_counted_over_compared_turns() -> None:
    patient, therapist = speaker_counts(PAIRED)
    assert (patient.speaker, patient.turns, patient.compared) == (P, 4, 4)
    assert (patient.reference_ruptures, patient.predicted_ruptures) == (4, 2)
    assert therapist.speaker is T
    assert therapist.estimable == ()
    assert len(therapist.not_estimable) == 4


def test_codes_with_twenty_positives_are_estimable() -> None:
    paired = pair([coded("s", "w" * 20 + "a" * 19 + "?.", "." * 40 + "c")], "x", "y")
    patient, _ = speaker_counts(paired)
    assert patient.estimable == ("withdrawal_from_other",)
    assert patient.not_estimable == (
        "withdrawal_from_self",
        "confrontation_aggression",
        "confrontation_control",
    )
    assert (patient.compared, patient.reference_ruptures, patient.predicted_ruptures) == (40, 39, 1)
