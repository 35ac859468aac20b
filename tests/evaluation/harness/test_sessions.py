"""Sessions and treatments of two coders, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from rupture_nlp.evaluation.alpha import krippendorff_alpha
from rupture_nlp.evaluation.correlation import spearman
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.sessions import session_figures
from rupture_nlp.evaluation.icc import icc
from rupture_nlp.schema import ALL_FIELDS, CodedSession, Episode, Ratings
from tests.evaluation.harness.comparisons import compared, drawn, number
from tests.evaluation.sessions import coding, episode, session

# Patients' ruptures of four sessions, gold and b:       counts      per 100 turns
#   s1  w.w.  a...                                        2 1         50 25
#   s2  ...   .c.                                         0 1         0 33.3
#   s3  aaw.  aaw.                                        3 3         75 75
#   s4  ..    ..                                          0 0         0 0
PAIRS = [("w.w.", "a..."), ("...", ".c."), ("aaw.", "aaw."), ("..", "..")]
COUNTS = np.array([[2, 1], [0, 1], [3, 3], [0, 0]], dtype=np.float64)
RATES = np.array([[50, 25], [0, 100 / 3], [75, 75], [0, 0]])


def made(place: int, gold: str, other: str) -> CodedSession:
    name = f"s{place}"
    return session(name, "P" * len(gold), coding(name, "gold", gold), coding(name, "b", other))


SESSIONS = [made(place, *pair) for place, pair in enumerate(PAIRS, start=1)]


def figures(sessions: list[CodedSession]) -> list[Drawn]:
    return session_figures(compared(sessions))


def units(found: list[Drawn]) -> set[str]:
    return {one.key.unit.split("(")[0] for one in found}


def with_parts(
    place: int,
    sides: tuple[tuple[Episode, ...], tuple[Episode, ...]] = ((), ()),
    ratings: tuple[Ratings, Ratings] = (Ratings(), Ratings()),
) -> CodedSession:
    one = SESSIONS[place]
    codings = tuple(
        replace(done, episodes=episodes, ratings=rated)
        for done, episodes, rated in zip(one.codings, sides, ratings, strict=True)
    )
    return replace(one, codings=codings)


def test_whether_a_session_holds_a_rupture() -> None:
    found = figures(SESSIONS)
    # both s1 and s3, b alone s2, neither s4: agreement .75, chance .5 * .75 + .5 * .25
    assert number(found, "rupture", "percent_agreement") == 0.75
    assert number(found, "rupture", "kappa") == pytest.approx(0.5)
    assert number(found, "rupture", "f1") == pytest.approx(4 / 5)
    assert number(found, "rupture", "prevalence") == 0.5
    assert drawn(found, "rupture", "kappa").key.unit == "session(any,intensity>=1,known>=0.5)"


@pytest.mark.parametrize(
    ("variable", "given", "rule"),
    [
        ("rupture_count", COUNTS, "count"),
        ("rupture_rate", RATES, "rate"),
        ("withdrawal_count", np.array([[2.0, 0], [0, 0], [1, 1], [0, 0]]), "count"),
        ("confrontation_count", np.array([[0.0, 1], [0, 1], [2, 2], [0, 0]]), "count"),
        ("highest_intensity", np.minimum(COUNTS, 1.0), "highest"),
    ],
)
def test_numbers_of_sessions_are_those_worked_by_hand(
    variable: str, given: np.ndarray, rule: str
) -> None:
    found = figures(SESSIONS)
    for metric, kind in (("icc_a1", "A,1"), ("icc_c1", "C,1"), ("icc_ak", "A,k")):
        one, exact = drawn(found, variable, metric), icc(given, kind)  # type: ignore[arg-type]  # a kind
        assert one.estimate == pytest.approx(exact.estimate)
        assert one.exact == pytest.approx((exact.low, exact.high))
        assert one.key.unit == f"session({rule},intensity>=1,known>=0.5)"
    assert number(found, variable, "spearman") == pytest.approx(spearman(*given.T))
    assert number(found, variable, "mean_difference") == pytest.approx(
        np.diff(given, axis=1).mean()
    )
    if rule != "highest":
        alpha = krippendorff_alpha(given, "interval")
        assert number(found, variable, "alpha_interval") == pytest.approx(alpha)


def test_episodes_and_repaired_ones_are_counted_for_the_session() -> None:
    repaired, tried = episode(0, 1, 1, 4), episode(0, 1, 1, 3)
    sides = [((repaired,), (repaired, tried)), ((), ()), ((tried, repaired), (repaired,))]
    found = figures([with_parts(place, pair) for place, pair in enumerate(sides)])
    counts, repairs = [[1, 2], [0, 0], [2, 1]], [[1, 1], [0, 0], [1, 1]]
    one = drawn(found, "episode_count", "icc_a1", speaker="")
    assert one.estimate == pytest.approx(icc(counts).estimate)
    assert (one.key.unit, one.rows, one.groups) == ("session", 3, 3)
    assert number(found, "repaired_count", "icc_a1", speaker="") == pytest.approx(
        icc(repairs).estimate
    )


def test_a_repair_that_nobody_rated_makes_the_number_of_repairs_missing() -> None:
    repaired, open_ended = episode(0, 1, 1, 4), episode(0, 1, 1, None)
    sides = [((repaired,), (repaired,)), ((), ()), ((open_ended,), (repaired,))]
    found = figures([with_parts(place, pair) for place, pair in enumerate(sides)])
    assert drawn(found, "episode_count", "icc_a1", speaker="").rows == 3
    assert drawn(found, "repaired_count", "icc_a1", speaker="").rows == 2


def test_ratings_are_compared_where_both_sides_rated() -> None:
    given = [(1.0, 2.0), (3.0, 3.5), (5.0, 4.0)]
    rated = [
        with_parts(place, ratings=(Ratings(resolution=a), Ratings(resolution=b)))
        for place, (a, b) in enumerate(given)
    ]
    found = figures([*rated, with_parts(3, ratings=(Ratings(resolution=1.0), Ratings()))])
    one = drawn(found, "session_resolution", "icc_a1", speaker="")
    assert one.estimate == pytest.approx(icc(given).estimate)
    assert (one.rows, one.groups, one.key.unit) == (3, 3, "session")
    assert number(found, "session_resolution", "alpha_ordinal", speaker="") == pytest.approx(
        krippendorff_alpha(np.array(given), "ordinal")
    )
    assert "withdrawal_impact" not in {figure.key.variable for figure in found}


def test_what_a_side_did_not_code_gives_no_figure() -> None:
    fields = ALL_FIELDS - {"episodes", "ratings", "intensity"}
    bare = [
        replace(one, codings=(one.codings[0], replace(one.codings[1], fields=fields)))
        for one in SESSIONS
    ]
    variables = {one.key.variable for one in figures(bare)}
    assert variables.isdisjoint({"episode_count", "repaired_count", "highest_intensity"})
    assert variables >= {"rupture", "rupture_count", "rupture_rate", "withdrawal"}
    uncoded = [
        replace(one, codings=(one.codings[0], coding(one.group, "b", " " * 4, fields=fields)))
        for one in SESSIONS[:1]
    ]
    assert figures(uncoded) == []


def test_treatments_count_only_where_a_patient_has_several_sessions() -> None:
    assert units(figures(SESSIONS)) == {"session"}
    course = [replace(one, group="p" if n < 2 else one.group) for n, one in enumerate(SESSIONS)]
    found = [one for one in figures(course) if one.key.unit.startswith("treatment")]
    # s1 and s2 together: gold 2, b 2 of 7 turns
    one = drawn(found, "rupture_count", "icc_a1")
    assert one.estimate == pytest.approx(icc([[2, 2], [3, 3], [0, 0]]).estimate)
    assert (one.rows, one.groups) == (3, 3)
    assert number(found, "rupture_rate", "mean_difference") == 0.0
    assert number(found, "rupture", "kappa") == 1.0
    assert one.key.unit == "treatment(count,intensity>=1,known>=0.5)"
    assert "episode_count" not in {figure.key.variable for figure in found}


def test_draws_of_treatments_and_sessions_resample_the_same_groups() -> None:
    course = [replace(one, group="p" if n < 2 else one.group) for n, one in enumerate(SESSIONS)]
    comparison = compared(course, draws=40)
    found = session_figures(comparison)
    (unit,) = {one.key.unit for one in found if one.key.unit.startswith("treatment(count")}
    (one,) = (
        figure
        for figure in found
        if (figure.key.unit, figure.key.variable, figure.key.metric)
        == (unit, "confrontation_count", "mean_difference")
    )
    # By group p, s3, s4, in order: b's confrontations minus gold's, each group one treatment
    weights = comparison.resamples.weights
    np.testing.assert_allclose(one.values, weights @ [2, 0, 0] / weights.sum(axis=1))


def test_the_same_codes_give_one_and_keys_are_those_of_the_catalogue() -> None:
    rated = Ratings(1.0, 2.0, 3.0, 4.0)
    other = Ratings(2.0, 4.0, 1.0, 5.0)
    sides = [((episode(0, 1, 1, 4),),) * 2, ((),) * 2]
    same = [
        with_parts(place, sides[place], (given, given))
        for place, given in enumerate((rated, other))
    ]
    same = [
        replace(one, codings=(one.codings[0], replace(one.codings[0], coder="b"))) for one in same
    ]
    found = figures(same)
    keys = [one.key for one in found]
    assert len(set(keys)) == len(keys)
    assert {key.metric for key in keys} <= METRICS.keys()
    assert {key.variable for key in keys} <= VARIABLES.keys()
    for one in found:
        if one.key.metric in ("prevalence", "mean_difference"):
            continue
        assert one.estimate == pytest.approx(1.0) or "undefined" in one.note
