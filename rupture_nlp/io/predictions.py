"""Read a results folder: what `label` wrote, or any system's codes in the layout of the codebook.

Codes stand in `utterances` (dense: a row for every labelled turn, with a column `rupture`) or in
`codes` (sparse: a turn without a row was labelled `none`; `sessions` then says which sessions were
labelled). Only `session_id, utterance_id, rupture` are needed; fields without a column were not
labelled and are missing in every figure, as are episodes without a file. Optional: `coder`,
probabilities `p_none, p_withdrawal_from_other, ...` (all five or none), `seen_in_training` in
`sessions`, `coverage.csv`, `run.json`.
"""

import contextlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.io.corpus.index import EVERYTHING, CodingKey, Coverage, Index, build_index
from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.io.corpus.problems import Problem, Severity, counted, listed, unknown
from rupture_nlp.io.corpus.read import code_of, episode_of
from rupture_nlp.io.corpus.rules_codes import check_codes
from rupture_nlp.io.corpus.rules_values import check_values, number
from rupture_nlp.io.corpus.tables import Row
from rupture_nlp.io.result_files import CODES, ResultFiles, read_result_files
from rupture_nlp.schema import (
    RUPTURES,
    THERAPIST_MARKERS,
    PredictedEpisode,
    Ratings,
    Speaker,
)

PROBABILITIES = tuple(f"p_{code}" for code in RUPTURES)
SEEN = "seen_in_training"
TRUTHS = ("true", "false")
RUN = "run.json"
SUM_TOLERANCE = 1e-3  # tables are rounded

# Of the codebook's rules those that scoring cannot do without. That a system breaks others, such as
# a marker outside its family, is for the figures to show.
_RULES = frozenset({"name", "number", "range", "repeated", "empty", "other-speaker"})


def read_predictions(folder: Path, coder: str | None = None) -> Predictions:
    """Read the results of one system; `coder` chooses among several in the folder.

    Raises:
        CorpusError: files are missing or cannot be read, or cells are wrong; the message lists
            every problem with file, row and column. Or there are several coders.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder}: there is no such folder. Give that of the results.")
    files = read_result_files(folder)
    index = _index(files)
    problems = list(files.problems)
    if not any(problem.severity is Severity.ERROR for problem in problems):
        problems += [p for rule in (check_values, check_codes) for p in rule(index)]
        problems = [p for p in problems if p.rule in _RULES and p.severity is Severity.ERROR]
        problems += [*_check_probabilities(files), *_check_sessions(files), *_check_places(files)]
    run = _read_run(folder)
    problems += [run] if isinstance(run, Problem) else []
    errors = sorted({problem for problem in problems if problem.severity is Severity.ERROR})
    if errors or isinstance(run, Problem):
        raise CorpusError(_message(folder, errors))
    chosen = _choose_coder(folder, index, coder)
    return Predictions(
        coder=chosen,
        sessions=tuple(
            _session((session, chosen), index, files) for session in _sessions_of(index, chosen)
        ),
        dense=files.dense,
        signature=run,
    )


def _index(files: ResultFiles) -> Index:
    """The index of the tables, in which only the fields that the system labels are covered."""
    index = build_index(files.tables)
    known = files.fields | {THERAPIST_MARKERS}
    coverage = {}
    for key in {**index.codes, **index.codings, **index.episodes}:
        given = index.coverage.get(key, EVERYTHING)
        coverage[key] = Coverage(given.fields & known, given.complete)
    return replace(index, coverage=coverage)


def _choose_coder(folder: Path, index: Index, coder: str | None) -> str:
    coders = sorted({name for _, name in (*index.codes, *index.codings)})
    names = ", ".join(coders)
    if not coders:
        raise CorpusError(f"{folder}: no session was labelled. Is it the right folder?")
    if coder is not None and coder not in coders:
        raise CorpusError(f"{folder}: the coder asked for labelled nothing here. Coders: {names}.")
    if coder is None and len(coders) > 1:
        raise CorpusError(f"{folder}: {len(coders)} coders: {names}. Name the one to score.")
    return coder or coders[0]


def _sessions_of(index: Index, coder: str) -> list[str]:
    keys = (*index.codes, *index.codings)
    return list(dict.fromkeys(session for session, name in keys if name == coder))


def _session(key: CodingKey, index: Index, files: ResultFiles) -> SessionResult:
    row = index.codings.get(key)
    coverage = index.coverage[key]
    given = set(PROBABILITIES) <= files.columns
    return SessionResult(
        session_id=key[0],
        turns=tuple(
            _turn(code, has_probabilities=given) for code in index.codes.get(key, {}).values()
        ),
        episodes=tuple(map(_episode, index.episodes.get(key, ()))),
        ratings=Ratings(*(number(row[name]) if row else None for name in RATINGS)),
        seen_in_training=_truth(row[SEEN]) if row else None,
        fields=coverage.fields,
        complete=coverage.complete,
    )


def _turn(row: Row, *, has_probabilities: bool) -> LabelledTurn:
    cells = [number(row[name]) for name in PROBABILITIES] if has_probabilities else []
    known = tuple(cell for cell in cells if cell is not None)
    return LabelledTurn(
        code=code_of(row),
        speaker=Speaker(row["speaker"]) if row["speaker"] else None,
        probabilities=known or None,
        uncertain=_truth(row["uncertain"]) if row["uncertain"].lower() in TRUTHS else None,
    )


def _episode(row: Row) -> PredictedEpisode:
    episode = episode_of(row)
    given = number(row["p_repaired"])
    return PredictedEpisode(episode, float("nan") if given is None else given)


def _truth(cell: str) -> bool | None:
    return cell.lower() == "true" if cell else None


def _check_probabilities(files: ResultFiles) -> Iterator[Problem]:
    present = [name for name in PROBABILITIES if name in files.columns]
    if present and len(present) < len(PROBABILITIES):
        message = f"the table has {len(present)} of the 5 columns {', '.join(PROBABILITIES)}"
        yield Problem(files.codes_file, 1, present[0], "columns", message)
    if len(present) < len(PROBABILITIES):
        return
    for row in files.tables.codes.rows:
        yield from _check_five(row)


def _check_five(row: Row) -> Iterator[Problem]:
    values = [number(row[name]) for name in PROBABILITIES]
    for name, value in zip(PROBABILITIES, values, strict=True):
        if row[name] and (value is None or not 0 <= value <= 1):
            yield row.problem(name, "range", "must be a number from 0 to 1")
            return
    known = [value for value in values if value is not None]
    if known and len(known) < len(values):
        yield row.problem(PROBABILITIES[0], "empty", "some of the five probabilities are empty")
    elif known and not math.isclose(sum(known), 1.0, abs_tol=SUM_TOLERANCE):
        yield row.problem(PROBABILITIES[0], "sum", "the five probabilities do not add up to 1")


def _check_sessions(files: ResultFiles) -> Iterator[Problem]:
    for row in files.tables.sessions.rows:
        if row[SEEN] and row[SEEN].lower() not in TRUTHS:
            yield row.problem(SEEN, "name", unknown("truth value", TRUTHS))
    for row in files.tables.episodes.rows:
        chance = number(row["p_repaired"])
        if row["p_repaired"] and (chance is None or not 0 <= chance <= 1):
            yield row.problem("p_repaired", "range", "must be a number from 0 to 1")


@dataclass(frozen=True, slots=True)
class _Known:
    """Sessions and turns that rows may be about."""

    sessions: frozenset[CodingKey]
    turns: frozenset[tuple[str, str]]


def _check_places(files: ResultFiles) -> Iterator[Problem]:
    """Rows about sessions that were not labelled, or about turns that are not there."""
    tables = files.tables
    source = tables.utterances if files.dense else tables.sessions
    known = _Known(
        frozenset((row["session_id"], row["coder"]) for row in source.rows),
        frozenset((row["session_id"], row["utterance_id"]) for row in tables.utterances.rows),
    )
    rows: Sequence[Row] = (*tables.episodes.rows, *(() if files.dense else tables.codes.rows))
    for row in rows:
        if (row["session_id"], row["coder"]) not in known.sessions:
            message = "no row says that this coder labelled this session"
            yield row.problem("session_id", "session", message)
        elif files.dense or (known.turns and row.file == CODES.file):
            yield from _unknown_turns(row, known)


def _unknown_turns(row: Row, known: _Known) -> Iterator[Problem]:
    for column in ("utterance_id", "start", "end", "repair_start"):
        if row[column] and (row["session_id"], row[column]) not in known.turns:
            yield row.problem(column, "utterance", "the session does not have this utterance")


def _read_run(folder: Path) -> "tuple[tuple[str, str], ...] | Problem":
    if not (folder / RUN).exists():
        return ()
    content: object = None
    with contextlib.suppress(OSError, ValueError, RecursionError):
        content = json.loads((folder / RUN).read_text(encoding="utf-8"))
    signature = content.get("signature") if isinstance(content, dict) else None
    if not isinstance(signature, dict):
        message = "not a JSON object with a signature; label writes it"
        return Problem(RUN, 0, "", "file", message)
    return tuple((str(key), _plain(value)) for key, value in signature.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _message(folder: Path, errors: Sequence[Problem]) -> str:
    return (
        f"{folder}: {counted(errors)} in the predictions:\n{listed(errors)}\n"
        "Mend them and run again."
    )
