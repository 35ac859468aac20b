"""How much assisted codes lean to the suggestion: by hand, and in words."""

import re

import numpy as np
import pytest

from rupture_nlp.review.leaning import (
    KAPPA,
    LEAST_SESSIONS,
    NONE_TAKEN,
    RUPTURE_TAKEN,
    SAME_CODE,
    Leaning,
    LeaningRow,
    leaning_of,
)
from rupture_nlp.review.studied import StudiedSession
from rupture_nlp.schema import Speaker
from tests.review.measured import random_drawing, studied

SUGGESTED = "oo........"


def leaning(sessions: list[StudiedSession]) -> Leaning:
    (found,) = [one for one in leaning_of(sessions, 3, 300) if one.speaker is Speaker.PATIENT]
    return found


def row(found: Leaning, measure: str) -> LeaningRow:
    return next(one for one in found.rows if one.measure == measure)


def sessions(assisted: str, blind: str, number: int = LEAST_SESSIONS) -> list[StudiedSession]:
    """So many of each kind, all alike."""
    return [
        *(studied(f"a{n}", {"ada": assisted}, SUGGESTED, assisted=("ada",)) for n in range(number)),
        *(studied(f"b{n}", {"ben": blind}, SUGGESTED) for n in range(number)),
    ]


def test_shares_worked_by_hand() -> None:
    # Assisted: both ruptures taken, one of eight `none` left: 9 of 10 the same.
    # Blind: one of two ruptures, one of eight `none` left: 8 of 10.
    found = leaning(sessions("oos.......", "o.s......."))
    assert (found.assisted_sessions, found.blind_sessions) == (5, 5)
    same = row(found, SAME_CODE)
    assert (same.assisted.estimate, same.blind.estimate) == pytest.approx((0.9, 0.8))
    assert same.difference.estimate == pytest.approx(0.1)
    taken = row(found, RUPTURE_TAKEN)
    assert (taken.assisted.estimate, taken.blind.estimate) == pytest.approx((1.0, 0.5))
    none = row(found, NONE_TAKEN)
    assert (none.assisted.estimate, none.blind.estimate) == pytest.approx((7 / 8, 7 / 8))
    # Kappa: assisted, chance .2*.2 + .7*.8 = .6; blind, .1*.2 + .8*.8 = .66
    kappa = row(found, KAPPA)
    assert (kappa.assisted.estimate, kappa.blind.estimate) == pytest.approx(
        ((0.9 - 0.6) / 0.4, (0.8 - 0.66) / 0.34)
    )


def test_a_lean_is_said_in_words_with_its_interval() -> None:
    # Kappa .75 and .41: all sessions of a kind are alike, so every draw has the same difference.
    found = leaning(sessions("oos.......", "o.s......."))
    assert found.words == (
        "With suggestions in view, coders gave the code that the model suggests on 90.0 % of the "
        "patient's turns (kappa .75); without them, on 80.0 % (kappa .41). Kappa is higher by "
        "between .34 and .34. Assisted codes lean to the suggestion."
    )


def test_a_lean_away_is_said_as_such() -> None:
    found = leaning(sessions("o.s.......", "oos......."))
    assert found.words.endswith(
        "Kappa is lower by between .34 and .34. Assisted codes lean away from the suggestion."
    )


def test_what_can_be_chance_is_said_to_be() -> None:
    generator = np.random.default_rng(8)
    drawn = [
        studied(
            f"s{n}",
            {"ada": random_drawing(generator, 30)},
            random_drawing(generator, 30),
            assisted=("ada",) if n % 2 else (),
        )
        for n in range(16)
    ]
    found = leaning(drawn)
    difference = row(found, KAPPA).difference
    assert difference.low < 0 < difference.high
    assert re.search(r"in kappa lies between \N{MINUS SIGN}\.\d\d and \.\d\d", found.words)
    assert "so it can be chance" in found.words


def test_sessions_are_resampled_and_stay_paired_in_a_draw() -> None:
    generator = np.random.default_rng(6)
    drawn = [
        studied(
            f"s{n}",
            {"ada": random_drawing(generator, 30), "ben": random_drawing(generator, 30)},
            random_drawing(generator, 30),
            assisted=("ada",),
        )
        for n in range(6)
    ]
    found = leaning(drawn)
    assert (found.assisted_sessions, found.blind_sessions) == (6, 6)
    assert row(found, SAME_CODE).difference.groups == 6
    assert found == leaning(drawn)


def test_too_little_is_said_and_nothing_computed() -> None:
    few = sessions("oo........", "..........", number=LEAST_SESSIONS)[:-1]
    found = leaning(few)
    assert found.rows == ()
    assert found.words.startswith("Too little to say for patients")
    assert "5 were coded with suggestions in view and 4 blind; 5 of each are needed" in found.words
    one = leaning(sessions("oo........", "..........", number=1))
    assert "1 was coded" in one.words
    assert leaning([]).words.startswith("Too little")


def test_who_was_not_drawn_by_chance_says_nothing() -> None:
    chosen = [
        studied(f"s{n}", {"ada": "oo"}, "oo", assisted=("ada",), by_chance=False) for n in range(9)
    ]
    found = leaning([*chosen, *sessions("oos.......", "o.s.......")])
    assert (found.assisted_sessions, found.blind_sessions) == (5, 5)
    assert row(found, SAME_CODE).assisted.estimate == pytest.approx(0.9)


def test_sessions_without_suggestions_say_nothing() -> None:
    without = [studied(f"s{n}", {"ada": "oo"}) for n in range(9)]
    found = leaning([*without, *sessions("oos.......", "o.s.......")])
    assert (found.assisted_sessions, found.blind_sessions) == (5, 5)


def test_uncodable_turns_are_left_out() -> None:
    found = leaning(sessions("?os.......", "o.s......."))
    assert row(found, SAME_CODE).assisted.estimate == pytest.approx(8 / 9)
    nothing = leaning(sessions("??????????", "o.s......."))
    assert nothing.assisted_sessions == 0


def test_where_no_rupture_was_suggested_its_share_is_undefined() -> None:
    quiet = [
        *(studied(f"a{n}", {"ada": "o."}, "..", assisted=("ada",)) for n in range(5)),
        *(studied(f"b{n}", {"ben": ".."}, "..") for n in range(5)),
    ]
    found = leaning(quiet)
    assert "turns (kappa .00); without them, on 100.0 %. How sure" in found.words
    taken = row(found, RUPTURE_TAKEN)
    assert np.isnan(taken.assisted.estimate)
    assert np.isnan(taken.difference.low)
