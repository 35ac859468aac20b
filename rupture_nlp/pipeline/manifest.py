"""The list of finished work: one JSON line a session, only ever appended to.

A kill may tear the last line, and nothing else. Opening the manifest mends that: a torn line is cut
off and its session labelled again. Lines hold hashes and counts, no names and no text. Where a key
occurs twice the later line counts.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rupture_nlp.schema import Transcript


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished part. All but `utterances` are SHA-256 in hex."""

    key: str  # of the next three together; names the part
    content: str
    model: str
    settings: str
    part: str  # of the bytes of the part
    utterances: int


def content_hash(transcript: Transcript) -> str:
    """SHA-256 of what a prediction may depend on: ids, speakers, text and times of the turns.

    The session id is left out: it is a name for display and may change between runs.
    """
    turns = [[u.utterance_id, u.speaker, u.text, u.start_s, u.end_s] for u in transcript.utterances]
    return _sha256_of(turns)


def mapping_hash(values: Mapping[str, str | int | float | bool | None]) -> str:
    """SHA-256 of settings by name; their order does not count."""
    return _sha256_of(dict(values))


def work_key(content: str, model: str, settings: str) -> str:
    """The name of the work of labelling this content with this model and these settings."""
    return _sha256_of([content, model, settings])


class Manifest:
    """The finished work of one output folder. Only the holder of the folder's lock may open it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries = {entry.key: entry for entry in _read_and_mend(path)}

    def get(self, key: str) -> Entry | None:
        """What is known of this work; None where it is not finished."""
        return self._entries.get(key)

    def append(self, entry: Entry) -> None:
        """Add a line and bring it to the disk. The part must be there already."""
        line = json.dumps(asdict(entry), sort_keys=True) + "\n"
        with self.path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        self._entries[entry.key] = entry


def _read_and_mend(path: Path) -> list[Entry]:
    path.touch()
    content = path.read_bytes()
    *whole, tail = content.split(b"\n")
    entries = [_parse(line) for line in whole]
    if tail:
        last = _parse(tail)
        entries.append(last)
        with path.open("rb+") as file:
            if last is None:
                file.truncate(len(content) - len(tail))
            else:  # only the end of the line was lost
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
    return [entry for entry in entries if entry is not None]


def _parse(line: bytes) -> Entry | None:
    # None for a line that is not whole: its session is labelled again, which costs only time.
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _sha256_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
