"""Turns as a file gives them: with the speaker's name, before anybody knows the roles."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.errors import TranscriptError

Known = Callable[[str], bool]
"""Says whether a speaker name has a role, from the role map or as a built-in tag."""


@dataclass(frozen=True, slots=True)
class RawTurn:
    """One turn of a file. Ids are None where the format has none."""

    line: int  # of the file, from 1; in DOCX the paragraph or table row
    name: str  # as written; "" where a table's cell is empty
    text: str
    start_s: float | None = None
    end_s: float | None = None
    session_id: str | None = None
    utterance_id: str | None = None
    source_first: int | None = None  # cues, from 1
    source_last: int | None = None


_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d(?:[.,]\d{1,9})?)|(\d{1,9}(?:[.,]\d{1,9})?)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufeff]")


def clean(text: str) -> str:
    """The text in one line: white space and control characters become single spaces, halves of
    surrogate pairs (which no file can hold) the replacement character."""
    return " ".join(_SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text)).split())


def name_key(name: str) -> str:
    """What two spellings of one speaker's name have in common: case, spaces, a final colon or
    full stop and brackets around the whole do not tell speakers apart."""
    return clean(name).lstrip("*_[]<> ").rstrip("*_[]<> :.\uff1a").casefold()


def parse_time(text: str) -> float | None:
    """Seconds from `13`, `13.5`, `0:12` or `00:01:02,500`; None where it is no time."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, plain = found.groups()
    if plain is not None:
        return float(plain.replace(",", "."))
    if hours is not None and int(minutes) >= 60:  # noqa: PLR2004  # minutes of an hour
        return None
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))


def checked_times(start: float | None, end: float | None) -> tuple[float | None, float | None]:
    """Start and end of a turn; an end that is not known, or before the start, is None."""
    if start is None or not math.isfinite(start):
        start = None
    if end is None or not math.isfinite(end) or (start is not None and end < start):
        end = None
    return start, end


def check_length(text: str, path: Path, line: int, max_chars: int) -> None:
    """Refuse what is too long to be one turn.

    Raises:
        TranscriptError: the text has more than `max_chars` characters.
    """
    if len(text) > max_chars:
        problem = f"more than {max_chars:,} characters in one turn"
        raise TranscriptError(path, line, problem, "Check speaker tags, quotes and line ends.")
