import csv
from pathlib import Path

import pytest

from rupture_nlp.cli.main import main


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file with names, one with tags."""
    made = tmp_path / "in"
    made.mkdir()
    (made / "a.txt").write_text("Quill: How?\nFeather: Fine.\nQuill: So?\n", encoding="utf-8")
    (made / "b.txt").write_text("T: How?\nP: Fine.\n", encoding="utf-8")
    return made


def test_every_speaker_is_listed_and_known_tags_are_filled_in(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "roles.csv"
    assert call("roles", folder, "--out", out) == 0
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert rows == [
        ["file", "speaker", "turns", "role"],
        [f"{folder}/a.txt", "Quill", "2", ""],
        [f"{folder}/a.txt", "Feather", "1", ""],
        [f"{folder}/b.txt", "T", "1", "therapist"],
        [f"{folder}/b.txt", "P", "1", "patient"],
    ]
    shown = capsys.readouterr()
    assert shown.out == f"{out}: 4 speakers, 2 to fill in\n"
    assert "Quill" not in shown.out + shown.err


def test_a_filled_table_is_never_overwritten_unasked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "roles.csv"
    out.write_text("mine", encoding="utf-8")
    assert call("roles", folder, "--out", out) == 1
    assert "is there already" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine"
    assert call("roles", folder, "--out", out, "--force") == 0
    assert out.read_text(encoding="utf-8") != "mine"


def test_a_bad_file_is_told_and_the_others_are_listed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty.txt").write_bytes(b"")
    out = tmp_path / "roles.csv"
    assert call("roles", folder, "--out", out) == 1
    assert capsys.readouterr().err.startswith(f"error: {folder}/empty.txt: ")
    assert len(out.read_text(encoding="utf-8").splitlines()) == 5


def test_without_a_good_file_no_table_is_written(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    assert call("roles", tmp_path / "empty.txt", "--out", tmp_path / "roles.csv") == 1
    assert not (tmp_path / "roles.csv").exists()


def test_the_settings_of_reading_are_those_of_label(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Wer,Aussage\nAnna,Ja\n", encoding="utf-8")
    config = tmp_path / "label.yaml"
    config.write_text("read: {columns: {speaker: Wer, text: Aussage}}\n", encoding="utf-8")
    out = tmp_path / "roles.csv"
    assert call("roles", tmp_path / "a.csv", "--out", out, "--config", config) == 0
    assert ",Anna,1," in out.read_text(encoding="utf-8")
