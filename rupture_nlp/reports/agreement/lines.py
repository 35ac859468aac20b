"""One line a group, one line a session: forest plot, corrected rates, worst disagreements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.evaluation.harness.report import (
    AgreementReport,
    CorrectedRate,
    Disagreement,
    GroupFigure,
)
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import (
    UNDEFINED,
    between,
    percent,
    percent_between,
    two,
)
from rupture_nlp.reports.agreement.whiskers import Axis, Whiskers, axis_from, draw_line
from rupture_nlp.reports.words import SPEAKERS
from rupture_nlp.schema import Speaker

MOST_LINES = 300
"""Groups or sessions on the page; metrics.json holds them all."""

AT_ONCE = 15
"""Rows shown before the rest is folded away."""

_NONE = float("nan")
_TOPS = (0.1, 0.2, 0.4, 0.6)  # ends of an axis of rates, which are small


@dataclass(frozen=True, slots=True)
class Line:
    """A row of words and a picture."""

    name: str
    cells: tuple[str, ...]
    value: str
    interval: str
    picture: Whiskers


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows of one speaker along one axis. `first` are shown, `more` folded away."""

    title: str
    axis: Axis
    first: tuple[Line, ...]
    more: tuple[Line, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class WorstRow:
    """A turn on which the sides are far apart."""

    session_id: str
    utterance_id: str
    speaker: str
    reference: str
    predicted: str
    intensity: str
    p_rupture: str
    weight: str
    words: str | None


def forest(report: AgreementReport) -> tuple[Lines, ...]:
    """Kappa of each group by speaker, from the lowest.

    Those without a rupture in the reference, whose kappa says little, and undefined ones come last.
    """
    return tuple(
        _forest(speaker, members, _overall(report, speaker))
        for speaker in (Speaker.PATIENT, Speaker.THERAPIST)
        if (members := [one for one in report.groups if one.speaker is speaker])
    )


def _overall(report: AgreementReport, speaker: Speaker) -> float:
    """Kappa over all groups, which the picture marks: of the coders whose groups they are."""
    of_pair = [figure for figure in report.pairs if figure.coders == report.first_pair]
    for figure in of_pair if report.first_pair else report.figures:
        key = figure.key
        named = (key.speaker, names.unit_kind(key.unit), key.variable, key.metric, key.label)
        if named == (speaker.value, "utterance", "rupture", "kappa", ""):
            return figure.interval.estimate
    return _NONE


def _forest(speaker: Speaker, groups: Sequence[GroupFigure], overall: float) -> Lines:
    ordered = sorted(
        groups, key=lambda one: (not one.ruptures, math.isnan(one.kappa), one.kappa, one.group)
    )
    lowest = min((one.low for one in groups if math.isfinite(one.low)), default=0.0)
    axis = axis_from(lowest)
    lines = tuple(
        Line(
            name=names.name(one.group),
            cells=(f"{one.sessions:,}", f"{one.turns:,}", f"{one.ruptures:,}"),
            value=two(one.kappa),
            interval=between(one.low, one.high),
            picture=draw_line(one.kappa, one.low, one.high, axis, overall),
        )
        for one in ordered[:MOST_LINES]
    )
    return _folded(names.speakers(speaker), axis, lines, len(ordered))


def rate_lines(rates: Sequence[CorrectedRate]) -> tuple[Lines, ...]:
    """Shares of turns with a rupture, as flagged and as corrected, session by session."""
    return tuple(
        _rates(speaker, members)
        for speaker in (Speaker.PATIENT, Speaker.THERAPIST)
        if (members := [one for one in rates if one.speaker is speaker])
    )


def _rates(speaker: Speaker, rates: Sequence[CorrectedRate]) -> Lines:
    highest = max((one.high for one in rates if math.isfinite(one.high)), default=1.0)
    axis = Axis(0.0, next((end for end in _TOPS if highest <= end), 1.0))
    lines = tuple(
        Line(
            name=names.name(one.session_id),
            cells=(
                f"{one.turns:,}",
                f"{one.flagged:,}",
                percent(one.flagged / one.turns if one.turns else _NONE),
                percent(one.reference),
            ),
            value=percent(one.corrected),
            interval=percent_between(one.low, one.high),
            picture=draw_line(one.corrected, one.low, one.high, axis, one.reference),
        )
        for one in rates[:MOST_LINES]
    )
    return _folded(names.speakers(speaker), axis, lines, len(rates))


def _folded(title: str, axis: Axis, lines: tuple[Line, ...], count: int) -> Lines:
    return Lines(title, axis, lines[:AT_ONCE], lines[AT_ONCE:], count - len(lines))


def worst_rows(worst: Sequence[Disagreement]) -> tuple[WorstRow, ...]:
    """The worst disagreements in the report's order."""
    return tuple(
        WorstRow(
            session_id=names.name(one.session_id),
            utterance_id=names.name(one.utterance_id),
            speaker=SPEAKERS[one.speaker],
            reference=names.label(one.reference),
            predicted=names.label(one.predicted),
            intensity="" if one.intensity is None else str(one.intensity),
            p_rupture="" if one.p_rupture is None else _known(one.p_rupture),
            weight=_known(one.weight),
            words=one.words,
        )
        for one in worst
    )


def _known(value: float) -> str:
    shown = two(value)
    return "" if shown == UNDEFINED else shown
