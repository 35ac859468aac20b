"""Find and read the inputs of a run, without keeping their words.

The first reading keeps a few hashes and counts a session. Each later stage reads a file again and
checks that its sessions are still those of the first reading.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rupture_nlp.errors import RunError, RuptureNlpError, TranscriptError
from rupture_nlp.io.discover import iter_transcripts
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.io.roles import RoleMap
from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.pipeline.manifest import content_hash
from rupture_nlp.pipeline.names import SourceName, unique_names
from rupture_nlp.pipeline.protocol import Failure, RunObserver
from rupture_nlp.pipeline.session_list import InputSession, SessionList, Texts, shown
from rupture_nlp.privacy import describe_crash
from rupture_nlp.schema import Transcript


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a run will label, in order, and what it cannot."""

    sessions: SessionList
    failures: tuple[Failure, ...]

    def digest(self) -> str:
        """SHA-256 of all that another run of the same inputs must find too."""
        found = hashlib.sha256()
        for session in self.sessions:
            place = (session.file, session.position, session.session_id, session.content)
            found.update(json.dumps(place).encode())
        found.update(json.dumps([failure.file for failure in self.failures]).encode())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: who is who, and the readers' settings."""

    roles: RoleMap | None
    settings: ReadSettings

    def read(self, path: Path) -> tuple[Transcript, ...]:
        """All sessions of a file.

        Raises:
            RuptureNlpError: the file cannot be read. Also for a crash of the reader, whose own
                message may quote the file.
        """
        crash = ""
        try:
            return read_transcripts(path, self.roles, self.settings)
        except RuptureNlpError:
            raise
        except Exception as error:  # noqa: BLE001  # one odd file must not stop the others
            crash = describe_crash(error)
        raise TranscriptError(
            path, 0, f"internal error while reading ({crash})", "Please report this."
        )


def find_inputs(
    paths: Sequence[Path], out: Path, reading: Reading, observer: RunObserver
) -> Inputs:
    """Read every file once and give each session its id. What lies in `out` is not an input.

    Raises:
        RunError: there is not one file.
    """
    failures: list[Failure] = []
    there: list[Path] = []
    for path in paths:
        try:
            next(iter_transcripts([path]))
            there.append(path)
        except TranscriptError as error:
            failures.append(Failure(shown(path), str(error)))
            observer.failed(failures[-1])
    found = Texts()
    for path in iter_transcripts(there):
        if not _lies_in(path, out):
            found.append(str(path))
    if not found:
        raise RunError("no transcript files found. Give files, or folders that hold some.")
    observer.stage("reading", len(found), 0)
    sessions = SessionList()
    for path in map(Path, found):
        try:
            _add(sessions, path, reading)
        except RuptureNlpError as error:
            failures.append(Failure(shown(path), str(error)))
            observer.failed(failures[-1])
        observer.advance(1, 0)
    sessions.rename(unique_names(_Sources(sessions)))
    return Inputs(sessions, tuple(failures))


@dataclass(frozen=True, slots=True)
class _Sources:
    """How their sources name the sessions, one at a time."""

    sessions: SessionList

    def __iter__(self) -> Iterator[SourceName]:
        for session in self.sessions:
            yield SourceName(session.file, session.session_id)


def _add(sessions: SessionList, path: Path, reading: Reading) -> None:
    transcripts = reading.read(path)
    sessions.add_file(path, _file_hash(path))
    for transcript in transcripts:
        # The name of a file may hold bytes that are no text, which no table can.
        name = transcript.session_id.encode("utf-8", "replace").decode()
        sessions.add_session(name, content_hash(transcript), len(transcript.utterances))


def read_again(
    sessions: Iterable[InputSession], reading: Reading
) -> Iterator[tuple[InputSession, Transcript | Failure]]:
    """Read the files of these sessions, each once, and give every session its transcript.

    The next session is only asked for when the one before has been taken.

    The transcript bears the id that the source gave it. A session that is no longer what it was at
    the first reading, or whose file cannot be read any more, comes as a failure.
    """
    for path, wanted in groupby(sessions, key=lambda session: session.path):
        problem = f"{shown(path)}: changed while it was being labelled. Run again."
        transcripts: tuple[Transcript, ...] = ()
        try:
            transcripts = reading.read(path)
        except RuptureNlpError as error:
            problem = str(error)
        for session in wanted:
            transcript = _at(transcripts, session.position)
            if transcript is None or content_hash(transcript) != session.content:
                yield session, Failure(session.file, problem)
            else:
                yield session, transcript


def _at(transcripts: Sequence[Transcript], position: int) -> Transcript | None:
    return transcripts[position] if position < len(transcripts) else None


def _lies_in(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _file_hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    raise TranscriptError(path, 0, problem, "Check the file and its permissions.")
