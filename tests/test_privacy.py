"""What leaves a run: no connection, no words of a transcript, no file outside the given folder.

Transcripts hold canaries; commands run in processes that are watched (`tests.watched`). Commands
that only read or code are in `test_privacy_commands`.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.watched import HOOK, NAME, VALUE, WORD, Run, assert_private, leaks, run

CODES = (
    "session_id,utterance_id,coder,rupture,secondary,intensity,markers,strategies,process,comment"
)
EPISODES = "session_id,coder,episode_id,start,end,kind,initiator,repair_start,resolution"
RATINGS = (
    "session_id,coder,withdrawal_impact,confrontation_impact,resolution,therapist_contribution"
)


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    """Two good transcripts with the canaries in them; `roles.csv` lies beside the folder."""
    folder = tmp_path / "sessions"
    folder.mkdir()
    said = [f"{'TP'[i % 2]}: turn {i} about {WORD} and the week" for i in range(12)]
    (folder / "a.txt").write_text("\n".join(said), encoding="utf-8")
    cues = [
        f"00:00:{i:02d}.000 --> 00:00:{i:02d}.900\n{speaker}: no, {WORD} was fine\n"
        for i, speaker in enumerate(["Ann Other", NAME] * 6)
    ]
    (folder / "b.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    roles = f"file,speaker,turns,role\n*,Ann Other,,therapist\n*,{NAME},,patient\n"
    (tmp_path / "roles.csv").write_text(roles, encoding="utf-8")
    return folder


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Transcripts that cannot be read, each in its own way, all with canaries."""
    folder = tmp_path / "broken"
    folder.mkdir()
    files = {
        "no_column.csv": f"who_spoke,words\n{NAME},{WORD}\n",  # names of columns may be told
        "no_header.csv": f"{NAME},{WORD}\n{VALUE},{WORD}\n",
        "bad_time.csv": f"speaker,text,start_s\ntherapist,{WORD},{VALUE}\n",
        "open_quote.csv": f'speaker,text\ntherapist,"{WORD}\n',
        "bad.jsonl": f'{{"speaker": "therapist", "text": "{WORD}"\n',
        "bad_type.jsonl": json.dumps({"speaker": [NAME], "text": WORD, "start_s": VALUE}) + "\n",
        "bad_speaker.jsonl": json.dumps({"speaker": NAME, "text": WORD}) + "\n",
        "unknown.txt": f"{NAME}: {WORD}\nT: so\n{NAME}: {WORD}\n",
        "no_tag.txt": f"{WORD} {NAME} {VALUE}\n",
        "bad.vtt": f"WEBVTT\n\n00:0x:00 --> {VALUE}\n{NAME}: {WORD}\n",
        "bad.docx": f"PK {WORD} {NAME}",
        "bytes.txt": f"{WORD}\x00\x01\x02{NAME}",
    }
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A coded corpus with wrong codes, ids and references that are canaries."""
    folder = tmp_path / "corpus"
    tables = {
        "utterances": [
            ["session_id", "utterance_id", "speaker", "text", "start_s", "end_s"],
            ["s1", "0", "therapist", f"so, {WORD}", "", ""],
            ["s1", "1", "patient", f"no {WORD}", VALUE, ""],
            ["s1", "2", NAME, WORD, "", ""],
        ],
        "codes": [
            CODES.split(","),
            ["s1", "1", "a", VALUE, "", "9", "lectures", "", "", WORD],
            ["s1", VALUE, "a", "none", "", "", "", NAME, "", WORD],
        ],
        "episodes": [
            EPISODES.split(","),
            ["s1", "a", "0", VALUE, "1", VALUE, NAME, "", "7"],
        ],
        "sessions": [
            RATINGS.split(","),
            ["s1", "a", VALUE, "1", "", "1"],
        ],
        "groups": [["session_id", "group"], ["s1", "g1"]],
    }
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def label(tmp_path: Path, model: Path, *arguments: str | Path) -> Run:
    roles = tmp_path / "roles.csv"
    out = tmp_path / "out"
    return run(tmp_path, "label", *arguments, "--roles", roles, "--model", model, "--out", out)


def test_the_hook_sees_a_connection_that_a_library_hides(tmp_path: Path) -> None:
    # Positive control: a connection is refused and recorded although the caller swallows it.
    hook = tmp_path / "sitecustomize.py"
    hook.write_text(HOOK, encoding="utf-8")
    code = (
        "import contextlib, socket\n"
        "with contextlib.suppress(OSError): socket.create_connection(('192.0.2.1', 80), 1)"
    )
    attempts = tmp_path / "attempts.txt"
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "ATTEMPTS": str(attempts)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert attempts.read_text(encoding="utf-8")


def test_labelling_without_text_leaves_no_word_anywhere(
    tmp_path: Path, sessions: Path, tiny_bundle: Path
) -> None:
    done = label(tmp_path, tiny_bundle, sessions)
    assert done.code == 0, done.said
    assert_private(tmp_path, done)
    assert leaks(tmp_path / "out") == []


def test_labelling_with_text_puts_words_into_the_given_folder_only(
    tmp_path: Path, sessions: Path, tiny_bundle: Path
) -> None:
    # Also the positive control of the search: it finds the words in tables and report.
    done = label(tmp_path, tiny_bundle, sessions, "--with-text")
    assert done.code == 0, done.said
    assert_private(tmp_path, done)
    found = leaks(tmp_path / "out", (WORD,))
    assert {"utterances.csv", "utterances.parquet"} <= set(found)
    assert any(name.endswith(".html") for name in found)


def test_files_that_cannot_be_read_are_reported_without_their_words(
    tmp_path: Path, sessions: Path, broken: Path, tiny_bundle: Path
) -> None:
    (tmp_path / "roles.csv").write_text("speaker,role\nAnn Other,therapist\n", encoding="utf-8")
    done = label(tmp_path, tiny_bundle, sessions, broken)
    assert done.code == 1
    assert all(path.name in "".join(done.said.split()) for path in broken.iterdir())
    assert_private(tmp_path, done)
    assert leaks(tmp_path / "out") == []


def test_listing_speakers_says_names_in_the_table_only(
    tmp_path: Path, sessions: Path, broken: Path
) -> None:
    done = run(tmp_path, "roles", sessions, broken, "--out", tmp_path / "out" / "listed.csv")
    assert done.code == 1  # some cannot be read
    assert_private(tmp_path, done)
    assert leaks(tmp_path / "out", (NAME,)) == ["listed.csv"]
    assert leaks(tmp_path / "out", (WORD,)) == []


@pytest.mark.parametrize("action", ["validate", "stats"])
def test_problems_of_a_corpus_are_listed_without_its_words_or_values(
    tmp_path: Path, corpus: Path, action: str
) -> None:
    done = run(tmp_path, "corpus", action, corpus)
    assert done.code == 1, done.said
    assert "codes.csv" in done.said
    assert_private(tmp_path, done)


def test_an_unknown_model_or_setting_is_reported_without_a_connection(
    tmp_path: Path, sessions: Path
) -> None:
    done = run(tmp_path, "label", sessions, "--model", "some-lab/some-model", "--out", tmp_path)
    assert done.code != 0
    assert_private(tmp_path, done)


def test_help_opens_no_connection_and_leaves_no_file(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.code == 0
    assert_private(tmp_path, done)
