"""All sessions of a run in a few columns: about 120 bytes a session beside its names."""

import os
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload


@dataclass(frozen=True, slots=True)
class InputSession:
    """One session of one file: where it is, and the hash of what it held."""

    path: Path
    file: str  # the path as it was given, with forward slashes
    position: int  # in the file, from 0
    session_id: str  # unique over the run
    content: str
    utterances: int
    number: int = 0  # in the run, from 0


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that could be read."""

    file: str
    sha256: str  # of its bytes
    sessions: int


class Texts(Sequence[str]):
    """A list of strings in one piece of memory. Bytes of a file name that are no text survive."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def append(self, text: str) -> None:
        self._bytes += os.fsencode(text)
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[one] for one in range(len(self))[at]]
        at = range(len(self))[at]
        return os.fsdecode(bytes(self._bytes[self._ends[at] : self._ends[at + 1]]))


class SessionList(Sequence[InputSession]):
    """The sessions of a run and the files that they lie in, in order."""

    def __init__(self) -> None:
        self._paths = Texts()
        self._file_hashes = bytearray()
        self._counts = array("L")  # of the sessions of a file
        self._ids = Texts()
        self._contents = bytearray()
        self._columns = (array("L"), array("L"), array("L"))  # file, position, utterances

    def add_file(self, path: Path, sha256: str) -> None:
        """Add a file; sessions that are added next are its own."""
        self._paths.append(str(path))
        self._file_hashes += bytes.fromhex(sha256)
        self._counts.append(0)

    def add_session(self, session_id: str, content: str, utterances: int) -> None:
        """Add the next session of the file that was added last."""
        files, positions, turns = self._columns
        files.append(len(self._counts) - 1)
        positions.append(self._counts[-1])
        turns.append(utterances)
        self._counts[-1] += 1
        self._ids.append(session_id)
        self._contents += bytes.fromhex(content)

    def rename(self, names: Texts) -> None:
        """Give the sessions other ids."""
        if len(names) != len(self):
            raise ValueError(f"{len(names)} names for {len(self)} sessions")
        self._ids = names

    @property
    def utterances(self) -> int:
        return sum(self._columns[2])

    def files(self) -> Iterator[InputFile]:
        """The files, also those without sessions."""
        for at, path in enumerate(self._paths):
            sha256 = bytes(self._file_hashes[32 * at : 32 * at + 32]).hex()
            yield InputFile(shown(Path(path)), sha256, self._counts[at])

    def content(self, number: int) -> str:
        """The hash of what a session held, without the rest."""
        return bytes(self._contents[32 * number : 32 * number + 32]).hex()

    def turns(self, number: int) -> int:
        """The utterances of a session, without the rest."""
        return self._columns[2][number]

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> InputSession: ...
    @overload
    def __getitem__(self, at: slice) -> list[InputSession]: ...
    def __getitem__(self, at: int | slice) -> InputSession | list[InputSession]:
        if isinstance(at, slice):
            return [self[one] for one in range(len(self))[at]]
        at = range(len(self))[at]
        files, positions, turns = self._columns
        path = Path(self._paths[files[at]])
        return InputSession(
            path=path,
            file=shown(path),
            position=positions[at],
            session_id=self._ids[at],
            content=self.content(at),
            utterances=turns[at],
            number=at,
        )


def shown(path: Path) -> str:
    """A path with forward slashes, without letters that a terminal or a page would act on."""
    return "".join(letter if letter.isprintable() else "?" for letter in path.as_posix())
