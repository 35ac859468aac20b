import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.pipeline.manifest import Entry
from rupture_nlp.pipeline.parts import PartStore, decode_prediction, encode_prediction
from rupture_nlp.schema import (
    RUPTURES,
    SessionPrediction,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)
from tests.pipeline.fake import FakeLabeller

CANARY = "zyzzyva"
TURNS = st.lists(st.tuples(st.sampled_from(Speaker), st.text(min_size=1)), max_size=12)
PROBABILITIES = st.tuples(*[st.floats(0, 1)] * 5)


def transcript_of(turns: list[tuple[Speaker, str]]) -> Transcript:
    made = (Utterance(f"id{i}", speaker, text) for i, (speaker, text) in enumerate(turns))
    return Transcript("s1", tuple(made))


def entry_of(part: str, key: str = "ab" + "0" * 62) -> Entry:
    return Entry(key, "c", "m", "s", part, 1)


@given(TURNS)
def test_a_part_gives_back_the_prediction(turns: list[tuple[Speaker, str]]) -> None:
    transcript = transcript_of(turns)
    prediction = FakeLabeller().predict(transcript)
    part = encode_prediction(prediction, transcript)
    assert decode_prediction(part, transcript, "s1", "fake") == prediction


@given(
    st.builds(
        UtteranceCode,
        st.just("id0"),
        rupture=st.none() | st.sampled_from(RUPTURES),
        secondary=st.none() | st.sampled_from(RUPTURES),
        intensity=st.none() | st.integers(1, 3),
        markers=st.lists(st.text()).map(tuple),
        strategies=st.lists(st.text()).map(tuple),
        process=st.none() | st.text(),
    ),
    PROBABILITIES,
    st.booleans(),
)
def test_every_code_survives_the_part(
    code: UtteranceCode, probabilities: tuple[float, ...], uncertain: bool
) -> None:
    transcript = transcript_of([(Speaker.PATIENT, "Fine.")])
    made = replace(
        FakeLabeller().predict(transcript),
        utterances=(UtterancePrediction(code, probabilities, uncertain),),
    )
    part = encode_prediction(made, transcript)
    assert decode_prediction(part, transcript, "s1", "fake") == made


def test_a_part_holds_no_text_and_no_id_of_the_source() -> None:
    turns = [(speaker, f"{CANARY} {i}") for i, speaker in enumerate([*Speaker] * 4)]
    transcript = transcript_of(turns)
    transcript = Transcript(
        CANARY,
        tuple(replace(u, utterance_id=f"{CANARY}{u.utterance_id}") for u in transcript.utterances),
    )
    part = encode_prediction(FakeLabeller().predict(transcript), transcript)
    assert json.loads(part)["episodes"], "the example must hold an episode"
    assert CANARY.encode() not in part


def test_a_prediction_for_another_transcript_is_refused() -> None:
    short, long = transcript_of([]), transcript_of([(Speaker.PATIENT, "Fine.")])
    with pytest.raises(ValueError, match="1 predictions for 0 utterances"):
        encode_prediction(FakeLabeller().predict(long), short)


def test_a_probability_that_is_no_number_is_refused() -> None:
    transcript = transcript_of([(Speaker.PATIENT, "Fine.")])
    made: SessionPrediction = FakeLabeller().predict(transcript)
    bad = UtterancePrediction(UtteranceCode("id0"), (float("nan"),) * 5, uncertain=False)
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_prediction(replace(made, utterances=(bad,)), transcript)


def test_a_part_that_was_changed_or_lost_is_not_read(tmp_path: Path) -> None:
    store = PartStore(tmp_path)
    key = "ab" + "0" * 62
    entry = entry_of(store.write(key, b"{}"), key)
    assert store.read(entry) == b"{}"
    path = tmp_path / "ab" / f"{key}.json"
    path.write_bytes(b"{} ")
    assert store.read(entry) is None
    path.write_bytes(b"")
    assert store.read(entry) is None
    path.unlink()
    assert store.read(entry) is None
