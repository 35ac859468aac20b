"""A segment sheet against codes of the same turns, and its coders against each other."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.agreement import cohen_kappa, percent_agreement
from rupture_nlp.evaluation.alpha import krippendorff_alpha
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.correlation import spearman
from rupture_nlp.evaluation.gwet import gwet_ac
from rupture_nlp.evaluation.harness.figures import Side as FigureSide
from rupture_nlp.evaluation.harness.figures import make_figures
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.sheets import SheetMaterial, sheet_ceiling, sheet_figures
from rupture_nlp.evaluation.icc import icc
from rupture_nlp.evaluation.labelmaps import SalienceMap, SalienceRating
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.evaluation.turns import side_of
from rupture_nlp.evidence import RatedSegment, SegmentSheet
from rupture_nlp.schema import RUPTURES, Speaker
from tests.evaluation.harness.comparisons import drawn, number
from tests.evaluation.sessions import coding, session

WITHDRAWAL, CONFRONTATION = RUPTURES[1:3], RUPTURES[3:]
SALIENCE = SalienceMap(
    ratings=(
        SalienceRating("WD_P", Speaker.PATIENT, WITHDRAWAL),
        SalienceRating("CF_P", Speaker.PATIENT, CONFRONTATION),
        SalienceRating("CF_T", Speaker.THERAPIST, CONFRONTATION),
    ),
    interval=(1, 2, 3.5, 5),
    ordinal=(1, 2, 4, 5),
)

# Segments of two turns:  01  23  45
ONE = session("s1", "PPPPPP", coding("s1", "m", "w..as.", "2  13 "), group="g1")
TWO = session("s2", "PPPP", coding("s2", "m", "...."), group="g2")
# Highest withdrawal      2   0   3  |  0   0    interval 3.5 1 5 1 1, ordinal 4 1 5 1 1
SESSIONS = (ONE, TWO)
BOUNDS = [("s1", 0), ("s1", 2), ("s1", 4), ("s2", 0), ("s2", 2)]


def segments(coder: str, *ratings: float | None) -> tuple[RatedSegment, ...]:
    return tuple(
        RatedSegment(name, coder, (rating, 1.0), first=f"u{start}", last=f"u{start + 1}")
        for (name, start), rating in zip(BOUNDS, ratings, strict=False)
    )


A = (4.0, 2.0, 5.0, 1.0, 1.0)
B = (5.0, 1.0, 4.0, 1.0, 2.0)
SHEET = SegmentSheet(("wd_p", "other"), (*segments("a", *A), *segments("b", *B)))


def material(sheet: SegmentSheet = SHEET, coder: str = "a") -> SheetMaterial:
    return SheetMaterial(SESSIONS, sheet, coder, SALIENCE, resample(2, 20))


def figures(sheet: SegmentSheet = SHEET, coder: str = "a") -> list[Drawn]:
    return sheet_figures(material(sheet, coder), side_of(SESSIONS, "m"))


def test_ratings_are_compared_with_what_the_map_makes_of_the_codes() -> None:
    found = figures()
    ordinal = np.column_stack([A, [4, 1, 5, 1, 1]])
    labels = ordinal.astype(np.int64) - 1
    expected = {
        "percent_agreement": percent_agreement(*labels.T),
        "kappa_quadratic": cohen_kappa(labels[:, 0], labels[:, 1], "quadratic", labels=5),
        "alpha_ordinal": krippendorff_alpha(ordinal, "ordinal"),
        "ac2": gwet_ac(labels, "ordinal", labels=5),
        "icc_a1": icc(np.column_stack([A, [3.5, 1, 5, 1, 1]])).estimate,
        "spearman": spearman(A, [3.5, 1, 5, 1, 1]),
    }
    for metric, value in expected.items():
        one = drawn(found, "WD_P", metric)
        assert one.estimate == pytest.approx(value), metric
        assert (one.rows, one.groups) == (5, 2)
        assert one.key.unit == "segment(sheet,highest,intensity>=1,known>=0.5)"
    assert {one.key.variable for one in found} == {"WD_P"}  # the sheet has no other rating
    assert number(found, "WD_P", "percent_agreement") == 0.8


def test_segments_that_one_side_does_not_know_are_left_out() -> None:
    gap = SegmentSheet(SHEET.columns, segments("a", 4.0, None, 5.0, 1.0, 1.0))
    assert drawn(figures(gap), "WD_P", "icc_a1").rows == 4
    bare = coding("s2", "m", "....", fields=frozenset({"rupture"}))
    sessions = (ONE, replace(TWO, codings=(bare,)))
    found = sheet_figures(replace(material(), sessions=sessions), side_of(sessions, "m"))
    assert drawn(found, "WD_P", "icc_a1").rows == 3


def test_a_side_without_intensities_gives_nothing() -> None:
    bare = coding("s1", "m", "w..as.", " " * 6)
    sessions = (replace(ONE, codings=(bare,)), TWO)
    rated = replace(material(), sessions=sessions)
    assert sheet_figures(rated, side_of(sessions, "m")) == []
    assert sheet_ceiling(rated, side_of(sessions, "m")) == []


def test_coders_of_the_sheet_are_the_ceiling_on_the_same_segments() -> None:
    side = side_of(SESSIONS, "m")
    found = sheet_ceiling(material(), side)
    assert [one.key for one in found] == [one.key for one in figures()]
    pairs = np.column_stack([A, B])
    whole = drawn(found, "WD_P", "icc_a1")
    assert whole.estimate == pytest.approx(icc(pairs).estimate)
    assert (whole.rows, whole.groups) == (5, 2)
    assert number(found, "WD_P", "alpha_ordinal") == pytest.approx(
        krippendorff_alpha(pairs, "ordinal")
    )
    # a did not rate the second segment, so it is not the system's, nor the ceiling's
    gap = segments("a", 4.0, None, 5.0, 1.0, 1.0)
    fewer = replace(SHEET, segments=(*gap, *segments("b", *B)))
    known = drawn(sheet_ceiling(material(fewer), side), "WD_P", "icc_a1")
    assert known.rows == 4
    assert known.estimate == pytest.approx(icc(np.delete(pairs, 1, axis=0)).estimate)


def test_the_ceiling_of_three_coders_is_the_mean_of_their_pairs_and_gold_is_none() -> None:
    third = (4.0, 2.0, 4.0, 1.0, 1.0)
    given = (*SHEET.segments, *segments("c", *third), *segments("gold", 1.0, 1.0, 1.0, 1.0, 1.0))
    found = sheet_ceiling(material(replace(SHEET, segments=given)), side_of(SESSIONS, "m"))
    pairs = [(A, B), (A, third), (B, third)]
    one = drawn(found, "WD_P", "icc_a1")
    assert one.estimate == pytest.approx(
        np.mean([icc(np.column_stack(pair)).estimate for pair in pairs])
    )
    assert one.note == "mean of 3 pairs"
    alone = replace(SHEET, segments=segments("a", *A))
    assert sheet_ceiling(material(alone), side_of(SESSIONS, "m")) == []


def test_both_are_sides_of_one_report() -> None:
    own, ceiling = figures(), sheet_ceiling(material(), side_of(SESSIONS, "m"))
    signatures = {
        one.key: Signature(one.key.metric, one.key.unit, ("a", "m"), "hash") for one in own
    }
    made = make_figures(
        FigureSide(("a", "m"), own),
        FigureSide(("a", "b"), ceiling),
        None,
        material().resamples,
        signatures,
    )
    assert all(one.ceiling is not None for one in made)


def test_coders_who_rate_as_the_codes_do_agree_fully() -> None:
    same = replace(SHEET, segments=segments("a", 4.0, 1.0, 5.0, 1.0, 1.0))
    found = figures(same)
    for metric in ("percent_agreement", "kappa_quadratic", "alpha_ordinal", "ac2", "spearman"):
        assert number(found, "WD_P", metric) == pytest.approx(1.0)


@pytest.mark.parametrize("rating", [3.5, 99.0])
def test_ratings_without_whole_steps_have_numbers_only(rating: float) -> None:
    odd = replace(SHEET, segments=segments("a", 4.0, rating, 5.0, 1.0, 1.0))
    found = figures(odd)
    kappa = drawn(found, "WD_P", "kappa_quadratic")
    assert np.isnan(kappa.values).all()
    assert "undefined: the ratings are not whole numbers" in kappa.note
    assert not np.isnan(number(found, "WD_P", "icc_a1"))
    assert len(found) == len(figures())


def test_a_sheet_without_a_rating_of_the_map_is_refused() -> None:
    with pytest.raises(EvaluationError) as caught:
        figures(replace(SHEET, columns=("secretword", "other")))
    assert "WD_P, CF_P, CF_T" in str(caught.value)
    assert "secretword" not in str(caught.value)
