from pathlib import Path

import pytest

from rupture_nlp.errors import SpeakerRoleError, TranscriptError
from rupture_nlp.io.read import read_transcript
from rupture_nlp.io.settings import ReadSettings

NAMES = {"Dr Smith": "therapist", "Jane": "patient", "jane doe": "patient"}


def turns(tmp_path: Path, content: str) -> list[tuple[str, str]]:
    path = tmp_path / "s.txt"
    path.write_text(content, encoding="utf-8")
    return [(u.speaker.value[0], u.text) for u in read_transcript(path, NAMES).utterances]


def times(tmp_path: Path, content: str) -> list[tuple[float | None, float | None]]:
    path = tmp_path / "s.txt"
    path.write_text(content, encoding="utf-8")
    return [(u.start_s, u.end_s) for u in read_transcript(path, NAMES).utterances]


@pytest.mark.parametrize(
    "line",
    [
        *("T: hi", "t: hi", "T:hi", "T :hi", "Therapist: hi", "THERAPIST: hi", "T1: hi", "T\thi"),
        *("[Therapist]: hi", "**Therapist:** hi", "**T**: hi", "- T: hi", "12. T: hi", "12 T: hi"),
        *("Dr Smith: hi", "DR  SMITH: hi", "Dr Smith (00:12): hi", "Dr Smith [0:12] hi"),
        *("[00:01:02] T: hi", "00:01:02 T: hi", "(0:12) T: hi", "T: [0:12] hi", "T\uff1a hi"),
        *("Dr Smith  0:12\nhi", "Therapist:\nhi", "T 00:01:02\nhi", "[1:02:03.5 - 1:02:04] T: hi"),
    ],
)
def test_a_tag_may_be_written_in_many_ways(tmp_path: Path, line: str) -> None:
    assert turns(tmp_path, f"{line}\nP: yo\n") == [("t", "hi"), ("p", "yo")]


@pytest.mark.parametrize(
    "line",
    [
        *("the thing is: no", "so: no", "So: no", "Okay: no", "10:30 is late", "at 10:30: no"),
        *("Remember: no", "see https://example.org", "I told him: no", "Note: no", "c'mon", "Hm:"),
        *("What my mother always said to me was: no", "1 Cor 13:4 says", "(laughs): no", ":-) no"),
    ],
)
def test_an_ordinary_line_with_a_colon_goes_on_with_the_turn(tmp_path: Path, line: str) -> None:
    assert turns(tmp_path, f"T: hi\n{line}\nP: yo\n") == [("t", f"hi {line}"), ("p", "yo")]


@pytest.mark.parametrize(
    "tag", ["Dr Who", "MOTHER", "Speaker 2", "SPEAKER_00", "Mother", "John A. Doe (he/him)"]
)
def test_a_plain_name_is_a_speaker_even_where_it_stands_once(tmp_path: Path, tag: str) -> None:
    with pytest.raises(SpeakerRoleError, match=r"1 speaker has no known role, first in line 2\."):
        turns(tmp_path, f"T: hi\n{tag}: a word\nP: yo\n")


@pytest.mark.parametrize("tag", ["Mary", "mary", "mary2"])
def test_one_word_is_a_speaker_where_it_opens_two_lines(tmp_path: Path, tag: str) -> None:
    once = turns(tmp_path, f"T: hi\nP: yo\n{tag}: a\n")
    assert once == [("t", "hi"), ("p", f"yo {tag}: a")]
    with pytest.raises(SpeakerRoleError, match="1 speaker has"):
        turns(tmp_path, f"T: hi\nP: yo\n{tag}: a\n{tag}: b\n")


def test_small_letter_names_of_two_words_count_where_they_are_frequent(tmp_path: Path) -> None:
    with pytest.raises(SpeakerRoleError, match="1 speaker has"):
        turns(tmp_path, "T: hi\njohn roe: a\n" * 3)
    with pytest.raises(SpeakerRoleError, match="1 speaker has"):
        turns(tmp_path, "P: hi\nhis view: a\n" * 3)
    rare = "P: hi\nso what\n" * 20 + "his view: a\n" * 3
    assert turns(tmp_path, rare)[-1][1].endswith("his view: a his view: a his view: a")


@pytest.mark.parametrize("opening", ["Okay", "so", "Note", "Session 4"])
def test_openings_of_sentences_are_no_speakers_however_often(tmp_path: Path, opening: str) -> None:
    content = f"T: hi\n{opening}: a\nP: yo\n{opening}: b\n"
    assert turns(tmp_path, content) == [("t", f"hi {opening}: a"), ("p", f"yo {opening}: b")]


def test_two_speakers_of_one_line_each_are_both_speakers(tmp_path: Path) -> None:
    with pytest.raises(SpeakerRoleError, match=r"2 speakers .* lines 1, 2\."):
        turns(tmp_path, "Mary: hello\nBob: hi\n")
    with pytest.raises(SpeakerRoleError, match=r"1 speaker .* line 2\."):
        turns(tmp_path, "T: hello\nBob: hi\n")


def test_lines_without_a_tag_and_blank_lines_go_on_with_the_turn(tmp_path: Path) -> None:
    content = "T: one\n two\t[pause]\n\n   three\nP: four\n"
    assert turns(tmp_path, content) == [("t", "one two [pause] three"), ("p", "four")]


def test_two_tagged_lines_of_one_speaker_are_two_turns(tmp_path: Path) -> None:
    assert turns(tmp_path, "T: one\nT: two\nP: x\n") == [("t", "one"), ("t", "two"), ("p", "x")]


def test_a_tag_without_words_is_no_turn(tmp_path: Path) -> None:
    assert turns(tmp_path, "T: one\nP:\nT: two\n") == [("t", "one"), ("t", "two")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[00:01:02] T: a", (62.0, None)),
        ("01:02 T: a", (62.0, None)),
        ("02:00:05 T: a", (7205.0, None)),
        ("(1:02) T: a", (62.0, None)),
        ("T (1:02): a", (62.0, None)),
        ("T: [1:02] a", (62.0, None)),
        ("00:01:02,500 --> 00:01:03.25 T: a", (62.5, 63.25)),
        ("[01:02 - 01:03] T: a", (62.0, 63.0)),
        ("[01:02\u201301:01] T: a", (62.0, None)),  # ends before it starts
        ("00:01:02\nT: a", (62.0, None)),
        ("[1:02]\n\nT: a", (62.0, None)),
        ("T  1:02\na", (62.0, None)),
        ("T: a 1:02", (None, None)),
    ],
)
def test_times_are_read(
    tmp_path: Path, line: str, expected: tuple[float | None, float | None]
) -> None:
    assert times(tmp_path, f"{line}\nP: b\n") == [expected, (None, None)]


def test_a_time_between_lines_of_one_turn_is_not_the_next_turns(tmp_path: Path) -> None:
    assert times(tmp_path, "T: a\n[0:05]\nmore\nP: b\n") == [(None, None), (None, None)]
    assert turns(tmp_path, "T: a\n[0:05]\n[0:06] more\nP: b\n") == [("t", "a more"), ("p", "b")]


@pytest.mark.parametrize(
    "header",
    [
        "Transcript of a session\n\n",
        "Session 4, recorded in May\nwith Dr S.\n\n",
        "Date: 1 May\n",
        "Date: 1 May\nClient: J. D.\nTherapist: S.\n\n",
        "# Session 4\n---\n",
        "[recording starts]\n",
    ],
)
def test_a_header_is_skipped(tmp_path: Path, header: str) -> None:
    assert turns(tmp_path, f"{header}T: a\nP: b\n") == [("t", "a"), ("p", "b")]


def test_first_turns_under_a_date_are_not_lost(tmp_path: Path) -> None:
    long = "Date: 1 May\nT: a b c d e\nP: b\n\nT: c\nP: d\n"
    repeated = "Date: 1 May\nT: a\nP: b\nT: c\n\nP: d\n"
    asked = "Date: 1 May\nT: a?\nP: b\n\nT: c\nP: d\n"
    only = "Date: 1 May\nT: a\nP: b\n\n\n"
    assert [len(turns(tmp_path, text)) for text in (long, repeated, asked, only)] == [4, 4, 4, 2]


@pytest.mark.parametrize("opening", ["so hello there\n", "x " * 150 + "\n\n", "x\n" * 21 + "\n"])
def test_what_may_be_speech_before_the_first_tag_is_an_error(tmp_path: Path, opening: str) -> None:
    with pytest.raises(TranscriptError, match=r"s\.txt:1: text before the first speaker tag"):
        turns(tmp_path, f"{opening}T: a\nP: b\n")


@pytest.mark.parametrize("content", ["just one line", "no tags\n\nat all\n"])
def test_a_file_without_tags_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(TranscriptError, match="no speaker tag found"):
        turns(tmp_path, content)


def test_a_turn_may_be_no_longer_than_the_setting(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("T: a\nP: " + "b\n" * 60)
    short = ReadSettings(max_utterance_chars=100)
    with pytest.raises(TranscriptError, match=r"s\.txt:2: more than 100 characters in one turn"):
        read_transcript(path, None, short)
    assert len(read_transcript(path, None, ReadSettings(max_utterance_chars=119)).utterances) == 2


@pytest.mark.parametrize("letter", ["R", "X", "I", "Doctor", "Interviewer", "Coach", "Speaker 1"])
def test_ambiguous_tags_need_a_map(tmp_path: Path, letter: str) -> None:
    with pytest.raises(SpeakerRoleError):
        turns(tmp_path, f"{letter}: a\n{letter}: b\nP: c\n")
