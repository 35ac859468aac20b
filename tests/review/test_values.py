"""The codebook's rules for one value, and its JSON form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.codebook import load_codebook
from rupture_nlp.review.errors import RefusedError
from rupture_nlp.review.value_json import from_json, from_stored, to_json
from rupture_nlp.review.values import (
    LONGEST_TEXT,
    Change,
    EpisodeValue,
    Kind,
    TurnValue,
    Value,
    check_change,
    check_episode,
    check_rating,
    check_turn,
)
from rupture_nlp.schema import Rupture, Speaker

BOOK = load_codebook()
CA, WO = Rupture.CONFRONTATION_AGGRESSION, Rupture.WITHDRAWAL_FROM_OTHER
PATIENT, THERAPIST = Speaker.PATIENT, Speaker.THERAPIST

TURN_VALUES = st.builds(
    TurnValue,
    rupture=st.none() | st.sampled_from(Rupture),
    secondary=st.none() | st.sampled_from(Rupture),
    intensity=st.none() | st.integers(-1, 5),
    markers=st.lists(st.sampled_from((*BOOK.marker_names, "unknown")), max_size=3).map(tuple),
    strategies=st.lists(st.sampled_from((*BOOK.strategy_names, "unknown")), max_size=3).map(tuple),
    process=st.none() | st.sampled_from((*BOOK.process_names, "unknown")),
    comment=st.none() | st.text(min_size=1, max_size=20),
)
WHOLE = st.integers(-3, 20)
EPISODES = st.builds(EpisodeValue, WHOLE, WHOLE, st.none() | WHOLE, st.none() | WHOLE)
VALUES: st.SearchStrategy[tuple[Kind, Value]] = st.one_of(
    st.tuples(st.just(Kind.TURN), TURN_VALUES),
    st.tuples(st.just(Kind.EPISODE), EPISODES),
    st.tuples(st.just(Kind.RATING), WHOLE),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text()
            | st.sampled_from(
                ["rupture", "secondary", "intensity", "markers", "start", "end", "comment"]
            ),
            inner,
        )
    ),
)


@pytest.mark.parametrize(
    ("value", "speaker", "fields"),
    [
        (TurnValue(), PATIENT, []),
        (TurnValue(None), PATIENT, []),
        (TurnValue(CA), PATIENT, []),  # not finished: the intensity is still to come
        (TurnValue(CA, WO, 3, ("hostility", "silence")), PATIENT, []),
        (TurnValue(CA, markers=("lectures",)), THERAPIST, []),
        (TurnValue(strategies=("redirects",)), THERAPIST, []),
        (TurnValue(process="avoids"), PATIENT, []),
        (TurnValue(CA, CA), PATIENT, ["secondary"]),
        (TurnValue(CA, Rupture.NONE), PATIENT, ["secondary"]),
        (TurnValue(secondary=CA), PATIENT, ["secondary"]),
        (TurnValue(None, intensity=1), PATIENT, ["intensity"]),
        (TurnValue(CA, intensity=4), PATIENT, ["intensity"]),
        (TurnValue(CA, markers=("silence",)), PATIENT, ["markers"]),
        (TurnValue(CA, markers=("lectures",)), PATIENT, ["markers"]),
        (TurnValue(CA, markers=("hostility", "hostility")), PATIENT, ["markers"]),
        (TurnValue(markers=("silence",)), PATIENT, ["markers"]),
        (TurnValue(strategies=("redirects",)), PATIENT, ["strategies"]),
        (TurnValue(process="avoids"), THERAPIST, ["process"]),
        (TurnValue(comment="x" * (LONGEST_TEXT + 1)), PATIENT, ["comment"]),
        (TurnValue(comment="\ud800"), PATIENT, ["comment"]),
        (TurnValue(), Speaker.OTHER, ["turn"]),
    ],
)
def test_rules_for_the_codes_of_a_turn(
    value: TurnValue, speaker: Speaker, fields: list[str]
) -> None:
    assert [problem.split(":")[0] for problem in check_turn(value, speaker)] == fields


@given(TURN_VALUES, st.sampled_from(Speaker))
def test_a_value_that_is_taken_keeps_the_codebook(value: TurnValue, speaker: Speaker) -> None:
    if check_turn(value, speaker):
        return
    assert speaker is not Speaker.OTHER
    own = {value.rupture, value.secondary} - {None, Rupture.NONE}
    markers = {marker.name: marker for marker in BOOK.markers}
    assert {markers[name].code for name in value.markers} <= own
    assert not (speaker is PATIENT and any(markers[n].therapist_only for n in value.markers))
    assert speaker is THERAPIST or not value.strategies
    assert speaker is PATIENT or value.process is None
    assert own or (value.intensity is None and value.secondary is None)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (EpisodeValue(0, 9, 9, 5), []),
        (EpisodeValue(9, 9), []),
        (EpisodeValue(0, 10), ["episode"]),
        (EpisodeValue(-1, 3), ["episode"]),
        (EpisodeValue(4, 3), ["episode"]),
        (EpisodeValue(3, 5, 2), ["repair_start"]),
        (EpisodeValue(3, 5, 6, 0), ["repair_start", "resolution"]),
    ],
)
def test_rules_for_an_episode_in_ten_turns(value: EpisodeValue, fields: list[str]) -> None:
    assert [problem.split(":")[0] for problem in check_episode(value, 10)] == fields


def test_a_rating_is_one_to_five() -> None:
    assert [value for value in range(-1, 8) if not check_rating(value)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("kind", "target", "fits"),
    [
        (Kind.TURN, "0", True),
        (Kind.TURN, "17", True),
        (Kind.TURN, "017", False),  # the same turn would have two names
        (Kind.TURN, "-1", False),
        (Kind.TURN, "٣", False),  # a digit to Python
        (Kind.TURN, "9" * 30, False),
        (Kind.EPISODE, "e0123abcd", True),
        (Kind.EPISODE, "e0123ABCD", False),
        (Kind.EPISODE, "e0123abcd\n", False),
        (Kind.RATING, "resolution", True),
        (Kind.RATING, "rupture", False),
    ],
)
def test_a_target_has_one_name(kind: Kind, target: str, fits: bool) -> None:
    assert (check_change(Change(kind, target, None, 0, "a")) == ()) is fits


@given(VALUES)
def test_json_gives_the_value_back(value: tuple[Kind, Value]) -> None:
    kind, given_value = value
    text = json.dumps(to_json(given_value))
    assert from_json(kind, json.loads(text)) == given_value
    assert from_stored(kind, text) == given_value


@given(st.sampled_from(Kind), JSON)
def test_any_json_is_a_value_or_refused_in_words_of_ours(kind: Kind, data: object) -> None:
    try:
        value = from_json(kind, data)
    except RefusedError:
        return
    assert from_json(kind, json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"rupture": None},
        {"rupture": ["none"]},
        {"rupture": "none", "secondary": {}},
        {"rupture": "none", "intensity": True},
        {"rupture": "none", "intensity": 1.0},
        {"rupture": "none", "markers": "silence"},
        {"rupture": "none", "markers": [1]},
        {"rupture": "none", "colour": "red"},
        [],
        3,
    ],
)
def test_wrong_types_in_a_turn_are_refused(data: object) -> None:
    with pytest.raises(RefusedError):
        from_json(Kind.TURN, data)
