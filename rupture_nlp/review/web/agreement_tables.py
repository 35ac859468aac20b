"""Agreement as the tables of its page: words, numbers and drawn intervals. Computes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.reports.agreement.numbers import (
    UNDEFINED,
    interval_of,
    percent,
    percent_between,
    two,
)
from rupture_nlp.reports.agreement.whiskers import Axis, Whiskers, axis_from, draw_line
from rupture_nlp.reports.words import plain
from rupture_nlp.review.agreement import CodeAgreement, Coefficient, Comparison, Condition
from rupture_nlp.review.leaning import (
    KAPPA,
    NONE_TAKEN,
    RUPTURE_TAKEN,
    SAME_CODE,
    Leaning,
    LeaningRow,
)
from rupture_nlp.review.studied import ANY_PROCESS, ANY_STRATEGY, CODE, RUPTURE
from rupture_nlp.schema import RUPTURES, Speaker

METRIC_NAMES = {
    "kappa": "Cohen's kappa",
    "alpha_nominal": "Krippendorff's alpha",
    "ac1": "Gwet's AC1",
}
_VARIABLES = {
    CODE: "all five codes",
    RUPTURE: "rupture or none",
    ANY_STRATEGY: "any strategy",
    ANY_PROCESS: "any process",
}
_RUPTURE_ROWS = {CODE, RUPTURE, *(code.value for code in RUPTURES)}
_MEASURES = {
    SAME_CODE: "same code as suggested, of all turns",
    RUPTURE_TAKEN: "that very code, where a rupture is suggested",
    NONE_TAKEN: "none, where none is suggested",
    KAPPA: "kappa with the suggestion",
}
_CONDITIONS = {Condition.BLIND: "blind", Condition.ASSISTED: "with suggestions in view"}
_SPEAKERS = {Speaker.PATIENT: "Patient's turns", Speaker.THERAPIST: "Therapist's turns"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One number. `why` says in words why there is none; then the others are empty."""

    value: str
    ends: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One code. `picture` draws the first coefficient that is defined."""

    label: str
    turns: str
    given: str
    cells: tuple[Cell, ...]
    picture: Whiskers | None
    note: str
    faint: bool


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one speaker. `more` are strategies or processes, folded away."""

    title: str
    rows: tuple[Row, ...]
    more_title: str
    more: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One pair of coders, a coder and the model, or all coders."""

    title: str
    condition: str  # in words; with the title it names the table
    counts: str
    given_by: str  # whose numbers stand in the column of counts, in their order
    metrics: tuple[str, ...]
    drawn: str
    axis: Axis
    blocks: tuple[Block, ...]
    warning: str


@dataclass(frozen=True, slots=True)
class LeaningTable:
    """What stands behind the sentence on one speaker's turns."""

    title: str
    words: str
    rows: tuple[tuple[str, Cell, Cell, Cell], ...]  # measure, assisted, blind, difference
    pictures: tuple[Whiskers | None, ...]  # of the differences, parallel
    axis: Axis
    counts: str


def make_table(compared: Comparison) -> Table:
    """A comparison as its table."""
    first = compared.codes[0]
    metrics = tuple(METRIC_NAMES[one.metric] for one in first.coefficients)
    drawn = [_drawn(code.coefficients) for code in compared.codes]
    lowest = [_lowest(one.interval) for one in drawn if one is not None]
    axis = axis_from(min([0.0, *lowest]))
    warning = first.coefficients[0].interval.warning or ""
    return Table(
        title=_title(compared),
        condition=_CONDITIONS[compared.condition],
        counts=f"{_count(compared.sessions, 'session')}, {_count(compared.groups, 'group')}",
        given_by=_given_by(compared),
        metrics=metrics,
        drawn=metrics[0],
        axis=axis,
        blocks=tuple(
            block for speaker in Speaker if (block := _block(compared.codes, speaker, axis))
        ),
        warning=warning.replace(f"{compared.groups} groups", _count(compared.groups, "group")),
    )


def make_leaning(found: Leaning) -> LeaningTable:
    """The comparison of assisted with blind sessions as its table."""
    ends = [end for row in found.rows for end in (row.difference.low, row.difference.estimate)]
    finite = [end for end in ends if np.isfinite(end)]
    axis = axis_from(min([0.0, *finite]))
    return LeaningTable(
        title=_SPEAKERS[found.speaker],
        words=found.words,
        rows=tuple(_leaning_row(row) for row in found.rows),
        pictures=tuple(_picture(row.difference, axis) for row in found.rows),
        axis=axis,
        counts=f"{found.assisted_sessions} with suggestions, {found.blind_sessions} blind",
    )


def _title(compared: Comparison) -> str:
    if compared.with_model:
        return f"{compared.names[0]} and the model"
    if len(compared.names) > 2:  # noqa: PLR2004  # a pair
        return f"All coders at once: {', '.join(compared.names)}"
    return " and ".join(compared.names)


def _given_by(compared: Comparison) -> str:
    names = (*compared.names, "the model") if compared.with_model else compared.names
    return " / ".join(names)


def _block(codes: Iterable[CodeAgreement], speaker: Speaker, axis: Axis) -> Block | None:
    own = [code for code in codes if code.speaker is speaker]
    if not own:
        return None
    leading = [code for code in own if code.variable in _RUPTURE_ROWS]
    more = [code for code in own if code.variable not in _RUPTURE_ROWS]
    return Block(
        title=_SPEAKERS[speaker],
        rows=tuple(_row(code, axis) for code in leading),
        more_title="Strategies" if speaker is Speaker.THERAPIST else "Processes",
        more=tuple(_row(code, axis) for code in more),
    )


def _row(code: CodeAgreement, axis: Axis) -> Row:
    drawn = _drawn(code.coefficients)
    notes = [part for one in code.coefficients for part in one.note.split("; ") if part]
    return Row(
        label=_VARIABLES.get(code.variable, plain(code.variable)),
        turns=f"{code.turns:,}",
        given=" / ".join(f"{number:,}" for number in code.given),
        cells=tuple(map(_cell, code.coefficients)),
        picture=None if drawn is None else _picture(drawn.interval, axis),
        note="; ".join(dict.fromkeys(one for one in notes if not one.startswith(UNDEFINED))),
        faint=any(part.startswith("not estimable") for part in notes),
    )


def _cell(one: Coefficient) -> Cell:
    if np.isnan(one.interval.estimate):
        whys = (part for part in one.note.split("; ") if part.startswith(UNDEFINED))
        return Cell("", "", next(whys, UNDEFINED))
    return Cell(two(one.interval.estimate), interval_of(one.interval))


def _drawn(coefficients: Sequence[Coefficient]) -> Coefficient | None:
    """The first, if it is defined: pictures under one heading show one thing."""
    first = coefficients[0]
    return None if np.isnan(first.interval.estimate) else first


def _picture(interval: Interval, axis: Axis) -> Whiskers | None:
    if np.isnan(interval.estimate):
        return None
    return draw_line(interval.estimate, interval.low, interval.high, axis, float("nan"))


def _lowest(interval: Interval) -> float:
    return float(np.nanmin([interval.estimate, interval.low]))


def _leaning_row(row: LeaningRow) -> tuple[str, Cell, Cell, Cell]:
    label = _MEASURES[row.measure]
    if row.measure == KAPPA:
        cells = [_number_cell(one) for one in (row.assisted, row.blind, row.difference)]
        return (label, cells[0], cells[1], cells[2])
    difference = _share_cell(row.difference)
    points = replace(difference, value=difference.value.replace("%", "points"))
    return (label, _share_cell(row.assisted), _share_cell(row.blind), points)


def _share_cell(one: Interval) -> Cell:
    if np.isnan(one.estimate):
        return Cell("", "", "undefined: no such turn")
    return Cell(percent(one.estimate), percent_between(one.low, one.high))


def _number_cell(one: Interval) -> Cell:
    if np.isnan(one.estimate):
        return Cell("", "", "undefined: the same code everywhere")
    return Cell(two(one.estimate), interval_of(one))


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def of_condition(found: Iterable[Comparison], condition: Condition) -> tuple[Table, ...]:
    """The tables of the comparisons under one condition."""
    return tuple(make_table(one) for one in found if one.condition is condition and one.codes)
