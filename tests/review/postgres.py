"""A private PostgreSQL for tests: Debian's programs, a temporary folder, loopback only.

It takes a free port and a password of its own, so it meets no other PostgreSQL of this machine.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pg8000.native
import pytest

LOCAL = "127.0.0.1"
USER = "tests"
PACKAGED = Path("/usr/lib/postgresql")
WHY_MISSING = "PostgreSQL is not installed here (Debian: apt-get install postgresql)"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server."""

    port: int
    password: str

    def make_database(self) -> str:
        """A new and empty database; returns the address that a project takes."""
        name = f"review_{secrets.token_hex(6)}"
        connection = pg8000.native.Connection(
            USER, host=LOCAL, port=self.port, password=self.password, database="postgres"
        )
        try:
            connection.run(f"CREATE DATABASE {name}")
        finally:
            connection.close()
        return f"postgresql+pg8000://{USER}:{self.password}@{LOCAL}:{self.port}/{name}"


def find_programs() -> Path | None:
    """The folder of the newest `initdb` and `pg_ctl`; None where there are none."""
    versions = sorted(PACKAGED.glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(4))
    on_path = shutil.which("initdb")
    found = versions[-1] if versions else Path(on_path).resolve() if on_path else None
    return found.parent if found is not None and (found.parent / "pg_ctl").exists() else None


@contextmanager
def run_cluster() -> Iterator[Cluster]:
    """Make a cluster, run it, and remove it. Skips the test where PostgreSQL is missing."""
    programs = find_programs()
    if programs is None:
        pytest.skip(WHY_MISSING)
    # Not pytest's folder: its parents belong to the one who runs the tests, and PostgreSQL,
    # which refuses to run as root, has to get in.
    folder = Path(tempfile.mkdtemp(prefix="rupture-postgres-"))
    password = secrets.token_hex(16)
    (folder / "password").write_text(password, encoding="utf-8")
    as_owner = _give_away(folder)
    options = ["-D", str(folder / "data")]
    try:
        sign_in = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
        _run([*as_owner, str(programs / "initdb"), *options, *sign_in, "--no-sync", "-E", "UTF8"])
        port = _start([*as_owner, str(programs / "pg_ctl"), *options], folder)
        try:
            yield Cluster(port, password)
        finally:
            _run([*as_owner, str(programs / "pg_ctl"), *options, "stop", "-m", "immediate"])
    finally:
        shutil.rmtree(folder)


def _give_away(folder: Path) -> list[str]:
    """Words to put before a command so that it runs as the folder's owner, who is not root."""
    if os.geteuid() != 0:
        return []
    owner = "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, owner)
    return ["setpriv", f"--reuid={owner}", f"--regid={_group_of(owner)}", "--clear-groups"]


def _group_of(owner: str) -> int:
    return pwd.getpwnam(owner).pw_gid


def _start(control: list[str], folder: Path) -> int:
    """Start the server on a free port; another program may be faster, so try a few."""
    log = folder / "data" / "server.log"
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind((LOCAL, 0))
            port: int = probe.getsockname()[1]
        settings = f"-p {port} -c listen_addresses={LOCAL} -c unix_socket_directories= -c fsync=off"
        done = subprocess.run(
            [*control, "-w", "-t", "60", "-l", str(log), "-o", settings, "start"],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        if done.returncode == 0:
            return port
    raise RuntimeError(f"PostgreSQL does not start: {log.read_text(encoding='utf-8')}")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    if done.returncode != 0:
        raise RuntimeError(f"{command[-1]}: {done.stderr}")
