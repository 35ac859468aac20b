"""The list of finished work: one JSON line a session, only ever appended to.

A kill may tear the last line, and nothing else. Reading it mends that: a torn line is cut off and
its session labelled again. Lines hold hashes and counts, no names and no text. Where a key occurs
twice the later line counts.

No line is forced to the disk by itself: a power cut may cost the work of the last seconds, and a
line or a part that it left damaged is told by its hash and made again.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rupture_nlp.pipeline.places import Places
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
    """The finished work of one output folder.

    All but `get` and `written_since` only for whoever holds the lock of the folder. Lines stay in
    the file; in memory is where they stand.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places = Places()
        self._end = 0  # of what was read
        path.touch()
        self.refresh()

    @property
    def end(self) -> int:
        """Bytes of the file that were read: lines of work that is finished later stand behind."""
        return self._end

    def get(self, key: str) -> Entry | None:
        """What is known of this work; None where it is not finished."""
        place = self._places.get(_head(key))
        if place is None:
            return None
        with self.path.open("rb") as file:
            file.seek(place)
            entry = _parse(file.readline())
        return entry if entry is not None and entry.key == key else None

    def written_since(self, key: str, end: int) -> bool:
        """Whether the line of this work stands behind `end`."""
        place = self._places.get(_head(key))
        return place is not None and place >= end

    def refresh(self) -> None:
        """Read what was appended since, by other runs too, and mend the last line."""
        if self.path.stat().st_size == self._end:
            return
        with self.path.open("rb") as file:
            file.seek(self._end)
            for line in file:
                if not line.endswith(b"\n"):
                    self._mend(line)
                    break
                self._note(_parse(line), len(line))

    def append(self, entry: Entry) -> None:
        """Add a line. The part must be there already."""
        self.refresh()
        line = (json.dumps(asdict(entry), sort_keys=True) + "\n").encode()
        with self.path.open("ab") as file:
            file.write(line)
        self._note(entry, len(line))

    def _mend(self, tail: bytes) -> None:
        entry = _parse(tail)
        if entry is None:
            os.truncate(self.path, self._end)
            return
        with self.path.open("ab") as file:  # only the end of the line was lost
            file.write(b"\n")
        self._note(entry, len(tail) + 1)

    def _note(self, entry: Entry | None, length: int) -> None:
        if entry is not None:
            self._places.put(_head(entry.key), self._end)
        self._end += length


def _head(key: str) -> int:
    # 64 of the 256 bits: two works that share them are told apart by `get`, and one done again.
    try:
        return int(key[:16], 16)
    except ValueError:
        return 0  # a damaged line, which no work asks for


def _parse(line: bytes) -> Entry | None:
    # None for a line that is not whole: its session is labelled again, which costs only time.
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _sha256_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
