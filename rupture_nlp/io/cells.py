"""CSV cells that a spreadsheet would run as a formula are neutralised, and reading undoes it.

A cell of text that begins, after any number of apostrophes, with `=`, `+`, `-`, `@`, a tab or a
carriage return gets one apostrophe in front; reading takes one away. So writing and reading again
gives the same text, also for text that begins with an apostrophe.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def neutralise(cell: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restore(cell: str) -> str:
    """Take away the apostrophe that `neutralise` put there."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
