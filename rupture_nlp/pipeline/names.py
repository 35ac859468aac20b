"""Session ids that are unique over all inputs of a run, and the same whenever it is run again.

Two files may share a stem (`s1.txt`, `s1.docx`), two tables a session id. Those that collide, and
only those, get longer names: first with the file's name, then with its path, then with a number.

Names are kept packed: a run may have more of them than memory should hold as strings.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.pipeline.session_list import Texts


@dataclass(frozen=True, slots=True)
class SourceName:
    """How a source names a session."""

    file: str  # as the user gave it, with forward slashes
    session_id: str  # the stem of the file, or an id in a table


def unique_names(sources: Iterable[SourceName]) -> Texts:
    """One id a session, in the order given; an id that does not collide stays as it is.

    `sources` are gone through several times: no iterator.
    """
    names = _packed(source.session_id for source in sources)
    for longer in (_with_file_name, _with_path):
        names = _lengthen(names, sources, longer)
    return _numbered(names)


def _packed(names: Iterable[str]) -> Texts:
    packed = Texts()
    for name in names:
        packed.append(name)
    return packed


def _lengthen(
    names: Texts, sources: Iterable[SourceName], longer: Callable[[SourceName], str]
) -> Texts:
    # A longer name may hit one that stood alone so far: go on until nothing collides, or all of
    # those that do are as long as they get here.
    changed = True
    while changed and (again := _occur_again(names)).any():
        changed = False
        lengthened = Texts()
        for name, collides, source in zip(names, again, sources, strict=True):
            chosen = longer(source) if collides else name
            changed = changed or chosen != name
            lengthened.append(chosen)
        names = lengthened
    return names


def _occur_again(names: Texts) -> NDArray[np.bool_]:
    """Which names another session has, too.

    Told by 64 bits of a hash: a name that is taken for a repeated one gets longer, and no harm.
    """
    heads = np.fromiter(
        (
            int.from_bytes(blake2b(os.fsencode(name), digest_size=8).digest(), "big")
            for name in names
        ),
        np.uint64,
        len(names),
    )
    _, which, counts = np.unique(heads, return_inverse=True, return_counts=True)
    return np.asarray(counts[which] > 1)


def _with_file_name(source: SourceName) -> str:
    file = PurePosixPath(source.file)
    return file.name if source.session_id == file.stem else f"{file.name}:{source.session_id}"


def _with_path(source: SourceName) -> str:
    file = PurePosixPath(source.file)
    return source.file if source.session_id == file.stem else f"{source.file}:{source.session_id}"


def _numbered(names: Texts) -> Texts:
    if not _occur_again(names).any():
        return names
    taken = set(names)
    seen: set[str] = set()
    unique = Texts()
    for name in names:
        chosen, number = name, 1
        while chosen in seen or (number > 1 and chosen in taken):
            number += 1
            chosen = f"{name}#{number}"
        seen.add(chosen)
        unique.append(chosen)
    return unique
