"""What `review init` and `review assign` read: transcripts, groups, predictions, lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus.layout import GROUPS, Layout
from rupture_nlp.io.corpus.problems import Problem, Severity, counted, listed
from rupture_nlp.io.corpus.tables import Row, Table, read_table
from rupture_nlp.io.discover import CORPUS_TABLE, find_transcripts
from rupture_nlp.io.predictions import read_predictions
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.io.roles import RoleMap
from rupture_nlp.io.settings import DEFAULT_SETTINGS, ReadSettings
from rupture_nlp.pipeline.names import SourceName, unique_names
from rupture_nlp.review.assignment import Task
from rupture_nlp.review.projects import Material
from rupture_nlp.review.values import ChosenBy, Mode
from rupture_nlp.schema import Transcript

FIRST_PASS_MODES = (Mode.BLIND, Mode.ASSISTED)
_TASK = ("session_id", "coder", "mode")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where the material of a project is."""

    transcripts: tuple[Path, ...]  # files, folders, patterns, folders of coded corpora
    roles: RoleMap | None = None
    groups: Path | None = None  # a CSV table; wins over those of a corpus
    predictions: Path | None = None  # a results folder
    settings: ReadSettings = DEFAULT_SETTINGS
    chosen_by: ChosenBy = ChosenBy.PERSON


def read_material(inputs: Inputs) -> Material:
    """Read everything. Sessions get the names that `label` gives them.

    Raises:
        RuptureNlpError: a file cannot be read.
    """
    found = [
        (path, transcript)
        for path in find_transcripts(inputs.transcripts)
        for transcript in read_transcripts(path, inputs.roles, inputs.settings)
    ]
    names = unique_names(
        [SourceName(path.as_posix(), _name(transcript)) for path, transcript in found]
    )
    of_corpora = {path: _groups_beside(path) for path, _ in found}
    groups = {
        name: of_corpora[path][_name(transcript)]
        for name, (path, transcript) in zip(names, found, strict=True)
        if _name(transcript) in of_corpora[path]
    }
    if inputs.groups is not None:
        groups |= _read_groups(inputs.groups)
    return Material(
        transcripts=[
            replace(transcript, session_id=name)
            for name, (_, transcript) in zip(names, found, strict=True)
        ],
        groups=groups,
        predictions=None if inputs.predictions is None else read_predictions(inputs.predictions),
        chosen_by=inputs.chosen_by,
    )


def read_tasks(path: Path) -> tuple[Task, ...]:
    """Read a CSV table with the columns session_id, coder and mode (blind or assisted).

    Raises:
        CorpusError: no such table; lists every problem with row and column.
    """
    table = read_table(path.parent, Layout(path.name, _TASK, _TASK, _TASK[:2]))
    rows = _sound(path, table, _wrong_modes(path.name, table.rows))
    return tuple(
        Task(row["session_id"], row["coder"], Mode(row["mode"]), f"{path.name}, row {row.number}")
        for row in rows
    )


def _name(transcript: Transcript) -> str:
    # The name of a file may hold bytes that are no text, which no database takes.
    return transcript.session_id.encode("utf-8", "replace").decode()


def _groups_beside(path: Path) -> Mapping[str, str]:
    groups = path.parent / GROUPS.file
    return _read_groups(groups) if path.name == CORPUS_TABLE and groups.exists() else {}


def _read_groups(path: Path) -> dict[str, str]:
    return {row["session_id"]: row["group"] for row in _rows(path, replace(GROUPS, file=path.name))}


def _wrong_modes(file: str, rows: Sequence[Row]) -> list[Problem]:
    return [
        Problem(file, row.number, "mode", "mode", "must be blind or assisted")
        for row in rows
        if row["mode"] and row["mode"] not in FIRST_PASS_MODES  # an empty one is told already
    ]


def _rows(path: Path, layout: Layout) -> Sequence[Row]:
    return _sound(path, read_table(path.parent, layout))


def _sound(path: Path, table: Table, further: Sequence[Problem] = ()) -> Sequence[Row]:
    """The rows of a table without errors; `further` ones are told with its own."""
    errors = [problem for problem in table.problems if problem.severity is Severity.ERROR]
    errors = sorted([*errors, *further])
    if errors:
        raise CorpusError(
            f"{path}: {counted(errors)}:\n{listed(errors)}\nMend the table and run again."
        )
    return table.rows
