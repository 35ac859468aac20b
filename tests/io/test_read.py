"""All formats together: one session gives the same turns whatever it is written in."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rupture_nlp.errors import SpeakerRoleError, TranscriptError
from rupture_nlp.io.read import read_transcript, read_transcripts
from rupture_nlp.schema import Transcript
from tests.io.sessions import SESSION, SPEAKERS, WRITERS, Turns

WORDS = st.text("abcXYZ éß漢?!'.-", min_size=1, max_size=12).map(str.strip).filter(bool)
TURNS = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=2, max_size=8).map(
    lambda texts: [("T" if i % 2 else "P", " ".join(text.split())) for i, text in enumerate(texts)]
)


def words(transcript: Transcript) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in transcript.utterances]


@pytest.mark.parametrize("name", WRITERS)
def test_a_session_gives_the_same_turns_in_every_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path, SESSION)
    transcript = read_transcript(path)
    assert words(transcript) == [(SPEAKERS[tag], text) for tag, text in SESSION]
    assert transcript.session_id == path.stem
    assert [u.utterance_id for u in transcript.utterances] == [str(i) for i in range(len(SESSION))]


@pytest.mark.parametrize("name", [name for name in WRITERS if not name.endswith("docx")])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS)
def test_what_is_written_is_read_again(tmp_path: Path, name: str, turns: Turns) -> None:
    path = tmp_path / name
    WRITERS[name](path, turns)
    assert words(read_transcript(path)) == [(SPEAKERS[tag], text) for tag, text in turns]


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "session.pdf"
    path.write_text("T: hello")
    with pytest.raises(TranscriptError, match=r"not a transcript format.*\.txt.*\.docx"):
        read_transcripts(path)


@pytest.mark.parametrize("name", ["S1.TXT", "S1.Csv"])
def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("speaker,text\nT,a\nP,b\n" if name.endswith("Csv") else "T: a\nP: b\n")
    assert words(read_transcript(path)) == [("therapist", "a"), ("patient", "b")]


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("T: a\nP: b\n")
    assert len(read_transcript(str(tmp_path / "s.txt")).utterances) == 2


def test_roles_may_be_a_plain_mapping(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("Dr Smith: a\nJane: b\nJane: c\n")
    transcript = read_transcript(path, {"dr smith": "therapist", "Jane": "patient"})
    assert words(transcript) == [("therapist", "a"), ("patient", "b"), ("patient", "c")]


def test_unknown_speakers_are_counted_and_placed_but_not_named(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("T: a\nJane: b\nT: c\nDr Who: d\nJane: e\n")
    with pytest.raises(SpeakerRoleError) as caught:
        read_transcript(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:2: 2 speakers have no known role, first in lines 2, 4.")
    assert "rupture-nlp roles PATH --out roles.csv" in message
    assert "Jane" not in message
    assert "Who" not in message


def test_only_the_first_ten_unknown_speakers_are_placed(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("speaker,text\n" + "".join(f"n{chr(97 + i)},x\n" for i in range(12)))
    with pytest.raises(SpeakerRoleError, match=r"12 speakers .* lines 2, .*, 11 and 2 more\."):
        read_transcripts(path)


def test_two_sessions_are_not_one(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("session_id,speaker,text\na,T,x\nb,P,y\n")
    with pytest.raises(TranscriptError, match="holds 2 sessions"):
        read_transcript(path)


def test_reading_loads_neither_torch_nor_pandas_nor_xml() -> None:
    code = (
        "import sys, rupture_nlp.io.read, rupture_nlp.io.flags, rupture_nlp.io.discover; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'pandas', 'lxml', 'docx')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
