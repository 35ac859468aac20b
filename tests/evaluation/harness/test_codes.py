"""Agreement on single turns: by hand, and the same as the functions for one number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evaluation.agreement import cohen_kappa, pabak, percent_agreement
from rupture_nlp.evaluation.alpha import krippendorff_alpha
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.classification import f1_of, macro_f1_of, mcc_of
from rupture_nlp.evaluation.correlation import spearman
from rupture_nlp.evaluation.counts import IntArray, confusion
from rupture_nlp.evaluation.gwet import gwet_ac
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.codes import code_figures
from rupture_nlp.evaluation.harness.comparison import Comparison, coder_comparisons
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.schema import ALL_FIELDS, CodedSession
from tests.evaluation.harness.comparisons import compared, drawn, number
from tests.evaluation.sessions import coding, session

NONE = "none"
W, S, A, C = (
    "withdrawal_from_other",
    "withdrawal_from_self",
    "confrontation_aggression",
    "confrontation_control",
)


def patient(name: str, gold: str, other: str, *intensities: str) -> CodedSession:
    """A session of a patient alone, in a group of its own, coded by gold and b."""
    first, second = intensities or ("", "")
    return session(
        name, "P" * len(gold), coding(name, "gold", gold, first), coding(name, "b", other, second)
    )


# reference   ..was  ....c     none 6 times, each code once
# predicted   .wwc.  ....c     none 6 times, w and c twice; 7 of 10 the same
BOTH = (patient("s1", "..was", ".wwc.", "  213", " 121 "), patient("s2", "....c", "....c"))


def test_figures_of_codes_worked_by_hand() -> None:
    found = code_figures(compared(BOTH))
    of = {d.key.metric: d.estimate for d in found if d.key.variable == "code" and not d.key.label}
    assert of["percent_agreement"] == pytest.approx(0.7)
    assert of["kappa"] == pytest.approx(0.5)  # by chance (36 + 2 + 2) / 100
    assert of["pabak"] == pytest.approx((0.7 - 0.2) / 0.8)
    # pooled 12, 3, 1, 1, 3 of 20: 236 of 380 pairs differ by chance
    assert of["alpha_nominal"] == pytest.approx(1 - 0.3 * 380 / 236)
    # shares .6, .15, .05, .05, .15: chance is a quarter of .59
    assert of["ac1"] == pytest.approx((0.7 - 0.1475) / (1 - 0.1475))
    assert of["macro_f1"] == pytest.approx((2 / 3 + 0 + 0 + 2 / 3) / 4)
    assert of["balanced_accuracy"] == pytest.approx((5 / 6 + 1 + 0 + 0 + 1) / 5)
    assert of["mcc"] == pytest.approx(30 / np.sqrt(60 * 56))
    assert number(found, "code", "precision", W) == pytest.approx(1 / 2)
    assert number(found, "code", "recall", NONE) == pytest.approx(5 / 6)
    assert number(found, "code", "f1", C) == pytest.approx(2 / 3)
    assert number(found, "code", "prevalence", W) == pytest.approx(0.1)
    assert number(found, "code", "predicted_share", W) == pytest.approx(0.2)


def test_figures_of_ruptures_and_families_worked_by_hand() -> None:
    # 3 ruptures found of 4, one false alarm among 6 turns without; a for c is the same family
    found = code_figures(compared(BOTH))
    for metric in ("precision", "recall", "f1"):
        assert number(found, "rupture", metric) == pytest.approx(0.75)
    assert number(found, "rupture", "false_alarm_rate") == pytest.approx(1 / 6)
    assert number(found, "rupture", "kappa") == pytest.approx((0.8 - 0.52) / 0.48)
    assert number(found, "rupture", "pabak") == pytest.approx(0.6)
    assert number(found, "rupture", "balanced_accuracy") == pytest.approx((0.75 + 5 / 6) / 2)
    assert number(found, "rupture", "prevalence") == pytest.approx(0.4)
    assert number(found, "rupture", "predicted_share") == pytest.approx(0.4)
    assert number(found, "family", "kappa") == pytest.approx((0.8 - 0.44) / 0.56)
    assert number(found, "family", "f1", "withdrawal") == pytest.approx(0.5)
    assert number(found, "family", "f1", "confrontation") == pytest.approx(1.0)
    assert number(found, "family", "macro_f1") == pytest.approx(0.75)


def test_figures_of_intensity_worked_by_hand() -> None:
    # apart by 1 and by 3 on two turns of ten; by chance .84 on average
    found = code_figures(compared(BOTH))
    assert number(found, "intensity", "percent_agreement") == pytest.approx(0.8)
    assert number(found, "intensity", "kappa_linear") == pytest.approx(1 - 0.4 / 0.84)


def test_counts_stand_beside_the_numbers() -> None:
    found = code_figures(compared(BOTH))
    assert {d.rows for d in found} == {10}
    assert {d.groups for d in found} == {2}
    assert drawn(found, "code", "recall", NONE).positives == 6
    assert drawn(found, "code", "recall", W).positives == 1
    assert drawn(found, "rupture", "kappa").positives == 4
    assert drawn(found, "code", "kappa").positives is None
    assert {d.key.unit for d in found} == {"utterance(intensity>=1)"}


def test_names_are_those_of_the_catalogue_and_differ() -> None:
    keys = [d.key for d in code_figures(compared(BOTH))]
    assert {key.metric for key in keys} <= set(METRICS)
    assert {key.variable for key in keys} == {"code", "rupture", "family", "intensity"}
    assert {key.variable for key in keys} <= set(VARIABLES)
    assert len(set(keys)) == len(keys)


def test_too_few_positives_are_noted_and_the_number_is_still_given() -> None:
    found = code_figures(compared([patient("s", "w" * 19 + "a" * 20, "w" * 39)]))
    few, enough = (drawn(found, "code", "recall", label) for label in (W, A))
    assert few.note == "not estimable: 19 positives"
    assert few.estimate == 1.0
    assert (enough.note, enough.estimate) == ("", 0.0)
    assert drawn(found, "rupture", "recall").note == ""
    note = "mean of 2 of 4 labels; labels with fewer than 20 positives: 1"
    assert drawn(found, "code", "macro_f1").note == note


def test_identical_coders_agree_fully() -> None:
    codes, intensities = ".w.s.a.c" * 3, " 1 2 3 1" * 3
    found = code_figures(compared([patient("s1", codes, codes, intensities, intensities)]))
    apart = {"prevalence", "predicted_share", "false_alarm_rate"}
    assert {d.estimate for d in found if d.key.metric not in apart} == {1.0}
    assert number(found, "rupture", "false_alarm_rate") == 0.0


def test_one_label_only_is_undefined_and_says_why() -> None:
    found = code_figures(compared([patient("s1", "...", "..."), patient("s2", "..", "..")]))
    for metric in ("kappa", "alpha_nominal", "mcc", "precision", "recall", "f1"):
        one = drawn(found, "rupture", metric)
        assert np.isnan(one.values).all()
        assert "undefined: " in one.note
    for metric in ("percent_agreement", "pabak", "ac1"):
        assert (drawn(found, "code", metric).values == 1.0).all()
    undefined = [d for d in found if np.isnan(d.estimate)]
    assert all("undefined: " in d.note for d in undefined)
    assert {d.key.metric for d in undefined if d.key.variable == "intensity"} == {
        "kappa_linear",
        "kappa_quadratic",
        "alpha_ordinal",
        "alpha_interval",
        "spearman",
    }
    assert drawn(found, "code", "macro_f1").note == "undefined: no rupture on either side"
    assert drawn(found, "code", "balanced_accuracy").note.startswith("mean of 1 of 5 labels")


def test_ruptures_only_leave_no_room_for_false_alarms() -> None:
    found = code_figures(compared([patient("s", "wa", "w.")]))
    one = drawn(found, "rupture", "false_alarm_rate")
    assert np.isnan(one.estimate)
    assert one.note.endswith("undefined: ruptures only in the reference")


def test_a_turn_that_one_side_did_not_code_counts_nowhere() -> None:
    found = code_figures(compared([patient("s", "?ww..", "ww?..")]))
    alone = code_figures(compared([patient("s", "w..", "w..")]))
    assert {d.rows for d in found} == {3}
    assert [d.estimate for d in found] == pytest.approx([d.estimate for d in alone], nan_ok=True)


def test_ruptures_without_intensity_are_left_out_of_its_figures_and_counted() -> None:
    found = code_figures(compared([patient("s", "ww..?", "ww...", "1    ", "12   ")]))
    one = drawn(found, "intensity", "percent_agreement")
    assert (one.estimate, one.rows) == (1.0, 3)
    assert one.note == "1 turns of unknown intensity left out"
    assert drawn(found, "code", "percent_agreement").rows == 4


def test_there_are_no_figures_of_intensity_if_one_side_gives_none() -> None:
    uncoded = coding("s", "b", "w.", fields=ALL_FIELDS - {"intensity"})
    given = session("s", "PP", coding("s", "gold", "w."), uncoded)
    for one in (given, patient("s", "w.", "w.", "1 ", "  ")):
        found = code_figures(compared([one]))
        assert {d.key.variable for d in found} == {"code", "rupture", "family"}


def test_there_are_no_figures_where_a_side_did_not_code_ruptures() -> None:
    uncoded = coding("s", "b", "??", fields=ALL_FIELDS - {"rupture", "intensity"})
    given = session("s", "PT", coding("s", "gold", "w."), uncoded)
    assert code_figures(compared([given])) == []


def test_speakers_stand_apart_and_one_who_never_speaks_has_no_figures() -> None:
    given = session("s", "PTPT", coding("s", "gold", "ww.."), coding("s", "b", "w..."))
    found = code_figures(compared([given]))
    assert number(found, "rupture", "recall", speaker="patient") == 1.0
    assert number(found, "rupture", "recall", speaker="therapist") == 0.0
    assert {d.key.speaker for d in code_figures(compared(BOTH))} == {"patient"}


def test_coders_have_the_same_keys_on_the_rows_of_the_comparison() -> None:
    given = [
        session(
            "s1", "PPPP", *(coding("s1", who, codes) for who, codes in CODERS.items()), group="g"
        )
    ]
    main = compared(given, "m")
    (ceiling,) = (
        one
        for one in coder_comparisons(main)
        if (one.paired.reference, one.paired.predicted) == ("a", "b")
    )
    own, coders = code_figures(main), code_figures(ceiling)
    assert [d.key for d in own] == [d.key for d in coders]
    # the second turn, on which a and b differ, is not compared
    assert {d.rows for d in coders} == {3}
    assert number(coders, "code", "kappa") == 1.0


CODERS = {"gold": "w.a.", "a": "w.a.", "b": "wwa.", "m": "w?.."}

CODES = st.text("..wsac?", min_size=1, max_size=12)


@st.composite
def _coded(draw: st.DrawFn) -> list[CodedSession]:
    sessions = []
    for place in range(draw(st.integers(1, 4))):
        first = draw(CODES)
        second = draw(st.text("..wsac?", min_size=len(first), max_size=len(first)))
        digits = st.text("123", min_size=len(first), max_size=len(first))
        sessions.append(patient(f"s{place}", first, second, draw(digits), draw(digits)))
    return sessions


@settings(max_examples=20, deadline=None)
@given(_coded())
def test_every_draw_is_what_single_functions_give_of_its_rows(given: list[CodedSession]) -> None:
    paired = pair(given, "gold", "b")
    main = Comparison(paired, resample(len(given), 4), HarnessSettings())
    found = code_figures(main)
    turns = paired.patient
    if not turns.known.any():
        assert found == []
        return
    for at, weights in enumerate(main.resamples.weights):
        times = np.where(turns.known, weights[turns.turns.groups.index], 0).astype(int)
        if times.sum() > 0:
            one, other = turns.reference, turns.predicted
            code = np.repeat(one.rupture, times), np.repeat(other.rupture, times)
            rank = np.repeat(one.intensity, times), np.repeat(other.intensity, times)
            for (variable, metric), value in _expected(code, rank).items():
                values = drawn(found, variable, metric).values
                assert values[at] == pytest.approx(value, nan_ok=True), (variable, metric)


Sides = tuple[IntArray, IntArray]


def _expected(code: Sides, rank: Sides) -> dict[tuple[str, str], float]:
    family = [np.array([0, 1, 1, 2, 2])[side] for side in code]
    rupture = np.minimum(code[0], 1), np.minimum(code[1], 1)
    codes, intensities = np.column_stack(code), np.column_stack(rank)
    table = confusion(*code, 5)
    return {
        ("code", "percent_agreement"): percent_agreement(*code),
        ("code", "kappa"): cohen_kappa(*code),
        ("code", "pabak"): pabak(*code, 5),
        ("code", "alpha_nominal"): krippendorff_alpha(codes),
        ("code", "ac1"): gwet_ac(codes, labels=5),
        ("code", "macro_f1"): float(macro_f1_of(table, range(1, 5))),
        ("code", "mcc"): float(mcc_of(table)),
        ("rupture", "ac1"): gwet_ac(np.column_stack(rupture), labels=2),
        ("rupture", "f1"): float(f1_of(confusion(*rupture, 2))[1]),
        ("family", "alpha_nominal"): krippendorff_alpha(np.column_stack(family)),
        ("intensity", "kappa_linear"): cohen_kappa(*rank, "linear", 4),
        ("intensity", "kappa_quadratic"): cohen_kappa(*rank, "quadratic", 4),
        ("intensity", "alpha_ordinal"): krippendorff_alpha(intensities, "ordinal"),
        ("intensity", "alpha_interval"): krippendorff_alpha(intensities, "interval"),
        ("intensity", "ac2"): gwet_ac(intensities, "ordinal", 4),
        ("intensity", "spearman"): spearman(*rank),
    }
