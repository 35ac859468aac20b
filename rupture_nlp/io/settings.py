"""What a user may set about reading transcripts; a YAML file may override each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

COLUMNS = ("session_id", "utterance_id", "speaker", "text", "start_s", "end_s")
"""Our names for what a table or a JSON Lines record may hold."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How transcripts are read.

    `columns` maps our name to the file's column (or JSON key), for example
    `{"speaker": "Sprecher", "text": "Aussage"}`; an empty name says that the file has no such
    column, so that a column which merely looks like it is left alone.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    merge_cues: bool = True  # VTT, SRT: cues in a row of one speaker name become one turn
    max_utterance_chars: int = 100_000  # longer is an error: tags or quotes are missing
    max_file_bytes: int = 2 * 1024**3  # also of the unpacked text of a DOCX

    def __post_init__(self) -> None:
        unknown = sorted(set(self.columns) - set(COLUMNS))
        if unknown:
            raise ValueError(f"columns may only map {', '.join(COLUMNS)}; not {', '.join(unknown)}")
        if self.max_utterance_chars < 1 or self.max_file_bytes < 1:
            raise ValueError("max_utterance_chars and max_file_bytes must be 1 or more")


DEFAULT_SETTINGS = ReadSettings()
"""Every default; one value, so that it can stand in signatures."""
