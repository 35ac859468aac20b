"""Rates of sessions corrected for the errors that the system showed in other groups."""

import numpy as np
import pytest

from rupture_nlp.evaluation.correction import Detection, correct_rates
from rupture_nlp.evaluation.counts import Grouping
from rupture_nlp.evaluation.harness.rates import _without_each, corrected_rates
from rupture_nlp.evaluation.harness.report import CorrectedRate
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.schema import CodedSession
from tests.evaluation.sessions import coding, session


def made(name: str, gold: str, found: str, group: str, speakers: str = "") -> CodedSession:
    codings = (coding(name, "gold", gold), coding(name, "b", found))
    return session(name, speakers or "P" * len(gold), *codings, group=group)


def rates(*sessions: CodedSession) -> tuple[CorrectedRate, ...]:
    return corrected_rates(pair(sessions, "gold", "b"))


ALIKE = "wwww" + "." * 20
"""4 ruptures of which 3 are found, 20 other turns with 1 false alarm: .75 and .95."""
FOUND = "www." + "w" + "." * 19


def test_a_session_is_corrected_by_what_is_known_from_the_other_groups() -> None:
    own = made("s1", "....", "ww..", "g1")  # its own errors do not count
    found = rates(own, made("s2", ALIKE, FOUND, "g2"), made("s3", ALIKE, FOUND, "g3"))
    one = found[0]
    # both other groups are alike, so turns of a group are no more alike than others: effect 1
    expected = correct_rates([2], [4], Detection(6, 2, 38, 2))
    assert (one.session_id, one.turns, one.flagged, one.reference) == ("s1", 4, 2, 0.0)
    assert one.corrected == pytest.approx((0.5 + 0.95 - 1) / 0.7)
    assert (one.low, one.high) == pytest.approx((expected.low[0], expected.high[0]))
    assert [rate.reference for rate in found[1:]] == pytest.approx([4 / 24, 4 / 24])


def test_sessions_of_one_group_leave_each_other_out() -> None:
    others = [made(f"s{n}", ALIKE, FOUND, f"g{n}") for n in (2, 3)]
    bad = made("s4", "wwww....", "....wwww", "g1")
    with_it = rates(made("s1", "....", "ww..", "g1"), bad, *others)
    without = rates(made("s1", "....", "ww..", "g1"), *others)
    assert with_it[0] == without[0]


def test_groups_that_differ_leave_less_to_go_by() -> None:
    # Sensitivity 4 of 4 and 0 of 4 in two groups: .5 of 8. Between groups the variance is
    # 2 / 1 * (2^2 + 2^2) / 8^2 = .25, of 8 independent turns .03125: an effect of 8, so 1 turn
    shares = _without_each(np.array([9.0, 4, 0]), np.array([9.0, 4, 4]))
    assert (shares.hits[0], shares.misses[0]) == pytest.approx((0.5, 0.5))
    # Without the last group: 13 of 13 found, nothing varies
    assert (shares.hits[2], shares.misses[2]) == (13.0, 0.0)
    assert shares.groups.tolist() == [2, 2, 2]


def test_groups_more_alike_than_chance_do_not_count_for_more_turns() -> None:
    # 5, 5 and 6 of 10: an effect of .13, taken as 1
    shares = _without_each(np.array([5.0, 5, 6, 0]), np.array([10.0, 10, 10, 4]))
    assert (shares.hits[-1], shares.misses[-1]) == (16.0, 14.0)


def test_the_effect_is_that_of_a_bootstrap_over_groups() -> None:
    random = np.random.default_rng(1)
    turns = random.integers(5, 30, size=40).astype(np.float64)
    hits = np.floor(turns * random.beta(2, 1, size=40))
    shares = _without_each(np.append(hits, 0.0), np.append(turns, 0.0))
    weights = random.multinomial(40, np.full(40, 1 / 40), size=4000)
    drawn = (weights @ hits) / (weights @ turns)
    share = hits.sum() / turns.sum()
    effect = drawn.var() / (share * (1 - share) / turns.sum())
    assert turns.sum() / (shares.hits[-1] + shares.misses[-1]) == pytest.approx(effect, rel=0.15)
    assert shares.hits[-1] / (shares.hits[-1] + shares.misses[-1]) == pytest.approx(share)


def test_wider_intervals_where_groups_differ() -> None:
    gold = "wwww...." * 12
    alike = [made(f"s{n}", gold, "ww......" * 12, f"g{n}") for n in (2, 3)]
    apart = [made("s2", gold, "www....." * 12, "g2"), made("s3", gold, "w......." * 12, "g3")]
    own = made("s1", "." * 20, "w" * 5 + "." * 15, "g1")
    narrow, wide = rates(own, *alike)[0], rates(own, *apart)[0]
    assert narrow.corrected == pytest.approx(wide.corrected)
    assert wide.high - wide.low > narrow.high - narrow.low


@pytest.mark.parametrize(
    ("gold", "found"),
    [
        ("....", "w..."),  # no rupture in other groups
        ("wwww", "wwww"),  # nothing but ruptures
        ("ww..", "..ww"),  # false alarms only: such a system says nothing about rates
    ],
)
def test_where_other_groups_do_not_show_the_errors_nothing_is_corrected(
    gold: str, found: str
) -> None:
    one = rates(
        made("s1", "w...", "w...", "g1"),
        made("s2", gold, found, "g2"),
        made("s3", gold, found, "g3"),
    )[0]
    assert np.isnan([one.corrected, one.low, one.high]).all()
    assert (one.turns, one.flagged, one.reference) == (4, 1, 0.25)


def test_one_other_group_does_not_show_how_much_groups_differ() -> None:
    one = rates(made("s1", "w...", "w...", "g1"), made("s2", ALIKE, FOUND, "g2"))[0]
    assert one.corrected == pytest.approx((0.25 + 0.95 - 1) / 0.7)
    assert np.isnan([one.low, one.high]).all()
    only = rates(made("s1", "w...", "w...", "g1"))[0]
    assert np.isnan(only.corrected)


def test_speakers_are_apart_and_only_turns_that_both_coded_count() -> None:
    one = made("s1", "wa?..", "wa.. ", "g1", speakers="PTPTT")
    found = rates(one, made("s2", ". ", ". ", "g2", speakers="PT"))
    assert [(r.session_id, r.speaker.value, r.turns, r.flagged) for r in found] == [
        ("s1", "patient", 1, 1),
        ("s2", "patient", 1, 0),
        ("s1", "therapist", 2, 1),
    ]


def test_groups_without_a_turn_do_not_matter() -> None:
    groups = Grouping(("a", "b", "c"), np.array([0, 2]))
    shares = _without_each(groups.sum(np.array([1.0, 1.0])), groups.sum(np.array([2.0, 2.0])))
    assert shares.groups.tolist() == [1, 2, 1]
    assert (shares.hits[1], shares.misses[1]) == (2.0, 2.0)
