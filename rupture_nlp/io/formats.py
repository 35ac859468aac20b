"""Which reader reads which file."""

from pathlib import Path

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.jsonl import parse_jsonl
from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.io.subtitles import parse_subtitles
from rupture_nlp.io.tables import parse_table
from rupture_nlp.io.text import parse_text
from rupture_nlp.io.turns import Known, RawTurn

SUFFIXES = (".txt", ".csv", ".tsv", ".jsonl", ".ndjson", ".vtt", ".srt", ".docx")
"""What can be read, in small letters; the case of a file's suffix does not matter."""


def parse_turns(path: Path, known: Known, settings: ReadSettings) -> tuple[RawTurn, ...]:
    """The turns of one file with the names of their speakers; at least one.

    Raises:
        TranscriptError: the file cannot be read, or has a suffix that is not in `SUFFIXES`.
    """
    suffix = path.suffix.lower()
    if suffix == ".txt":
        turns = parse_text(path, known, settings)
    elif suffix in {".csv", ".tsv"}:
        turns = parse_table(path, settings)
    elif suffix in {".jsonl", ".ndjson"}:
        turns = parse_jsonl(path, settings)
    elif suffix in {".vtt", ".srt"}:
        turns = parse_subtitles(path, known, settings)
    elif suffix == ".docx":
        # An XML library that most runs do not need.
        from rupture_nlp.io.docx_reader import parse_docx  # noqa: PLC0415

        turns = parse_docx(path, known, settings)
    else:
        problem = "not a transcript format" if suffix else "the file name has no suffix"
        raise TranscriptError(path, 0, problem, f"Known are {', '.join(SUFFIXES)}.")
    if not turns:
        raise TranscriptError(path, 0, "the file has no turns", "Check that it was saved.")
    return turns
