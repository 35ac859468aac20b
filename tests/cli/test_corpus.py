"""`rupture-nlp corpus`: what is on the screen, in the files, and in the exit code."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rupture_nlp.cli.corpus import app
from rupture_nlp.errors import CorpusError, RunError
from tests.io.corpus_samples import DATA, sound_rows, write_rows


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_sound_corpus_is_valid(tmp_path: Path) -> None:
    result = run("validate", write_rows(sound_rows(), tmp_path))
    assert result.exit_code == 0
    assert result.stdout.endswith("2 sessions, 9 utterances, 0 errors, 0 warnings\n")


def test_every_problem_is_printed_and_the_exit_code_is_one(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["utterances.csv"][2][2] = "canary"
    rows["codes.csv"][2][5] = "1"
    rows["sessions.csv"][1][4] = ""
    result = run("validate", write_rows(rows, tmp_path))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split(": ")[:2] for line in lines[:-1]] == [
        ["error", "codes.csv:3"],
        ["error", "episodes.csv:2"],
        ["warning", "sessions.csv:2"],
        ["error", "utterances.csv:3"],
    ]
    assert "3 errors, 1 warning" in lines[-1]
    assert "canary" not in result.output


def test_warnings_alone_leave_the_exit_code_at_zero() -> None:
    result = run("validate", DATA / "authored")
    assert result.exit_code == 0
    assert "0 errors, 6 warnings" in result.stdout


def test_a_folder_that_is_not_there_is_not_valid(tmp_path: Path) -> None:
    result = run("validate", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "codes.csv: the file is missing" in result.stdout


def test_stats_shows_a_table_and_writes_all_counts(tmp_path: Path) -> None:
    folder = write_rows(sound_rows(), tmp_path / "corpus")
    result = run("stats", folder, "--out", tmp_path / "stats.csv")
    assert result.exit_code == 0
    assert "withdrawal_from_other" in result.stdout
    assert "2 sessions in 2 groups, 9 utterances, coders: a" in result.stdout
    with (tmp_path / "stats.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["coder"] for row in rows} == {"a"}
    assert "canary" not in result.output


def test_split_writes_a_list_in_which_groups_stay_together(tmp_path: Path) -> None:
    folder = write_rows(sound_rows(), tmp_path / "corpus")
    result = run("split", folder, "--folds", "2", "--seed", "3", "--out", tmp_path / "split.json")
    assert result.exit_code == 0
    content = json.loads((tmp_path / "split.json").read_text(encoding="utf-8"))
    assert (content["scheme"], content["seed"]) == ("groups", 3)
    assert sorted(fold["test"] for fold in content["folds"]) == [["s1"], ["s2"]]


def test_zero_folds_leave_out_one_group_at_a_time(tmp_path: Path) -> None:
    run("split", DATA / "authored", "--folds", "0", "--out", tmp_path / "split.json")
    content = json.loads((tmp_path / "split.json").read_text(encoding="utf-8"))
    assert (content["scheme"], content["seed"]) == ("leave-one-group-out", None)
    assert [len(fold["test"]) for fold in content["folds"]] == [25] * 11


@pytest.mark.parametrize("command", ["stats", "split"])
def test_a_corpus_with_errors_is_not_counted_or_split(command: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(command, tmp_path / "nowhere", "--out", out)
    assert result.exit_code == 1
    assert isinstance(result.exception, CorpusError)
    assert not out.exists()


def test_join_annomi_needs_the_coded_version_or_its_hash(tmp_path: Path) -> None:
    (tmp_path / "simple.csv").write_text("canary", encoding="utf-8")
    arguments: list[str | Path] = [
        "join",
        "annomi",
        tmp_path / "simple.csv",
        "--out",
        tmp_path / "out",
    ]
    arguments += ["--codes", DATA / "annomi"]
    result = run(*arguments)
    assert "sha256 is" in str(result.exception)
    sha256 = hashlib.sha256(b"canary").hexdigest()
    result = run(*arguments, "--sha256", sha256)
    assert "not in AnnoMI's columns" in str(result.exception)
    assert "canary" not in str(result.exception)
    assert (result.exit_code, (tmp_path / "out").exists()) == (1, False)


def test_join_annomi_without_codes_says_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("join", "annomi", "simple.csv", "--out", "out")
    assert "data/annomi of the source repository" in str(result.exception)


def test_join_annomi_writes_a_corpus(tmp_path: Path) -> None:
    codes = tmp_path / "codes"
    codes.mkdir()
    for file, row in {
        "codes.csv": "annomi-002,0,gold,none,,,,redirects,",
        "sessions.csv": "annomi-002,gold,1,1,,1",
        "groups.csv": "annomi-002,g",
        "episodes.csv": "",
    }.items():
        header = (DATA / "annomi" / file).read_text(encoding="utf-8").splitlines()[0]
        (codes / file).write_text(f"{header}\n{row}\n", encoding="utf-8")
    content = (
        "transcript_id,utterance_id,interlocutor,timestamp,utterance_text\n"
        "2,0,therapist,00:00:13,Hello\n2,1,client,00:00:15,Hi\n"
    )
    (tmp_path / "simple.csv").write_text(content, encoding="utf-8")
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    arguments: list[str | Path] = [
        "join",
        "annomi",
        tmp_path / "simple.csv",
        "--out",
        tmp_path / "out",
    ]
    result = run(*arguments, "--codes", codes, "--sha256", sha256)
    assert result.exit_code == 0
    assert "1 session, 2 utterances" in result.stdout
    assert run("validate", tmp_path / "out").exit_code == 0


def test_transcripts_that_cannot_be_read_are_all_named_at_once(tmp_path: Path) -> None:
    for name in ("s01", "s02"):
        (tmp_path / f"{name}.txt").write_text("Ann: hello\nBea: no\n", encoding="utf-8")
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("session,turn,code\ns01,2,WO\n", encoding="utf-8")
    given: list[str | Path] = [tmp_path / "s01.txt", tmp_path / "s02.txt", "--sheet", sheet]
    result = run("join", "sheet", *given, "--out", tmp_path / "coded")
    assert isinstance(result.exception, CorpusError)
    assert [line.split(":")[0] for line in str(result.exception).splitlines()] == [
        str(tmp_path / "s01.txt"),
        str(tmp_path / "s02.txt"),
    ]
    assert "Ann" not in str(result.exception)


@pytest.mark.parametrize(
    "command", [[], ["validate"], ["stats"], ["split"], ["join"], ["join", "annomi"]]
)
def test_each_command_explains_itself(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


@pytest.mark.parametrize("command", ["stats", "split"])
def test_a_file_that_is_there_is_not_overwritten_unasked(command: str, tmp_path: Path) -> None:
    corpus = write_rows(sound_rows(), tmp_path / "corpus")
    kept = tmp_path / "transcript.txt"
    kept.write_text("T: hello\n", encoding="utf-8")
    result = run(command, corpus, "--out", kept)
    assert isinstance(result.exception, RunError)
    assert kept.read_text(encoding="utf-8") == "T: hello\n"
    run(
        command, corpus, "--out", kept, "--force", *(["--folds", "2"] if command == "split" else [])
    )
    assert kept.read_text(encoding="utf-8") != "T: hello\n"
