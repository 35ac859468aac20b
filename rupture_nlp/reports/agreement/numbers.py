"""Numbers as a page and a methods text write them: .71 [.64, .77], 1,203, 81 %.

A number that is not defined is never shown as NaN but as the word `undefined`.
"""

import math

from rupture_nlp.evaluation.bootstrap import Interval

UNDEFINED = "undefined"
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"

_SMALL_P = 0.001
_LEAST_SHARE = 0.005  # below it a percentage would read as 0


def two(value: float) -> str:
    """Two decimals, no zero before the point, a true minus: .71, 1.00."""
    if not math.isfinite(value):
        return UNDEFINED
    digits = f"{abs(value):,.2f}"
    if digits.startswith("0."):
        digits = digits[1:]
    return f"{MINUS}{digits}" if value < 0 and float(f"{value:.2f}") != 0 else digits


def between(low: float, high: float) -> str:
    """`[.64, .77]`, or nothing where an end is not defined."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{two(low)},{NO_BREAK}{two(high)}]"


def interval_of(interval: Interval) -> str:
    """The interval alone, without its estimate."""
    return between(interval.low, interval.high)


def with_interval(interval: Interval) -> str:
    """`.71 [.64, .77]`."""
    return f"{two(interval.estimate)}{NO_BREAK}{interval_of(interval)}".rstrip()


def percent(value: float) -> str:
    """A share as a whole percentage: 81 %."""
    if not math.isfinite(value):
        return UNDEFINED
    if 0 < value < _LEAST_SHARE:
        return f"<{NO_BREAK}1{NO_BREAK}%"
    return f"{_hundredths(value)}{NO_BREAK}%"


def percent_between(low: float, high: float) -> str:
    """`[70, 92]`, in per cent, or nothing where an end is not defined."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{_hundredths(low)},{NO_BREAK}{_hundredths(high)}]"


def _hundredths(value: float) -> str:
    shown = f"{value:,.0%}".removesuffix("%").replace("-", MINUS)
    return "0" if shown == f"{MINUS}0" else shown


def count(value: float) -> str:
    """A count with separators; with one decimal where it is not whole."""
    if not math.isfinite(value):
        return UNDEFINED
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def counted(value: int, one: str, more: str = "") -> str:
    """`1 session`, `93 sessions`."""
    return f"{value:,} {one if value == 1 else more or one + 's'}"


def p_value(value: float) -> str:
    """`.004`, or `< .001`."""
    if not math.isfinite(value):
        return UNDEFINED
    if value < _SMALL_P:
        return f"<{NO_BREAK}.001"
    return f"{value:.3f}".removeprefix("0")
