import re
from pathlib import Path

import pytest

from rupture_nlp.cli.main import main
from rupture_nlp.review.coders import coder_of_token, coders_of
from rupture_nlp.review.coding import finish
from rupture_nlp.review.database import open_store
from rupture_nlp.review.progress import progress
from rupture_nlp.review.suggestions import read_suggestions
from rupture_nlp.review.values import Mode
from rupture_nlp.review.web.serve import DEFAULT_PORT

SAMPLE = "T: How was the week?\nP: Fine.\nT: Only fine?\nP: I said it was fine, zebra.\n"


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    """Two sessions, one of them twice under the same stem."""
    made = tmp_path / "in"
    (made / "more").mkdir(parents=True)
    (made / "a.txt").write_text(SAMPLE, encoding="utf-8")
    (made / "b.txt").write_text(SAMPLE.replace("week", "day"), encoding="utf-8")
    (made / "more" / "a.txt").write_text(SAMPLE.replace("week", "month"), encoding="utf-8")
    return made


@pytest.fixture
def project(transcripts: Path, tmp_path: Path) -> Path:
    """Three sessions without suggestions."""
    folder = tmp_path / "project"
    assert call("review", "init", folder, "--transcripts", transcripts) == 0
    return folder


def session_ids(project: Path) -> set[str]:
    with open_store(project) as store:
        return {one.assignment.session_id for one in progress(store)}


def test_a_project_is_made_filled_dealt_and_shown(
    project: Path, transcripts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ada", "bo"):
        assert call("review", "add-coder", project, name) == 0
    assert call("review", "add-coder", project, "lea", "--lead") == 0
    capsys.readouterr()
    assert call("review", "assign", project, "--by-chance", "--double-share", "0.34") == 0
    assert capsys.readouterr().out.startswith("4 assignments made\n  ada: ")
    # Two files of one stem are told apart as `label` does it.
    assert session_ids(project) == {"b", f"{transcripts}/a.txt", f"{transcripts}/more/a.txt"}
    assert call("review", "status", project) == 0
    shown = capsys.readouterr().out
    assert "lea (lead): 0 of 0 finished" in shown
    assert shown.count("0 of 4 turns touched  not begun") == 4
    assert "zebra" not in shown


def test_the_link_is_printed_once_and_opens(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert call("review", "add-coder", project, "ada", "--address", "https://lab:8765/") == 0
    link = capsys.readouterr().out.strip()
    found = re.fullmatch(r"https://lab:8765/enter#([\w-]{43})", link)
    assert found
    with open_store(project) as store:
        assert coder_of_token(store, found[1]) is not None
    assert call("review", "add-coder", project, "ada") == 1
    assert "--renew" in capsys.readouterr().err
    assert call("review", "add-coder", project, "ada", "--renew") == 0
    assert call("review", "add-coder", project, "ada", "--off") == 0
    with open_store(project) as store:
        assert coder_of_token(store, found[1]) is None
    files = [path.read_bytes() for path in project.iterdir() if path.is_file()]
    assert not any(found[1].encode() in content for content in files)


def test_sessions_are_added_only_when_told(
    project: Path, transcripts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[str | Path] = ["review", "init", project, "--transcripts", transcripts]
    assert call(*given) == 1
    assert "is a project already" in capsys.readouterr().err
    (transcripts / "c.txt").write_text(SAMPLE.replace("week", "year"), encoding="utf-8")
    assert call(*given, "--add") == 0
    shown = capsys.readouterr().out
    assert "1 session added (4 utterances)" in shown
    assert "3 sessions there already" in shown
    (transcripts / "c.txt").write_text(SAMPLE.replace("week", "hour"), encoding="utf-8")
    assert call(*given, "--add") == 1
    wrong = capsys.readouterr().err
    assert "1 session is in the project with other words" in wrong
    assert "zebra" not in wrong


def test_a_coded_corpus_and_the_results_on_it_make_a_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, results = tmp_path / "corpus", tmp_path / "results"
    corpus.mkdir()
    results.mkdir()
    (corpus / "utterances.csv").write_text(
        "session_id,utterance_id,speaker,text,start_s,end_s\n"
        "s1,u0,therapist,How was it?,0,2\n"
        "s1,u1,patient,Fine.,2,3\n",
        encoding="utf-8",
    )
    (corpus / "groups.csv").write_text("session_id,group\ns1,patient 7\n", encoding="utf-8")
    (results / "utterances.csv").write_text(
        "session_id,utterance_id,speaker,coder,rupture,uncertain\n"
        "s1,u0,therapist,small,none,false\n"
        "s1,u1,patient,small,withdrawal_from_other,true\n",
        encoding="utf-8",
    )
    project = tmp_path / "project"
    options: list[str | Path] = ["--transcripts", corpus, "--predictions", results]
    assert call("review", "init", project, *options, "--chosen-by", "random") == 0
    assert "1 session added (2 utterances), 1 with suggestions" in capsys.readouterr().out
    assert call("review", "add-coder", project, "ada") == 0
    one = ["--mode", "assisted", "--coder", "ada", "--session", "s1"]
    assert call("review", "assign", project, *one) == 0
    with open_store(project) as store:
        (row,) = progress(store)
        with store.read() as session:
            found = read_suggestions(session, row.assignment.session)
    assert (row.assignment.group, row.assignment.mode) == ("patient 7", Mode.ASSISTED)
    assert found is not None
    assert [turn.uncertain for turn in found.turns] == [False, True]


def test_a_list_assigns_and_its_mistakes_are_told_by_row(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("review", "add-coder", project, "ada") == 0
    table = tmp_path / "who.csv"
    table.write_text("session_id,coder,mode\nb,ada,blindly\n,ada,\n", encoding="utf-8")
    assert call("review", "assign", project, "--list", table) == 1
    wrong = capsys.readouterr().err
    assert "3 errors" in wrong  # all of them, with those of cells that are empty
    assert "who.csv:2: mode: must be blind or assisted" in wrong
    assert "who.csv:3: session_id:" in wrong
    assert "blindly" not in wrong
    table.write_text(
        "session_id,coder,mode\nb,ada,blind\n\nnothing,ada,blind\nb,zebra,blind\n", encoding="utf-8"
    )
    assert call("review", "assign", project, "--list", table) == 1
    wrong = capsys.readouterr().err  # rows as a spreadsheet counts, the empty one too
    assert "who.csv, row 4: the project has no such session" in wrong
    assert "who.csv, row 5: there is no active coder of this name" in wrong
    assert "row 2" not in wrong
    assert "zebra" not in wrong
    table.write_text("session_id,coder,mode\nb,ada,blind\n", encoding="utf-8")
    assert call("review", "assign", project, "--list", table) == 0
    assert session_ids(project) == {"b"}


def test_a_wrong_pair_of_options_is_told_by_their_places(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("review", "add-coder", project, "ada") == 0
    pair = ["--mode", "blind", "--coder", "ada", "--session", "b", "--session", "zebra"]
    assert call("review", "assign", project, *pair) == 1
    wrong = capsys.readouterr().err
    assert "--coder 1, --session 2: the project has no such session" in wrong
    assert "zebra" not in wrong


def test_status_says_what_is_to_be_done_first(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert call("review", "status", project) == 0
    assert "no coders yet" in capsys.readouterr().out
    assert call("review", "add-coder", project, "ada") == 0
    capsys.readouterr()
    assert call("review", "status", project) == 0
    assert "nothing is assigned yet" in capsys.readouterr().out


def test_a_link_says_where_it_leads_and_what_to_do_if_the_server_is_elsewhere(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("review", "add-coder", project, "ada") == 0
    shown = capsys.readouterr()
    assert f"http://127.0.0.1:{DEFAULT_PORT}/enter#" in shown.out
    assert f"It leads to http://127.0.0.1:{DEFAULT_PORT}." in shown.err
    assert "put that before /enter#" in shown.err


def test_an_import_of_a_coder_whom_the_file_does_not_have_fails(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("review", "add-coder", project, "ada") == 0
    one = ["--mode", "blind", "--coder", "ada", "--session", "b", "--all-turns"]
    assert call("review", "assign", project, *one) == 0
    assert "1 assignment made\n  ada: 1 blind, 4 turns" in capsys.readouterr().out
    with open_store(project) as store:
        (row,) = progress(store)
        (ada,) = coders_of(store)
        finish(store, row.assignment.id, ada)
    assert call("review", "export", project, "--out", tmp_path / "out", "--second-pass") == 0
    assert "no second pass" in capsys.readouterr().out
    assert call("review", "import", project, tmp_path / "out", "--coder", "zebra") == 1
    wrong = capsys.readouterr().err
    assert "the files have no coding by the coder given as number 1" in wrong
    assert "zebra" not in wrong


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--by-chance", "--adjudicate"],
        ["--mode", "blind"],
        ["--adjudicate"],
        ["--adjudicate", "--coder", "nobody"],
        ["--by-chance"],  # nobody to deal to
    ],
)
def test_assignments_that_cannot_be_made_are_one_line(
    project: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert call("review", "assign", project, *options) == 1
    wrong = capsys.readouterr().err
    assert wrong.startswith("error: ")
    assert wrong.count("\n") == 1
    assert "internal" not in wrong


def test_a_backup_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert call("review", "backup", project) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()


@pytest.mark.parametrize("command", [["status"], ["backup"], ["add-coder"], ["assign"]])
def test_a_folder_that_is_no_project_is_told(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["ada"] if command == ["add-coder"] else []
    more += ["--by-chance"] if command == ["assign"] else []
    assert call("review", *command, tmp_path, *more) == 1
    assert "not a review project" in capsys.readouterr().err
