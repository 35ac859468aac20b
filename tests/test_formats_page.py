"""The examples of docs/formats.md are read, and hold the same turns in every format."""

import re
from pathlib import Path

import pytest

from rupture_nlp.config import load_config
from rupture_nlp.io.formats import SUFFIXES
from rupture_nlp.io.read import read_transcript
from rupture_nlp.io.roles import BUILT_IN, read_roles
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.schema import Speaker

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
T, P = Speaker.THERAPIST, Speaker.PATIENT
TURNS = [
    (T, "How was the week with the diary?"),
    (P, "Fine. [pause] I did some of it. Most of it."),
    (T, "What got in the way on the other days?"),
    (P, "Nothing really."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in EXAMPLES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".jsonl", ".vtt", ".srt"])
def test_the_example_of_each_format_holds_the_same_turns(folder: Path, suffix: str) -> None:
    session = read_transcript(folder / f"session{suffix}", read_roles(folder / "roles.csv"))
    assert [(turn.speaker, turn.text) for turn in session.utterances] == TURNS


def test_timed_examples_give_the_same_times(folder: Path) -> None:
    roles = read_roles(folder / "roles.csv")
    sessions = [read_transcript(folder / f"session.{s}", roles) for s in ("csv", "vtt", "srt")]
    times = [[(turn.start_s, turn.end_s) for turn in one.utterances] for one in sessions]
    assert times[0] == times[1] == times[2]


def test_the_settings_example_is_understood(folder: Path) -> None:
    settings = load_config(LabelSettings, folder / "settings.yaml")
    assert settings.read.columns["speaker"] == "Wer"


def test_the_page_names_every_suffix() -> None:
    assert [suffix for suffix in SUFFIXES if f"`{suffix}`" not in PAGE] == []


def test_the_page_lists_the_built_in_tags() -> None:
    for role in Speaker:
        (row,) = re.findall(rf"^\| `{role}` \| (.*) \|$", PAGE, re.MULTILINE)
        listed = {tag.strip().casefold() for tag in row.split(",")}
        assert listed == {tag for tag, built_in in BUILT_IN.items() if built_in is role}
