"""Session ids that are unique over all inputs of a run, and the same whenever it is run again.

Two files may share a stem (`s1.txt`, `s1.docx`), two tables a session id. Those that collide, and
only those, get longer names: first with the file's name, then with its path, then with a number.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class SourceName:
    """How a source names a session."""

    file: str  # as the user gave it, with forward slashes
    session_id: str  # the stem of the file, or an id in a table


def unique_names(sources: Sequence[SourceName]) -> tuple[str, ...]:
    """One id a session, in the order given; an id that does not collide stays as it is."""
    names = [source.session_id for source in sources]
    for longer in (_with_file_name, _with_path):
        names = _lengthen(names, sources, longer)
    return _numbered(names)


def _lengthen(
    names: list[str], sources: Sequence[SourceName], longer: Callable[[SourceName], str]
) -> list[str]:
    # A longer name may hit one that stood alone so far: go on until nothing collides, or all of
    # those that do are as long as they get here.
    while True:
        counts = Counter(names)
        lengthened = [
            longer(source) if counts[name] > 1 else name
            for name, source in zip(names, sources, strict=True)
        ]
        if lengthened == names:
            return names
        names = lengthened


def _with_file_name(source: SourceName) -> str:
    file = PurePosixPath(source.file)
    return file.name if source.session_id == file.stem else f"{file.name}:{source.session_id}"


def _with_path(source: SourceName) -> str:
    file = PurePosixPath(source.file)
    return source.file if source.session_id == file.stem else f"{source.file}:{source.session_id}"


def _numbered(names: list[str]) -> tuple[str, ...]:
    taken = set(names)
    seen: set[str] = set()
    unique: list[str] = []
    for name in names:
        chosen, number = name, 1
        while chosen in seen or (number > 1 and chosen in taken):
            number += 1
            chosen = f"{name}#{number}"
        seen.add(chosen)
        unique.append(chosen)
    return tuple(unique)
