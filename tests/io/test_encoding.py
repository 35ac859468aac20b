import codecs
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.encoding import read_text
from rupture_nlp.io.read import read_transcript

LIMIT = 10**6
SESSION = "T: Así, naïve “ok” 5 €\nP: Grüße\n"
ENCODED = {
    "UTF-8": SESSION.encode(),
    "UTF-8 with mark": SESSION.encode("utf-8-sig"),
    "UTF-16 little-endian": codecs.BOM_UTF16_LE + SESSION.encode("utf-16-le"),
    "UTF-16 big-endian": codecs.BOM_UTF16_BE + SESSION.encode("utf-16-be"),
    "UTF-32": SESSION.encode("utf-32"),
    "Windows-1252": SESSION.encode("cp1252"),
}


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(TranscriptError) as caught:
        read_text(path, LIMIT)
    return caught.value.problem


@pytest.mark.parametrize("name", ENCODED)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_gives_the_same_text(
    tmp_path: Path, name: str, line_end: str
) -> None:
    path = tmp_path / "s.txt"
    encoding = {"UTF-16 little-endian": "utf-16-le", "UTF-16 big-endian": "utf-16-be"}.get(name)
    content = ENCODED[name]
    if encoding:
        content = content.replace("\n".encode(encoding), line_end.encode(encoding))
    elif name == "UTF-32":
        content = SESSION.replace("\n", line_end).encode("utf-32")
    else:
        content = content.replace(b"\n", line_end.encode())
    path.write_bytes(content)
    assert read_text(path, LIMIT) == SESSION
    assert [u.text for u in read_transcript(path).utterances] == ["Así, naïve “ok” 5 €", "Grüße"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_marked_text_is_read_as_it_was_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.txt"
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        path.write_bytes(f"x{text}".encode(encoding))
        assert read_text(path, LIMIT) == f"x{text}"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t", "the file is empty"),
        (codecs.BOM_UTF8, "the file is empty"),
        (codecs.BOM_UTF16_LE, "the file is empty"),
        (b"T: a\x00b", "not a text file"),
        ("T: a".encode("utf-16-le"), "not a text file"),  # no mark
        (b"T: a\x07\n", "not a text file"),
        (b"T: \x81\x8d a", "not a text file"),  # no character of Windows-1252
        (codecs.BOM_UTF16_LE + b"a", "damaged UTF-16 text"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8", "damaged UTF-16 text"),
        (codecs.BOM_UTF8 + b"\xff", "damaged UTF-8-SIG text"),
        ("T: Grüße".encode()[:-2], "UTF-8 text with broken characters"),
        ("T: üüüü".encode() + b"\xff", "UTF-8 text with broken characters"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    assert refusal(tmp_path / "s.txt", content) == problem


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_bytes(b"a" * 11)
    with pytest.raises(TranscriptError, match="larger than the limit of 10 bytes"):
        read_text(path, 10)
    assert read_text(path, 11) == "a" * 11


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")  # opening it would wait for ever
    for path, problem in (
        (tmp_path, "is not a file"),
        (tmp_path / "pipe.txt", "is not a file"),
        (tmp_path / "none.txt", "no such file"),
        (Path("a\0b.txt"), "cannot be read|no such file"),
    ):
        with pytest.raises(TranscriptError, match=problem):
            read_text(path, LIMIT)


def test_a_line_end_in_a_file_name_does_not_break_the_message(tmp_path: Path) -> None:
    path = tmp_path / "a\nb\x1b.txt"
    path.write_bytes(b"")
    with pytest.raises(TranscriptError) as caught:
        read_text(path, LIMIT)
    assert "a?b?.txt: the file is empty. " in str(caught.value)
