"""Rules for the rows of codes.csv (codebook, sections 2 to 4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rupture_nlp.codebook import load_codebook
from rupture_nlp.io.corpus.index import Coverage, Index
from rupture_nlp.io.corpus.layout import MODES, RUPTURE_CELLS, split_list
from rupture_nlp.io.corpus.problems import Problem, unknown
from rupture_nlp.io.corpus.tables import Row
from rupture_nlp.schema import THERAPIST_MARKERS, UNCODABLE, Rupture, Speaker

RUPTURE_NAMES = tuple(code.value for code in Rupture if code is not Rupture.NONE)
CODED_FIELDS = ("rupture", "secondary", "intensity", "markers", "strategies", "process")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A row of codes.csv and what its rules need to know around it."""

    row: Row
    speaker: Speaker | None  # None where the utterance or its speaker is not known
    coverage: Coverage

    @property
    def is_rupture(self) -> bool:
        return self.row["rupture"] in RUPTURE_NAMES

    @property
    def markers(self) -> tuple[str, ...]:
        return split_list(self.row["markers"])


def check_codes(index: Index) -> Iterator[Problem]:
    """Every code that the codebook does not know or does not allow on its turn."""
    for row in index.tables.codes.rows:
        turn = index.turn_of(row)
        yield from check_code(CodeRow(row, turn.speaker if turn else None, index.coverage_of(row)))


def check_code(code: CodeRow) -> Iterator[Problem]:
    """All rules for one row."""
    yield from _names(code)
    yield from _lists(code)
    yield from _rupture(code)
    yield from _markers(code)
    yield from _speaker(code)
    yield from _covered(code)


def _names(code: CodeRow) -> Iterator[Problem]:
    book, row = load_codebook(), code.row
    known: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("rupture", "rupture code", RUPTURE_CELLS),
        ("secondary", "secondary code", RUPTURE_NAMES),
        ("intensity", "intensity", ("1", "2", "3")),
        ("process", "process", book.process_names),
        ("mode", "mode", MODES),
    )
    for column, what, names in known:
        if row[column] and row[column] not in names:
            yield row.problem(column, "name", unknown(what, names))
    if any(name not in book.marker_names for name in code.markers):
        yield row.problem("markers", "name", unknown("marker", book.marker_names))
    if any(name not in book.strategy_names for name in split_list(row["strategies"])):
        yield row.problem("strategies", "name", unknown("strategy", book.strategy_names))


def _lists(code: CodeRow) -> Iterator[Problem]:
    for column in ("markers", "strategies"):
        names = split_list(code.row[column])
        if len(set(names)) < len(names):
            yield code.row.problem(column, "repeated", "the same name stands there twice")


def _rupture(code: CodeRow) -> Iterator[Problem]:
    row = code.row
    if not row["rupture"] and "rupture" in code.coverage.fields:
        yield row.problem("rupture", "empty", "the cell may not be empty; write none or uncodable")
    if code.is_rupture and not row["intensity"] and "intensity" in code.coverage.fields:
        yield row.problem("intensity", "intensity", "a rupture needs an intensity, 1 to 3")
    if not code.is_rupture:
        for column in ("secondary", "intensity"):
            if row[column]:
                yield row.problem(column, column, "must be empty where there is no rupture")
    elif row["secondary"] == row["rupture"]:
        message = "the same code as the primary one says nothing further"
        yield row.warning("secondary", "secondary", message)
    carried = any(row[column] for column in (*CODED_FIELDS[1:], "mode", "comment"))
    if row["rupture"] == Rupture.NONE and not carried and code.coverage.complete:
        yield row.warning("", "empty-row", "carries nothing; a sparse file needs no such row")


def _markers(code: CodeRow) -> Iterator[Problem]:
    own = {code.row["rupture"], code.row["secondary"]}
    present = [marker for marker in load_codebook().markers if marker.name in code.markers]
    if any(marker.code not in own for marker in present):
        message = "a marker belongs to neither the rupture code nor the secondary one"
        yield code.row.problem("markers", "marker-family", message)
    if any(marker.therapist_only for marker in present):
        if code.speaker is Speaker.PATIENT:
            message = "a marker for therapists' turns on a patient's turn"
            yield code.row.problem("markers", "marker-speaker", message)
        elif THERAPIST_MARKERS not in code.coverage.fields:
            message = (
                f"therapist-only markers count only where coverage.csv lists {THERAPIST_MARKERS}"
            )
            yield code.row.warning("markers", "coverage", message)
    is_patient, coded = code.speaker is Speaker.PATIENT, "markers" in code.coverage.fields
    if code.is_rupture and is_patient and coded and not code.markers:
        yield code.row.warning("markers", "no-marker", "a patient's rupture without a marker")


def _speaker(code: CodeRow) -> Iterator[Problem]:
    row = code.row
    if code.speaker is Speaker.OTHER:
        message = "the turn of an `other` speaker takes no codes"
        yield row.problem("utterance_id", "other-speaker", message)
    if row["strategies"] and code.speaker is Speaker.PATIENT:
        yield row.problem("strategies", "strategy-speaker", "a strategy on a patient's turn")
    if row["process"] and code.speaker is Speaker.THERAPIST:
        yield row.problem("process", "process-speaker", "a process on a therapist's turn")


def _covered(code: CodeRow) -> Iterator[Problem]:
    for column in CODED_FIELDS:
        blank = {"", "none", UNCODABLE} if column == "rupture" else {""}
        if column not in code.coverage.fields and code.row[column] not in blank:
            message = (
                "not among the fields that coverage.csv lists for this coder; it will not count"
            )
            yield code.row.warning(column, "coverage", message)
