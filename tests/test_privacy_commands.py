"""What commands on codes, results, models and projects leave behind: what was asked for, no more.

Each group of commands runs in one process, watched, on a corpus whose words and comments are
canaries. Which commands there are is asked of the command line: a new one has to be added here.
"""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eval.review_client import Client
from tests.io.corpus_samples import Rows, sound_rows, write_rows
from tests.test_house import existing_commands
from tests.watched import (
    NAME,
    VALUE,
    WORD,
    Arguments,
    assert_private,
    environment,
    leaks,
    run_each,
    what_is_left,
)

ELSEWHERE = {("label",), ("roles",), ("review", "serve")}
"""`test_privacy`, and the last test here."""

Commands = list[Arguments]


def coded_rows() -> Rows:
    """Two sessions coded by two, who differ; every word and comment is a canary."""
    rows = sound_rows()
    for row in rows["utterances.csv"][1:]:
        row[3] = f"{WORD} {row[3]}"
    for row in rows["codes.csv"][1:]:
        row[-1] = f"{VALUE} {NAME}"
    for table in rows.values():
        if "coder" in table[0]:
            at = table[0].index("coder")
            table += [[*row[:at], "b", *row[at + 1 :]] for row in table[1:]]
    rows["codes.csv"].pop()
    return rows


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """What the commands are given: a corpus, results that hold words too, AnnoMI's own form."""
    rows = coded_rows()
    write_rows(rows, tmp_path / "lab" / "coded")
    results = [["session_id", "utterance_id", "speaker", "rupture", "text"]]
    codes = {(row[0], row[1]): row[3] for row in rows["codes.csv"][1:]}
    results += [
        [session, turn, speaker, codes.get((session, turn), "none"), text]
        for session, turn, speaker, text, *_ in rows["utterances.csv"][1:]
        if speaker != "other"
    ]
    write_rows({"utterances.csv": results}, tmp_path / "lab" / "results")
    said = [["transcript_id", "utterance_id", "interlocutor", "timestamp", "utterance_text"]]
    said += [["2", "0", "therapist", "00:00:13", WORD], ["2", "1", "client", "00:00:15", WORD]]
    write_rows({"simple.csv": said}, tmp_path / "lab")
    spoken = [["speaker", "text"], ["therapist", WORD], ["patient", WORD]]
    sheet = [["session", "turn", "code", "comment"], ["said", "2", "withdrawal", f"{VALUE} {NAME}"]]
    write_rows({"said.csv": spoken, "sheet.csv": sheet}, tmp_path / "lab")
    by_id = {file: [table[0]] for file, table in rows.items() if file != "utterances.csv"}
    by_id["codes.csv"].append(["annomi-002", "0", "gold", "none", *[""] * 7])
    by_id["sessions.csv"].append(["annomi-002", "gold", "1", "1", "", "1"])
    by_id["groups.csv"].append(["annomi-002", "g", ""])
    write_rows(by_id, tmp_path / "lab" / "by_id")
    return tmp_path / "lab"


def on_a_corpus(lab: Path, out: Path) -> Commands:
    simple = lab / "simple.csv"
    known = hashlib.sha256(simple.read_bytes()).hexdigest() if simple.exists() else ""
    coded_by_hand: Arguments = ["--sheet", lab / "sheet.csv", "--out", out / "made-text"]
    joined: Arguments = ["--codes", lab / "by_id", "--sha256", known, "--out", out / "joined-text"]
    return [
        ["corpus", "validate", lab / "coded"],
        ["corpus", "stats", lab / "coded", "--out", out / "stats.csv"],
        ["corpus", "split", lab / "coded", "--folds", "2", "--out", out / "split.json"],
        ["corpus", "join", "annomi", simple, *joined],
        ["corpus", "sheet", lab / "said.csv", "--out", out / "sheet-text"],
        ["corpus", "join", "sheet", lab / "said.csv", *coded_by_hand],
        ["train", lab / "coded", "--check"],
    ]


def on_codes(lab: Path, out: Path) -> Commands:
    less: Arguments = ["--draws", "2", "--out"]
    against: Arguments = ["--reference", lab / "coded", "--reference-coder", "a"]
    return [
        ["agreement", lab / "coded", *less, out / "coders"],
        ["evaluate", *against, "--predicted", lab / "results", *less, out / "system"],
    ]


def on_models(lab: Path, out: Path) -> Commands:
    return [
        ["model", "list", "--models", out],
        ["model", "show", "small"],
        ["model", "show", "base"],
        ["model", "get", "small", "--models", out, "--from", lab],
    ]


def on_a_project(lab: Path, out: Path) -> Commands:
    project = out / "study-text"
    given: Arguments = ["--transcripts", lab / "coded", "--predictions", lab / "results"]
    return [
        ["review", "init", project, *given],
        ["review", "add-coder", project, "ada"],
        ["review", "assign", project, "--by-chance"],
        ["review", "import", project, lab / "coded", "--mode", "blind", "--notes", out / "notes"],
        ["review", "status", project],
        ["review", "export", project, "--out", out / "exported"],
        ["review", "export", project, "--with-text", "--out", out / "exported-text"],
        ["review", "backup", project],
    ]


GROUPS = (on_a_corpus, on_codes, on_models, on_a_project)


def leaf_commands() -> Iterator[tuple[str, ...]]:
    paths = existing_commands()
    groups = {path[:-1] for path in paths}
    return (path for path in paths if path not in groups)


def test_no_command_is_forgotten(tmp_path: Path) -> None:
    given = [command for group in GROUPS for command in group(tmp_path, tmp_path)]
    run = {
        leaf for leaf in leaf_commands() for command in given if tuple(command[: len(leaf)]) == leaf
    }
    assert run | ELSEWHERE == set(leaf_commands())


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_words_stay_where_they_were_asked_for(
    tmp_path: Path, lab: Path, group: Callable[[Path, Path], Commands]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    commands = group(lab, out)
    done = run_each(tmp_path, commands)
    # `small` is there already; two sessions are too few to train on.
    refused = [command[:2] in (["model", "get"], ["train", lab / "coded"]) for command in commands]
    assert list(done.codes) == refused, done.said
    assert_private(tmp_path, done)
    asked_for = {path.name for path in out.iterdir() if path.name.endswith("-text")}
    for path in out.iterdir():
        holder = out / path.name
        found = leaks(holder, (WORD,)) if holder.is_dir() else leaks_in_file(holder)
        assert bool(found) == (path.name in asked_for), (path.name, found)


def leaks_in_file(path: Path) -> list[str]:
    return [path.name] if WORD in path.read_text(encoding="utf-8") else []


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Codes, results and lists whose values are canaries, wrong in every table."""
    rows = coded_rows()
    rows["utterances.csv"][2][2] = NAME
    rows["codes.csv"][1][3] = VALUE
    rows["episodes.csv"][1][5] = VALUE
    rows["sessions.csv"][1][2] = VALUE
    results = [["session_id", "utterance_id", "speaker", "rupture"], ["s1", "1", NAME, VALUE]]
    write_rows(rows, tmp_path / "broken" / "coded")
    write_rows({"utterances.csv": results}, tmp_path / "broken" / "results")
    write_rows({"simple.csv": [[VALUE, WORD], [NAME, WORD]]}, tmp_path / "broken")
    write_rows({"tasks.csv": [["session_id", "coder", "mode"], ["s1", "ada", VALUE]]}, tmp_path)
    return tmp_path / "broken"


def test_what_cannot_be_read_is_told_without_its_words_and_values(
    tmp_path: Path, lab: Path, broken: Path
) -> None:
    out, project = tmp_path / "out", tmp_path / "study"
    refused: Commands = [
        ["corpus", "stats", broken / "coded"],
        ["corpus", "split", broken / "coded", "--out", out / "split.json"],
        ["corpus", "join", "annomi", broken / "simple.csv", "--sha256", "0" * 64, "--out", out],
        ["agreement", broken / "coded", "--out", out],
        ["evaluate", "--reference", broken / "coded", "--predicted", lab, "--out", out],
        ["evaluate", "--reference", lab / "coded", "--predicted", broken / "results", "--out", out],
        ["review", "init", tmp_path / "other", "--transcripts", broken / "coded"],
        ["review", "import", project, broken / "coded"],
        ["review", "assign", project, "--list", tmp_path / "tasks.csv"],
    ]
    done = run_each(
        tmp_path,
        [
            ["review", "init", project, "--transcripts", lab / "coded"],
            ["review", "add-coder", project, "ada"],
            *refused,
        ],
    )
    assert list(done.codes) == [0, 0, *[1] * len(refused)], done.said
    assert "internal error" not in done.said
    assert_private(tmp_path, done)
    assert not out.exists() or leaks(out) == []


def test_a_server_says_nothing_of_what_it_shows(tmp_path: Path, lab: Path) -> None:
    project = tmp_path / "study"
    commands: Commands = [
        ["review", "init", project, "--transcripts", lab / "coded"],
        ["review", "add-coder", project, "ada"],
        ["review", "assign", project, "--by-chance"],
    ]
    link = next(
        line for line in run_each(tmp_path, commands).said.splitlines() if "/enter#" in line
    )
    command = "from rupture_nlp.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", command, "review", "serve", str(project), "--port", "0"],
        cwd=tmp_path / "private" / "work",
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        address = first.partition("://")[2].partition("/ ")[0]
        assert address, first
        with Client(address, link.partition("#")[2]) as client:
            assert WORD in json.dumps(client.get("/api/assignments/1"))
            assert client.post("/api/assignments/1/decisions", {"value": VALUE})[0] >= 400
        process.send_signal(signal.SIGTERM)
        said = process.communicate()[0]
    finally:
        process.kill()
    assert_private(tmp_path, what_is_left(tmp_path, said, (process.returncode,)))
