"""Session measures against criteria: values by hand, equal to single figures, what is missing."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.bootstrap import Resamples, resample
from rupture_nlp.evaluation.correlation import spearman
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.figures import Side as Numbers
from rupture_nlp.evaluation.harness.figures import make_figures
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.harness.validity import MEASURES, validity_figures
from rupture_nlp.evaluation.ranking import auroc
from rupture_nlp.evaluation.session_measures import session_measures
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.evaluation.turns import Side, session_groups, side_of
from rupture_nlp.evaluation.units import SESSION
from rupture_nlp.evidence import Criteria, Criterion
from rupture_nlp.io.corpus import read_corpus
from rupture_nlp.io.criteria import read_criteria
from rupture_nlp.schema import CodedSession
from tests.evaluation.sessions import coding, episode, session

ANNOMI = Path(__file__).parents[4] / "shared" / "corpora" / "annomi"
SETTINGS = HarnessSettings(draws=40)
RATE = "patient_ruptures_per_100_turns"


def made(codes: Sequence[str], speaker: str = "P") -> list[CodedSession]:
    return [
        session(f"s{n}", speaker * len(one), coding(f"s{n}", "x", one), group=f"g{n // 2}")
        for n, one in enumerate(codes)
    ]


def two_valued(*values: float | None, name: str = "quality") -> Criteria:
    ids = tuple(f"s{n}" for n in range(len(values)))
    return Criteria(ids, (Criterion(name, values, ("high", "low")),))


def number(*values: float | None, name: str = "wai") -> Criteria:
    ids = tuple(f"s{n}" for n in range(len(values)))
    return Criteria(ids, (Criterion(name, values),))


def draws_of(sessions: Sequence[CodedSession]) -> Resamples:
    return resample(len(session_groups(sessions).names), SETTINGS.draws, seed=1)


Found = dict[tuple[str, str], Drawn]


def validity(
    sessions: Sequence[CodedSession], criteria: Criteria, side: Side | None = None
) -> Found:
    """By measure and metric."""
    own = side or side_of(sessions, "x")
    drawn = validity_figures(sessions, own, criteria, draws_of(sessions), SETTINGS)
    found = {(one.key.variable, one.key.metric): one for one in drawn}
    assert len(found) == len(drawn)
    return found


# Rates 50, 0, 25, 0, 75 and lengths 2, 4, 4, 3, 4
FIVE = made(["w.", "....", ".a..", "...", "w.ac"])


def test_a_two_valued_criterion_has_an_auroc_for_the_value_1() -> None:
    # Of value 1: rates 50 and 25; of 0: 0, 0 and 75. Won 4 of 6 pairs.
    found = validity(FIVE, two_valued(1, 0, 1, 0, 0))[RATE, "auroc"]
    assert found.estimate == pytest.approx(4 / 6)
    assert (found.rows, found.groups, found.positives) == (5, 3, 2)
    assert (found.key.label, found.key.speaker, found.key.unit) == (
        "quality",
        "patient",
        str(SESSION),
    )
    assert found.note.startswith("1 is low (2 sessions), 0 is high (3)")
    assert "have more: " not in found.note


def test_below_one_half_the_note_gives_the_figure_the_other_way_round() -> None:
    found = validity(FIVE, two_valued(0, 1, 0, 1, 1))[RATE, "auroc"]
    assert found.estimate == pytest.approx(2 / 6)
    assert "those of 0 have more: 0.67" in found.note


def test_few_sessions_of_one_value_are_noted() -> None:
    note = validity(FIVE, two_valued(1, 0, 1, 0, 0))[RATE, "auroc"].note
    assert "not estimable: 2 positives; not estimable: 3 negatives" in note
    many = made([".w", ".."] * 20)
    note = validity(many, two_valued(*[1.0, 0.0] * 20))[RATE, "auroc"].note
    assert "not estimable" not in note


def test_a_long_value_is_not_shown_since_it_may_be_a_remark() -> None:
    remark = "she told me secretword about her father"
    criteria = Criteria(
        tuple(f"s{n}" for n in range(5)), (Criterion("q", (1.0, 0, 1, 0, 0), ("a", remark)),)
    )
    notes = [one.note for one in validity(FIVE, criteria).values()]
    assert not any("secretword" in note for note in notes)
    assert notes[0].startswith("1 is its higher value (2 sessions), 0 is a (3)")


def test_a_number_has_spearmans_rho_and_both_kinds_have_it_with_length_held() -> None:
    values = (7.0, 3.0, 4.0, 2.0, 1.0)
    found = validity(FIVE, number(*values))
    rates = [50, 0, 25, 0, 75]
    assert found[RATE, "spearman"].estimate == pytest.approx(spearman(rates, values))
    assert found[RATE, "spearman"].positives is None
    lengths = [2, 4, 4, 3, 4]
    plain, one, other = (
        spearman(*pair) for pair in ((rates, values), (rates, lengths), (values, lengths))
    )
    partial = (plain - one * other) / np.sqrt((1 - one**2) * (1 - other**2))
    assert found[RATE, "partial_spearman"].estimate == pytest.approx(partial)
    both = validity(FIVE, two_valued(1, 0, 1, 0, 0))
    assert {metric for _, metric in both} == {"auroc", "partial_spearman"}


def test_length_alone_is_the_baseline_and_is_not_held_against_itself() -> None:
    found = validity(FIVE, two_valued(1, 0, 0, 1, 0))
    assert found["turns", "auroc"].estimate == pytest.approx(0)
    assert found["turns", "auroc"].key.speaker == ""
    assert ("turns", "partial_spearman") not in found


def test_numbers_are_those_of_complete_sessions_alone() -> None:
    found = validity(FIVE, two_valued(1, 0, None, 0, 0))[RATE, "auroc"]
    assert found.estimate == pytest.approx(auroc([50, 0, 0, 75], [1, 0, 0, 0]))
    assert (found.rows, found.groups, found.positives) == (4, 3, 1)
    assert found.note.endswith("4 of 5 sessions have both")
    uncoded = made(["w.", "????", ".a..", "...", "w.ac"])
    found = validity(uncoded, two_valued(1, 0, 1, 0, 0))[RATE, "auroc"]
    assert found.estimate == pytest.approx(auroc([50, 25, 0, 75], [1, 1, 0, 0]))
    assert validity(uncoded, two_valued(1, 0, 1, 0, 0))["turns", "auroc"].rows == 5


def test_each_draw_is_the_figure_of_the_sessions_drawn() -> None:
    resamples = draws_of(FIVE)
    groups = session_groups(FIVE)
    rates, lengths = np.array([50.0, 0, 25, 0, 75]), np.array([2.0, 4, 4, 3, 4])
    truth, wai = np.array([1, 0, 1, 0, 0]), np.array([7.0, 3, 4, 2, 1])
    first = validity(FIVE, two_valued(*truth))[RATE, "auroc"].values
    second = validity(FIVE, number(*wai))[RATE, "spearman"].values
    third = validity(FIVE, number(*wai))["turns", "spearman"].values
    for at, weights in enumerate(resamples.weights):
        rows = np.repeat(np.arange(5), weights[groups.index].astype(int))
        np.testing.assert_allclose(first[at], auroc(rates[rows], truth[rows]))
        np.testing.assert_allclose(second[at], spearman(rates[rows], wai[rows]))
        np.testing.assert_allclose(third[at], spearman(lengths[rows], wai[rows]))


def test_the_rate_of_both_speakers_counts_their_coded_turns() -> None:
    sessions = [
        session("s0", "PTPTo", coding("s0", "x", "w.a. ")),  # 2 of 4
        session("s1", "PPPT", coding("s1", "x", "...c")),  # 1 of 4
        session("s2", "PP", coding("s2", "x", "w.")),  # 1 of 2, no therapist
        session("s3", "PPPTT", coding("s3", "x", "...??")),  # the therapist was not coded
    ]
    found = validity(sessions, number(2.0, 1.0, 2.0, 4.0))["ruptures_per_100_turns", "spearman"]
    assert found.rows == 3
    assert found.estimate == pytest.approx(1)


def test_a_constant_measure_is_left_out_with_a_note() -> None:
    found = validity(made(["w.", ".w", "ww"]), two_valued(1, 0, 0))
    assert np.isnan(found["turns", "auroc"].values).all()
    assert found["turns", "auroc"].note == (
        "left out: the measure is the same in all of these sessions"
    )
    assert ("patient_any_rupture", "partial_spearman") not in found
    # All are equally long: length cannot be held.
    assert "undefined: length is constant" in found[RATE, "partial_spearman"].note
    assert np.isnan(found[RATE, "partial_spearman"].estimate)


@pytest.mark.parametrize("criteria", [two_valued(1, 1, 1, None, None), number(3, 3, 3, 3, 3)])
def test_a_constant_criterion_is_undefined(criteria: Criteria) -> None:
    found = list(validity(FIVE, criteria).values())
    assert all(np.isnan(one.values).all() for one in found)
    assert {one.key.metric for one in found} <= {"auroc", "spearman"}
    assert all(one.note.startswith("undefined: the criterion is the same") for one in found)


def test_a_criterion_without_a_session_that_was_measured_is_undefined() -> None:
    sessions = made(["w.", "??", "a."])
    found = validity(sessions, number(None, 2.0, None))
    assert found[RATE, "spearman"].rows == 0
    assert found[RATE, "spearman"].note.startswith("undefined: no session has both")


def test_criteria_of_other_sessions_are_refused() -> None:
    with pytest.raises(EvaluationError, match="none of the"):
        validity(FIVE, Criteria(("other",), (Criterion("q", (1.0,)),)))


def test_what_a_side_does_not_have_gives_no_number() -> None:
    found = {variable for variable, _ in validity(FIVE, two_valued(1, 0, 1, 0, 0))}
    assert not any(name.startswith("therapist") for name in found)
    assert not any(name.endswith("expected_ruptures") for name in found)
    partial = [replace(one, codings=(replace(one.codings[0], complete=False),)) for one in FIVE]
    assert "episodes" not in {name for name, _ in validity(partial, two_valued(1, 0, 1, 0, 0))}


def test_episodes_and_expected_ruptures_are_measured_where_they_are() -> None:
    rated = [(1, 2), (2, 4), (0, 5)]
    sessions = [
        replace(one, codings=(replace(one.codings[0], episodes=(episode(0, 1, repair, value),)),))
        for one, (repair, value) in zip(made(["w.w", "a.w", "w.."]), rated, strict=True)
    ]
    five = tuple((1 - p, p, 0.0, 0.0, 0.0) for p in (0.9, 0.5, 0.1))
    side = Side(
        "m", tuple(one.codings[0] for one in sessions), ((five[0],) * 3, (five[1],) * 3, None)
    )
    found = validity(sessions, number(1, 2, 3), side)
    assert found["mean_resolution", "spearman"].estimate == pytest.approx(1)
    assert found["share_repaired", "spearman"].rows == 3
    expected = found["patient_expected_ruptures", "spearman"]
    assert expected.key.speaker == "patient"


def test_identical_sides_do_not_differ_and_keys_are_those_of_the_catalogue() -> None:
    sessions, criteria = FIVE, two_valued(1, 0, 1, 0, 0)
    own, again = (list(validity(sessions, criteria).values()) for _ in range(2))
    signature = Signature("m", "session", ("x",), "")
    figures = make_figures(
        Numbers(("x",), own),
        Numbers(("y",), again),
        None,
        draws_of(sessions),
        {one.key: signature for one in own},
    )
    beside = [one.ceiling for one in figures if one.ceiling is not None]
    assert beside
    assert all(one.difference.low == one.difference.high == 0 for one in beside)
    assert {one.key.metric for one in own} <= METRICS.keys()
    assert set(MEASURES) <= VARIABLES.keys()


def test_several_criteria_have_their_own_figures() -> None:
    ids = tuple(f"s{n}" for n in range(5))
    two = Criteria(
        ids, (Criterion("q", (1.0, 0, 1, 0, 0), ("h", "l")), Criterion("w", (1.0, 2, 3, 4, 5)))
    )
    drawn = validity_figures(FIVE, side_of(FIVE, "x"), two, draws_of(FIVE), SETTINGS, [RATE])
    assert [(one.key.label, one.key.metric) for one in drawn] == [
        ("q", "auroc"),
        ("q", "partial_spearman"),
        ("w", "spearman"),
        ("w", "partial_spearman"),
    ]


@pytest.mark.skipif(not ANNOMI.is_dir(), reason="the corpora are not beside this checkout")
def test_reference_ruptures_of_annomi_tell_poor_counselling_from_good() -> None:
    sessions = read_corpus(ANNOMI)
    criteria = read_criteria(ANNOMI / "quality.csv", ["expert_quality"])
    found = validity(sessions, criteria, side_of(sessions, "gold"))
    rate = found["ruptures_per_100_turns", "auroc"]
    assert (rate.rows, rate.groups, rate.positives) == (93, 67, 15)
    assert rate.estimate == pytest.approx(0.88, abs=0.005)
    assert 1 - found["turns", "auroc"].estimate == pytest.approx(0.71, abs=0.005)
    table = session_measures(sessions, side_of(sessions, "gold"))
    quality = [
        criteria.criteria[0].values[criteria.session_ids.index(one)] for one in table.session_ids
    ]
    alone = auroc(table.column("therapist_ruptures_per_100_turns"), [int(q or 0) for q in quality])
    assert found["therapist_ruptures_per_100_turns", "auroc"].estimate == pytest.approx(alone)
