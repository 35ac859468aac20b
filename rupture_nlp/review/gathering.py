"""All codings of a project as values: first passes, second passes, what was adjudicated."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from rupture_nlp.review.access import Assignment, assignment_of_row, select_assignments
from rupture_nlp.review.adjudication import read_gold
from rupture_nlp.review.database import Store
from rupture_nlp.review.derive import Decided, Extent, settle
from rupture_nlp.review.first_pass import Coding, PlacedEpisode, coding_of, coding_of_model
from rupture_nlp.review.incoming import code_of
from rupture_nlp.review.state import read_state
from rupture_nlp.review.suggestions import read_suggestions
from rupture_nlp.review.tables import AssignmentRow, SessionRow, UtteranceRow
from rupture_nlp.review.transfer import Note
from rupture_nlp.review.transfer_csv import CHOSEN_BY
from rupture_nlp.review.values import Mode
from rupture_nlp.schema import (
    GOLD,
    CodedSession,
    Ratings,
    SessionCoding,
    Transcript,
    Utterance,
)

SECOND = "-second"
"""Stands after a coder's name for what they held after seeing the suggestions."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What there is to export. `suggestions` are the model's, by session."""

    sessions: tuple[CodedSession, ...]
    suggestions: dict[str, SessionCoding]
    left_out: tuple[str, ...]  # sessions that nobody has begun
    not_begun: int  # assignments without a decision, not finished
    not_settled: int  # adjudications that are not finished
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Begun:
    """An assignment and what of it is exported: nothing, one pass, or two."""

    assignment: Assignment
    passes: tuple[Decided, ...]


def gather(store: Store, *, second_pass: bool, suggestions: bool) -> Gathered:
    """Read the whole project at one moment; sessions in its order, codings as they were assigned.

    A coder's second pass goes by the name of `second_coder`, adjudicated codes by `gold`.
    """
    coded: list[CodedSession] = []
    suggested: dict[str, SessionCoding] = {}
    left_out: list[str] = []
    begun: list[_Begun] = []
    notes: list[Note] = []
    with store.read() as session:
        for row in session.scalars(select(SessionRow).order_by(SessionRow.position)).all():
            transcript = _transcript(session, row)
            own = [
                _Begun(one, tuple(_passes(session, one, transcript, second_pass=second_pass)))
                for one in _assignments(session, row)
            ]
            begun += own
            settled = [settle(transcript, decided) for one in own for decided in one.passes]
            if not settled:
                left_out.append(row.session_id)
                continue
            notes += [note for one in settled for note in one.notes]
            codings = tuple(one.coding for one in settled)
            descriptors = ((CHOSEN_BY, row.chosen_by.value),)
            coded.append(CodedSession(transcript, codings, row.group, descriptors))
            model = _suggested(session, row, transcript) if suggestions else None
            if model is not None:
                suggested[row.session_id] = model
    waiting = [one.assignment.mode is Mode.ADJUDICATION for one in begun if not one.passes]
    return Gathered(
        sessions=tuple(coded),
        suggestions=suggested,
        left_out=tuple(left_out),
        not_begun=waiting.count(False),
        not_settled=waiting.count(True),
        notes=tuple(notes),
    )


def second_coder(coder: str) -> str:
    """The name of a coder's second pass."""
    return coder + SECOND


def _transcript(session: Session, row: SessionRow) -> Transcript:
    found = session.execute(
        select(
            UtteranceRow.utterance_id,
            UtteranceRow.speaker,
            UtteranceRow.text,
            UtteranceRow.start_s,
            UtteranceRow.end_s,
        )
        .where(UtteranceRow.session == row.id)
        .order_by(UtteranceRow.position)
    )
    return Transcript(row.session_id, tuple(Utterance(*turn) for turn in found))


def _assignments(session: Session, row: SessionRow) -> list[Assignment]:
    statement = select_assignments().where(AssignmentRow.session == row.id)
    found = session.execute(statement.order_by(AssignmentRow.id))
    return [assignment_of_row(*one) for one in found]


def _passes(
    session: Session, assignment: Assignment, transcript: Transcript, *, second_pass: bool
) -> Iterator[Decided]:
    if assignment.mode is Mode.ADJUDICATION:
        if assignment.finished:
            yield _gold(session, assignment, transcript)
        return
    first = read_state(session, assignment.id, first_pass_only=True)
    if first or assignment.finished:
        made = coding_of(first)
        yield _decided(assignment.coder, assignment.finished, made, (transcript, assignment.mode))
    if second_pass and assignment.revealed:
        made = coding_of(read_state(session, assignment.id))
        # Whoever goes over their codes with the suggestions in view codes assisted.
        name = second_coder(assignment.coder)
        yield _decided(name, True, made, (transcript, Mode.ASSISTED))


def _gold(session: Session, assignment: Assignment, transcript: Transcript) -> Decided:
    gold = read_gold(session, assignment)
    made = Coding(
        turns={at: value for at, value in enumerate(gold.turns) if value is not None},
        episodes=tuple(
            PlacedEpisode(str(number), value) for number, value in enumerate(gold.episodes, start=1)
        ),
        ratings={name: value for name, value in gold.ratings if value is not None},
    )
    return _decided(GOLD, True, made, (transcript, Mode.ADJUDICATION))


def _suggested(session: Session, row: SessionRow, transcript: Transcript) -> SessionCoding | None:
    found = read_suggestions(session, row.id)
    if found is None:
        return None
    made = coding_of_model(found)
    numbered = enumerate(made.episodes, start=1)
    episodes = tuple(PlacedEpisode(str(number), one.value) for number, one in numbered)
    decided = _decided(found.model, True, replace(made, episodes=episodes), (transcript, None))
    return settle(transcript, decided).coding


def _decided(
    coder: str, finished: bool, made: Coding, how: tuple[Transcript, Mode | None]
) -> Decided:
    transcript, mode = how
    turns = transcript.utterances
    return Decided(
        coder=coder,
        finished=finished,
        mode=None if mode is None else mode.value,
        codes={
            at: code_of(value, turns[at].utterance_id, None if mode is None else mode.value)
            for at, value in made.turns.items()
        },
        extents=tuple(
            Extent(one.target, one.value.start, one.value.end, one.value.resolution)
            for one in made.episodes
        ),
        ratings=Ratings(**made.ratings),
    )
