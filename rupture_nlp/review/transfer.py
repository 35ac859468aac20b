"""What goes out of a project and comes in: coded sessions, whatever the file, and notes.

Every format is written from `CodedSession` values and read back into them; `export` makes them
from the store, `import_codes` turns them into decisions.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rupture_nlp.schema import CodedSession


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Something that could not be carried over as it is, and where it stands.

    `place` names a session, a turn, a row or a region, never what is in it.
    """

    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """Coded sessions as a file gives them. `codes` of a coding hold the mode, None if not known."""

    sessions: tuple[CodedSession, ...]
    notes: tuple[Note, ...] = ()


def count_notes(notes: Iterable[Note]) -> tuple[tuple[str, int], ...]:
    """How often each reason occurs, the most frequent first."""
    return tuple(Counter(note.reason for note in notes).most_common())
