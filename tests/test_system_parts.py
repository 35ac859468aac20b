"""The script that installs what tests need of Debian, with programs that only write down calls."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("install_system_parts.sh")


def run(folder: Path, **programs: str) -> str:
    """The script's words, on a machine that has these programs alone and no PostgreSQL."""
    script = folder / "script.sh"
    script.write_text(SCRIPT.read_text(encoding="utf-8").replace("/usr/lib/postgresql", "/none"))
    for name, body in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o700)
    done = subprocess.run(
        [shutil.which("sh") or "sh", str(script)],
        env={**os.environ, "PATH": str(folder)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_nothing_is_said_or_done_where_all_is_there(tmp_path: Path) -> None:
    assert run(tmp_path, initdb="exit 0", chromium="exit 0") == ""


def test_root_installs_what_is_missing_and_no_more(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    said = run(tmp_path, initdb="", id="echo 0", apt_get=f'echo "$@" >> {calls}')
    assert said.startswith("Installing chromium for the tests")
    assert calls.read_text(encoding="utf-8").splitlines() == [
        "update -qq",
        "install -y -qq --no-install-recommends chromium",
    ]


@pytest.mark.parametrize(
    ("programs", "word"),
    [
        ({}, "Debian's names"),
        ({"apt_get": "", "id": "echo 1000"}, "sudo apt-get install postgresql chromium"),
        ({"apt_get": "exit 1", "id": "echo 0"}, "apt-get could not install postgresql chromium"),
    ],
)
def test_where_it_cannot_install_it_says_which_tests_are_skipped(
    tmp_path: Path, programs: dict[str, str], word: str
) -> None:
    said = run(tmp_path, **programs)
    assert word in said
    assert "Tests that need postgresql chromium are skipped." in said
