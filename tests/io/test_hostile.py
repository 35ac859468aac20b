"""Files that nobody should have to read: the readers refuse them, quickly and in one line."""

import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rupture_nlp.errors import RuptureNlpError
from rupture_nlp.io.formats import SUFFIXES
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.io.roles import list_speakers, read_roles
from rupture_nlp.schema import Transcript
from tests.io.sessions import SESSION, WRITERS

TEXT_SUFFIXES = [suffix for suffix in SUFFIXES if suffix != ".docx"]
TOKENS = st.sampled_from(
    [
        *("T: ", "P:", "Jane: ", ":", "\n", "\n\n", "\r", "\t", " ", ",", ";", "|", '"', "'", "="),
        *("speaker", "text", "session_id", "start_s", "[00:01:02]", "00:01", "-->", "(", "[", "<v"),
        *("<v Jane>", "</v>", "WEBVTT", "NOTE", "STYLE", "1", "00:00:01.000 --> 00:00:02.000\n"),
        *('{"speaker": "T", "text": "', '"}', "{", "[[", "null", "NaN", "1e999", "\\ud800", "**"),
        *("&amp;", "&#9999999;", "\ufeff", "\u2028", "Date: ", "a b c", "é", "sep=;\n", "role"),
    ]
)
NASTY_TEXT = st.lists(TOKENS | st.text(max_size=3), max_size=40).map("".join)
FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def survive(path: Path) -> None:
    """Read the file; it gives sound turns or our own error, anything else fails the test."""
    transcripts: tuple[Transcript, ...] = ()
    refusal: RuptureNlpError | None = None
    try:
        transcripts = read_transcripts(path)
    except RuptureNlpError as error:
        refusal = error
    assert bool(transcripts) != bool(refusal)
    if refusal is not None:
        assert_fit_to_show(refusal)
    for transcript in transcripts:
        assert transcript.utterances
        assert transcript.text_hash()
        for utterance in transcript.utterances:
            assert "\n" not in utterance.text
            assert utterance.start_s is None or utterance.start_s >= 0


def assert_fit_to_show(error: RuptureNlpError) -> None:
    assert str(error).isprintable()
    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.parametrize("suffix", SUFFIXES)
@FUZZ
@given(content=st.binary(max_size=300))
def test_random_bytes_give_turns_or_our_own_error(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    path = tmp_path / f"s{suffix}"
    path.write_bytes(content)
    survive(path)


@pytest.mark.parametrize("suffix", TEXT_SUFFIXES)
@FUZZ
@given(content=NASTY_TEXT)
def test_nasty_text_gives_turns_or_our_own_error(tmp_path: Path, suffix: str, content: str) -> None:
    path = tmp_path / f"s{suffix}"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    survive(path)


@pytest.mark.parametrize("name", WRITERS)
@settings(FUZZ, max_examples=60)
@given(data=st.data())
def test_a_sound_file_with_a_patch_of_rubbish_gives_turns_or_our_own_error(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    path = tmp_path / name
    WRITERS[name](path, SESSION)
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 40))
    path.write_bytes(
        content[:place] + data.draw(st.binary(max_size=20)) + content[place + length :]
    )
    survive(path)


@FUZZ
@given(body=NASTY_TEXT)
def test_a_document_of_any_xml_gives_turns_or_our_own_error(tmp_path: Path, body: str) -> None:
    path = tmp_path / "s.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", body.encode("utf-8", "surrogatepass"))
    survive(path)


@FUZZ
@given(content=NASTY_TEXT.map(str.encode) | st.binary(max_size=200))
def test_any_role_map_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roles.csv"
    path.write_bytes(b"file,speaker,turns,role\n" + content)
    refusal: RuptureNlpError | None = None
    try:
        read_roles(path)
    except RuptureNlpError as error:
        refusal = error
    if refusal is not None:
        assert_fit_to_show(refusal)


@pytest.mark.parametrize("suffix", TEXT_SUFFIXES)
@pytest.mark.parametrize(
    "unit",
    ["a", " ", "T: a ", "[00:01:02] ", "<", "<v ", "((", "a:", '"', "{", "\t", "&amp;", "**"],
)
def test_a_line_of_megabytes_is_refused_at_once(tmp_path: Path, suffix: str, unit: str) -> None:
    path = tmp_path / f"s{suffix}"
    path.write_text("T" + unit * (4_000_000 // len(unit)) + "a")
    start = time.process_time()
    with pytest.raises(RuptureNlpError):
        read_transcripts(path)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "unit",
    ["T", " ", "[00:01:02] ", "<v a", "<v a>", "((", "A b ", "a:", "**", "1 ", "&amp;", "<b "],
)
def test_lines_just_within_the_limit_are_read_in_linear_time(tmp_path: Path, unit: str) -> None:
    line = (unit * 99_000)[:99_000]
    start = time.process_time()
    (tmp_path / "s.txt").write_text(f"T: a\n{line}\n")
    survive(tmp_path / "s.txt")
    (tmp_path / "s.vtt").write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\nT: a\n{line}\n")
    survive(tmp_path / "s.vtt")
    assert time.process_time() - start < 2


def test_hundreds_of_thousands_of_short_lines_are_read_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("T: a b c\nP: d: e\n" * 50_000)
    start = time.process_time()
    assert len(read_transcripts(path)[0].utterances) == 100_000
    assert time.process_time() - start < 10


def test_listing_speakers_refuses_as_reading_does(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_bytes(b"\x00\x01")
    with pytest.raises(RuptureNlpError, match="not a text file"):
        list_speakers([tmp_path / "s.txt"])
