"""Read JSON Lines: one utterance a line, `{"speaker": ..., "text": ...}`.

Further keys: `session_id`, `utterance_id`, `start_s`, `end_s`. Keys have the names and the mapping
of a table's columns. Lines are never merged.
"""

import json
from pathlib import Path

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.columns import require_columns
from rupture_nlp.io.encoding import read_text
from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.io.turns import RawTurn, check_length, checked_times, clean, parse_time

_CHARS_PER_CHARACTER = 6  # of JSON, where every character is written as \u0000
_OTHER_KEYS_CHARS = 20_000
_ONE_OBJECT = "Write one object per line."


def parse_jsonl(path: Path, settings: ReadSettings) -> tuple[RawTurn, ...]:
    """The turns of a JSON Lines file.

    Raises:
        TranscriptError: a line is no JSON object, or a field is missing or of the wrong type.
    """
    limit = settings.max_utterance_chars * _CHARS_PER_CHARACTER + _OTHER_KEYS_CHARS
    turns = []
    for number, line in enumerate(read_text(path, settings.max_file_bytes).split("\n"), start=1):
        if line.strip():
            check_length(line, path, number, limit)
            turns.append(_turn(path, number, _parse_object(path, number, line), settings))
    return tuple(turns)


def _parse_object(path: Path, number: int, line: str) -> dict[str, object]:
    record: object = None
    problem = "not a JSON object"
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        problem = f"not valid JSON at column {error.colno}"
    except (ValueError, RecursionError):  # an integer of thousands of digits; deep nesting
        pass
    if not isinstance(record, dict):
        raise TranscriptError(path, number, problem, _ONE_OBJECT)
    return record


def _turn(path: Path, number: int, record: dict[str, object], settings: ReadSettings) -> RawTurn:
    keys = list(record)
    columns = require_columns(path, number, keys, settings, kind="key")
    fields = {ours: record[keys[position]] for ours, position in columns.items()}
    text, speaker = fields["text"], fields["speaker"]
    if not isinstance(text, str) or not isinstance(speaker, str):
        problem = "the speaker or the text is not a string"
        raise TranscriptError(path, number, problem, "Write both in double quotes.")
    check_length(text, path, number, settings.max_utterance_chars)
    start, end = checked_times(
        _time(path, number, "start_s", fields), _time(path, number, "end_s", fields)
    )
    return RawTurn(
        number,
        clean(speaker),
        clean(text),
        start,
        end,
        session_id=_id(path, number, "session_id", fields),
        utterance_id=_id(path, number, "utterance_id", fields),
    )


def _id(path: Path, number: int, name: str, fields: dict[str, object]) -> str | None:
    if name not in fields:
        return None
    value = fields[name]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not clean(value):
        raise TranscriptError(path, number, f"{name} is no string", "Give every line one.")
    return clean(value)


def _time(path: Path, number: int, name: str, fields: dict[str, object]) -> float | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    seconds = None
    if isinstance(value, str):
        seconds = parse_time(value)
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:  # noqa: PLR2004  # thirty years
        seconds = float(value)
    if seconds is None:
        problem = f"{name} is not in seconds or hh:mm:ss"
        raise TranscriptError(path, number, problem, "Write a number, or leave it out.")
    return seconds
