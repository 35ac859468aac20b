"""The files and columns of a coded corpus (codebook, section 7)."""

from dataclasses import dataclass

from rupture_nlp.schema import (
    ALL_FIELDS,
    THERAPIST_MARKERS,
    UNCODABLE,
    Rupture,
    UtteranceCode,
)

LIST_SEPARATOR = "|"
"""Joins markers, strategies and fields in one cell."""

FIELDS = (*sorted(ALL_FIELDS), THERAPIST_MARKERS)
MODES = ("blind", "assisted", "adjudicated")
STATUSES = ("complete", "partial")
RUPTURE_CELLS = (*(code.value for code in Rupture), UNCODABLE)
RATINGS = ("withdrawal_impact", "confrontation_impact", "resolution", "therapist_contribution")


@dataclass(frozen=True, slots=True)
class Layout:
    """One file of the layout."""

    file: str
    required: tuple[str, ...]  # columns that must stand in the header
    filled: tuple[str, ...]  # columns in which no cell may be empty
    key: tuple[str, ...]  # columns that together name a row; no two rows share them
    optional: tuple[str, ...] = ()
    open_ended: bool = False  # further columns are read too, as descriptors
    may_be_missing: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional


UTTERANCES = Layout(
    "utterances.csv",
    required=("session_id", "utterance_id", "speaker", "text"),
    filled=("session_id", "utterance_id", "speaker"),
    key=("session_id", "utterance_id"),
    optional=("start_s", "end_s", "source_first", "source_last"),
)
CODES = Layout(
    "codes.csv",
    required=(
        "session_id",
        "utterance_id",
        "coder",
        "rupture",
        "secondary",
        "intensity",
        "markers",
        "strategies",
        "process",
    ),
    filled=("session_id", "utterance_id", "coder"),
    key=("session_id", "utterance_id", "coder"),
    optional=("mode", "comment"),
)
EPISODES = Layout(
    "episodes.csv",
    required=(
        "session_id",
        "coder",
        "episode_id",
        "start",
        "end",
        "kind",
        "initiator",
        "repair_start",
        "resolution",
    ),
    filled=("session_id", "coder", "episode_id", "start", "end", "kind", "initiator"),
    key=("session_id", "coder", "episode_id"),
)
SESSIONS = Layout(
    "sessions.csv",
    required=("session_id", "coder", *RATINGS),
    filled=("session_id", "coder"),
    key=("session_id", "coder"),
)
GROUPS = Layout(
    "groups.csv",
    required=("session_id", "group"),
    filled=("session_id", "group"),
    key=("session_id",),
    open_ended=True,
)
COVERAGE = Layout(
    "coverage.csv",
    required=("session_id", "coder", "fields", "status"),
    filled=("session_id", "coder", "status"),
    key=("session_id", "coder"),
    may_be_missing=True,
)
LAYOUTS = (UTTERANCES, CODES, EPISODES, SESSIONS, GROUPS, COVERAGE)


def split_list(cell: str) -> tuple[str, ...]:
    """The names in a list cell; none for an empty cell."""
    return tuple(cell.split(LIST_SEPARATOR)) if cell else ()


def blank_code(utterance_id: str, fields: frozenset[str]) -> UtteranceCode:
    """What an absent row of a finished session means: `none`, or missing if nobody looked."""
    return UtteranceCode(utterance_id, Rupture.NONE if "rupture" in fields else None)
