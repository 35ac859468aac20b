import os
from pathlib import Path

import pytest

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.discover import find_transcripts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        *("b.txt", "a.VTT", "sub/c.docx", "sub/deeper/d.jsonl", "sub/~$c.docx", ".hidden.txt"),
        *(".git/e.txt", "notes.pdf", "roles.csv", "corpus/utterances.csv", "corpus/codes.csv"),
        *("corpus/more/f.txt", "Z.srt", "[x].csv"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(folder: Path, *paths: Path | str) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_transcripts(paths)]


def test_a_folder_gives_all_its_transcripts_and_of_a_corpus_the_utterances(folder: Path) -> None:
    assert names(folder, folder) == [
        *("Z.srt", "[x].csv", "a.VTT", "b.txt", "corpus/utterances.csv", "sub/c.docx"),
        "sub/deeper/d.jsonl",
    ]


def test_a_corpus_folder_gives_its_utterances_only(folder: Path) -> None:
    assert names(folder, folder / "corpus") == ["corpus/utterances.csv"]


def test_files_come_in_the_order_given_and_none_twice(folder: Path) -> None:
    found = names(folder, folder / "b.txt", folder / "sub" / ".." / "b.txt", folder / "a.VTT")
    assert found == ["b.txt", "a.VTT"]
    assert len(names(folder, folder, folder / "sub", folder / "b.txt")) == 7


def test_a_link_to_a_file_already_found_is_not_found_again(folder: Path) -> None:
    (folder / "c.txt").symlink_to(folder / "b.txt")
    (folder / "loop").symlink_to(folder)
    assert len(names(folder, folder)) == 7


def test_a_file_named_outright_is_taken_whatever_its_suffix(folder: Path) -> None:
    assert names(folder, folder / "notes.pdf", folder / "roles.csv") == ["notes.pdf", "roles.csv"]


def test_patterns_are_expanded(folder: Path) -> None:
    assert names(folder, folder / "*.txt") == ["b.txt"]
    assert names(folder, f"{folder}/su?") == ["sub/c.docx", "sub/deeper/d.jsonl"]
    assert names(folder, f"{folder}/**/*.docx") == ["sub/c.docx"]


def test_a_relative_pattern_is_taken_from_the_working_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert find_transcripts(["[bz].txt", "sub"]) == (
        *(Path("b.txt"), Path("sub/c.docx"), Path("sub/deeper/d.jsonl")),
    )


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder: Path) -> None:
    (folder / "x.csv").touch()
    assert names(folder, folder / "[x].csv") == ["[x].csv"]


@pytest.mark.parametrize("pattern", ["none.txt", "*.eaf", ".git/none", "empty", "a\0b"])
def test_what_gives_no_file_is_an_error(folder: Path, pattern: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(TranscriptError, match=r"no transcript found\. Folders are searched for"):
        find_transcripts([folder / "b.txt", f"{folder}{os.sep}{pattern}"])
