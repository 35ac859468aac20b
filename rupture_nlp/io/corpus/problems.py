"""What a check finds: a place, a rule, a message. Never a value, an id or a word of the file."""

from collections.abc import Iterable
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


def unknown(what: str, allowed: Iterable[str]) -> str:
    """The message for a name that nobody knows. It lists those that are known instead."""
    return f"unknown {what}; use one of: {', '.join(allowed)}"
