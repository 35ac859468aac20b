"""Segment sheets put to turns, and coders of a sheet side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.counts import BoolArray, FloatArray, Grouping, IntArray, group_rows
from rupture_nlp.evaluation.turns import Turns, turns_of
from rupture_nlp.evaluation.units import Rule, Unit, Units, UnitSpec
from rupture_nlp.evidence import RatedSegment, SegmentSheet
from rupture_nlp.schema import CodedSession, Speaker


@dataclass(frozen=True, slots=True)
class RatedUnits:
    """One coder's segments as units of one speaker's rows, and their ratings.

    `ratings` is (units, columns), NaN where not rated; `outside` says how many rows of the rated
    sessions are in no segment.
    """

    turns: Turns
    units: Units
    columns: tuple[str, ...]
    ratings: FloatArray
    outside: int


def sheet_units(
    sessions: Sequence[CodedSession],
    speaker: Speaker,
    sheet: SegmentSheet,
    coder: str,
    rule: Rule = Rule.HIGHEST,
) -> RatedUnits:
    """The coder's segments, in the order of the sheet, over the rows of `turns_of`.

    A turn belongs to the segment in which it starts. Segments in which the speaker has no turn are
    units too; `unit_values` gives NaN for them.

    Raises:
        EvaluationError: the coder has no segment; sessions or turns are not in the corpus; a
            session is untimed though its segments have times; or a turn lies in two segments.
    """
    segments = [segment for segment in sheet.segments if segment.coder == coder]
    if not segments:
        raise EvaluationError(f"the sheet has no segment of this coder: {', '.join(sheet.coders)}.")
    order = {session.transcript.session_id: place for place, session in enumerate(sessions)}
    absent = {segment.session_id for segment in segments} - set(order)
    if absent:
        raise EvaluationError(
            f"the corpus does not have {len(absent)} of the sheet's sessions. "
            "Use the session ids of the corpus."
        )
    turns = turns_of(sessions, speaker)
    session = np.array([order[segment.session_id] for segment in segments], dtype=np.int64)
    of_row = _place(turns, segments, session, sessions)
    ratings = [[np.nan if r is None else r for r in segment.ratings] for segment in segments]
    spec = UnitSpec(Unit.SEGMENT, rule, from_sheet=True)
    names = group_rows(one.group for one in sessions)
    return RatedUnits(
        turns=turns,
        units=Units(
            spec=spec,
            of_row=of_row,
            session=session,
            number=np.arange(len(segments), dtype=np.int64),
            by_time=np.array([segment.start_s is not None for segment in segments], dtype=bool),
            groups=names.take(session),
        ),
        columns=sheet.columns,
        ratings=np.array(ratings, dtype=np.float64).reshape(len(segments), len(sheet.columns)),
        outside=int((np.isin(turns.session, session) & (of_row < 0)).sum()),
    )


def _place(
    turns: Turns,
    segments: Sequence[RatedSegment],
    session: IntArray,
    sessions: Sequence[CodedSession],
) -> IntArray:
    """The segment of each row, -1 for rows in none."""
    of_row = np.full(len(turns), -1, dtype=np.int64)
    order = {
        (int(number), utterance.utterance_id): place
        for number in np.unique(session)
        for place, utterance in enumerate(sessions[number].transcript.utterances)
    }
    bounds = np.searchsorted(turns.session, np.arange(len(sessions) + 1))
    for number, segment in enumerate(segments):
        own = session[number]
        rows = slice(bounds[own], bounds[own + 1])
        inside = _inside(turns, segment, rows, (int(own), order))
        if (of_row[rows][inside] >= 0).any():
            raise EvaluationError("two segments of one coder in the sheet share a turn.")
        of_row[rows][inside] = number
    return of_row


def _inside(
    turns: Turns,
    segment: RatedSegment,
    rows: slice,
    lookup: tuple[int, dict[tuple[int, str], int]],
) -> BoolArray:
    session, order = lookup
    if segment.start_s is not None and segment.end_s is not None:
        if not turns.timed[session]:
            raise EvaluationError(
                "the sheet has times, but a session of it is not timed in the corpus "
                f"(number {session + 1} in the order of utterances.csv). Use first and last turn."
            )
        starts = turns.start_s[rows]
        return np.asarray((starts >= segment.start_s) & (starts < segment.end_s))
    first = order.get((session, segment.first or ""))
    last = order.get((session, segment.last or ""))
    if first is None or last is None or last < first:
        raise EvaluationError(
            "a segment of the sheet names a turn that its session does not have, or ends before it "
            f"starts (session number {session + 1} in the order of utterances.csv)."
        )
    position = turns.position[rows]
    return np.asarray((position >= first) & (position <= last))


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One rating by all coders of a sheet: (segments, coders), NaN where missing.

    Only segments with the same bounds are one; `session_ids` runs parallel to them.
    """

    coders: tuple[str, ...]
    session_ids: tuple[str, ...]
    ratings: FloatArray

    def groups(self, sessions: Sequence[CodedSession]) -> Grouping:
        """The corpus's group of each segment; the session itself where the corpus has it not."""
        known = {session.transcript.session_id: session.group for session in sessions}
        return group_rows(known.get(session, session) for session in self.session_ids)


def sheet_table(sheet: SegmentSheet, column: str) -> SheetTable:
    """All coders' ratings of one column.

    Raises:
        ValueError: the sheet has no such column.
    """
    if column not in sheet.columns:
        raise ValueError("the sheet has no such column")
    place = sheet.columns.index(column)
    row_of: dict[tuple[object, ...], int] = {}
    for one in sheet.segments:
        row_of.setdefault(_bounds(one), len(row_of))
    ratings = np.full((len(row_of), len(sheet.coders)), np.nan)
    for one in sheet.segments:
        given = one.ratings[place]
        if given is not None:
            ratings[row_of[_bounds(one)], sheet.coders.index(one.coder)] = given
    return SheetTable(sheet.coders, tuple(str(key[0]) for key in row_of), ratings)


def _bounds(segment: RatedSegment) -> tuple[object, ...]:
    return (segment.session_id, segment.start_s, segment.end_s, segment.first, segment.last)
