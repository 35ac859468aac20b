"""Runs commands where they are watched: no connection, no file outside of the folders given.

Each process has a home and temporary folders that are new and empty. An audit hook refuses and
records every connection, also one whose failure a library would swallow.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

REPOSITORY = Path(__file__).parents[1]
WORD = "zanderquilt"  # said by a patient
NAME = "Quillfeather"  # a speaker
VALUE = "mottlegrane"  # a field of a table
SECRETS = (WORD, NAME, VALUE)

Arguments = Sequence[str | Path]

HOOK = """
import os, socket, sys

def refuse(event, arguments):
    internet = event == "socket.connect" and arguments[0].family != socket.AF_UNIX
    named = event in ("socket.getaddrinfo", "socket.gethostbyname")
    # A server looks up the address of this machine before it listens there.
    elsewhere = named and arguments[0] not in ("127.0.0.1", "::1")
    if internet or elsewhere or event == "socket.sendto":
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(event + chr(10))
        raise OSError("no network in this test")

sys.addaudithook(refuse)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What finished commands left behind."""

    codes: tuple[int, ...]
    said: str  # standard output and standard error
    attempts: str  # connections that were tried
    elsewhere: tuple[Path, ...]
    """Files in the home, temporary and working folders, but what engines keep of a model; words are
    looked for in that too."""

    @property
    def code(self) -> int:
        """Of the only command."""
        (code,) = self.codes
        return code


ONE_BY_ONE = """
import json, os, sys
from rupture_nlp.cli.main import main

codes = []
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as ended:
        codes.append(ended.code or 0)
with open(os.environ["CODES"], "w") as file:
    json.dump(codes, file)
"""


def environment(tmp_path: Path) -> dict[str, str]:
    """Of a process that is watched; its own folders are made."""
    private = tmp_path / "private"
    places = {name: private / name for name in ("home", "temporary", "cache", "config", "work")}
    hook = tmp_path / "hook"
    for folder in (*places.values(), hook):
        folder.mkdir(parents=True, exist_ok=True)
    (hook / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    attempts = tmp_path / "attempts.txt"
    attempts.write_text("", encoding="utf-8")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(places["home"]),
        "TMPDIR": str(places["temporary"]),
        "XDG_CACHE_HOME": str(places["cache"]),
        "XDG_CONFIG_HOME": str(places["config"]),
        "XDG_DATA_HOME": str(places["config"]),
        "XDG_STATE_HOME": str(places["cache"]),
        "PYTHONPATH": os.pathsep.join((str(hook), str(REPOSITORY))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ATTEMPTS": str(attempts),
        "CODES": str(tmp_path / "codes.json"),
    }


def run(tmp_path: Path, *arguments: str | Path) -> Run:
    """Run `rupture-nlp` with these arguments in a process that is watched."""
    return run_each(tmp_path, [arguments])


def run_each(tmp_path: Path, commands: Sequence[Arguments]) -> Run:
    """Run several commands in one watched process, for the time that each takes to start."""
    given = json.dumps([[str(argument) for argument in arguments] for arguments in commands])
    watched = environment(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", ONE_BY_ONE, given],
        cwd=tmp_path / "private" / "work",
        env=watched,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    codes = json.loads(Path(watched["CODES"]).read_text(encoding="utf-8"))
    return what_is_left(tmp_path, done.stdout + done.stderr, tuple(codes))


def what_is_left(tmp_path: Path, said: str, codes: tuple[int, ...]) -> Run:
    """Gather what a process that has ended left behind."""
    private = tmp_path / "private"
    kept = private / "cache" / "rupture-nlp" / "engines"  # models as other engines need them
    files = (path for path in private.rglob("*") if path.is_file())
    left = tuple(sorted(path for path in files if not path.is_relative_to(kept)))
    return Run(codes, said, (tmp_path / "attempts.txt").read_text("utf-8"), left)


def contents(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and content of every file; that of a Parquet table is compressed, so it is read."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            yield path.name, str(pq.read_table(path).to_pylist())
        elif path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", errors="replace")


def leaks(folder: Path, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    """Files in which a secret stands, in their name or their content."""
    return [
        name
        for name, content in contents(folder)
        if any(secret.casefold() in (name + content).casefold() for secret in secrets)
    ]


def assert_private(tmp_path: Path, done: Run) -> None:
    assert done.attempts == ""
    assert not [secret for secret in SECRETS if secret.casefold() in done.said.casefold()]
    assert "Traceback" not in done.said
    assert leaks(tmp_path / "private") == []
    assert done.elsewhere == ()
