"""Session ratings by rule, worked out by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.episodes import CodedTurn, find_episodes
from rupture_nlp.io.corpus import read_corpus
from rupture_nlp.ratings import rate_session
from rupture_nlp.schema import Episode, EpisodeKind, Ratings, Rupture, Speaker, UtteranceCode
from tests.io.corpus_samples import DATA
from tests.test_episodes import LETTERS, turn, turns


def episode(resolution: int | None) -> Episode:
    return Episode("1", "a", "b", EpisodeKind.MIXED, Speaker.PATIENT, None, resolution)


def test_ratings_of_a_session_worked_by_hand() -> None:
    # 20 coded turns. The patient withdraws with 1 and 3, attacks with 2; the therapist withdraws
    # with 1. Per 100 turns: withdrawal 20 + 5, confrontation 10; therapist 5, patient 30.
    session = turns("W.F.C,V" + "." * 13 + "o", "1 3 2 1")
    rated = rate_session(session, [episode(2), episode(5), episode(None)])
    assert rated.withdrawal_impact == pytest.approx(1 + 0.75 * log(26))
    assert rated.confrontation_impact == pytest.approx(1 + 0.75 * log(11))
    assert rated.resolution == 3.5
    assert rated.therapist_contribution == pytest.approx(1 + 0.85 * log(6) + 0.2 * log(31))


def test_a_session_without_ruptures_has_the_lowest_ratings_and_no_resolution() -> None:
    assert rate_session(turns(".,.su"), []) == Ratings(1.0, 1.0, None, 1.0)


@pytest.mark.parametrize("drawing", ["", "oo"])
def test_where_nothing_was_coded_nothing_is_rated(drawing: str) -> None:
    assert rate_session(turns(drawing), []) == Ratings()


def test_no_rating_passes_five() -> None:
    rated = rate_session(turns("VKVK", "3333"), [])
    assert rated.withdrawal_impact == pytest.approx(1 + 0.75 * log(151))
    assert rated.confrontation_impact == rated.withdrawal_impact
    assert rated.therapist_contribution == 5.0  # 1 + .85 log 301 is 5.85


@given(st.text(alphabet=LETTERS, min_size=1, max_size=40), st.data())
def test_ratings_stay_in_range_and_grow_with_intensity(drawing: str, data: st.DataObject) -> None:
    session = turns(drawing)
    ruptures = [at for at, letter in enumerate(drawing) if letter in "WFCRVK"]
    before = rate_session(session, find_episodes(session))
    for value in (before.withdrawal_impact, before.confrontation_impact, before.resolution):
        assert value is None or 1.0 <= value <= 5.0
    assert before.therapist_contribution is None or 1.0 <= before.therapist_contribution <= 5.0
    if not ruptures:
        return
    at = data.draw(st.sampled_from(ruptures))
    stronger = [*session]
    stronger[at] = turn(drawing[at], at, intensity=3)
    after = rate_session(stronger, find_episodes(stronger))
    assert _impacts(after) >= _impacts(before)
    assert (after.therapist_contribution or 0) >= (before.therapist_contribution or 0)
    if drawing[at] in "CK":
        assert after.withdrawal_impact == before.withdrawal_impact


def _impacts(ratings: Ratings) -> float:
    return (ratings.withdrawal_impact or 0) + (ratings.confrontation_impact or 0)


def test_a_rupture_without_intensity_weighs_one() -> None:
    known = CodedTurn(Speaker.PATIENT, UtteranceCode("a", Rupture.CONFRONTATION_CONTROL, None, 1))
    unknown = replace(known, code=UtteranceCode("a", Rupture.CONFRONTATION_CONTROL))
    assert rate_session([known], []) == rate_session([unknown], [])


def test_impacts_follow_those_of_the_authors_who_coded() -> None:
    rated = []
    for session in read_corpus(DATA / "authored"):
        coding = session.coding_by("author")
        assert coding is not None
        spoken = session.transcript.utterances
        coded = [CodedTurn(u.speaker, c) for u, c in zip(spoken, coding.codes, strict=True)]
        rated.append((coding.ratings, rate_session(coded, find_episodes(coded))))
    for name in ("withdrawal_impact", "confrontation_impact"):
        pairs = [[getattr(one, name), getattr(other, name)] for one, other in rated]
        assert np.corrcoef(np.array(pairs, dtype=float).T)[0, 1] > 0.9
