"""What coders agree on, worked by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.review.first_pass import Coding, PlacedEpisode
from rupture_nlp.review.settling import (
    Standing,
    clusters_of,
    codes_only,
    common_episode,
    common_turn,
    episode_standing,
    lower_median,
    rating_standing,
    turn_standing,
)
from rupture_nlp.review.values import EpisodeValue, TurnValue, check_episode, check_turn
from rupture_nlp.schema import Rupture, Speaker

AWAY, APPEASING = Rupture.WITHDRAWAL_FROM_OTHER, Rupture.WITHDRAWAL_FROM_SELF
NONE, UNCODABLE = TurnValue(), TurnValue(None)


def coding(*spans: tuple[int, int]) -> Coding:
    return Coding(
        episodes=tuple(
            PlacedEpisode(f"e{place:08x}", EpisodeValue(start, end))
            for place, (start, end) in enumerate(spans)
        )
    )


@pytest.mark.parametrize(
    ("given", "standing"),
    [
        ([NONE, NONE], Standing.AGREED),
        ([UNCODABLE, UNCODABLE], Standing.AGREED),
        ([NONE, UNCODABLE], Standing.DISPUTED),
        ([TurnValue(AWAY), TurnValue(APPEASING)], Standing.DISPUTED),
        ([TurnValue(AWAY), TurnValue(AWAY, intensity=1)], Standing.DETAILS),
        ([NONE, TurnValue(process="re_engages")], Standing.DETAILS),
        ([NONE, TurnValue(comment="a word")], Standing.AGREED),  # a comment is no code
        (
            [
                TurnValue(AWAY, markers=("silence", "denial")),
                TurnValue(AWAY, markers=("denial", "silence")),
            ],
            Standing.AGREED,  # a set has no order
        ),
        ([NONE], Standing.AGREED),
    ],
)
def test_how_a_turn_stands(given: list[TurnValue], standing: Standing) -> None:
    assert turn_standing(given) is standing


def test_what_most_gave_holds_where_they_differ_in_details() -> None:
    given = [
        TurnValue(AWAY, APPEASING, 1, ("silence", "deferential"), process="avoids"),
        TurnValue(AWAY, APPEASING, 3, ("silence", "denial"), comment="a word"),
        TurnValue(AWAY, None, 2, ("deferential",), process="avoids"),
    ]
    assert common_turn(given, Speaker.PATIENT) == TurnValue(
        AWAY, APPEASING, 2, ("silence", "deferential"), process="avoids"
    )


def test_half_is_not_most_and_the_lower_of_two_intensities_holds() -> None:
    given = [TurnValue(AWAY, APPEASING, 3, ("silence",)), TurnValue(AWAY, None, 1, ("denial",))]
    assert common_turn(given, Speaker.PATIENT) == TurnValue(AWAY, intensity=1)


def test_a_marker_goes_with_the_second_code_that_did_not_hold() -> None:
    # Two of three gave `deferential`, one each under another second code.
    given = [
        TurnValue(AWAY, APPEASING, markers=("deferential",)),
        TurnValue(AWAY, APPEASING, markers=("deferential",)),
        TurnValue(AWAY, Rupture.CONFRONTATION_CONTROL),
        TurnValue(AWAY, Rupture.CONFRONTATION_CONTROL),
    ]
    assert common_turn(given, Speaker.PATIENT) == TurnValue(AWAY)


def test_nothing_holds_of_a_turn_in_dispute() -> None:
    assert common_turn([NONE, TurnValue(AWAY)], Speaker.PATIENT) is None


CODES = st.sampled_from([code for code in Rupture if code is not Rupture.NONE])


@st.composite
def patient_turns(draw: st.DrawFn) -> TurnValue:
    rupture = AWAY
    secondary = draw(st.none() | CODES.filter(lambda code: code is not rupture))
    codes = [code for code in (rupture, secondary) if code is not None]
    fitting = [name for code in codes for name in load_codebook().markers_of(code, Speaker.PATIENT)]
    markers = draw(st.lists(st.sampled_from(fitting), unique=True, max_size=4))
    intensity = draw(st.none() | st.integers(1, 3))
    process = draw(st.none() | st.sampled_from(load_codebook().process_names))
    return TurnValue(rupture, secondary, intensity, tuple(markers), process=process)


@settings(max_examples=50)
@given(st.lists(patient_turns(), min_size=1, max_size=5))
def test_what_holds_of_a_turn_always_fits_the_codebook(given: list[TurnValue]) -> None:
    found = common_turn(given, Speaker.PATIENT)
    assert found is not None
    assert check_turn(found, Speaker.PATIENT) == ()
    assert common_turn(given[::-1], Speaker.PATIENT) == found
    if turn_standing(given) is Standing.AGREED:
        assert found == codes_only(given[0])


SPANS = st.tuples(st.integers(0, 20), st.integers(0, 9)).map(lambda one: (one[0], one[0] + one[1]))


@st.composite
def episodes(draw: st.DrawFn) -> EpisodeValue:
    start, end = draw(SPANS)
    repair = draw(st.none() | st.integers(start, end))
    return EpisodeValue(start, end, repair, draw(st.none() | st.integers(1, 5)))


@settings(max_examples=50)
@given(st.lists(episodes(), min_size=1, max_size=5))
def test_what_holds_of_an_episode_is_always_one(given: list[EpisodeValue]) -> None:
    found = common_episode(given)
    assert found is not None
    assert check_episode(found, 30) == ()
    if episode_standing(given) is Standing.AGREED:
        assert found == given[0]


def test_the_lower_of_the_middle_two_is_the_median() -> None:
    assert [lower_median(values) for values in ([3], [5, 2], [9, 1, 4], [4, 3, 2, 1])] == [
        3,
        2,
        4,
        2,
    ]


def test_episodes_that_share_half_of_their_turns_are_one() -> None:
    #           0 1 2 3 4 5 6 7 8 9
    # first       A A A A . . B B .       A and a share 3 of 4 turns; B and b share 1 of 3
    # second      a a a . . . . b b
    # third         c c c                 A and c share 3 of 4 turns too
    clusters = clusters_of([coding((1, 4), (7, 8)), coding((1, 3), (8, 9)), coding((2, 4))])
    spans = [
        [None if value is None else (value.start, value.end) for value in cluster.values()]
        for cluster in clusters
    ]
    assert spans == [
        [(1, 4), (1, 3), (2, 4)],
        [(7, 8), None, None],
        [None, (8, 9), None],
    ]


def test_an_episode_that_one_coder_lacks_is_in_dispute() -> None:
    assert episode_standing([EpisodeValue(1, 2), None]) is Standing.DISPUTED
    assert episode_standing([EpisodeValue(1, 2), EpisodeValue(1, 3)]) is Standing.DETAILS
    assert episode_standing([EpisodeValue(1, 2), EpisodeValue(1, 2)]) is Standing.AGREED
    assert common_episode([EpisodeValue(1, 2), None]) is None


def test_boundaries_hold_at_the_lower_median_and_a_repair_only_inside_them() -> None:
    given = [EpisodeValue(2, 9, 8, 4), EpisodeValue(1, 6, 5, 3)]
    assert common_episode(given) == EpisodeValue(1, 6, 5, 3)
    given = [EpisodeValue(2, 9, 8, 4), EpisodeValue(1, 6, 8, 5)]  # 8 is past the end that holds
    assert common_episode(given) == EpisodeValue(1, 6, None, 4)
    assert common_episode([EpisodeValue(1, 6, 5), EpisodeValue(1, 6)]) == EpisodeValue(1, 6)


def test_an_empty_rating_is_a_value_too() -> None:
    assert rating_standing([None, None]) is Standing.AGREED
    assert rating_standing([None, 3]) is Standing.DISPUTED
    assert rating_standing([3, 3, 3]) is Standing.AGREED
