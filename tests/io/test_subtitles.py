from pathlib import Path

import pysubs2
import pytest
import webvtt

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.read import read_transcript
from rupture_nlp.io.settings import DEFAULT_SETTINGS, ReadSettings
from rupture_nlp.schema import Speaker, Utterance

T, P = Speaker.THERAPIST, Speaker.PATIENT
NAMES = {"Dr Smith": "therapist", "Ann Lee": "therapist", "jane doe": "patient"}

ZOOM = """WEBVTT

1
00:00:01.000 --> 00:00:02.500
Dr Smith: Hello.

2
00:00:02.500 --> 00:00:04.000
Dr Smith: The thing is: you came.

3
00:00:05.000 --> 00:00:06.000
jane doe: Yes &amp; no.

4
00:00:06.000 --> 00:00:07.000
I did.

5
00:00:08.000 --> 00:00:09.000
Ann Lee: Good.

6
00:00:09.000 --> 00:00:10.000
Dr Smith: Good.
"""
TEAMS = """WEBVTT
Kind: captions

NOTE made up
for a test

STYLE
::cue { color: red }

0b2c-1/12-0
00:00:01.000 --> 00:00:02.000 align:start
<v Dr Smith>Hello <i>you</i></v>

0b2c-1/12-1
00:00:02.000 --> 00:00:03.000
<v Dr Smith>how are
you?</v>

0b2c-1/13-0
00:00:03.000 --> 00:00:04.000
<v.loud jane doe><00:00:03.500>Fine: 3 < 4 &lt;b&gt;</v>
"""


def read(
    tmp_path: Path, content: str, settings: ReadSettings = DEFAULT_SETTINGS, name: str = "s.vtt"
) -> tuple[Utterance, ...]:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return read_transcript(path, NAMES, settings).utterances


def test_cues_of_one_name_merge_and_those_of_two_names_with_one_role_do_not(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, ZOOM) == (
        Utterance("0", T, "Hello. The thing is: you came.", 1.0, 4.0, 1, 2),
        Utterance("1", P, "Yes & no. I did.", 5.0, 7.0, 3, 4),
        Utterance("2", T, "Good.", 8.0, 9.0, 5, 5),
        Utterance("3", T, "Good.", 9.0, 10.0, 6, 6),
    )


def test_cues_stay_apart_where_the_setting_says_so(tmp_path: Path) -> None:
    utterances = read(tmp_path, ZOOM, ReadSettings(merge_cues=False))
    assert [(u.speaker, u.source_first, u.source_last) for u in utterances] == [
        *((T, 1, 1), (T, 2, 2), (P, 3, 3), (P, 4, 4), (T, 5, 5), (T, 6, 6))
    ]


def test_voice_tags_name_speakers_and_markup_goes(tmp_path: Path) -> None:
    assert read(tmp_path, TEAMS) == (
        Utterance("0", T, "Hello you how are you?", 1.0, 3.0, 1, 2),
        Utterance("1", P, "Fine: 3 < 4 <b>", 3.0, 4.0, 3, 3),
    )


def test_srt_is_read_alike(tmp_path: Path) -> None:
    content = ZOOM.removeprefix("WEBVTT\n\n").replace(".000 ", ",000 ").replace("&amp;", "&")
    assert read(tmp_path, content, name="s.srt") == read(tmp_path, ZOOM)


def test_two_speakers_may_share_a_cue(tmp_path: Path) -> None:
    content = "1\n00:01,000 --> 00:02,000\n- T: a\n- P: b\nc\n\n2\n0:02,000 --> 0:03,000\nd\n"
    assert read(tmp_path, content, name="s.srt") == (
        Utterance("0", T, "a", 1.0, 2.0, 1, 1),
        Utterance("1", P, "b c d", 1.0, 3.0, 1, 2),
    )


def test_cues_need_no_blank_line_between_them_and_may_hold_one(tmp_path: Path) -> None:
    content = (
        "1\n00:00:01,000 --> 00:00:02,000\nT: a\n2\n00:00:02,000 --> 00:00:03,000\nP: b\n\n"
        "and c\n\n3\n00:00:03,000 --> 00:00:04,000\nT: 42\n"
    )
    assert [u.text for u in read(tmp_path, content, name="s.srt")] == ["a", "b and c", "42"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("WEBVTT\n", "no cue with text"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nhush\n", r"s\.vtt:4: the first cue names no speaker"),
        ("WEBVTT\n\n00:01.000 --> 0x:02.000\nT: hush\n", r"s\.vtt:3: timing line cannot be read"),
        ("WEBVTT\n\nhush\n\n00:01.000 --> 00:02.000\nT: a\n", r"s\.vtt:3: text before the first c"),
        ("hush hush", r"s\.vtt:1: text before the first cue"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(TranscriptError, match=message) as caught:
        read(tmp_path, content)
    assert "hush" not in str(caught.value)


def test_a_speaker_of_a_million_cues_is_refused_once_the_turn_is_too_long(tmp_path: Path) -> None:
    cue = "00:01.000 --> 00:02.000\nT: aaaaaaaaa\n\n"
    with pytest.raises(TranscriptError, match=r"s\.vtt:4: more than 50 characters"):
        read(tmp_path, "WEBVTT\n\n" + cue * 6, ReadSettings(max_utterance_chars=50))


def seconds(time: webvtt.models.Timestamp) -> float:
    whole = time.hours * 3600 + time.minutes * 60 + time.seconds
    return float(whole + time.milliseconds / 1000)


def test_webvtt_py_finds_the_same_cues(tmp_path: Path) -> None:
    utterances = read(tmp_path, ZOOM, ReadSettings(merge_cues=False))
    captions = webvtt.read(str(tmp_path / "s.vtt")).captions
    assert [(u.start_s, u.end_s) for u in utterances] == [
        (seconds(caption.start_time), seconds(caption.end_time)) for caption in captions
    ]
    assert all(
        caption.text.endswith(u.text.replace("&", "&amp;"))
        for u, caption in zip(utterances, captions, strict=True)
    )


def test_pysubs2_finds_the_same_cues(tmp_path: Path) -> None:
    content = ZOOM.removeprefix("WEBVTT\n\n").replace("&amp;", "&")
    utterances = read(tmp_path, content, ReadSettings(merge_cues=False), name="s.srt")
    events = pysubs2.load(str(tmp_path / "s.srt")).events
    assert [(u.start_s, u.end_s) for u in utterances] == [
        (event.start / 1000, event.end / 1000) for event in events
    ]
    assert all(
        event.plaintext.endswith(u.text) for u, event in zip(utterances, events, strict=True)
    )
