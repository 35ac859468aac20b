"""Coding a session: open it, decide, go on, finish, see the suggestions.

Every change is one short transaction that holds the assignment, so two tabs or two leads act one
after the other, and the second learns that the first was there. A change that arrives twice (the
answer was lost, the client sent it again) is recorded once.
"""

from dataclasses import dataclass, replace

from sqlalchemy import String, func, select, type_coerce, update
from sqlalchemy.orm import Session

from rupture_nlp.review.access import (
    Assignment,
    find_assignment,
    may_see_suggestions,
    open_assignment,
)
from rupture_nlp.review.adjudication import check_settled
from rupture_nlp.review.audit import Entry, record
from rupture_nlp.review.coders import Coder
from rupture_nlp.review.database import Store
from rupture_nlp.review.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    Present,
    RefusedError,
)
from rupture_nlp.review.proposal import check_proposal
from rupture_nlp.review.sight import note_sight
from rupture_nlp.review.state import decision_of_row, present_of, read_state
from rupture_nlp.review.suggestions import Suggestions, has_suggestion, read_suggestions
from rupture_nlp.review.tables import AssignmentRow, DecisionRow, UtteranceRow
from rupture_nlp.review.value_json import to_json
from rupture_nlp.review.values import Change, Decision, Mode, check_change
from rupture_nlp.schema import Speaker

__all__ = [
    "Assignment",
    "CodingView",
    "Turn",
    "advance",
    "decide",
    "finish",
    "may_see_suggestions",
    "read_session",
    "reopen",
    "reveal",
]


MOST_AT_ONCE = 3
"""So many turns of a progressive session are opened by one request: reading goes forward only, and
nobody is shown the end before the middle. The page asks for one."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as the coder sees it. `position` counts from 0."""

    position: int
    utterance_id: str
    speaker: Speaker
    text: str
    start_s: float | None
    end_s: float | None


@dataclass(frozen=True, slots=True)
class CodingView:
    """All that the coding page shows. `suggestions` is None where there are none or the coder may
    not see them: a page cannot tell which."""

    assignment: Assignment
    turns: tuple[Turn, ...]  # only those that are open
    present: tuple[Present, ...]  # targets that were taken back too, with value None
    suggestions: Suggestions | None


def read_session(store: Store, assignment: int, coder: Coder) -> CodingView:
    """Everything about a session that this coder may see now.

    Raises:
        NotFoundError, ForbiddenError: as `access.open_assignment`.
    """
    note_sight(store, assignment, coder)  # of an adjudication, other leads' decisions are shown
    with store.read() as session:
        opened = open_assignment(session, assignment, coder)
        visible = may_see_suggestions(opened)
        return CodingView(
            assignment=opened,
            turns=_turns(session, opened.session, 0, opened.reached),
            present=read_state(session, opened.id),
            suggestions=read_suggestions(session, opened.session) if visible else None,
        )


def decide(store: Store, assignment: int, coder: Coder, change: Change) -> Decision:
    """Record one decision; when this returns it is on the disk.

    A change with a `client_id` that is recorded already is not recorded again: its decision is
    returned, also after the coder has finished.

    Raises:
        NotFoundError, ForbiddenError: as `access.open_assignment`; also where the coder has
            finished.
        RefusedError: the codebook or the session does not allow the value.
        ConflictError: the target's last decision is not `change.base`; holds what is there.
    """
    problems = check_change(change)
    if problems:
        raise RefusedError(*problems)
    with store.write() as session:
        opened = open_assignment(session, assignment, coder, lock=True)
        repeated = _recorded(session, opened, coder, change)
        if repeated is not None:
            return repeated
        if not opened.open:
            raise ForbiddenError("this session is finished; its codes can no longer be changed.")
        current = present_of(session, opened.id, change.kind, change.target)
        if current.seq != change.base:
            raise ConflictError(current)
        check_proposal(session, opened, change)
        return _append(session, store, opened, coder, change)


def advance(store: Store, assignment: int, coder: Coder, to: int) -> tuple[Turn, ...]:
    """Open a progressive session's turns up to, and without, position `to`, but no more than
    `MOST_AT_ONCE`; never closes any.

    Returns the turns that were closed before, in order; none where the session is not progressive.

    Raises:
        NotFoundError, ForbiddenError: as `access.open_assignment`.
    """
    with store.write() as session:
        opened = open_assignment(session, assignment, coder, lock=True)
        furthest = min(opened.reached + MOST_AT_ONCE, opened.turns_total)
        reached = max(opened.reached, min(to, furthest))
        if reached > opened.reached:
            _update(session, opened, reached=reached)
        return _turns(session, opened.session, opened.reached, reached)


def finish(store: Store, assignment: int, coder: Coder) -> Assignment:
    """Close the first pass. Turns without a decision count as `none` from now on; in adjudication
    what the coders agree on holds.

    Raises:
        NotFoundError: as `access.open_assignment`.
        ForbiddenError: turns of a progressive session were not opened yet, or disputes of an
            adjudication are not decided.
    """
    with store.write() as session:
        opened = open_assignment(session, assignment, coder, lock=True)
        if opened.finished:
            return opened
        if opened.reached < opened.turns_total:
            raise ForbiddenError("read the session to its end before you finish it.")
        if opened.mode is Mode.ADJUDICATION:
            check_settled(session, opened)
        return _mark(session, store, coder, replace(opened, finished_at=store.now()), "finish")


def reveal(store: Store, assignment: int, coder: Coder) -> Assignment:
    """Show the suggestions to a blind coder who has finished. Decisions from now on are a second
    pass; the first stays as it was.

    Raises:
        NotFoundError: as `access.open_assignment`.
        ForbiddenError: the coder has not finished, codes in another mode, or the model said
            nothing of this session.
    """
    with store.write() as session:
        opened = open_assignment(session, assignment, coder, lock=True)
        if opened.revealed:
            return opened
        if opened.mode is not Mode.BLIND or not opened.finished:
            raise ForbiddenError("suggestions are shown after a blind session is finished.")
        if read_suggestions(session, opened.session) is None:
            raise ForbiddenError("there are no suggestions for this session.")
        return _mark(session, store, coder, replace(opened, revealed_at=store.now()), "reveal")


def reopen(store: Store, assignment: int, lead: Coder) -> Assignment:
    """Let the coder go on with a finished first pass. Leads only; the audit trail keeps it.

    Raises:
        NotFoundError: there is no such assignment, or the one who asks is no lead.
        ForbiddenError: the coder has seen the suggestions, or the session is being adjudicated.
    """
    with store.write() as session:
        opened = find_assignment(session, assignment, lock=True)
        if opened is None or not (lead.lead and lead.active):
            raise NotFoundError("there is no such assignment, or it is not yours.")
        if opened.revealed:
            raise ForbiddenError("the coder has seen the suggestions; the second pass is open.")
        if opened.mode is not Mode.ADJUDICATION and _is_adjudicated(session, opened.session):
            raise ForbiddenError("the codes of this session are being adjudicated.")
        if not opened.finished:
            return opened
        return _mark(session, store, lead, replace(opened, finished_at=None), "reopen")


def _recorded(
    session: Session, opened: Assignment, coder: Coder, change: Change
) -> Decision | None:
    row = session.scalar(
        select(DecisionRow).where(
            DecisionRow.assignment == opened.id, DecisionRow.client_id == change.client_id
        )
    )
    if row is None:
        return None
    found = decision_of_row(row, coder.name)
    same = (found.kind, found.target, found.value, found.base, found.reason) == (
        change.kind,
        change.target,
        change.value,
        change.base,
        change.reason,
    )
    if not same or row.coder != coder.id:
        raise RefusedError("client_id: was used for another change")
    return found


def _append(
    session: Session, store: Store, opened: Assignment, coder: Coder, change: Change
) -> Decision:
    last = session.scalar(
        select(func.max(DecisionRow.seq)).where(DecisionRow.assignment == opened.id)
    )
    shown = may_see_suggestions(opened) and has_suggestion(
        session, opened.session, change.kind, change.target
    )
    row = DecisionRow(
        assignment=opened.id,
        seq=(last or 0) + 1,
        coder=coder.id,
        kind=change.kind,
        target=change.target,
        value=to_json(change.value),
        at=store.now(),
        mode=opened.mode,
        second_pass=opened.second_pass,
        suggestion_shown=shown,
        base=change.base,
        client_id=change.client_id,
        reason=change.reason,
    )
    session.add(row)
    return decision_of_row(row, coder.name)


def _mark(
    session: Session, store: Store, actor: Coder, marked: Assignment, action: str
) -> Assignment:
    _update(session, marked, finished_at=marked.finished_at, revealed_at=marked.revealed_at)
    entry = Entry(store.now(), actor.name, action, f"assignment {marked.id}", str(marked.mode))
    record(session, entry)
    return marked


def _update(session: Session, opened: Assignment, **values: object) -> None:
    session.execute(update(AssignmentRow).where(AssignmentRow.id == opened.id).values(**values))


def _turns(session: Session, session_row: int, start: int, end: int) -> tuple[Turn, ...]:
    # Columns of the table, not of the mapped class: half the time for a long session.
    stored = UtteranceRow.__table__.c
    rows = session.execute(
        select(
            stored.position,
            stored.utterance_id,
            type_coerce(stored.speaker, String),
            stored.text,
            stored.start_s,
            stored.end_s,
        )
        .where(stored.session == session_row, stored.position >= start, stored.position < end)
        .order_by(stored.position)
    )
    speakers = {speaker.value: speaker for speaker in Speaker}
    return tuple(
        Turn(position, utterance_id, speakers[speaker], words, start_s, end_s)
        for position, utterance_id, speaker, words, start_s, end_s in rows
    )


def _is_adjudicated(session: Session, session_row: int) -> bool:
    found = select(AssignmentRow.id).where(
        AssignmentRow.session == session_row, AssignmentRow.mode == Mode.ADJUDICATION
    )
    return session.scalar(found.limit(1)) is not None
