"""A secret word in a name, a text or a field never leaves the file through an error."""

import traceback
from pathlib import Path

import docx
import pytest

from rupture_nlp.errors import RuptureNlpError
from rupture_nlp.io.read import read_transcript
from rupture_nlp.io.roles import read_roles
from rupture_nlp.io.settings import ReadSettings

SECRET = "Xanthippe"  # noqa: S105  # no password
CUE = "00:00:01.000 --> 00:00:02.000\n"

ERRORS = {
    "s.txt": [
        f"T: a\n{SECRET} {SECRET}: b\n",  # unknown speaker
        f"{SECRET}\n",
        f"{SECRET}: a\n",
        f"{SECRET} said so\nT: a\n",
        f"T: {SECRET * 30_000}",
        f"T: {SECRET}\x00",
        f"T: {SECRET} \x81",
    ],
    "s.csv": [
        f"{SECRET},{SECRET}\nT,a\n",
        f"speaker,{SECRET} x\nT,a\n",
        f"T,{SECRET}\nP,b\n",
        f"speaker,text\n{SECRET},a\n",
        f"speaker,text\nT,a,{SECRET}\n",
        f'speaker,text\nT,"{SECRET}"{SECRET}\n',
        f'speaker,text\nT,"{SECRET}\n',
        f"speaker,text,start_s\nT,a,{SECRET}\n",
        f"speaker,text,end_s\nT,a,{SECRET}\n",
        f"speaker,text,utterance_id\nT,a,{SECRET}\nP,b,{SECRET}\n",
        f"speaker,text,session_id\nT,{SECRET},\n",
        f"speaker,text,session_id\nT,a,{SECRET}\nP,b,y\n",  # two sessions
        f"speaker,text\nT,{SECRET * 30_000}\n",
    ],
    "s.tsv": [f'speaker\ttext\nT\t"{SECRET}"\tx\n', f"{SECRET}\ta\n"],
    "s.jsonl": [
        f'{{"speaker": "{SECRET}", "text": "a"}}',
        f'{{"speaker": "T", "text": {SECRET}}}',
        f'{{"speaker": "T", "text": "{SECRET}}}',
        f'["{SECRET}"]',
        f'{{"{SECRET}": "T", "b": "a"}}',
        f'{{"speaker": "T", "text": ["{SECRET}"]}}',
        f'{{"speaker": "T", "text": "a", "start_s": "{SECRET}"}}',
        f'{{"speaker": "T", "text": "a", "session_id": ["{SECRET}"]}}',
    ],
    "s.vtt": [
        f"WEBVTT\n\n{CUE}{SECRET} said\n",
        f"WEBVTT\n\n{CUE}<v {SECRET}>a</v>\n",
        f"WEBVTT\n\n{SECRET}\n\n{CUE}T: a\n",
        f"WEBVTT\n\n00:01 --> {SECRET}\nT: a\n",
        f"{SECRET}\n",
        f"WEBVTT {SECRET}\n\nNOTE {SECRET}\n",
    ],
    "s.srt": [f"1\n{CUE}{SECRET} {SECRET}: a\n", f"{SECRET}\n1\n{CUE}T: a\n", SECRET],
    "s.docx": [f"T: a {SECRET}", SECRET],
    "s.eaf": [SECRET],
}
CASES = [(name, content) for name, contents in ERRORS.items() for content in contents]


def assert_kept(error: BaseException) -> None:
    """The word is in nothing that a traceback, a log or a report of the error could show."""
    shown = f"{error} {error!r} {error.args!r} {vars(error)!r}"
    assert SECRET.casefold() not in shown.casefold()
    assert error.__context__ is None
    assert error.__cause__ is None
    written = "".join(traceback.format_exception_only(error))
    assert SECRET.casefold() not in written.casefold()
    assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize(("name", "content"), CASES, ids=range(len(CASES)))
def test_an_error_does_not_tell_the_secret_word(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode("cp1252", "replace") if "\x81" not in content else b"\x81")
    with pytest.raises(RuptureNlpError) as caught:
        read_transcript(path)
    assert_kept(caught.value)


def test_an_error_of_a_document_does_not_tell_the_secret_word(tmp_path: Path) -> None:
    path = tmp_path / "s.docx"
    for lines in ([SECRET], [f"{SECRET} x", f"{SECRET}: a"], [f"T: {SECRET * 20_000}"]):
        document = docx.Document()
        for line in lines:
            document.add_paragraph(line)
        document.save(str(path))
        with pytest.raises(RuptureNlpError) as caught:
            read_transcript(path)
        assert_kept(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        f"{SECRET},role\nx,y\n",
        f"speaker,role\n{SECRET},\n",
        f"speaker,role\nx,{SECRET}\n",
        f'speaker,role\n"{SECRET}"x,patient\n',
        f"speaker,role\n{SECRET},patient\n{SECRET},therapist\n",
    ],
)
def test_an_error_of_a_role_map_does_not_tell_the_secret_word(tmp_path: Path, content: str) -> None:
    path = tmp_path / "roles.csv"
    path.write_text(content)
    with pytest.raises(RuptureNlpError) as caught:
        read_roles(path)
    assert_kept(caught.value)


def test_a_long_merged_turn_does_not_tell_the_secret_word(tmp_path: Path) -> None:
    path = tmp_path / "s.srt"
    path.write_text(f"1\n{CUE}T: {SECRET}\n\n2\n{CUE}T: {SECRET}\n")
    with pytest.raises(RuptureNlpError) as caught:
        read_transcript(path, None, ReadSettings(max_utterance_chars=15))
    assert_kept(caught.value)
