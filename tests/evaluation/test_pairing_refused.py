"""What may not be compared, and what falls out of a comparison."""

import pytest

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.dropped import Dropped, Reason, What
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evidence import Predictions, SessionResult
from rupture_nlp.schema import (
    ALL_FIELDS,
    CodedSession,
    PredictedEpisode,
    Ratings,
    Speaker,
)
from tests.evaluation.results import ONE, SPEAKERS, TWO, labelled, system
from tests.evaluation.sessions import coding, episode, session

P, T = Speaker.PATIENT, Speaker.THERAPIST


def refusal(sessions: list[CodedSession], predictions: Predictions | str, **allow: bool) -> str:
    with pytest.raises(EvaluationError) as caught:
        pair(sessions, "gold", predictions, **allow)
    assert "secretword" not in str(caught.value)
    assert "s1" not in str(caught.value)
    return str(caught.value)


def test_a_session_missing_from_the_predictions_is_an_error_and_never_none() -> None:
    only_two = system(labelled("s2", ".."))
    assert "1 session of the reference, number 1 in the order" in refusal([ONE, TWO], only_two)
    paired = pair([ONE, TWO], "gold", only_two, allow_missing=True)
    assert [s.transcript.session_id for s in paired.sessions] == ["s2"]
    assert Dropped(What.SESSION, Reason.NOT_PREDICTED, "s1", 7) in paired.dropped


def test_nothing_left_is_an_error_even_if_missing_is_allowed() -> None:
    assert "no session is left" in refusal([ONE], system(), allow_missing=True)


def test_a_turn_missing_from_a_dense_table_is_an_error_or_missing() -> None:
    gap = system(labelled("s1", ".w.a  c"))  # no row for u5, nor for the other speaker's u4
    assert "turns without a prediction" in refusal([ONE], gap)
    paired = pair([ONE], "gold", gap, allow_missing=True)
    assert paired.turns(P).predicted.rupture.tolist() == [1, 3, -1]
    assert Dropped(What.TURNS, Reason.PREDICTED_MISSING, "s1", 1, P) in paired.dropped


def test_a_turn_missing_from_sparse_codes_was_labelled_none() -> None:
    paired = pair([ONE], "gold", system(labelled("s1", " w     "), dense=False))
    assert paired.turns(P).predicted.rupture.tolist() == [1, 0, 0]
    assert paired.turns(T).predicted.rupture.tolist() == [0, 0, 0]


def test_a_turn_that_a_partial_result_does_not_list_is_missing() -> None:
    part = system(labelled("s1", " w     ", complete=False), dense=False)
    assert pair([ONE], "gold", part).turns(P).predicted.rupture.tolist() == [1, -1, -1]


def test_sessions_seen_in_training_are_refused_or_named() -> None:
    seen = system(
        labelled("s1", ".w.a .c", seen_in_training=True),
        labelled("s2", "..", seen_in_training=False),
    )
    assert "number 1 in the order" in refusal([ONE, TWO], seen)
    assert "the model was trained on them" in refusal([ONE, TWO], seen)
    assert pair([ONE, TWO], "gold", seen, allow_seen=True).in_sample == ("s1",)
    assert pair([TWO], "gold", seen).in_sample == ()


def test_only_sessions_that_are_compared_must_be_unseen() -> None:
    uncoded = session("s1", SPEAKERS)
    seen = system(labelled("s1", ".w.a .c", seen_in_training=True), labelled("s2", ".."))
    paired = pair([uncoded, TWO], "gold", seen)
    assert paired.dropped[0] == Dropped(What.SESSION, Reason.NOT_BY_REFERENCE, "s1", 7)


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (labelled("s1", ".w.a .c."), "labelled turns that the reference does not have"),
        (labelled("s1", ".w.a .c", "PTPToTP"), "turns of another speaker"),
        (
            labelled("s1", ".w.a .c", episodes=(PredictedEpisode(episode(3, 1), 0.5),)),
            "end before they start",
        ),
        (
            labelled("s1", ".w.a .c", episodes=(PredictedEpisode(episode(1, 9), 0.5),)),
            "episodes with turns that the reference does not have",
        ),
        (
            labelled("s1", ".w.a .c", episodes=(PredictedEpisode(episode(1, 3, 8), 0.5),)),
            "episodes with turns that the reference does not have",
        ),
    ],
)
def test_results_of_other_transcripts_are_refused(result: SessionResult, problem: str) -> None:
    assert problem in refusal([TWO, ONE], system(result, labelled("s2", "..")), allow_missing=True)
    assert "number 2 in" in refusal([TWO, ONE], system(result, labelled("s2", "..")))


def test_everything_that_falls_out_is_counted_with_its_reason() -> None:
    uncodable = coding("s1", "gold", ".??. ac")
    sessions = [session("s1", SPEAKERS, uncodable), TWO, session("s3", "PTP")]
    predictions = system(
        labelled("s1", ".w.? .c", fields=ALL_FIELDS - {"episodes"}),
        labelled("s9", "..", ratings=Ratings(1.0)),
        labelled("s2", ".."),
    )
    paired = pair(sessions, "gold", predictions)
    assert set(paired.dropped) == {
        Dropped(What.SESSION, Reason.NOT_BY_REFERENCE, "s3", 3),
        Dropped(What.SESSION, Reason.NOT_IN_REFERENCE, "s9", 2),
        Dropped(What.TURNS, Reason.OTHER_SPEAKER, "s1", 1, Speaker.OTHER),
        Dropped(What.TURNS, Reason.REFERENCE_MISSING, "s1", 1, P),
        Dropped(What.TURNS, Reason.REFERENCE_MISSING, "s1", 1, T),
        Dropped(What.TURNS, Reason.PREDICTED_MISSING, "s1", 1, P),
        Dropped(What.EPISODES, Reason.EPISODES_MISSING, "s1", 7),
        Dropped(What.RATINGS, Reason.RATINGS_MISSING, "s1", 7),
        Dropped(What.RATINGS, Reason.RATINGS_MISSING, "s2", 2),
    }
    assert len(paired.dropped) == 9
