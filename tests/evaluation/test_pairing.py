"""Two sides over the same rows: who is compared with whom, and what falls out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.evaluation.coders import coder_table, own_coders
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evaluation.turns import set_names, side_of, turns_of
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.schema import (
    ALL_FIELDS,
    RUPTURES,
    THERAPIST_MARKERS,
    PredictedEpisode,
    Ratings,
    Rupture,
    SessionCoding,
    Speaker,
    UtteranceCode,
)
from tests.evaluation.results import BOTH, GOLD, ONE, SPEAKERS, TWO, labelled, system
from tests.evaluation.sessions import coding, episode, session

P, T = Speaker.PATIENT, Speaker.THERAPIST


# Rows


def test_rows_are_the_turns_of_one_speaker_in_the_order_of_the_reference() -> None:
    paired = pair([ONE, TWO], "gold", BOTH)
    patient, therapist = paired.turns(P), paired.turns(T)
    assert patient.turns.utterance_ids == ("u1", "u3", "u5", "u0")
    assert patient.turns.session.tolist() == [0, 0, 0, 1]
    assert patient.turns.position.tolist() == [1, 3, 5, 0]
    assert therapist.turns.utterance_ids == ("u0", "u2", "u6", "u1")
    # Groups are sorted by name: g1 is the second session's.
    assert patient.turns.groups.names == ("g1", "g2")
    assert patient.turns.groups.index.tolist() == [1, 1, 1, 0]
    assert paired.groups.index.tolist() == [1, 0]
    # 0 none, 1 from other, 2 from self, 3 aggression, 4 control
    assert patient.reference.rupture.tolist() == [1, 2, 3, 3]
    assert patient.predicted.rupture.tolist() == [1, 3, 0, 0]
    assert therapist.reference.rupture.tolist() == [0, 0, 4, 0]
    assert therapist.predicted.rupture.tolist() == [0, 0, 4, 0]
    assert patient.reference.intensity.tolist() == [2, 3, 1, 1]
    # The last therapist's rupture of s1 has no intensity: missing, not 0.
    assert therapist.reference.intensity.tolist() == [0, 0, -1, 0]


def test_uncodable_turns_are_missing_on_their_side_only() -> None:
    paired = pair([ONE], "gold", "b").turns(P)
    assert paired.predicted.rupture.tolist() == [1, 0, -1]
    assert paired.predicted.markers[2].tolist() == [-1] * paired.predicted.markers.shape[1]
    assert paired.known.tolist() == [True, True, False]


def test_sets_stand_in_the_codebooks_columns() -> None:
    sets = pair([ONE], "gold", "b").turns(P).sets("markers")
    found = [{sets.names[at] for at in np.flatnonzero(row == 1)} for row in sets.reference]
    assert found == [{"silence"}, {"deferential", "capitulation"}, {"hostility"}]
    assert set_names("strategies", P) == ()
    assert set_names("processes", T) == ()
    assert pair([ONE], "gold", "b").turns(P).sets("strategies").reference.shape == (3, 0)


def test_columns_that_one_side_did_not_code_are_left_out_and_its_rows_stay() -> None:
    fields = ALL_FIELDS | {THERAPIST_MARKERS}
    more = replace(ONE, codings=(replace(GOLD, fields=fields), ONE.codings[1]))
    turns = pair([more], "gold", "b").turns(T)
    assert "lectures" in set_names("markers", T)
    assert "lectures" not in turns.sets("markers").names
    assert (turns.sets("markers").reference >= 0).all()
    both = replace(more, codings=tuple(replace(c, fields=fields) for c in more.codings))
    assert pair([both], "gold", "b").turns(T).sets("markers").names == set_names("markers", T)


@pytest.mark.parametrize("field", ["intensity", "markers", "strategies", "process"])
def test_a_field_outside_the_coverage_is_missing_everywhere(field: str) -> None:
    part = coding("s1", "gold", ".w.s ac", fields=ALL_FIELDS - {field})
    turns = side_of([session("s1", SPEAKERS, part)], "gold").over(
        [session("s1", SPEAKERS, part)], T if field == "strategies" else P
    )
    name = "processes" if field == "process" else field
    assert (getattr(turns, name) == -1).all()
    assert (turns.rupture >= 0).all()


def test_a_coder_who_did_not_code_ruptures_keeps_the_other_fields() -> None:
    codes = tuple(
        UtteranceCode(f"u{n}", None, strategies=("redirects",) if n == 2 else ())
        for n in range(len(SPEAKERS))
    )
    part = SessionCoding("s1", "gold", codes, fields=frozenset({"strategies"}))
    sessions = [session("s1", SPEAKERS, part)]
    turns = side_of(sessions, "gold").over(sessions, T)
    assert (turns.rupture == -1).all()
    assert turns.strategies.sum(axis=1).tolist() == [0, 1, 0]


def test_probabilities_run_along_the_rows_and_are_nan_where_there_are_none() -> None:
    five = (0.6, 0.1, 0.1, 0.1, 0.1)
    turns = (
        LabelledTurn(UtteranceCode("u0"), probabilities=five),
        LabelledTurn(UtteranceCode("u1", Rupture.CONFRONTATION_CONTROL)),
    )
    therapist = SessionResult("s2", turns)
    paired = pair([TWO], "gold", system(therapist))
    given = paired.turns(P).predicted.probabilities
    assert given is not None
    assert given.tolist() == [list(five)]
    assert paired.turns(T).predicted.probabilities is None
    assert paired.turns(P).reference.probabilities is None


def test_other_speakers_take_no_codes() -> None:
    with pytest.raises(ValueError, match="only patients' and therapists'"):
        turns_of([ONE], Speaker.OTHER)
    with pytest.raises(ValueError, match="only patients' and therapists'"):
        pair([ONE], "gold", "b").turns(Speaker.OTHER)


# Episodes and ratings


def test_episodes_are_positions_in_the_whole_session_in_order() -> None:
    reference = replace(
        GOLD, episodes=(episode(5, 6, 6, name="late"), episode(1, 3, 2, 4, name="early"))
    )
    found = (PredictedEpisode(episode(0, 4, resolution=5), 0.25),)
    sessions = [replace(TWO), session("s1", SPEAKERS, reference)]
    paired = pair(
        sessions, "gold", system(*BOTH.sessions[:1], labelled("s1", ".w.a .c", episodes=found))
    )
    one = paired.episodes[1]
    assert (one.session, one.turns) == (1, 7)
    assert one.reference.ids == ("early", "late")
    assert one.reference.spans.tolist() == [[1, 3], [5, 6]]
    assert one.reference.repair_start.tolist() == [2, 6]
    # Rated 4 with a repair is repaired; a repair that nobody rated is unknown.
    assert one.reference.repaired.tolist() == [1, -1]
    assert one.reference.resolution.tolist() == [4, -1]
    assert one.predicted.repaired.tolist() == [0]  # resolution 5, but no repair began
    assert one.predicted.p_repaired.tolist() == [0.25]
    assert one.predicted.spans.tolist() == [[0, 4]]
    assert np.isnan(one.reference.p_repaired).all()
    assert paired.episodes[0].predicted.spans.shape == (0, 2)


def test_a_session_with_gaps_has_no_episodes_to_compare() -> None:
    partial = replace(GOLD, complete=False)
    assert pair([session("s1", SPEAKERS, partial, ONE.codings[1])], "gold", "b").episodes == ()


def test_ratings_are_missing_where_they_were_not_given_or_not_covered() -> None:
    rated = replace(GOLD, ratings=Ratings(2.0, 1.0, None, 3.5))
    uncovered = replace(ONE.codings[1], ratings=Ratings(1.0), fields=ALL_FIELDS - {"ratings"})
    ratings = pair([session("s1", SPEAKERS, rated, uncovered)], "gold", "b").ratings
    np.testing.assert_array_equal(ratings.reference, [[2.0, 1.0, np.nan, 3.5]])
    assert np.isnan(ratings.predicted).all()


# Several coders


def test_the_table_of_coders_has_the_rows_of_the_pairing_and_leaves_gold_out() -> None:
    paired = pair([ONE, TWO], "gold", BOTH)
    table = coder_table(paired.sessions, P)
    assert own_coders([ONE, TWO]) == table.coders == ("b",)
    assert table.turns.utterance_ids == paired.turns(P).turns.utterance_ids
    assert table.labels().tolist() == [[1], [0], [-1], [-1]]
    both = coder_table([ONE, TWO], P, ["gold", "b"])
    assert both.labels().tolist() == [[1, 1], [2, 0], [3, -1], [3, -1]]
    assert both.labels("intensity").tolist() == [[2, 1], [3, 0], [1, -1], [1, -1]]
    assert both.sets("markers").given.shape == (4, 2, len(set_names("markers", P)))
    with pytest.raises(ValueError, match="no coder but derived"):
        coder_table([TWO], P)


LINES = st.text("wsac.?", min_size=3, max_size=3)


@given(st.lists(st.tuples(LINES, LINES), min_size=1, max_size=5))
def test_exchanging_the_sides_exchanges_the_arrays(lines: list[tuple[str, str]]) -> None:
    sessions = [
        session(f"s{n}", "PTP", coding(f"s{n}", "x", one), coding(f"s{n}", "y", other))
        for n, (one, other) in enumerate(lines)
    ]
    there, back = pair(sessions, "x", "y"), pair(sessions, "y", "x")
    for speaker in (P, T):
        first, second = there.turns(speaker), back.turns(speaker)
        np.testing.assert_array_equal(first.reference.rupture, second.predicted.rupture)
        np.testing.assert_array_equal(first.predicted.markers, second.reference.markers)
        written = [line for pairing in lines for line in pairing[0]]
        wanted = [
            letter
            for place, letter in enumerate(written)
            if ("PTP" * 9)[place % 3] == speaker.value[0].upper()
        ]
        shown = [".wsac?"[rupture] if rupture >= 0 else "?" for rupture in first.reference.rupture]
        assert shown == wanted


@given(st.lists(LINES, min_size=1, max_size=4), st.booleans())
def test_a_coder_and_the_same_codes_as_predictions_are_the_same_side(
    lines: list[str], dense: bool
) -> None:
    sessions = [
        session(f"s{n}", "PTP", coding(f"s{n}", "x", line), coding(f"s{n}", "y", "..."))
        for n, line in enumerate(lines)
    ]
    results = [
        SessionResult(
            f"s{n}",
            tuple(
                LabelledTurn(code)
                for code in coding(f"s{n}", "x", line).codes
                if code is not None and (dense or not code.is_empty)
            ),
        )
        for n, line in enumerate(lines)
    ]
    by_coder = pair(sessions, "y", "x")
    by_system = pair(sessions, "y", Predictions("x", tuple(results), dense))
    for speaker in (P, T):
        for name in ("rupture", "intensity", "markers", "strategies", "processes"):
            np.testing.assert_array_equal(
                getattr(by_coder.turns(speaker).predicted, name),
                getattr(by_system.turns(speaker).predicted, name),
            )
    assert by_coder.dropped == by_system.dropped


def test_codes_and_ids_are_in_the_order_of_the_schema() -> None:
    # The numbers above count on it.
    assert [code.value for code in RUPTURES][3:] == [
        "confrontation_aggression",
        "confrontation_control",
    ]
