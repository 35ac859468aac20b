from pathlib import Path

import pytest

from rupture_nlp.io.atomic import atomic_path, write_text


def test_text_is_written_with_its_folders_and_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "s.csv"
    write_text(path, "é\r\n\n")
    assert path.read_bytes() == "é\r\n\n".encode()


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    write_text(path, "old")
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent
        assert temporary.name.startswith(".")
        assert temporary.name.endswith(".tmp")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def fail_while_writing(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        raise OSError("disk full")


@pytest.mark.parametrize("existed", [True, False])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path, existed: bool) -> None:
    path = tmp_path / "s.csv"
    if existed:
        write_text(path, "old")
    with pytest.raises(OSError, match="disk full"):
        fail_while_writing(path)
    assert [file.read_text() for file in tmp_path.iterdir()] == (["old"] if existed else [])
