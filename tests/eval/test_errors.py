"""Which errors are listed, in what order, and that the rows stand beside the right turns."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from eval.errors import (
    FALSE_ALARM,
    MISS,
    OTHER_CODE,
    OTHER_FAMILY,
    Turn,
    listed,
    markdown,
    turns_of,
)
from rupture_nlp.errors import RunError
from rupture_nlp.schema import (
    RUPTURES,
    CodedSession,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)
from rupture_nlp.training.figures import decided
from rupture_nlp.training.run import Corpus
from tests.training.test_calibrate import made_rows

SESSIONS, TURNS = 30, 20
MADE = made_rows(rows=SESSIONS * TURNS)
PREDICTED = replace(
    MADE,
    session_ids=tuple(f"s{number}" for number in range(SESSIONS)),
    groups=tuple(f"g{number}" for number in range(SESSIONS)),
)
REFERENCE = [RUPTURES[code] for code in MADE.targets.rupture.argmax(axis=1)]
CANARY = "zanzibar"
WITHDRAWAL, OTHER_WITHDRAWAL = Rupture.WITHDRAWAL_FROM_OTHER, Rupture.WITHDRAWAL_FROM_SELF
ATTACK = Rupture.CONFRONTATION_AGGRESSION
ONE = Turn(Speaker.PATIENT, "s", "u", Rupture.NONE, Rupture.NONE, 0.5, 0, False, False)


def session(number: int) -> CodedSession:
    # Ids that are no positions: u100, u101, ... A second coder found nothing.
    first = number * TURNS
    speakers = [Speaker.PATIENT if at % 2 == 0 else Speaker.THERAPIST for at in range(TURNS)]
    said = tuple(Utterance(f"u{100 + at}", who, CANARY) for at, who in enumerate(speakers))
    gold = tuple(
        UtteranceCode(one.utterance_id, code)
        for one, code in zip(said, REFERENCE[first : first + TURNS], strict=True)
    )
    nothing = tuple(UtteranceCode(one.utterance_id) for one in said)
    name = f"s{number}"
    codings = (SessionCoding(name, "gold", gold), SessionCoding(name, "ai1", nothing))
    return CodedSession(Transcript(name, said), codings, group=f"g{number}")


# The corpus stands in another order than the rows.
CORPUS = Corpus("made", "gold", tuple(session(number) for number in reversed(range(SESSIONS))))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_turn_has_its_own_id_reference_fold_and_the_benchmarks_decision() -> None:
    turns = turns_of(PREDICTED, CORPUS)
    assert len(turns) == SESSIONS * TURNS
    for turn in turns:
        row = int(turn.session_id[1:]) * TURNS + int(turn.utterance_id[1:]) - 100
        assert turn.reference is REFERENCE[row]
        assert turn.fold == PREDICTED.fold[row]
        assert (turn.speaker is Speaker.PATIENT) == PREDICTED.targets.is_patient[row]
    for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
        own = [turn for turn in turns if turn.speaker is speaker]
        coded = decided(PREDICTED, patient=speaker is Speaker.PATIENT)
        assert [RUPTURES.index(turn.predicted) for turn in own] == coded.predicted.tolist()
        assert coded.p_rupture is not None
        np.testing.assert_array_equal([turn.p_rupture for turn in own], coded.p_rupture)


def test_a_coder_is_with_the_model_where_it_says_as_the_model_against_the_reference() -> None:
    for turn in turns_of(PREDICTED, CORPUS):
        if turn.error in {MISS, FALSE_ALARM}:  # the second coder found nothing
            assert turn.coder_with_model == (turn.error == MISS)


def test_near_is_another_rupture_at_most_three_turns_away_in_the_same_session() -> None:
    for turn in turns_of(PREDICTED, CORPUS):
        first, place = int(turn.session_id[1:]) * TURNS, int(turn.utterance_id[1:]) - 100
        expected = any(
            REFERENCE[first + at] is not Rupture.NONE
            for at in range(TURNS)
            if 0 < abs(at - place) <= 3
        )
        assert turn.near == expected


@pytest.mark.parametrize(
    ("reference", "predicted", "error"),
    [
        (Rupture.NONE, Rupture.NONE, ""),
        (ATTACK, ATTACK, ""),
        (ATTACK, Rupture.NONE, MISS),
        (Rupture.NONE, ATTACK, FALSE_ALARM),
        (ATTACK, WITHDRAWAL, OTHER_FAMILY),
        (OTHER_WITHDRAWAL, WITHDRAWAL, OTHER_CODE),
    ],
)
def test_errors_by_hand(reference: Rupture, predicted: Rupture, error: str) -> None:
    assert replace(ONE, reference=reference, predicted=predicted).error == error


def test_the_furthest_on_the_wrong_side_come_first_and_speakers_stay_apart() -> None:
    missed = [replace(ONE, reference=ATTACK, utterance_id=str(p), p_rupture=p) for p in (0.2, 0.1)]
    alarms = [replace(ONE, predicted=ATTACK, utterance_id=str(p), p_rupture=p) for p in (0.6, 0.9)]
    theirs = replace(missed[0], speaker=Speaker.THERAPIST, utterance_id="t")
    right = replace(ONE, utterance_id="right")
    rows = rows_of(listed([*missed, *alarms, theirs, right], 5))
    assert [(row["error"], row["rank"], row["utterance_id"]) for row in rows] == [
        (MISS, "1", "0.1"),
        (MISS, "2", "0.2"),
        (FALSE_ALARM, "1", "0.9"),
        (FALSE_ALARM, "2", "0.6"),
        (MISS, "1", "t"),
    ]
    assert [row["utterance_id"] for row in rows_of(listed([*missed, *alarms], 1))] == ["0.1", "0.9"]


def test_neither_file_holds_a_word() -> None:
    turns = turns_of(PREDICTED, CORPUS)
    assert CANARY not in listed(turns, 1000)
    assert CANARY not in markdown(turns, "signed")


def test_the_summary_counts_every_turn_once() -> None:
    turns = turns_of(PREDICTED, CORPUS)
    lines = [line.split("|") for line in markdown(turns, "signed").splitlines()]
    counts = [int(cells[3]) for cells in lines if cells[1:2] in ([" patient "], [" therapist "])]
    assert len(counts) == 10
    assert sum(counts) == len(turns)


def test_other_sessions_and_other_codes_are_refused_without_their_words() -> None:
    fewer = Corpus("made", "gold", CORPUS.sessions[1:])
    with pytest.raises(RunError, match="other sessions"):
        turns_of(PREDICTED, fewer)
    with pytest.raises(RunError, match="other codes"):
        turns_of(PREDICTED, Corpus("made", "ai1", CORPUS.sessions))
