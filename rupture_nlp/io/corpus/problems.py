"""What a check finds: a place, a rule, a message. Never a value, an id or a word of the file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error stops reading; a warning is for a person to look at."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One breach of one rule.

    `row` counts as a spreadsheet does: the header is row 1, and a cell with line breaks is still
    one row. It is 0, and `column` empty, where the problem is the whole file's or the whole row's.
    """

    file: str
    row: int
    column: str
    rule: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        row = f":{self.row}" if self.row else ""
        column = f" {self.column}:" if self.column else ""
        return f"{self.file}{row}:{column} {self.message} [{self.rule}]"


ALIKE = 3
"""So many rows with the same problem are listed one by one; more become one line."""


def listed(problems: Sequence[Problem]) -> str:
    """Problems in their order, a line each; what is wrong with many rows in one line."""
    same: dict[tuple[str, str, str, str], list[Problem]] = {}
    for one in problems:
        same.setdefault((one.file, one.column, one.rule, one.message), []).append(one)
    lines = []
    for rows in same.values():
        if len(rows) <= ALIKE:
            lines += [str(one) for one in rows]
        else:
            lines.append(f"{rows[0]} and so in {len(rows) - 1} further rows")
    return "\n".join(f"  {line}" for line in lines)


def counted(problems: Sequence[Problem]) -> str:
    """`1 error`, `12 errors`."""
    return "1 error" if len(problems) == 1 else f"{len(problems)} errors"


def unknown(what: str, allowed: Iterable[str]) -> str:
    """The message for a name that nobody knows. It lists those that are known instead."""
    return f"unknown {what}; use one of: {', '.join(allowed)}"
