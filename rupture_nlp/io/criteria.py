"""Read criteria of whole sessions from elsewhere: expert ratings, questionnaires, dropout.

A CSV file with `session_id`, one row a session, and any further columns. A column with exactly two
different values becomes 0 and 1 in their sorted order and keeps their names (`high` 0, `low` 1; of
numbers the lower is 0); any other column of numbers is read as it is. Cells that are empty or `NA`
are missing.
"""

from collections.abc import Sequence
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.evidence import Criteria, Criterion
from rupture_nlp.io.corpus.layout import Layout
from rupture_nlp.io.corpus.problems import Problem, Severity, counted, listed
from rupture_nlp.io.corpus.rules_values import number
from rupture_nlp.io.corpus.tables import Row, read_table

MISSING = frozenset({"", "na", "n/a", "nan"})  # in any case
TWO = 2


def read_criteria(path: Path, columns: Sequence[str] | None = None) -> Criteria:
    """Read the columns asked for, or all that hold numbers or two values.

    Raises:
        CorpusError: lists every problem with row and column; among them a column asked for that is
            not there, or that holds neither numbers nor two values.
    """
    layout = Layout(
        path.name, ("session_id",), ("session_id",), key=("session_id",), open_ended=True
    )
    table = read_table(path.parent, layout)
    problems = [p for p in table.problems if p.severity is Severity.ERROR]
    found = {name: _criterion(name, table.rows) for name in table.descriptors}
    problems += [
        Problem(path.name, 1, "", "columns", f"the column asked for as number {place} is missing")
        for place, name in enumerate(columns or (), start=1)
        if table.usable and name not in found
    ]
    wanted = list(found) if columns is None else [name for name in columns if name in found]
    unusable = [name for name in wanted if found[name] is None]
    message = "neither numbers nor two different values"
    if columns is not None:
        problems += [Problem(path.name, 1, name, "values", message) for name in unusable]
    elif table.usable and len(unusable) == len(wanted):
        problems.append(Problem(path.name, 1, "", "values", f"every column holds {message}"))
    if problems:
        errors = sorted(set(problems))
        raise CorpusError(
            f"{path.parent}: {counted(errors)} in the criteria:\n{listed(errors)}\nMend them."
        )
    return Criteria(
        session_ids=tuple(row["session_id"] for row in table.rows),
        criteria=tuple(one for name in wanted if (one := found[name]) is not None),
        unused=tuple(unusable),
    )


def _criterion(name: str, rows: Sequence[Row]) -> Criterion | None:
    """The column as a criterion; None where it holds neither numbers nor two values."""
    cells = [row[name].strip() for row in rows]
    given = [cell for cell in cells if cell.lower() not in MISSING]
    numbers = {cell: value for cell in given if (value := number(cell)) is not None}
    if len(numbers) < len(set(given)):
        return _two_valued(name, cells, sorted(set(given)))
    # `1` and `1.0` are one value, shown as it was written first.
    shown = {value: cell for cell, value in reversed(numbers.items())}
    if len(shown) == TWO:
        spelled = [shown[numbers[cell]] if cell in numbers else cell for cell in cells]
        return _two_valued(name, spelled, [shown[value] for value in sorted(shown)])
    return Criterion(name, tuple(numbers.get(cell) for cell in cells)) if numbers else None


def _two_valued(name: str, cells: Sequence[str], values: Sequence[str]) -> Criterion | None:
    if len(values) != TWO:
        return None
    coded = {values[0]: 0.0, values[1]: 1.0}
    return Criterion(name, tuple(coded.get(cell) for cell in cells), (values[0], values[1]))
