"""What engines have made of a model, kept in the user's cache folder: made once, used by every run.

    engines/
      openvino-float-<hex>/            one export
        states.xml states.bin ...      as the engine writes them
        export.json                    SHA-256 of each of them
        parity-fp32-<hex>.json         whether it answers right on this processor, see `parity`
      .openvino-float-<hex>.lock
      .openvino-float-<hex>.building   of a process that is at it, or was killed

It holds weights of models and no word of any transcript, and may be deleted at any time.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import platformdirs

from rupture_nlp import __version__
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.locks import alone
from rupture_nlp.models.replacing import put_in_place

ENVIRONMENT = "RUPTURE_NLP_CACHE"
"""Names another folder, for machines where the user's cache folder will not do."""

FORMAT = 2
"""Raise it when what is exported changes, so that nothing of before is used."""

LISTED = "export.json"
_UNUSED_DAYS = 60
_SECONDS_A_DAY = 86_400

OnStep = Callable[[str], None]
"""Told, in a line each, what takes time and what could not be done."""


@dataclass(frozen=True, slots=True)
class ExportKey:
    """All that an export depends on. `form`: `float`, or `int8` where weights were quantised."""

    engine: str
    engine_version: str
    form: str
    model_sha256: str

    @property
    def name(self) -> str:
        """The name of its folder."""
        parts = (self.engine_version, self.model_sha256, __version__, str(FORMAT))
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"{self.engine}-{self.form}-{digest[:24]}"


def cache_folder() -> Path:
    """The folder of all exports, which need not be there."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return Path(given) / "engines"
    return platformdirs.user_cache_path("rupture-nlp", appauthor=False) / "engines"


@contextmanager
def exported(key: ExportKey, write: Callable[[Path], None], on_step: OnStep) -> Iterator[Path]:
    """The folder with an export, which `write` makes where it is not there, or damaged.

    Two processes that need the same one make it once: the second waits. Where nothing can be kept
    the folder is a temporary one that goes with the block.
    """
    kept = _kept(key, write, on_step)
    if kept is not None:
        yield kept
        return
    with TemporaryDirectory(prefix="rupture-nlp-") as folder:
        write(Path(folder))
        yield Path(folder)


def _kept(key: ExportKey, write: Callable[[Path], None], on_step: OnStep) -> Path | None:
    folder = cache_folder()
    try:
        return _find_or_make(folder / key.name, key.engine, write, on_step)
    except OSError as error:
        reason = error.strerror or "input or output failed"
    except NotImplementedError:  # of filelock, on network folders without locks
        reason = "no locks there"
    on_step(
        f"{folder}: cannot be used ({reason}); the model is prepared for this run alone. "
        f"{ENVIRONMENT} names another folder."
    )
    return None


def _find_or_make(entry: Path, engine: str, write: Callable[[Path], None], on_step: OnStep) -> Path:
    if not is_whole(entry):
        entry.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = entry.with_name(f".{entry.name}.lock")
        with alone(lock, lambda: on_step(f"waiting: another run prepares the model for {engine}")):
            if not is_whole(entry):  # else from the process that was waited for
                on_step(f"preparing the model for {engine}, once; kept in {entry.parent}")
                _make(entry, write)
                _forget_unused(entry.parent)
    with suppress(OSError):  # a folder that others keep may be used too
        os.utime(entry / LISTED)
    return entry


def is_whole(entry: Path) -> bool:
    """Whether an export is there with every byte as it was written."""
    if not (entry / LISTED).is_file():
        return False
    try:
        listed = json.loads((entry / LISTED).read_text(encoding="utf-8"))
        return bool(listed) and all(_sha256(entry / n) == value for n, value in listed.items())
    except (OSError, ValueError, AttributeError):
        return False


def _make(entry: Path, write: Callable[[Path], None]) -> None:
    building = entry.with_name(f".{entry.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    try:
        write(building)
        listed = {path.name: _sha256(path) for path in sorted(building.iterdir())}
        write_text(building / LISTED, json.dumps(listed, indent=1) + "\n")
        put_in_place(building, entry)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _forget_unused(folder: Path) -> None:
    # Whoever trains many models would else find a copy of each here for ever.
    oldest = time.time() - _UNUSED_DAYS * _SECONDS_A_DAY
    for listed in folder.glob(f"[!.]*/{LISTED}"):
        with suppress(OSError):
            if listed.stat().st_mtime < oldest:
                shutil.rmtree(listed.parent, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
