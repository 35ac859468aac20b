"""Markers, strategies and processes: by hand, and the same as the functions for one number."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.alpha import masi_alpha
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.sets import set_figures
from rupture_nlp.schema import ALL_FIELDS, CodedSession, SessionCoding
from tests.evaluation.harness.comparisons import compared, drawn, number
from tests.evaluation.sessions import coding, session

#  w silence, s deferential and capitulation, a hostility, ? uncodable
PATIENT = ("ws..wa..", "ww.s.a?.")
STRATEGIES = {"v": ("validates_position",), "b": ("validates_position", "redirects"), ".": ()}


def patient(name: str, reference: str, other: str, group: str | None = None) -> CodedSession:
    codings = (coding(name, "gold", reference), coding(name, "b", other))
    return session(name, "P" * len(reference), *codings, group=group)


def strategies(coder: str, drawing: str) -> SessionCoding:
    """One letter of STRATEGIES a turn."""
    plain = coding("s", coder, "." * len(drawing))
    codes = [
        replace(code, strategies=STRATEGIES[letter])
        for code, letter in zip(plain.codes, drawing, strict=True)
        if code is not None
    ]
    return replace(plain, codes=tuple(codes))


def processes(coder: str, given_at: dict[int, str]) -> SessionCoding:
    plain = coding("s", coder, "....")
    codes = [
        code and replace(code, process=given_at.get(place))
        for place, code in enumerate(plain.codes)
    ]
    return replace(plain, codes=tuple(codes))


def test_markers_by_name_worked_by_hand() -> None:
    # Seven turns with both. Silence: 2 in the reference, 2 predicted, 1 hit; both without on 4:
    # observed 5/7, chance (2*2 + 5*5)/49, kappa (35 - 29)/(49 - 29).
    found = set_figures(compared([patient("s", *PATIENT)]))
    expected = {"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "kappa": 0.3, "prevalence": 2 / 7}
    for metric, value in expected.items():
        one = drawn(found, "markers", metric, "silence")
        assert one.estimate == pytest.approx(value)
        assert (one.rows, one.positives, one.groups) == (7, 2, 1)
        assert one.note == "not estimable: 2 positives"
    assert number(found, "markers", "f1", "capitulation") == 0
    assert number(found, "markers", "kappa", "hostility") == 1


def test_markers_over_all_names_worked_by_hand() -> None:
    found = set_figures(compared([patient("s", *PATIENT)]))
    # 2 hits (silence, hostility), 5 in the reference, 5 predicted
    assert number(found, "markers", "micro_f1") == pytest.approx(4 / 10)
    # turns 0, 1, 3, 4, 5 have a marker on either side; 0 and 5 are the same
    sample = drawn(found, "markers", "sample_f1")
    assert (sample.estimate, sample.rows) == pytest.approx((2 / 5, 5))
    # No two different sets share a member, so distances are 0 or 1. Of 14 sets 6 are empty, 4
    # {silence}, 2 {deferential, capitulation}, 2 {hostility}; three pairs differ:
    # 1 - 13 * 6 / (14**2 - 36 - 16 - 4 - 4)
    alpha = drawn(found, "markers", "alpha_masi")
    assert (alpha.estimate, alpha.rows) == pytest.approx((1 - 78 / 136, 7))
    macro = drawn(found, "markers", "macro_f1")
    assert np.isnan(macro.estimate)
    assert macro.note == "over 0 of 4 labels: 20 positives or more"


def test_macro_f1_is_over_labels_with_twenty_positives_in_the_reference() -> None:
    # silence: 20 in the reference, 10 found, F1 2/3; demand: 19, all found; hostility: 20 predicted
    reference = "w" * 20 + "c" * 19 + "." * 20
    other = "w" * 10 + "." * 10 + "c" * 19 + "a" * 20
    found = set_figures(compared([patient("s", reference, other)]))
    macro = drawn(found, "markers", "macro_f1")
    assert macro.estimate == pytest.approx(2 / 3)
    assert macro.note == "over 1 of 3 labels: 20 positives or more"
    assert number(found, "markers", "prevalence", "silence") == pytest.approx(20 / 59)
    assert drawn(found, "markers", "f1", "silence").note == ""
    assert drawn(found, "markers", "f1", "demand").note == "not estimable: 19 positives"


def test_an_undefined_number_is_nan_and_says_why() -> None:
    found = set_figures(compared([patient("s", "wa", "ac")]))
    precision = drawn(found, "markers", "precision", "silence")
    assert np.isnan(precision.estimate)
    assert precision.note == "not estimable: 1 positives; never predicted"
    recall = drawn(found, "markers", "recall", "demand")
    assert np.isnan(recall.estimate)
    assert recall.note == "not estimable: 0 positives; never in the reference"
    always = drawn(set_figures(compared([patient("s", "ww", "ww")])), "markers", "kappa", "silence")
    assert np.isnan(always.estimate)
    assert always.note.endswith("one class only")


def test_names_nobody_gave_have_no_figures_and_sets_nobody_used_say_so() -> None:
    found = set_figures(compared([patient("s", "...", "...")]))
    markers = [one for one in found if one.key.variable == "markers"]
    assert {one.key.metric for one in markers} == {
        "micro_f1",
        "macro_f1",
        "sample_f1",
        "alpha_masi",
    }
    for one in markers:
        assert np.isnan(one.values).all()
        assert one.key.label == ""
    assert drawn(found, "markers", "micro_f1").note == "no markers on either side"
    assert drawn(found, "markers", "macro_f1").note == "no markers on either side"
    assert drawn(found, "markers", "alpha_masi").note == "the same set on every turn"
    labels = {one.key.label for one in set_figures(compared([patient("s", "w..", "a..")]))}
    assert labels == {"", "silence", "hostility"}


def test_a_set_that_one_side_did_not_code_has_no_figure() -> None:
    without = coding("s", "b", "w.", fields=ALL_FIELDS - {"markers"})
    found = set_figures(compared([session("s", "PP", coding("s", "gold", "w."), without)]))
    assert {one.key.variable for one in found} == {"processes"}
    uncodable = patient("s", "??", "w.")
    assert set_figures(compared([uncodable])) == []


def test_strategies_are_of_therapists_and_processes_of_patients() -> None:
    # vb.. against bv..: validates_position 2, 2, 2 hits; redirects 1, 1, none
    both = session("s", "TTTT", strategies("gold", "vb.."), strategies("b", "bv.."))
    found = set_figures(compared([both]))
    assert {(one.key.speaker, one.key.variable) for one in found} == {
        ("therapist", "markers"),
        ("therapist", "strategies"),
    }
    assert number(found, "strategies", "micro_f1", speaker="therapist") == pytest.approx(4 / 6)
    # each of the two turns: one of (1 + 2) labels shared, F1 2/3
    assert number(found, "strategies", "sample_f1", speaker="therapist") == pytest.approx(2 / 3)
    # MASI of a set and one that holds it: 1 - 1/2 * 2/3 = 2/3 twice. Sets: 2 v, 2 b, 4 empty;
    # 1 - 7 * (2 * 2 * 2/3) / (2 * (2*2*2/3 + 2*4 + 2*4))
    alpha = number(found, "strategies", "alpha_masi", speaker="therapist")
    assert alpha == pytest.approx(1 - 7 * (8 / 3) / (2 * (8 / 3 + 16)))
    sides = processes("gold", {0: "avoids"}), processes("b", {0: "avoids", 1: "re_engages"})
    found = set_figures(compared([session("s", "PPPT", *sides)]))
    assert number(found, "processes", "precision", "avoids") == 1
    assert number(found, "processes", "micro_f1") == pytest.approx(2 / 3)
    assert drawn(found, "processes", "micro_f1").rows == 3


def test_a_draw_is_the_figure_of_the_groups_drawn() -> None:
    sessions = [patient("s1", "ws.a.", "w..a.", "g1"), patient("s2", "w.wcc", "ww.cs", "g2")]
    comparison = compared(sessions, draws=40)
    found = set_figures(comparison)
    for name, weights in (("s1", [2, 0]), ("s2", [0, 2])):
        at = next(i for i, w in enumerate(comparison.resamples.weights) if w.tolist() == weights)
        alone = set_figures(compared([one for one in sessions if one.group == f"g{name[1]}"]))
        for metric, label in (("f1", "silence"), ("kappa", "silence"), ("sample_f1", "")):
            drawn_one = drawn(found, "markers", metric, label).values[at]
            assert drawn_one == pytest.approx(number(alone, "markers", metric, label))
    assert np.isnan(drawn(found, "markers", "recall", "demand").values).any()


def test_a_group_with_turns_but_no_marker_is_a_group_with_data() -> None:
    found = set_figures(
        compared([patient("s1", "w.", "w.", "g1"), patient("s2", "..", "..", "g2")])
    )
    assert drawn(found, "markers", "f1", "silence").groups == 2
    assert drawn(found, "markers", "alpha_masi").groups == 2
    assert drawn(found, "markers", "sample_f1").groups == 1  # only turns with a marker count


CODES = st.lists(
    st.tuples(st.sampled_from(".wsac?"), st.sampled_from(".wsac?")), min_size=1, max_size=12
)


@settings(max_examples=15, deadline=None)
@given(CODES)
def test_sides_changed_over_change_precision_and_recall_alone(codes: list[tuple[str, str]]) -> None:
    first, second = ("".join(column) for column in zip(*codes, strict=True))
    one, other = (
        {d.key: d.estimate for d in set_figures(compared([patient("s", *sides)]))}
        for sides in ((first, second), (second, first))
    )
    assert one.keys() == other.keys()
    changed = {"precision": "recall", "recall": "precision"}
    for key, value in one.items():
        if key.metric in {"prevalence", "macro_f1"}:
            continue
        twin = replace(key, metric=changed.get(key.metric, key.metric))
        assert other[twin] == pytest.approx(value, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(st.text(".wsac", min_size=1, max_size=12))
def test_identical_coders_reach_one_or_nothing_can_be_said(codes: str) -> None:
    for one in set_figures(compared([patient("s", codes, codes)])):
        if one.key.metric != "prevalence":
            assert np.isnan(one.estimate) or one.estimate == pytest.approx(1)
        assert np.isnan(one.estimate) <= bool(one.note)  # never NaN without a word


@settings(max_examples=15, deadline=None)
@given(CODES)
def test_numbers_are_those_of_the_single_functions(codes: list[tuple[str, str]]) -> None:
    first, second = ("".join(column) for column in zip(*codes, strict=True))
    comparison = compared([patient("s", first, second)])
    found = set_figures(comparison)
    sets = comparison.paired.patient.sets("markers")
    if not ((sets.reference >= 0) & (sets.predicted >= 0)).all(axis=1).any():
        assert found == []
        return
    alpha = masi_alpha(np.stack([sets.reference, sets.predicted], axis=1))
    assert number(found, "markers", "alpha_masi") == pytest.approx(alpha, nan_ok=True)
    for one in found:
        assert one.key.metric in METRICS
        assert one.key.variable in VARIABLES
        if one.key.metric == "kappa" and one.key.variable == "markers":
            at = sets.names.index(one.key.label)
            kappa = cohen_kappa(sets.reference[:, at], sets.predicted[:, at])
            assert one.estimate == pytest.approx(kappa, nan_ok=True)
