"""What probabilities are worth: by hand, and the same as the functions for one number."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.calibration import brier, ece, equal_mass_edges
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.probabilities import (
    probability_figures,
    rupture_probability,
    threshold_at,
)
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evaluation.ranking import auroc, average_precision
from rupture_nlp.schema import CodedSession
from tests.evaluation.harness.comparisons import compared, drawn, number, with_chances
from tests.evaluation.results import system
from tests.evaluation.sessions import coding, session

W, A, C = "withdrawal_from_other", "confrontation_aggression", "confrontation_control"
ALERTS = HarnessSettings(alerts=(1, 2))


def patient(name: str, gold: str) -> CodedSession:
    return session(name, "P" * len(gold), coding(name, "gold", gold), coding(name, "b", gold))


# a rupture in the first and in the last session; by rank + - - - + - ... (.8 .7 .6 .5 .4 .3 ...)
CODED = [patient("s1", "..w."), patient("s2", "..."), patient("s3", "a..")]
SYSTEM = system(
    with_chances("s1", "..w.", (0.1, 0.6, 0.8, 0.3)),
    with_chances("s2", "...", (0.7, 0.2, 0.1)),
    with_chances("s3", "...", (0.4, 0.5, 0.0)),
)


def test_figures_of_ranks_worked_by_hand() -> None:
    found = probability_figures(compared(CODED, SYSTEM))
    assert number(found, "rupture", "average_precision") == pytest.approx((1 + 2 / 5) / 2)
    assert number(found, "rupture", "auroc") == pytest.approx((8 + 5) / 16)
    # each code's own chance is a fixed share of the chance of a rupture
    assert number(found, "code", "average_precision", W) == 1.0
    assert number(found, "code", "average_precision", A) == pytest.approx(1 / 5)
    assert number(found, "code", "auroc", A) == pytest.approx(5 / 9)
    assert drawn(found, "code", "auroc", A).positives == 1


def test_a_code_is_ranked_by_its_own_probability() -> None:
    given = system(
        with_chances("s1", "....", (0.9, 0.9, 0.5, 0.9), (0.0, 1.0, 0.0, 0.0)),
        with_chances("s2", "...", (0.1, 0.1, 0.1), (1.0, 0.0, 0.0, 0.0)),
        with_chances("s3", "...", (0.2, 0.9, 0.9), (0.0, 0.0, 0.5, 0.5)),
    )
    found = probability_figures(compared(CODED, given))
    # w is given to the three turns of s2 alone; of the other seven turns one is w
    assert number(found, "code", "auroc", W) == pytest.approx(6 / 2 / 9)
    # a is given to s3 alone, least to the turn that is a
    assert number(found, "code", "auroc", A) == pytest.approx(7 / 9)


def test_alerts_worked_by_hand() -> None:
    found = probability_figures(compared(CODED, SYSTEM, ALERTS))
    # one alert each: on .8 (a rupture), .7, .5; two: also on .6, .2 and .4 (a rupture)
    assert number(found, "rupture", "recall_at_alerts", "1") == pytest.approx(1 / 2)
    assert number(found, "rupture", "precision_at_alerts", "1") == pytest.approx(1 / 3)
    assert number(found, "rupture", "recall_at_alerts", "2") == pytest.approx(1.0)
    assert number(found, "rupture", "precision_at_alerts", "2") == pytest.approx(2 / 6)


def test_alerts_without_rupture_worked_by_hand() -> None:
    # to find .7 of two both are needed, from .4 on: one turn of three in the session without any
    one = drawn(
        probability_figures(compared(CODED, SYSTEM)),
        "rupture",
        "alerts_without_rupture",
        "recall 0.7",
    )
    assert one.estimate == pytest.approx(1 / 3)
    assert (one.rows, one.groups, one.positives) == (3, 1, 2)
    # half of two is found from .8 on, which no turn of that session reaches
    half = HarnessSettings(recall=0.5)
    found = probability_figures(compared(CODED, SYSTEM, half))
    assert number(found, "rupture", "alerts_without_rupture", "recall 0.5") == 0.0


def test_a_turn_at_the_threshold_is_flagged() -> None:
    coded = [patient("s1", "w."), patient("s2", "...")]
    given = system(with_chances("s1", "..", (0.5, 0.9)), with_chances("s2", "...", (0.5, 0.4, 0.5)))
    found = probability_figures(compared(coded, given))
    label = "recall 0.7"
    assert number(found, "rupture", "alerts_without_rupture", label) == pytest.approx(2 / 3)


def test_each_session_of_a_group_raises_its_own_alerts() -> None:
    coded = [replace(one, group="g") for one in CODED]
    found = probability_figures(compared(coded, SYSTEM, ALERTS))
    assert number(found, "rupture", "precision_at_alerts", "1") == pytest.approx(1 / 3)
    # nor is a group with a rupture without any session that has none
    one = drawn(found, "rupture", "alerts_without_rupture", "recall 0.7")
    assert one.estimate == pytest.approx(1 / 3)
    assert one.rows == 3


def test_draws_keep_the_threshold_of_the_sample() -> None:
    main = compared(CODED, SYSTEM)
    weights = np.array([[1.0, 1.0, 1.0], [5.0, 2.0, 0.0], [1.0, 0.0, 1.0]])
    drawing = replace(main, resamples=replace(main.resamples, weights=weights))
    found = probability_figures(drawing)
    values = drawn(found, "rupture", "alerts_without_rupture", "recall 0.7").values
    # without s3 the threshold would be .8 and no turn of s2 be flagged
    assert values.tolist() == pytest.approx([1 / 3, 1 / 3, float("nan")], nan_ok=True)


def test_a_session_with_a_rupture_that_was_not_compared_is_not_without_rupture() -> None:
    given = system(
        with_chances("s1", "..w.", (0.1, 0.6, 0.8, 0.3)),
        with_chances("s2", "...", (0.7, 0.2, 0.1)),
        with_chances("s3", "...", (None, 0.5, 0.0)),
    )
    one = drawn(
        probability_figures(compared(CODED, given)),
        "rupture",
        "alerts_without_rupture",
        "recall 0.7",
    )
    assert one.rows == 3


def test_the_threshold_is_the_highest_that_finds_enough() -> None:
    positive = np.ones(100, dtype=np.int64)
    scores = np.arange(100) / 100
    # .07 * 100 is a little above 7 in binary: seven are enough all the same
    assert threshold_at(0.07, scores, positive) == scores[-7]
    assert threshold_at(0.071, scores, positive) == scores[-8]
    assert threshold_at(1.0, scores, positive) == 0.0
    assert np.isnan(threshold_at(0.7, scores, 0 * positive))


def test_figures_of_chances_worked_by_hand() -> None:
    found = probability_figures(compared(CODED, SYSTEM))
    assert number(found, "rupture", "brier") == pytest.approx(0.165)
    assert number(found, "rupture", "brier_skill") == pytest.approx(1 - 0.165 / 0.16)
    # .1 .1 .2 .3 | .4 of a rupture | .5 .6 .7 | .8 of a rupture: gaps .7, .6, 1.8, .2 over ten
    assert number(found, "rupture", "ece_width") == pytest.approx(0.33)
    # the turn at 0 has no gap; the two at .1, which is 1 - .9, count
    high = drawn(found, "rupture", "ece_from_10")
    assert high.estimate == pytest.approx(3.3 / 9)
    assert high.rows == 9
    score, truth = (
        [0.1, 0.6, 0.8, 0.3, 0.7, 0.2, 0.1, 0.4, 0.5, 0.0],
        [0, 0, 1, 0, 0, 0, 0, 1, 0, 0],
    )
    mass = ece(score, truth, equal_mass_edges(score))
    assert number(found, "rupture", "ece_mass") == pytest.approx(mass)


def test_names_are_those_of_the_catalogue_and_differ() -> None:
    keys = [d.key for d in probability_figures(compared(CODED, SYSTEM))]
    assert {key.metric for key in keys} <= set(METRICS)
    assert {key.variable for key in keys} == {"rupture", "code"} <= set(VARIABLES)
    assert len(set(keys)) == len(keys)
    assert {key.label for key in keys if key.metric == "recall_at_alerts"} == {"3", "5", "10"}


def test_a_perfect_system_has_perfect_figures() -> None:
    codes = ".w.s.a.c" * 20
    hot = [(".wsac".index(letter) == place) * 1.0 for letter in codes for place in range(5)]
    table = np.array(hot).reshape(-1, 5)
    main = compared(
        [patient("s1", codes)], system(with_chances("s1", codes, list(1 - table[:, 0])))
    )
    turns = main.paired.patient
    sure = replace(turns, predicted=replace(turns.predicted, probabilities=table))
    found = probability_figures(replace(main, paired=replace(main.paired, patient=sure)))
    for metric in ("average_precision", "auroc", "brier_skill"):
        assert number(found, "rupture", metric) == 1.0
    assert number(found, "code", "average_precision", C) == 1.0
    for metric in ("brier", "ece_width", "ece_mass", "ece_from_10"):
        assert number(found, "rupture", metric) == 0.0
    assert drawn(found, "rupture", "auroc").note == ""


def test_without_probabilities_there_is_nothing() -> None:
    assert probability_figures(compared(CODED, "b")) == []
    assert rupture_probability(compared(CODED, "b").paired.patient.predicted) is None
    none = system(*(with_chances(s.transcript.session_id, "...", (None,) * 3) for s in CODED[1:]))
    assert probability_figures(compared(CODED, none)) == []


def test_probabilities_of_turns_that_were_not_coded_count_nowhere() -> None:
    given = system(with_chances("s", "w..", (0.9, 0.8, 0.1)))
    assert probability_figures(compared([patient("s", "???")], given)) == []
    found = probability_figures(compared([patient("s", "w?.")], given))
    assert {d.rows for d in found if d.key.metric == "brier"} == {2}
    assert number(found, "rupture", "auroc") == 1.0


def test_compared_turns_without_probabilities_are_counted() -> None:
    given = system(with_chances("s", "w..", (0.9, None, 0.1)))
    one = drawn(probability_figures(compared([patient("s", "w..")], given)), "rupture", "brier")
    assert one.rows == 2
    assert one.note.startswith("1 turns without probabilities left out")


def test_no_rupture_in_the_reference_is_undefined_and_says_why() -> None:
    given = system(with_chances("s", "...", (0.01, 0.02, 0.03)))
    found = probability_figures(compared([patient("s", "...")], given))
    undefined = {(d.key.variable, d.key.metric): d for d in found if np.isnan(d.estimate)}
    assert {metric for variable, metric in undefined if variable == "rupture"} == {
        "average_precision",
        "auroc",
        "recall_at_alerts",
        "alerts_without_rupture",
        "brier_skill",
        "ece_from_10",
    }
    assert all("undefined: " in d.note and d.note[-2:] != ": " for d in undefined.values())
    note = undefined["rupture", "average_precision"].note
    assert note == "not estimable: 0 positives; undefined: no rupture in the reference"
    assert undefined["rupture", "ece_from_10"].note.endswith("a probability of 0.1 or more")


def test_only_ruptures_in_the_reference_are_undefined_and_say_why() -> None:
    given = system(with_chances("s", "ww", (0.9, 0.8)))
    found = probability_figures(compared([patient("s", "ww")], given))
    one = drawn(found, "rupture", "auroc")
    assert np.isnan(one.estimate)
    assert one.note.endswith("undefined: the reference has turns of one kind only")
    clean = drawn(found, "rupture", "alerts_without_rupture", "recall 0.7")
    assert np.isnan(clean.estimate)
    assert clean.note.endswith("undefined: every session has a rupture")


def test_speakers_stand_apart() -> None:
    coded = [session("s", "PTPT", coding("s", "gold", "ww.."))]
    found = probability_figures(
        compared(coded, system(with_chances("s", "....", (0.9, 0.1, 0.1, 0.9))))
    )
    assert number(found, "rupture", "auroc", speaker="patient") == 1.0
    assert number(found, "rupture", "auroc", speaker="therapist") == 0.0


TURNS = st.lists(
    st.lists(st.tuples(st.sampled_from(".wsac?"), st.integers(0, 8)), min_size=1, max_size=8),
    min_size=1,
    max_size=4,
)


@settings(max_examples=20, deadline=None)
@given(TURNS)
def test_every_draw_is_what_single_functions_give_of_its_rows(
    given: list[list[tuple[str, int]]],
) -> None:
    names = [f"s{place}" for place in range(len(given))]
    coded = [
        patient(name, "".join(letter for letter, _ in turns))
        for name, turns in zip(names, given, strict=True)
    ]
    results = [
        with_chances(name, "." * len(turns), [eighths / 8 for _, eighths in turns])
        for name, turns in zip(names, given, strict=True)
    ]
    paired = pair(coded, "gold", system(*results))
    main = Comparison(paired, resample(len(given), 4), HarnessSettings())
    found = probability_figures(main)
    turns = paired.patient
    if not turns.known.any():
        assert found == []
        return
    score = np.array([eighths / 8 for session_turns in given for _, eighths in session_turns])
    for at, weights in enumerate(main.resamples.weights):
        times = np.where(turns.known, weights[turns.turns.groups.index], 0).astype(int)
        if times.sum() > 0:
            chance = np.repeat(score, times)
            truth = (np.repeat(turns.reference.rupture, times) > 0).astype(int)
            for metric, value in {
                "average_precision": average_precision(chance, truth),
                "auroc": auroc(chance, truth),
                "brier": brier(chance, truth),
                "ece_width": ece(chance, truth),
                "ece_mass": ece(chance, truth, equal_mass_edges(score[turns.known])),
            }.items():
                one = drawn(found, "rupture", metric)
                assert one.values[at] == pytest.approx(value, nan_ok=True), metric
