"""`evaluate` and `agreement` as a user gives them."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.cli.main import main
from rupture_nlp.evaluation.labelmap_files import PRESETS
from rupture_nlp.io.corpus import write_corpus
from rupture_nlp.pipeline.evaluate import WRITTEN
from rupture_nlp.schema import ALL_FIELDS
from tests.evaluation.harness.test_compose import GOLD, TALK, A, B, M, sessions

WORD = "secretword"  # in every turn of the sessions


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    # A lab that codes ruptures but does not look for episodes.
    fields = ALL_FIELDS - {"episodes", "process"}
    coded = [
        replace(one, codings=tuple(replace(coding, fields=fields) for coding in one.codings))
        for one in sessions()
    ]
    write_corpus(coded, tmp_path / "lab")
    return tmp_path / "lab"


@pytest.fixture
def results(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, codes: tuple[str, ...], seen: str = "", only: int = 4) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        names = dict(zip(".wsac", RUPTURES, strict=True))
        rows = ["session_id,utterance_id,speaker,rupture"]
        rows += [
            f"s{n + 1},u{turn},{SPEAKERS[TALK[turn]]},{names[letter]}"
            for n, row in enumerate(codes[:only])
            for turn, letter in enumerate(row)
        ]
        (folder / "utterances.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        marks = [f"s{n + 1},{str(f's{n + 1}' == seen).lower()}" for n in range(only)]
        content = "\n".join(["session_id,seen_in_training", *marks]) + "\n"
        (folder / "sessions.csv").write_text(content, encoding="utf-8")
        return folder

    return write


SPEAKERS = {"T": "therapist", "P": "patient"}
RUPTURES = (
    "none",
    "withdrawal_from_other",
    "withdrawal_from_self",
    "confrontation_aggression",
    "confrontation_control",
)


def test_a_system_is_scored_and_the_report_holds_no_words(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "report"
    predicted = results("model", M)
    assert (
        call(
            "evaluate",
            "--reference",
            corpus,
            "--predicted",
            predicted,
            "--out",
            out,
            "--draws",
            "40",
        )
        == 0
    )
    shown = capsys.readouterr()
    assert "kappa, five codes" in shown.out
    assert str(out / "report.html") in shown.out
    assert sorted(path.name for path in out.iterdir()) == sorted(WRITTEN)
    for path in out.iterdir():
        assert WORD not in path.read_text(encoding="utf-8")
    figures = json.loads((out / "metrics.json").read_text(encoding="utf-8"))["figures"]
    rows = table(out / "tables.csv")
    assert len(figures) == len(rows) > 100
    assert WORD not in shown.out + shown.err


def test_the_same_command_gives_the_same_bytes(
    corpus: Path, results: Callable[..., Path], tmp_path: Path
) -> None:
    predicted = results("model", M)
    contents = []
    for _ in range(2):
        arguments = ("--reference", corpus, "--predicted", predicted, "--out", tmp_path / "r")
        assert call("evaluate", *arguments, "--draws", "20", "--quiet") == 0
        contents.append({name: (tmp_path / "r" / name).read_bytes() for name in WRITTEN})
    assert contents[0] == contents[1]


def test_words_of_disagreements_only_where_asked(
    corpus: Path, results: Callable[..., Path], tmp_path: Path
) -> None:
    arguments = ("--reference", corpus, "--predicted", results("model", M), "--draws", "20")
    assert call("evaluate", *arguments, "--out", tmp_path / "r", "--with-text", "--quiet") == 0
    assert WORD in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert WORD not in (tmp_path / "r" / "tables.csv").read_text(encoding="utf-8")


def test_missing_sessions_are_an_error_that_says_what_to_do(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    short = results("model", M, only=3)
    arguments = ("--reference", corpus, "--predicted", short, "--out", tmp_path / "r")
    assert call("evaluate", *arguments) == 1
    said = capsys.readouterr().err
    assert "--allow-missing" in said
    assert "Ids of the predictions that are ids of the reference: 3 of 3." in said
    assert not (tmp_path / "r").exists()
    assert call("evaluate", *arguments, "--allow-missing", "--draws", "20") == 0
    page = (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert "the session is missing from the predictions" in page


def test_seen_sessions_are_refused_or_stamped(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = results("model", M, seen="s2")
    arguments = ("--reference", corpus, "--predicted", seen, "--out", tmp_path / "r")
    assert call("evaluate", *arguments) == 1
    assert "--allow-seen" in capsys.readouterr().err
    assert call("evaluate", *arguments, "--allow-seen", "--draws", "20") == 0
    assert "IN-SAMPLE" in capsys.readouterr().out
    rows = table(tmp_path / "r" / "tables.csv")
    assert all("IN-SAMPLE" in row["signature"] for row in rows)


def test_two_systems_are_set_against_each_other(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("--reference", corpus, "--predicted", results("good", GOLD))
    more = ("--versus", results("poor", M), "--out", tmp_path / "r", "--draws", "20")
    assert call("evaluate", *arguments, *more) == 0
    assert "less the other system" in capsys.readouterr().out
    rows = table(tmp_path / "r" / "tables.csv")
    differences = [row for row in rows if any("difference" in k and v for k, v in row.items())]
    assert differences


def test_coders_are_compared_without_the_derived_one(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("agreement", corpus, "--out", tmp_path / "r", "--draws", "20") == 0
    assert "a and b" in capsys.readouterr().out
    assert call("agreement", corpus, "--out", tmp_path / "r2", "--coder", "a", "--coder", "zz") == 1
    said = capsys.readouterr().err
    assert "asked for as number 2 coded no session. Coders: a, b, gold." in said


def test_a_criterion_and_a_label_map_are_named_on_the_command_line(
    corpus: Path, results: Callable[..., Path], tmp_path: Path
) -> None:
    criteria = tmp_path / "care.csv"
    criteria.write_text("session_id,care,dropout\ns1,3,no\ns2,4,yes\ns3,1,no\ns4,2,no\n")
    arguments = ("--reference", corpus, "--predicted", results("model", M), "--draws", "20")
    more = ("--criteria", criteria, "--criterion", "care", "--label-map", "families", "--quiet")
    assert call("evaluate", *arguments, *more, "--out", tmp_path / "r") == 0
    content = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    text = json.dumps(content)
    assert '"care"' in text
    assert '"dropout"' not in text
    assert '"families"' in text


def test_a_lab_that_does_not_say_what_it_coded_is_told_how_in_one_line(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (corpus / "coverage.csv").unlink()
    assert call("agreement", corpus, "--out", tmp_path / "r") == 1
    said = capsys.readouterr().err
    outside = [line for line in said.splitlines() if "outside every episode" in line]
    assert len(outside) == 1
    ruptures = sum(letter not in ". " for rows in (GOLD, A, B) for row in rows for letter in row)
    assert f"and so in {ruptures - 1} further rows" in outside[0]
    assert "coverage.csv" in said
    assert f"{ruptures} errors" in said


def test_results_under_other_ids_are_told_how_many_match(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = results("model", M)
    for path in other.iterdir():
        path.write_text(path.read_text("utf-8").replace("s2,", "x2,").replace("s3,", "x3,"))
    arguments = ("--reference", corpus, "--predicted", other, "--out", tmp_path / "r")
    assert call("evaluate", *arguments) == 1
    said = capsys.readouterr().err
    assert "Ids of the predictions that are ids of the reference: 2 of 4." in said


def test_a_folder_that_is_not_there_and_semicolons_are_named(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good, nowhere, out = results("model", M), tmp_path / "nowhere", ("--out", tmp_path / "r")
    for reference, predicted in ((nowhere, good), (corpus, nowhere)):
        assert call("evaluate", "--reference", reference, "--predicted", predicted, *out) == 1
        said = capsys.readouterr().err
        assert "nowhere: there is no such folder" in said
        assert "errors" not in said
    table = good / "utterances.csv"
    table.write_text(table.read_text("utf-8").replace(",", ";"), encoding="utf-8")
    assert call("evaluate", "--reference", corpus, "--predicted", good, *out) == 1
    assert "utterances.csv:1: semicolons stand between" in capsys.readouterr().err


def test_one_error_is_one_and_every_label_map_is_named(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (corpus / "groups.csv").unlink()
    assert call("agreement", corpus, "--out", tmp_path / "r") == 1
    said = capsys.readouterr().err
    assert "1 error in the coded corpus" in said
    assert call("agreement", "--help") == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in PRESETS)


def test_a_segment_sheet_is_held_against_the_label_map(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("session_id,start,end,coder,WD_P,WDT,CF_P,CF_T\ns1,0,80,R1,31,1,1,1\n")
    arguments = ("--reference", corpus, "--predicted", results("model", A), "--segments", sheet)
    more = ("--label-map", "3rs-2022", "--out", tmp_path / "r")
    assert call("evaluate", *arguments, *more) == 1
    said = capsys.readouterr().err
    assert "2 errors" in said
    assert "sheet.csv:2: WD_P: must be from 1 to 5" in said
    assert "sheet.csv:1: WDT: no rating of the label map" in said


@pytest.mark.parametrize("where", ["lab", "model"])
def test_a_report_is_never_written_into_its_inputs(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    where: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    predicted = results("model", A)
    before = sorted((tmp_path / where).iterdir())
    arguments = ("--reference", corpus, "--predicted", predicted, "--out", tmp_path / where)
    assert call("evaluate", *arguments) == 1
    assert "Give another --out" in capsys.readouterr().err
    assert sorted((tmp_path / where).iterdir()) == before


def test_wrong_settings_and_columns_are_named(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text("draw: 100\niou: 2\n", encoding="utf-8")
    arguments = ("--reference", corpus, "--predicted", results("model", A))
    assert call("evaluate", *arguments, "--out", tmp_path / "r", "--config", config) == 1
    assert re.search(r"draw\b", capsys.readouterr().err)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "utterances.csv").write_text(
        f"session_id,utterance_id\ns1,{WORD}\n", encoding="utf-8"
    )
    again = ("--reference", corpus, "--predicted", broken, "--out", tmp_path / "r")
    assert call("evaluate", *again) == 1
    said = capsys.readouterr().err
    assert "rupture" in said
    assert WORD not in said


def test_sessions_that_one_of_two_systems_lacks_are_said_to_be_missing_there(
    corpus: Path, results: Callable[..., Path], tmp_path: Path
) -> None:
    arguments = ("--reference", corpus, "--predicted", results("model", M), "--allow-missing")
    more = ("--versus", results("short", M, only=3), "--out", tmp_path / "r", "--draws", "20")
    assert call("evaluate", *arguments, *more, "--quiet") == 0
    told = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    dropped = [one for one in told["dropped"] if one["what"] == "session"]
    assert [(one["reason"], one["sessions"]) for one in dropped] == [
        ("the session is missing from the predictions", 1)
    ]


def test_the_name_of_a_coder_is_no_markup(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = corpus / "codes.csv"
    for path in (codes, corpus / "sessions.csv", corpus / "episodes.csv", corpus / "coverage.csv"):
        if path.exists():
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(",a,", ",[/a],"), encoding="utf-8")
    assert call("agreement", corpus, "--out", tmp_path / "r", "--draws", "20") == 0
    assert "[/a] and b" in capsys.readouterr().out


def test_a_coder_named_twice_is_one(corpus: Path, tmp_path: Path) -> None:
    named = ("--coder", "a", "--coder", "b", "--coder", "a")
    assert call("agreement", corpus, "--out", tmp_path / "r", "--draws", "20", *named) == 0
    told = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    assert told["material"]["coders"] == ["a", "b"]


@pytest.mark.parametrize("option", ["--criterion", "--sheet-coder", "--versus-coder"])
def test_an_option_without_its_partner_is_no_silent_wish(
    corpus: Path,
    results: Callable[..., Path],
    tmp_path: Path,
    option: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("--reference", corpus, "--predicted", results("model", A), option, "x")
    assert call("evaluate", *arguments, "--out", tmp_path / "r") == 1
    assert f"{option} was given without --" in capsys.readouterr().err


def test_a_lab_without_episodes_is_not_told_that_there_were_none(
    corpus: Path, tmp_path: Path
) -> None:
    assert call("agreement", corpus, "--out", tmp_path / "r", "--draws", "20", "--quiet") == 0
    for name in ("report.html", "methods.txt"):
        text = (tmp_path / "r" / name).read_text(encoding="utf-8")
        assert "Episodes were not compared" in text


def test_codes_made_with_suggestions_in_view_are_said_to_be_no_independent_ones(
    corpus: Path, tmp_path: Path
) -> None:
    def warned(name: str, *arguments: str) -> list[str]:
        out = tmp_path / name
        assert call("agreement", corpus, "--out", out, "--draws", "5", *arguments) == 0
        warnings = json.loads((out / "metrics.json").read_text(encoding="utf-8"))["warnings"]
        return [one for one in warnings if "suggestions in view" in one]

    assert warned("blind") == []
    path = corpus / "codes.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    coder, mode = (rows[0].index(name) for name in ("coder", "mode"))
    next(row for row in rows[1:] if row[coder] != "gold")[mode] = "assisted"
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    (one,) = warned("assisted")
    assert one.startswith("1 of 4 sessions")
