from pathlib import Path

import pytest

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.io.settings import DEFAULT_SETTINGS, ReadSettings
from rupture_nlp.schema import Speaker, Transcript, Utterance

T, P = Speaker.THERAPIST, Speaker.PATIENT


def read(
    tmp_path: Path, content: str, settings: ReadSettings = DEFAULT_SETTINGS
) -> tuple[Transcript, ...]:
    path = tmp_path / "s.jsonl"
    path.write_text(content, encoding="utf-8")
    return read_transcripts(path, None, settings)


def test_ids_and_times_are_read_where_given(tmp_path: Path) -> None:
    content = (
        '{"speaker": "T", "text": "a", "session_id": 7, "utterance_id": "u1", "start_s": 1}\n\n'
        '{"speaker": "p", "text": " b\\n c ", "session_id": "7", "utterance_id": 2,'
        ' "start_s": "0:02", "end_s": 2.5, "more": [1]}\n'
        '{"speaker": "T", "text": "d", "start_s": null}\n'
    )
    assert read(tmp_path, content) == (
        Transcript("7", (Utterance("u1", T, "a", 1.0), Utterance("2", P, "b c", 2.0, 2.5))),
        Transcript("s", (Utterance("0", T, "d"),)),
    )


def test_keys_may_be_mapped(tmp_path: Path) -> None:
    content = '{"wer": "T", "was": "a", "ab": 3}\n{"wer": "P", "was": "b"}\n'
    settings = ReadSettings(columns={"speaker": "wer", "text": "was", "start_s": "ab"})
    (transcript,) = read(tmp_path, content, settings)
    assert transcript.utterances == (Utterance("0", T, "a", 3.0), Utterance("1", P, "b"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"speaker": "P", "text": hush}', "not valid JSON at column 26. Write one object"),
        ('["P", "hush"]', "not a JSON object"),
        ('"hush"', "not a JSON object"),
        ("[" * 50_000, "not a JSON object|not valid JSON"),
        ('{"a": ' * 20_000, "not a JSON object|not valid JSON"),
        ('{"speaker": "P", "text": "a", "start_s": ' + "1" * 5000 + "}", "not a JSON object"),
        ('{"speaker": "P", "said": "hush"}', "no key for text; 1 of its 2 keys are known by name"),
        ('{"hush": "P"}', "no key for speaker and text; 0 of its 1 keys are known"),
        ('{"speaker": null, "text": "hush"}', "speaker or the text is not a string"),
        ('{"speaker": "P", "text": ["hush"]}', "speaker or the text is not a string"),
        ('{"speaker": "P", "text": "a", "start_s": true}', "start_s is not in seconds"),
        ('{"speaker": "P", "text": "a", "start_s": NaN}', "start_s is not in seconds"),
        ('{"speaker": "P", "text": "a", "end_s": -1}', "end_s is not in seconds"),
        ('{"speaker": "P", "text": "a", "end_s": "hush"}', "end_s is not in seconds"),
        ('{"speaker": "P", "text": "a", "end_s": ' + "1" * 4000 + "}", "end_s is not in seconds"),
        ('{"speaker": "P", "text": "a", "session_id": null}', "session_id is no string"),
        ('{"speaker": "P", "text": "a", "utterance_id": true}', "utterance_id is no string"),
        ('{"speaker": "P", "text": "a", "utterance_id": " "}', "utterance_id is no string"),
        ('{"speaker": "P", "text": "' + "x" * 100_001 + '"}', "more than 100,000 characters"),
        ("x" * 2_000_000, "more than 620,000 characters"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(TranscriptError, match=rf"s\.jsonl:2: .*({message})") as caught:
        read(tmp_path, '{"speaker": "T", "text": "a"}\n' + line)
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_half_of_a_surrogate_pair_becomes_the_replacement_character(tmp_path: Path) -> None:
    content = '{"speaker": "T", "text": "a\\ud800 \\ud83d\\ude00 \\u0000b"}'
    (transcript,) = read(tmp_path, content)
    assert transcript.utterances[0].text == "a\ufffd \U0001f600 b"
    assert len(transcript.text_hash()) == 64
