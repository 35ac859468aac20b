"""Segment sheets over turns: half-open windows, turns as bounds, several coders."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.labelmap_files import load_label_map
from rupture_nlp.evaluation.sheets import sheet_table, sheet_units
from rupture_nlp.evaluation.turns import side_of
from rupture_nlp.evaluation.units import unit_values
from rupture_nlp.evidence import RatedSegment, SegmentSheet
from rupture_nlp.schema import Speaker
from tests.evaluation.sessions import coding, session

P, T = Speaker.PATIENT, Speaker.THERAPIST
NAN = float("nan")

# turn        0    1    2    3    4
# speaker     P    T    P    P    T
# starts      0   60  119  120  130
# code        w    .    a    .    c
# intensity   2         1         3
ONE = session(
    "s1", "PTPPT", coding("s1", "x", "w.a.c", "2 1 3"), starts=(0, 60, 119, 120, 130), group="g"
)
TWO = session("s2", "PT", coding("s2", "x", ".."), group="h")


def timed(start: float, end: float, coder: str, *ratings: float | None) -> RatedSegment:
    return RatedSegment("s1", coder, ratings, start_s=start, end_s=end)


def by_turn(first: str, last: str, name: str = "s1") -> RatedSegment:
    return RatedSegment(name, "a", (1.0,), first=first, last=last)


SHEET = SegmentSheet(
    ("WD_P", "CF_P"),
    (
        timed(60, 120, "a", 1, 2),
        timed(0, 60, "a", 4, None),
        timed(0, 60, "b", 5, 1),
        timed(120, 125, "a", 1, 1),
        timed(200, 260, "a", 1, 1),
    ),
)


def test_a_turn_belongs_to_the_segment_in_which_it_starts() -> None:
    rated = sheet_units([TWO, ONE], P, SHEET, "a")
    # Rows: s2 u0, then s1 u0, u2, u3.
    assert rated.units.of_row.tolist() == [-1, 1, 0, 2]
    assert rated.units.session.tolist() == [1, 1, 1, 1]
    assert rated.units.groups.index.tolist() == [0, 0, 0, 0]
    assert rated.units.groups.names == ("g", "h")
    np.testing.assert_array_equal(rated.ratings, [[1, 2], [4, NAN], [1, 1], [1, 1]])
    assert rated.outside == 0
    therapist = sheet_units([TWO, ONE], T, SHEET, "a")
    assert therapist.units.of_row.tolist() == [-1, 0, -1]  # the one at 130 is in no segment
    assert therapist.outside == 1


def test_codes_become_3rs_ratings_of_the_same_segments() -> None:
    rated = sheet_units([ONE], P, SHEET, "a")
    coded = side_of([ONE], "x").over([ONE], P)
    salience = load_label_map("3rs-2022").salience
    assert salience is not None
    shown = {
        rating.name: salience.rate(unit_values(coded, rated.units, rating.codes), "interval")
        for rating in salience.ratings
        if rating.speaker is P
    }
    # Minute 1 holds a1, minute 0 holds w2, the third segment none, the last no turn at all.
    np.testing.assert_array_equal(shown["WD_P"], [1, 3.5, 1, NAN])
    np.testing.assert_array_equal(shown["CF_P"], [2, 1, 1, NAN])


def test_turns_may_bound_segments_both_inclusive() -> None:
    sheet = SegmentSheet(
        ("x",), (by_turn("u0", "u1"), by_turn("u2", "u3"), by_turn("u0", "u1", "s2"))
    )
    assert sheet_units([ONE, TWO], P, sheet, "a").units.of_row.tolist() == [0, 1, 1, 2]
    assert sheet_units([ONE, TWO], T, sheet, "a").units.of_row.tolist() == [0, -1, 2]


@pytest.mark.parametrize(
    ("segments", "problem"),
    [
        ((by_turn("u0", "u9"),), "names a turn"),
        ((by_turn("u3", "u1"),), "ends before it starts"),
        ((by_turn("u0", "u2"), by_turn("u2", "u3")), "share a turn"),
        ((replace(timed(0, 9, "a", 1), session_id="s2"),), "not timed in the corpus (number 2"),
        (
            (replace(timed(0, 9, "a", 1), session_id="s7"),),
            "does not have 1 of the sheet's sessions",
        ),
        ((timed(0, 9, "b", 1),), "no segment of this coder: b"),
    ],
)
def test_a_sheet_that_does_not_fit_the_corpus_is_refused(
    segments: tuple[RatedSegment, ...], problem: str
) -> None:
    with pytest.raises(EvaluationError) as caught:
        sheet_units([ONE, TWO], P, SegmentSheet(("x",), segments), "a")
    assert problem in str(caught.value)


def test_coders_of_a_sheet_stand_side_by_side_over_the_same_bounds() -> None:
    table = sheet_table(SHEET, "CF_P")
    assert table.coders == ("a", "b")
    np.testing.assert_array_equal(table.ratings, [[2, NAN], [NAN, 1], [1, NAN], [1, NAN]])
    assert table.session_ids == ("s1",) * 4
    assert table.groups([ONE, TWO]).names == ("g",)
    with pytest.raises(ValueError, match="no such column"):
        sheet_table(SHEET, "WD_T")
