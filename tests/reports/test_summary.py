from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.reports.summary import STRIP_COLUMNS, STRIP_TRACKS, summarise
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    PredictedEpisode,
    Ratings,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)
from tests.reports.made import made_session

CODES = {
    ".": Rupture.NONE,
    "o": Rupture.WITHDRAWAL_FROM_OTHER,
    "s": Rupture.WITHDRAWAL_FROM_SELF,
    "a": Rupture.CONFRONTATION_AGGRESSION,
    "c": Rupture.CONFRONTATION_CONTROL,
}
SPEAKERS = {"P": Speaker.PATIENT, "T": Speaker.THERAPIST, "O": Speaker.OTHER}


def drawn(speakers: str, codes: str) -> tuple[Transcript, SessionPrediction]:
    """`drawn("TPT", ".oa")`: a session by hand, every rupture of intensity 2 and p 0.75."""
    utterances, predictions = [], []
    for index, (who, mark) in enumerate(zip(speakers, codes, strict=True)):
        name = str(index)
        utterances.append(Utterance(name, SPEAKERS[who], "x"))
        rupture = CODES[mark]
        intensity = None if rupture is Rupture.NONE else 2
        p_none = 0.75 if rupture is Rupture.NONE else 0.25
        code = UtteranceCode(name, rupture=rupture, intensity=intensity)
        made = UtterancePrediction(code, (p_none, 1 - p_none, 0, 0, 0), uncertain=mark == "c")
        predictions.append(None if who == "O" else made)
    return Transcript("s", tuple(utterances)), SessionPrediction(
        "s", "small", tuple(predictions), (), Ratings(), False
    )


def test_counts_by_hand() -> None:
    row = summarise(*drawn("TPTPOTPP", ".oac..sc"), ("not_english",), "report/s.html")
    assert row.turns == 8
    assert row.patient.turns == 4
    assert row.patient.ruptures == (1, 1, 0, 2)
    assert row.patient.rate == 100.0
    assert row.patient.expected == 3.0
    assert row.patient.uncertain == 2
    assert (row.patient.withdrawals, row.patient.confrontations) == (2, 2)
    assert row.therapist.turns == 3
    assert row.therapist.ruptures == (0, 0, 1, 0)
    assert row.therapist.expected == 1.25
    assert row.rate == pytest.approx(500 / 7)
    assert row.flags == ("not_english",)
    assert row.href == "report/s.html"


def test_a_strip_by_hand() -> None:
    transcript, prediction = drawn("TPTPOT", ".oac..")
    episode = Episode("1", "1", "3", EpisodeKind.MIXED, Speaker.PATIENT, "2", 5)
    prediction = replace(prediction, episodes=(PredictedEpisode(episode, 0.5),))
    strip = summarise(transcript, prediction, (), None).strip
    picture = ["".join(str(strip.intensity(c, t)) for c in range(6)) for t in range(4)]
    #                  therapist: away, toward; patient: toward, away
    assert picture == ["000000", "002000", "000200", "020000"]
    assert strip.episodes == ((1, 3, True),)


def test_repaired_episodes_and_speakers_without_turns() -> None:
    transcript, prediction = drawn("PP", "oo")
    episodes = tuple(
        PredictedEpisode(
            Episode(str(k), "0", "1", EpisodeKind.WITHDRAWAL, Speaker.PATIENT, start, value), 0.5
        )
        for k, (start, value) in enumerate([("1", 4), (None, 5), ("1", 3)])
    )
    row = summarise(transcript, replace(prediction, episodes=episodes), (), None)
    assert (row.episodes, row.repaired) == (3, 1)
    assert row.therapist.rate is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 600), st.integers(0, 999))
def test_a_strip_keeps_the_strongest_rupture_of_each_column(turns: int, seed: int) -> None:
    transcript, prediction = made_session(turns, seed, with_other=True)
    strip = summarise(transcript, prediction, (), None).strip
    width = min(turns, STRIP_COLUMNS)
    assert len(strip.columns) == width
    expected: dict[tuple[int, int], int] = {}
    pairs = zip(transcript.utterances, prediction.utterances, strict=True)
    for index, (utterance, made) in enumerate(pairs):
        if made is not None and made.code.rupture is not None and made.code.rupture.family:
            track = STRIP_TRACKS.index((utterance.speaker, made.code.rupture.family))
            key = (index * width // turns, track)
            expected[key] = max(expected.get(key, 0), made.code.intensity or 1)
    for column in range(width):
        for track in range(4):
            assert strip.intensity(column, track) == expected.get((column, track), 0)


def test_a_summary_holds_no_words() -> None:
    transcript, prediction = drawn("PT", "o.")
    canary = tuple(replace(item, text="canaryword") for item in transcript.utterances)
    assert "canaryword" not in repr(summarise(Transcript("s", canary), prediction, (), None))
