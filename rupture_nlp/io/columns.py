"""Which column of a table, or key of a record, holds what: by the user's mapping or its name."""

import re
from collections.abc import Sequence
from pathlib import Path

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.settings import ReadSettings

ALIASES: dict[str, tuple[str, ...]] = {
    "session_id": (
        "session_id",
        "session",
        "transcript_id",
        "conversation_id",
        "dialogue_id",
        "dialog_id",
        "interview_id",
        "recording_id",
    ),
    "utterance_id": ("utterance_id", "turn_id", "utt_id", "line_id"),
    "speaker": (
        "speaker",
        "interlocutor",
        "role",
        "speaker_role",
        "speaker_name",
        "speaker_id",
        "participant",
        "who",
    ),
    "text": (
        "text",
        "utterance_text",
        "utterance",
        "transcript",
        "transcription",
        "content",
        "message",
        "sentence",
        "turn_text",
        "words",
    ),
    "start_s": ("start_s", "start", "start_time", "begin", "timestamp", "time", "onset"),
    "end_s": ("end_s", "end", "end_time", "offset", "stop"),
}
"""Names recognised without a mapping, the first that a file has; case and marks do not matter."""

_MAP_IT = "Map it with the setting columns, for example columns: {speaker: NAME, text: NAME}."


def find_columns(names: Sequence[str], settings: ReadSettings) -> dict[str, int]:
    """Our name to the position in `names`, for every column that can be told."""
    exact = [name.strip() for name in names]
    folded = [re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") for name in exact]
    found: dict[str, int] = {}
    for ours, aliases in ALIASES.items():
        if ours in settings.columns:
            theirs = settings.columns[ours].strip()
            if theirs and theirs in exact:
                found[ours] = exact.index(theirs)
            continue
        known = [alias for alias in aliases if alias in folded]
        if known:
            found[ours] = folded.index(known[0])
    return found


def require_columns(
    path: Path, line: int, names: Sequence[str], settings: ReadSettings, *, kind: str = "column"
) -> dict[str, int]:
    """As `find_columns`, and everything that the user mapped must be there, speaker and text too.

    Raises:
        TranscriptError: says which column is missing and, if the first row looks like a header,
            what the columns are called.
    """
    found = find_columns(names, settings)
    wanted = {"speaker", "text"}
    if kind == "column":  # a record may leave out what is not needed
        wanted |= {ours for ours, theirs in settings.columns.items() if theirs}
    missing = sorted(wanted - set(found))
    if missing:
        problem = f"no {kind} for {' and '.join(missing)}; {_counted(names, found, kind)}"
        raise TranscriptError(path, line, problem, _MAP_IT)
    if len(set(found.values())) < len(found):
        problem = f"one {kind} is mapped twice"
        raise TranscriptError(path, line, problem, f"Map each {kind} once.")
    return found


def _counted(names: Sequence[str], found: dict[str, int], kind: str) -> str:
    # Names of columns are not shown: without a header the first row is speech, and a table with a
    # column a person has people's names there.
    return f"{len(found)} of its {len(names)} {kind}s are known by name"
