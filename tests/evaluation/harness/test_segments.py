"""Segments of two coders, drawn and worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.alpha import krippendorff_alpha
from rupture_nlp.evaluation.gwet import gwet_ac
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.comparison import coder_comparisons
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.segments import segment_figures
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.icc import icc
from rupture_nlp.schema import ALL_FIELDS, CodedSession
from tests.evaluation.harness.comparisons import compared, drawn, number
from tests.evaluation.sessions import coding, session

TWO_TURNS = HarnessSettings(segments_s=(60.0,), segments_turns=(2,))

# turns            01 23 45 67    windows of two turns
# gold             w. .a .. ..    intensity 2, 3
# b                w. .. .. ..    intensity 1
CODES, FOUND = "w..a....", "w......."
ONE = session(
    "s1", "P" * 8, coding("s1", "gold", CODES, "2  3    "), coding("s1", "b", FOUND, "1       ")
)
REFERENCE, PREDICTED = [2, 3, 0, 0], [1, 0, 0, 0]


def figures(*sessions: CodedSession, settings: HarnessSettings = TWO_TURNS) -> list[Drawn]:
    return segment_figures(compared(sessions, settings=settings))


def names(found: list[Drawn]) -> set[tuple[str, str]]:
    return {(one.key.variable, one.key.speaker) for one in found}


def test_a_segment_with_a_rupture_is_one_however_many_it_holds() -> None:
    found = figures(ONE)
    # both 1, reference alone 1, neither 2: agreement .75, chance .5 * .25 + .5 * .75 = .5
    expected = {
        "percent_agreement": 0.75,
        "kappa": 0.5,
        "pabak": 0.5,
        "precision": 1.0,
        "recall": 0.5,
        "f1": 2 / 3,
        "prevalence": 0.5,
        # 8 values, 3 of them ruptures: 1 - 7 * 2 / (2 * 3 * 5); AC1's chance 2 * 3/8 * 5/8
        "alpha_nominal": 1 - 14 / 30,
        "ac1": (0.75 - 30 / 64) / (1 - 30 / 64),
    }
    for metric, value in expected.items():
        assert number(found, "rupture", metric) == pytest.approx(value), metric
    one = drawn(found, "rupture", "kappa")
    assert (one.rows, one.groups, one.positives) == (4, 1, 2)
    assert one.note == "not estimable: 2 positives"
    assert one.key.unit == "segment(60s,2turns,any,intensity>=1,known>=0.5)"


def test_families_are_held_or_not() -> None:
    found = figures(ONE)
    assert number(found, "withdrawal", "kappa") == 1.0
    assert number(found, "confrontation", "kappa") == 0.0
    assert number(found, "confrontation", "recall") == 0.0
    unknown = drawn(found, "confrontation", "precision")
    assert np.isnan(unknown.estimate)
    assert "undefined: never predicted" in unknown.note


def test_the_highest_intensity_and_the_count_are_those_of_the_metrics() -> None:
    found = figures(ONE)
    pairs = np.column_stack([REFERENCE, PREDICTED])
    assert number(found, "highest_intensity", "kappa_quadratic") == pytest.approx(
        cohen_kappa(REFERENCE, PREDICTED, "quadratic", labels=4)
    )
    assert number(found, "highest_intensity", "alpha_ordinal") == pytest.approx(
        krippendorff_alpha(pairs, "ordinal")
    )
    assert number(found, "highest_intensity", "ac2") == pytest.approx(gwet_ac(pairs, "ordinal", 4))
    counted = drawn(found, "rupture_count", "icc_a1")
    exact = icc([[1, 1], [1, 0], [0, 0], [0, 0]])
    assert counted.estimate == pytest.approx(exact.estimate)
    assert counted.exact == pytest.approx((exact.low, exact.high))
    assert number(found, "rupture_count", "mean_difference") == -0.25
    assert drawn(found, "highest_intensity", "ac2").key.unit.startswith("segment(60s,2turns,high")
    assert drawn(found, "rupture_count", "icc_a1").key.unit.startswith("segment(60s,2turns,count")


def test_timed_sessions_are_cut_by_time_and_every_window_stands_apart() -> None:
    timed = replace(ONE, transcript=session("s1", "P" * 8, starts=range(0, 240, 30)).transcript)
    settings = HarnessSettings(segments_s=(60.0, 120.0, 240.0), segments_turns=(2, 3, 4))
    found = figures(timed, settings=settings)
    counts = [one for one in found if (one.key.variable, one.key.metric) == ("rupture", "kappa")]
    assert [one.rows for one in counts] == [4, 2, 1]
    assert [one.key.unit[:20] for one in counts] == [
        "segment(60s,2turns,a",
        "segment(120s,3turns,",
        "segment(240s,4turns,",
    ]


def test_speakers_are_apart_and_one_who_is_not_there_gives_nothing() -> None:
    assert {speaker for _, speaker in names(figures(ONE))} == {"patient"}
    both = session("s2", "PT" * 2, coding("s2", "gold", "w.a."), coding("s2", "b", "..a."))
    found = figures(both)
    assert number(found, "rupture", "recall") == 0.5
    assert np.isnan(number(found, "rupture", "recall", speaker="therapist"))
    assert drawn(found, "rupture", "kappa", speaker="therapist").rows == 2


@pytest.mark.parametrize("fields", [ALL_FIELDS, ALL_FIELDS - {"intensity"}])
def test_a_side_without_intensities_has_no_highest_one(fields: frozenset[str]) -> None:
    unrated = coding("s1", "b", FOUND, " " * 8, fields)
    found = figures(replace(ONE, codings=(ONE.codings[0], unrated)))
    assert ("highest_intensity", "patient") not in names(found)
    assert number(found, "rupture", "kappa") == pytest.approx(0.5)


def test_turns_that_one_side_did_not_code_count_on_neither() -> None:
    # b did not reach turns 3 to 7: of the first two windows only w. and the single turn 2 are left
    part = coding("s1", "b", "w..     ", "1       ")
    found = figures(replace(ONE, codings=(ONE.codings[0], part)))
    assert drawn(found, "rupture", "percent_agreement").rows == 2
    assert number(found, "rupture", "percent_agreement") == 1.0
    nothing = replace(ONE, codings=(ONE.codings[0], coding("s1", "b", " " * 8)))
    assert figures(nothing) == []


def test_where_nobody_finds_a_rupture_figures_are_undefined_and_say_so() -> None:
    calm = session("s1", "P" * 4, coding("s1", "gold", "...."), coding("s1", "b", "...."))
    found = figures(calm)
    for variable, metric in (
        ("rupture", "kappa"),
        ("rupture", "f1"),
        ("highest_intensity", "kappa_quadratic"),
        ("rupture_count", "icc_a1"),
        ("rupture_count", "spearman"),
    ):
        one = drawn(found, variable, metric)
        assert np.isnan(one.estimate)
        assert "undefined: " in one.note
    assert number(found, "rupture", "percent_agreement") == 1.0
    assert number(found, "rupture", "prevalence") == 0.0


def test_ruptures_below_the_least_intensity_do_not_count() -> None:
    strict = replace(TWO_TURNS, min_intensity=3)
    found = figures(ONE, settings=strict)
    assert number(found, "rupture", "prevalence") == 0.25
    assert "intensity>=3" in found[0].key.unit


def test_coders_have_the_keys_of_the_system_they_are_the_ceiling_of() -> None:
    three = replace(ONE, codings=(*ONE.codings, coding("s1", "c", CODES)))
    main = compared([three], settings=TWO_TURNS)
    (ceiling,) = coder_comparisons(main)
    keys = [one.key for one in segment_figures(main)]
    assert keys == [one.key for one in segment_figures(ceiling)]
    assert len(set(keys)) == len(keys)
    assert {key.metric for key in keys} <= METRICS.keys()
    assert {key.variable for key in keys} <= VARIABLES.keys()


LETTERS = st.text(alphabet="..wa?", min_size=6, max_size=6)
SYMMETRIC = ("percent_agreement", "kappa", "alpha_nominal", "ac1", "kappa_quadratic", "ac2", "f1")


@settings(max_examples=15)
@given(st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=4))
def test_any_codes_give_figures_or_say_why_not(pairs: list[tuple[str, str]]) -> None:
    ways = [
        [
            session(f"s{n}", "PTPTPP", coding(f"s{n}", "gold", a), coding(f"s{n}", "b", b))
            for n, (a, b) in enumerate(chosen)
        ]
        for chosen in (pairs, [(b, a) for a, b in pairs], [(a, a) for a, _ in pairs])
    ]
    plain, swapped, same = (
        {one.key: one for one in segment_figures(compared(sessions, settings=TWO_TURNS))}
        for sessions in ways
    )
    assert plain.keys() == swapped.keys()
    for key, one in plain.items():
        assert np.isnan(one.estimate) == ("undefined" in one.note)
        if key.metric in SYMMETRIC:
            np.testing.assert_allclose(one.values, swapped[key].values, atol=1e-9)
    for key, one in same.items():
        if key.metric not in ("prevalence", "mean_difference") and not np.isnan(one.estimate):
            assert one.estimate == pytest.approx(1.0)
