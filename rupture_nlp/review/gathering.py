"""All codings of a project as values: first passes, second passes, what was adjudicated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from rupture_nlp.review.access import Assignment, assignment_of_row, select_assignments
from rupture_nlp.review.adjudication import read_gold
from rupture_nlp.review.coders import SECOND
from rupture_nlp.review.database import Store
from rupture_nlp.review.derive import Decided, Extent, settle
from rupture_nlp.review.first_pass import Coding, PlacedEpisode, coding_of, coding_of_model
from rupture_nlp.review.incoming import code_of
from rupture_nlp.review.sight import first_sights, is_independent
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

_NOT_INDEPENDENT = (
    "a first pass that a lead began after seeing how others coded the session: leave it out of "
    "agreement"
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What there is to export. `suggestions` are the model's, by session; `second` holds second
    passes alone, which are no further coder's codings."""

    sessions: tuple[CodedSession, ...]
    second: tuple[CodedSession, ...]
    suggestions: dict[str, SessionCoding]
    left_out: tuple[str, ...]  # sessions that nobody has begun
    not_begun: int  # assignments without a decision, not finished
    not_settled: int  # adjudications that are not finished
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Begun:
    """An assignment, and what of it is exported; None where there is nothing (yet)."""

    assignment: Assignment
    first: Decided | None  # or what was adjudicated
    second: Decided | None


@dataclass(frozen=True, slots=True)
class _Material:
    """All that was decided on one session."""

    row: SessionRow
    transcript: Transcript
    begun: tuple[_Begun, ...]
    model: SessionCoding | None


def gather(store: Store, *, second_pass: bool, suggestions: bool) -> Gathered:
    """Read the whole project at one moment; sessions in its order, codings as they were assigned.

    A coder's second pass goes by the coder's name and `SECOND`, adjudicated codes by `gold`.
    """
    with store.read() as session:
        rows = session.scalars(select(SessionRow).order_by(SessionRow.position)).all()
        found = [_material(session, row, second_pass, suggestions) for row in rows]
        notes = [Note(_NOT_INDEPENDENT, place) for place in _not_independent(session, found)]
    begun = [one for material in found for one in material.begun]
    waiting = [one.assignment.mode is Mode.ADJUDICATION for one in begun if one.first is None]
    first = [(one, [each.first for each in one.begun if each.first]) for one in found]
    second = [(one, [each.second for each in one.begun if each.second]) for one in found]
    return Gathered(
        sessions=tuple(_coded(one, passes, notes) for one, passes in first if passes),
        second=tuple(_coded(one, passes, notes) for one, passes in second if passes),
        suggestions={
            one.row.session_id: one.model for one, passes in first if passes and one.model
        },
        left_out=tuple(one.row.session_id for one, passes in first if not passes),
        not_begun=waiting.count(False),
        not_settled=waiting.count(True),
        notes=tuple(notes),
    )


def _material(session: Session, row: SessionRow, second_pass: bool, suggestions: bool) -> _Material:
    transcript = _transcript(session, row)
    return _Material(
        row,
        transcript,
        tuple(
            _Begun(
                one,
                _first(session, one, transcript),
                _second(session, one, transcript) if second_pass else None,
            )
            for one in _assignments(session, row)
        ),
        _suggested(session, row, transcript) if suggestions else None,
    )


def _coded(material: _Material, passes: Sequence[Decided], notes: list[Note]) -> CodedSession:
    settled = [settle(material.transcript, decided) for decided in passes]
    notes += [note for one in settled for note in one.notes]
    return CodedSession(
        material.transcript,
        tuple(one.coding for one in settled),
        material.row.group,
        ((CHOSEN_BY, material.row.chosen_by.value),),
    )


def _not_independent(session: Session, found: Iterable[_Material]) -> list[str]:
    """Where a lead coded after seeing the codings of others."""
    sights = first_sights(session)
    return [
        f"session {one.assignment.session_id}, {one.assignment.coder}"
        for material in found
        for one in material.begun
        if one.assignment.mode is not Mode.ADJUDICATION
        and one.first is not None
        and not is_independent(one.assignment, sights)
    ]


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


def _first(session: Session, assignment: Assignment, transcript: Transcript) -> Decided | None:
    if assignment.mode is Mode.ADJUDICATION:
        return _gold(session, assignment, transcript) if assignment.finished else None
    first = read_state(session, assignment.id, first_pass_only=True)
    if not (first or assignment.finished):
        return None
    how = transcript, assignment.mode
    return _decided(assignment.coder, assignment.finished, coding_of(first), how)


def _second(session: Session, assignment: Assignment, transcript: Transcript) -> Decided | None:
    if not assignment.revealed:
        return None
    made = coding_of(read_state(session, assignment.id))
    # Whoever goes over their codes with the suggestions in view codes assisted.
    return _decided(assignment.coder + SECOND, True, made, (transcript, Mode.ASSISTED))


def _gold(session: Session, assignment: Assignment, transcript: Transcript) -> Decided:
    gold = read_gold(session, assignment)
    made = Coding(
        turns={
            at: replace(value, comment=_joined(value.comment, gold.reasons.get(at)))
            for at, value in enumerate(gold.turns)
            if value is not None
        },
        episodes=tuple(
            PlacedEpisode(str(number), value) for number, value in enumerate(gold.episodes, start=1)
        ),
        ratings={name: value for name, value in gold.ratings if value is not None},
    )
    return _decided(GOLD, True, made, (transcript, Mode.ADJUDICATION))


def _joined(comment: str | None, reason: str | None) -> str | None:
    return "; ".join(filter(None, (reason, comment))) or None


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
