"""Without `with_text` no word of a transcript leaves the source files, whatever goes wrong."""

import io
import logging
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from rupture_nlp.cli.display import RunDisplay, show_result
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.pipeline import inputs, merge
from rupture_nlp.pipeline.run import LabelRequest, Means, RunResult, run_labelling
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.schema import Transcript
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import contents, write_sessions

CANARY = "zyzzyva"
POISON = "poison"


def hostile_folder(folder: Path) -> Path:
    """Two good sessions among files that fail, each in another place; all with the canary."""
    write_sessions(folder, 2, turns=12, word=CANARY)
    files = {
        "breaks_model.txt": f"T: {CANARY} {POISON}\nP: {CANARY}\n",
        "empty.txt": "",
        "no_speaker.csv": f"text,words\n{CANARY},{CANARY}\n",
        "torn.jsonl": f'{{"speaker": "therapist", "text": "{CANARY}',
        "unknown.txt": f"{CANARY.title()}: {CANARY}\nT: {CANARY}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "random.docx").write_bytes(bytes(range(256)) * 8 + CANARY.encode())
    return folder


def watched_run(folder: Path, out: Path, settings: LabelSettings) -> tuple[RunResult, str]:
    """The result and all that a terminal would show."""
    shown = io.StringIO()
    console = Console(file=shown, width=200)
    with RunDisplay(console) as display:
        means = Means(load=lambda _: FakeLabeller(fails_at=POISON), observer=display)
        result = run_labelling(LabelRequest((folder,), out, settings), means)
    show_result(console, result)
    return result, shown.getvalue()


def assert_clean(out: Path) -> None:
    for name, content in contents(out, but=()).items():
        assert CANARY.encode() not in content.lower(), name
        if name.endswith(".parquet"):  # compressed
            assert CANARY not in str(pq.read_table(out / name).to_pylist()).lower(), name


def test_words_stay_in_their_files(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = hostile_folder(tmp_path / "in")
    result, shown = watched_run(folder, tmp_path / "out", LabelSettings())
    assert [row.session_id for row in result.rows] == ["s0", "s1"]
    assert len(result.failures) == 6
    for failure in result.failures:
        assert failure.message.startswith(f"{folder}/")
        assert "\n" not in failure.message
        assert shown.count(f"error: {failure.message}\n") == 1
    told = capfd.readouterr()
    for text in (shown, told.out, told.err, caplog.text):
        assert CANARY not in text.lower()
    assert_clean(tmp_path / "out")


def test_with_text_the_words_are_in_tables_and_report_and_nowhere_else(tmp_path: Path) -> None:
    folder = hostile_folder(tmp_path / "in")
    watched_run(folder, tmp_path / "out", LabelSettings(with_text=True))
    holding = {n for n, c in contents(tmp_path / "out", but=()).items() if CANARY.encode() in c}
    pages = {f"report/{path.name}" for path in (tmp_path / "out" / "report").iterdir()}
    assert holding - {"utterances.parquet"} == {"utterances.csv", *pages}


def test_a_run_without_text_removes_the_words_of_an_earlier_one(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2, word=CANARY)
    watched_run(tmp_path / "in", tmp_path / "out", LabelSettings(with_text=True))
    watched_run(tmp_path / "in", tmp_path / "out", LabelSettings(report=False))
    assert_clean(tmp_path / "out")


def test_a_crash_after_labelling_leaves_out_one_session_and_quotes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sessions(tmp_path / "in", 3, word=CANARY)

    def flags(transcript: Transcript) -> tuple[str, ...]:
        if transcript.session_id == "s1":
            raise ValueError(transcript.utterances[0].text)
        return ()

    monkeypatch.setattr(merge, "input_flags", flags)
    result, shown = watched_run(tmp_path / "in", tmp_path / "out", LabelSettings())
    assert [row.session_id for row in result.rows] == ["s0", "s2"]
    assert "s1.txt, session 1: internal error (ValueError at " in result.failures[0].message
    assert CANARY not in shown
    assert_clean(tmp_path / "out")


def test_a_crash_of_the_reader_is_told_without_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sessions(tmp_path / "in", 2, word=CANARY)

    def crash(path: Path, *rest: object) -> tuple[Transcript, ...]:
        if path.name == "s0.txt":
            raise KeyError(CANARY)
        return read_transcripts(path, *rest)  # type: ignore[arg-type]  # passed on as it is

    monkeypatch.setattr(inputs, "read_transcripts", crash)
    result, shown = watched_run(tmp_path / "in", tmp_path / "out", LabelSettings())
    assert "internal error while reading (KeyError at " in result.failures[0].message
    assert CANARY not in shown
    assert [row.session_id for row in result.rows] == ["s1"]


def test_odd_file_names_stay_in_one_line_and_out_of_trouble(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 1)
    odd = tmp_path / "in" / "a\nb\udcff.txt"
    odd.write_text("T: How?\nP: Fine.\n", encoding="utf-8")
    (tmp_path / "in" / "c\nd.txt").write_text("", encoding="utf-8")
    result, _ = watched_run(tmp_path / "in", tmp_path / "out", LabelSettings(with_text=True))
    assert len(result.rows) == 2
    assert len(result.failures) == 1
    assert "\n" not in result.failures[0].message
