"""Find transcript files: files, folders, and patterns that no shell has expanded."""

import glob
import os
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.formats import SUFFIXES

CORPUS_TABLE = "utterances.csv"
ROLE_MAP = "roles.csv"
"""The name that the documentation gives role maps; folders are searched without it."""


RESULTS = "manifest.jsonl"
"""With `parts/` or a lock beside it, the mark of an output folder of `label`: nothing to label."""


def find_transcripts(paths: Sequence[Path | str]) -> tuple[Path, ...]:
    """All files to read, in the order of `paths`, sorted within each, none twice.

    A file is taken whatever its suffix. Of a folder and everything below it, files with a known
    suffix are taken, without hidden ones, lock files (`~$...`) and `roles.csv`; a folder that has
    `utterances.csv` is a corpus, of which only that file is taken, and a folder that `label` wrote
    is passed over. Anything else is a pattern
    (`*`, `?`, `[...]`, `**`), whose matches are files or folders.

    Raises:
        TranscriptError: one of `paths` gives no file.
    """
    return tuple(iter_transcripts(paths))


def iter_transcripts(paths: Sequence[Path | str]) -> Iterator[Path]:
    """The files of `find_transcripts` one after the other, for more than memory should hold.

    Raises:
        TranscriptError: one of `paths` gives no file; it is found when its turn comes.
    """
    given: set[bytes] = set()
    for path in map(Path, paths):
        empty = True
        for file in _expand(path):
            empty = False
            real = blake2b(os.fsencode(os.path.realpath(file)), digest_size=16).digest()
            if real not in given:
                given.add(real)
                yield file
        if empty:
            fix = f"Folders are searched for {', '.join(SUFFIXES)}."
            raise TranscriptError(path, 0, "no transcript found", fix)


def _expand(path: Path) -> Iterator[Path]:
    if "\0" in str(path):
        return
    if path.is_dir():
        yield from _in_folder(path)
    elif path.exists():
        yield path
    elif glob.has_magic(str(path)):
        for match in sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207  # absolute patterns too
            if not _is_hidden(Path(match).name):
                yield from _expand_match(Path(match))


def _expand_match(path: Path) -> Iterator[Path]:
    # Not `_expand`: a match is taken literally, also where its name has brackets.
    if path.is_dir():
        yield from _in_folder(path)
    elif path.suffix.lower() in SUFFIXES:
        yield path


def _in_folder(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        if RESULTS in files and ("parts" in folders or ".lock" in files):
            folders.clear()
            continue
        if CORPUS_TABLE in files:
            folders.clear()
            yield Path(parent, CORPUS_TABLE)
            continue
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for name in sorted(files):
            wanted = Path(name).suffix.lower() in SUFFIXES and name != ROLE_MAP
            if wanted and not _is_hidden(name):
                yield Path(parent, name)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$"))
