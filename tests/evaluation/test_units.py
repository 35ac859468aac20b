"""Units cut from turns, and their values by each counting rule, drawn and worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.evaluation.turns import CodedTurns, Turns, side_of, turns_of
from rupture_nlp.evaluation.units import (
    FIVE_MINUTES,
    ONE_MINUTE,
    SESSION,
    UTTERANCE,
    Rule,
    Unit,
    UnitSpec,
    cut,
    unit_values,
)
from rupture_nlp.schema import RUPTURES, CodedSession, Rupture, Speaker
from tests.evaluation.sessions import coding, session

P, T = Speaker.PATIENT, Speaker.THERAPIST
WITHDRAWAL = (Rupture.WITHDRAWAL_FROM_OTHER, Rupture.WITHDRAWAL_FROM_SELF)
NAN = float("nan")

# turn         0    1    2    3    4    5    6
# speaker      P    T    P    P    P    T    P
# starts       0   20   59   60  100  180  200
# minute       0    0    0    1    1    3    3      nothing starts in minute 2
# code         w    .    a    .    ?    c    s
# intensity    1         3              2    2
STARTS = (0, 20, 59, 60, 100, 180, 200)
TIMED = session("s1", "PTPPPTP", coding("s1", "x", "w.a.?cs", "1 3  22"), starts=STARTS, group="g1")
UNTIMED = session("s2", "PTPT", coding("s2", "x", "wc.c", "1322"), group="g2")


def over(sessions: list[CodedSession], speaker: Speaker) -> tuple[Turns, CodedTurns]:
    return turns_of(sessions, speaker), side_of(sessions, "x").over(sessions, speaker)


def values(
    spec: UnitSpec, *codes: Rupture, speaker: Speaker = P, known: list[bool] | None = None
) -> list[float]:
    turns, coded = over([TIMED], speaker)
    units = cut(turns, spec)
    mask = None if known is None else np.array(known)
    return list(unit_values(coded, units, codes or RUPTURES[1:], mask))


def minute(rule: Rule = Rule.ANY, **changes: float) -> UnitSpec:
    return UnitSpec(Unit.SEGMENT, rule, window_s=60.0, **changes)  # type: ignore[arg-type]  # any setting


# Cutting


def test_a_turn_belongs_to_the_half_open_window_in_which_it_starts() -> None:
    turns, _ = over([TIMED], P)
    units = cut(turns, ONE_MINUTE)
    # Patient's turns 0, 2, 3, 4, 6: the one at second 60 opens the second minute.
    assert units.of_row.tolist() == [0, 0, 1, 1, 2]
    assert units.number.tolist() == [0, 1, 3]
    assert units.by_time.all()
    assert cut(over([TIMED], T)[0], ONE_MINUTE).number.tolist() == [0, 3]
    assert cut(turns, FIVE_MINUTES).number.tolist() == [0]


def test_an_untimed_session_is_cut_by_turns_of_all_speakers() -> None:
    turns, _ = over([TIMED, UNTIMED], T)
    units = cut(turns, UnitSpec(Unit.SEGMENT, window_s=60.0, window_turns=3))
    # s1 by time: turns 1, 5. s2 by turns 0-2 and 3: the therapist's are 1 and 3.
    assert units.session.tolist() == [0, 0, 1, 1]
    assert units.number.tolist() == [0, 3, 0, 1]
    assert units.by_time.tolist() == [True, True, False, False]
    assert units.groups.index.tolist() == [0, 0, 1, 1]


def test_one_turn_without_a_time_makes_a_session_untimed() -> None:
    gap = session("s1", "PTP", coding("s1", "x", "..."), starts=(0, None, 90))
    other = session("s1", "PoP", coding("s1", "x", ". ."), starts=(0, None, 90))
    assert cut(turns_of([gap], P), ONE_MINUTE).number.tolist() == [0]
    assert cut(turns_of([other], P), ONE_MINUTE).number.tolist() == [0, 1]
    with pytest.raises(ValueError, match="window_turns"):
        cut(turns_of([gap], P), minute())


def test_windows_of_turns_alone_cut_timed_sessions_too() -> None:
    turns, _ = over([TIMED], P)
    units = cut(turns, UnitSpec(Unit.SEGMENT, window_turns=2))
    assert units.number.tolist() == [0, 1, 2, 3]  # turns 0 | 2, 3 | 4 | 6
    assert units.of_row.tolist() == [0, 1, 1, 2, 3]
    assert not units.by_time.any()


def test_sessions_and_utterances_are_units_too() -> None:
    turns, _ = over([TIMED, UNTIMED], P)
    assert cut(turns, SESSION).of_row.tolist() == [0] * 5 + [1] * 2
    assert cut(turns, UTTERANCE).of_row.tolist() == list(range(7))
    with pytest.raises(ValueError, match="only utterances"):
        cut(turns, UnitSpec(Unit.EPISODE, iou=0.5))


def test_no_turns_are_no_units() -> None:
    assert len(cut(turns_of([session("s", "TT")], P), ONE_MINUTE)) == 0


# Values


def test_any_count_rate_and_highest_of_one_minute() -> None:
    # Minute 0: w1, a3. Minute 1: none, uncodable. Minute 3: s2.
    assert values(minute()) == [1, 0, 1]
    assert values(minute(Rule.COUNT)) == [2, 0, 1]
    assert values(minute(Rule.RATE)) == [100, 0, 100]
    assert values(minute(Rule.HIGHEST)) == [3, 0, 2]
    assert values(minute(Rule.HIGHEST), *WITHDRAWAL) == [1, 0, 2]
    assert values(minute(), *WITHDRAWAL) == [1, 0, 1]
    assert values(minute(), speaker=T) == [0, 1]


def test_a_rate_is_over_the_turns_that_were_coded() -> None:
    # w, a, none, uncodable, s: 3 of 4.
    assert values(UnitSpec(Unit.SESSION, Rule.RATE)) == [75]


def test_a_unit_of_which_too_little_was_coded_is_missing() -> None:
    np.testing.assert_array_equal(values(minute(min_known=0.5)), [1, 0, 1])
    np.testing.assert_array_equal(values(minute(min_known=0.6)), [1, NAN, 1])


def test_ruptures_below_the_least_intensity_do_not_count() -> None:
    assert values(minute(Rule.COUNT, min_intensity=2)) == [1, 0, 1]
    assert values(minute(Rule.HIGHEST, min_intensity=3)) == [3, 0, 0]


def test_turns_that_only_one_side_coded_are_left_out_on_both() -> None:
    assert values(minute(Rule.COUNT), known=[True, False, True, True, True]) == [1, 0, 1]
    np.testing.assert_array_equal(
        values(minute(), known=[True, True, False, True, True]), [1, NAN, 1]
    )


def test_a_rupture_without_intensity_counts_where_intensity_is_not_asked_for() -> None:
    unrated = session("s", "PP", coding("s", "x", "wa", " 1"), starts=(0, 1))
    turns, coded = over([unrated], P)
    found = {
        spec: unit_values(coded, cut(turns, spec)).tolist()
        for spec in (minute(Rule.COUNT), minute(Rule.HIGHEST), minute(Rule.COUNT, min_intensity=2))
    }
    assert list(found.values()) == [[2], [1], [0]]
    strict = minute(Rule.HIGHEST, min_known=0.6)
    np.testing.assert_array_equal(unit_values(coded, cut(turns, strict)), [NAN])
    # Of the other family nothing is missing.
    assert unit_values(coded, cut(turns, strict), [Rupture.CONFRONTATION_AGGRESSION]) == [1]


TURNS = st.lists(
    st.tuples(st.sampled_from("PT"), st.sampled_from("wsac.?"), st.integers(1, 3)), min_size=1
)


@given(TURNS, st.integers(1, 5), st.sampled_from([P, T]))
def test_units_share_out_the_counts_and_keep_the_highest(
    drawn: list[tuple[str, str, int]], window: int, speaker: Speaker
) -> None:
    speakers, codes = "".join(who for who, _, _ in drawn), "".join(code for _, code, _ in drawn)
    intensities = "".join(str(level) for _, _, level in drawn)
    sessions = [session("s", speakers, coding("s", "x", codes, intensities))]
    turns, coded = over(sessions, speaker)

    def total(rule: Rule, unit: Unit) -> list[float]:
        size = window if unit is Unit.SEGMENT else None
        units = cut(turns, UnitSpec(unit, rule, window_turns=size, min_known=1e-9))
        found = unit_values(coded, units)
        assert (found[~np.isnan(found)] >= 0).all()
        return list(found[~np.isnan(found)])

    for rule, combine in ((Rule.COUNT, sum), (Rule.ANY, max), (Rule.HIGHEST, max)):
        for part in (Unit.UTTERANCE, Unit.SEGMENT):
            # Worked from the drawing, not from another unit.
            own = [
                (code, level)
                for who, code, level in drawn
                if who == speaker.value[0].upper() and code != "?"
            ]
            one = {
                Rule.COUNT: [float(code != ".") for code, _ in own],
                Rule.ANY: [float(code != ".") for code, _ in own],
                Rule.HIGHEST: [level * float(code != ".") for code, level in own],
            }[rule]
            if one:
                assert combine(total(rule, part)) == combine(one)
                assert total(rule, Unit.SESSION) == [combine(one)]
            else:
                assert total(rule, part) == []


# Specs


def test_a_spec_says_all_that_changes_a_value() -> None:
    assert str(ONE_MINUTE) == "segment(60s,10turns,any,intensity>=1,known>=0.5)"
    assert str(UnitSpec(Unit.SESSION, Rule.RATE, min_intensity=2)) == (
        "session(rate,intensity>=2,known>=0.5)"
    )
    assert str(UnitSpec(Unit.EPISODE, iou=0.5)) == "episode(iou>=0.5)"
    assert str(UnitSpec(Unit.EPISODE, onset_turns=2)) == "episode(onset<=2turns)"
    assert str(UnitSpec(Unit.SEGMENT, from_sheet=True)).startswith("segment(sheet,any")
    assert str(UTTERANCE) == "utterance(intensity>=1)"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"window_s": 0.0},
        {"window_turns": -1},
        {"window_s": 60.0, "from_sheet": True},
        {"window_s": 60.0, "min_intensity": 4},
        {"window_s": 60.0, "min_known": 0.0},
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"window|min_"):
        UnitSpec(Unit.SEGMENT, **settings)  # type: ignore[arg-type]  # wrong on purpose
