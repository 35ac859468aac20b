"""Who is therapist and who is patient: built-in tags, and role maps that users write.

Built-in tags, in any case and with a number after them (`T1`, `Client 2`):

* therapist: T, Th, Ther, Therapist, Counselor, Counsellor, Clinician, Psychologist,
  Psychotherapist, Psychiatrist
* patient: P, Pt, Pat, Patient, C, Cl, Client; but C not in a file that has another patient tag,
  where it may be the counselor
* other: Other, Interpreter, Translator, Observer

Everything else needs a role map, also what is likely but not sure (Doctor, Interviewer, Coach,
Participant, Speaker 1). A role map wins over the built-in tags.

A role map is a table `file, speaker, turns, role`. `file` is matched as the template wrote it, then
as a full path, then by the name of the file alone (unless files of one name disagree); `*` is any
file, used where no other row fits.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rupture_nlp.errors import SpeakerRoleError, TranscriptError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.cells import neutralise, restore
from rupture_nlp.io.formats import parse_turns
from rupture_nlp.io.settings import DEFAULT_SETTINGS, ReadSettings
from rupture_nlp.io.tables import Row, read_rows
from rupture_nlp.io.turns import RawTurn, name_key
from rupture_nlp.schema import Speaker

BUILT_IN: dict[str, Speaker] = {
    **dict.fromkeys(
        (
            *("t", "th", "ther", "therapist", "counselor", "counsellor", "clinician"),
            *("psychologist", "psychotherapist", "psychiatrist"),
        ),
        Speaker.THERAPIST,
    ),
    **dict.fromkeys(("p", "pt", "pat", "patient", "c", "cl", "client"), Speaker.PATIENT),
    **dict.fromkeys(("other", "interpreter", "translator", "observer"), Speaker.OTHER),
}
ANY_FILE = "*"
HEADER = ("file", "speaker", "turns", "role")

_NUMBERED = re.compile(r"([^\d]*?)[\s_#.-]*\d{1,3}")
_SHOWN = 10
_VALUES = "therapist, patient or other"


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """One row of a role map: one speaker name of one file."""

    file: str
    speaker: str
    turns: int
    role: Speaker | None = None  # None: for the user to fill in


@dataclass(frozen=True, slots=True)
class RoleMap:
    """Roles by speaker name (as `name_key`), for any file, by path, and by file name."""

    anywhere: Mapping[str, Speaker] = field(default_factory=dict)
    by_path: Mapping[str, Mapping[str, Speaker]] = field(default_factory=dict)
    by_file_name: Mapping[str, Mapping[str, Speaker | None]] = field(default_factory=dict)
    """None: files of this name disagree about the speaker."""

    @classmethod
    def of_rows(cls, rows: Iterable[SpeakerRow]) -> "RoleMap":
        """From filled rows; rows without a role are left out, the last of equal rows counts."""
        anywhere: dict[str, Speaker] = {}
        by_path: dict[str, dict[str, Speaker]] = {}
        by_file_name: dict[str, dict[str, Speaker | None]] = {}
        for row in rows:
            if row.role is None:
                continue
            key, file = name_key(row.speaker), _file_key(row.file)
            if file == ANY_FILE:
                anywhere[key] = row.role
                continue
            by_path.setdefault(file, {})[key] = row.role
            same = by_file_name.setdefault(file.rsplit("/", 1)[-1], {})
            same[key] = row.role if same.get(key, row.role) is row.role else None
        return cls(anywhere, by_path, by_file_name)

    @classmethod
    def of_names(cls, names: Mapping[str, str]) -> "RoleMap":
        """From `{"Dr Smith": "therapist", ...}`, for any file.

        Raises:
            ValueError: a role is not therapist, patient or other.
        """
        if not set(names.values()) <= set(Speaker):
            raise ValueError(f"every role must be {_VALUES}")
        return cls({name_key(name): Speaker(role) for name, role in names.items()})

    def for_file(self, path: Path) -> dict[str, Speaker]:
        """The roles that hold in one file, by `name_key`."""
        by_name = self.by_file_name.get(path.name, {})
        return {
            **self.anywhere,
            **{key: role for key, role in by_name.items() if role is not None},
            **self.by_path.get(_file_key(str(path.absolute())), {}),
            **self.by_path.get(_file_key(str(path)), {}),
        }

    def role_of(self, path: Path, speaker: str) -> Speaker | None:
        """The role of a name in a file by this map or the built-in tags; None if unknown."""
        mapped = self.for_file(path).get(name_key(speaker))
        return mapped if mapped is not None else built_in_role(speaker)


def built_in_role(speaker: str) -> Speaker | None:
    """The role that a tag has by itself, None for any other name."""
    return BUILT_IN.get(_tag(speaker))


def resolve_roles(turns: Sequence[RawTurn], mapped: Mapping[str, Speaker]) -> dict[str, Speaker]:
    """The roles of one file's speakers by `name_key`; names without a role are left out."""
    keys = {name_key(turn.name) for turn in turns}
    patient_tags = {_tag(key) for key in keys if built_in_role(key) is Speaker.PATIENT}
    roles: dict[str, Speaker] = {}
    for key in keys:
        role = mapped.get(key, built_in_role(key))
        ambiguous = key not in mapped and _tag(key) == "c" and len(patient_tags) > 1
        if role is not None and not ambiguous:
            roles[key] = role
    return roles


def list_speakers(
    paths: Sequence[Path], settings: ReadSettings = DEFAULT_SETTINGS
) -> tuple[SpeakerRow, ...]:
    """Every speaker name of every file, in order of first appearance.

    `role` is filled in for built-in tags and None for everybody else.

    Raises:
        TranscriptError: a file cannot be read; to go on, list files one by one.
    """
    rows: list[SpeakerRow] = []
    for path in paths:
        turns = parse_turns(path, lambda name: built_in_role(name) is not None, settings)
        roles = resolve_roles(turns, {})
        spelled: dict[str, str] = {}
        for turn in turns:
            spelled.setdefault(name_key(turn.name), turn.name)
        counts = Counter(name_key(turn.name) for turn in turns)
        rows += [
            SpeakerRow(str(path), name, counts[key], roles.get(key))
            for key, name in spelled.items()
        ]
    return tuple(rows)


def write_roles_template(rows: Iterable[SpeakerRow], path: Path) -> None:
    """Write the rows as a CSV table for the user to fill in, whole or not at all."""
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        role = row.role.value if row.role is not None else ""
        writer.writerow([neutralise(row.file), neutralise(row.speaker), row.turns, role])
    write_text(path, table.getvalue())


def read_roles(path: Path, settings: ReadSettings = DEFAULT_SETTINGS) -> RoleMap:
    """Read a filled role map; columns `file` (without it: any file), `speaker` and `role`.

    Raises:
        TranscriptError: no table, or a column is missing.
        SpeakerRoleError: roles that are empty or wrong, or rows that contradict each other; lists
            the rows, the header being row 1.
    """
    header, *rows = read_rows(path, settings)
    names = [name.strip().casefold() for name in header.cells]
    missing = [name for name in ("speaker", "role") if name not in names]
    if missing:
        problem = f"the role map has no column {' and '.join(missing)}"
        raise TranscriptError(path, header.line, problem, f"Columns are {', '.join(HEADER)}.")
    read: dict[tuple[str, str], tuple[int, Speaker]] = {}
    empty, wrong, contradicting = [], [], []
    for number, row in enumerate(rows, start=2):
        file, speaker, role = (_cell(row, names, name) for name in ("file", "speaker", "role"))
        if not role:
            empty.append(number)
        elif role.casefold() not in set(Speaker):
            wrong.append(number)
        else:
            key = _file_key(file or ANY_FILE), name_key(speaker)
            first = read.setdefault(key, (number, Speaker(role.casefold())))
            if first[1] != role.casefold():
                contradicting.append(number)
    problems = [
        f"{what} in {_numbered('row', numbers)}"
        for what, numbers in (
            ("no role", empty),
            ("a wrong role", wrong),
            ("another role for a speaker of an earlier row", contradicting),
        )
        if numbers
    ]
    if problems:
        fix = f"Every role must be {_VALUES}; the header is row 1."
        raise SpeakerRoleError(path, 0, "; ".join(problems), fix)
    return RoleMap.of_rows(
        SpeakerRow(file, speaker, 0, role) for (file, speaker), (_, role) in read.items()
    )


def unknown_speakers(
    path: Path, turns: Sequence[RawTurn], roles: Mapping[str, Speaker]
) -> SpeakerRoleError | None:
    """The error that says where speakers without a role stand, None if there are none."""
    first_lines: dict[str, int] = {}
    for turn in turns:
        key = name_key(turn.name)
        if key not in roles:
            first_lines.setdefault(key, turn.line)
    if not first_lines:
        return None
    lines = list(first_lines.values())
    count = "1 speaker has" if len(lines) == 1 else f"{len(lines)} speakers have"
    # Nobody sees lines in a word processor; how the reader counts there is said in `docx_reader`.
    place = "paragraph" if path.suffix.casefold() == ".docx" else "line"
    problem = f"{count} no known role, first in {_numbered(place, lines)}"
    fix = (
        "Run `rupture-nlp roles PATH --out roles.csv`, fill in its column role, "
        "then pass --roles roles.csv."
    )
    return SpeakerRoleError(path, lines[0], problem, fix)


def _numbered(what: str, numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:_SHOWN])
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"{what}{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _cell(row: Row, names: Sequence[str], name: str) -> str:
    return restore(row.cells[names.index(name)]).strip() if name in names else ""


def _tag(speaker: str) -> str:
    key = name_key(speaker)
    numbered = _NUMBERED.fullmatch(key)
    return (numbered.group(1) if numbered else key).strip()


def _file_key(file: str) -> str:
    return file.strip().replace("\\", "/").removeprefix("./")
