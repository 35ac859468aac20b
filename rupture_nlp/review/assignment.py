"""Who codes which session, and how: by chance, by a list, or to settle disagreements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.review.access import Assignment, assignment_of_row, select_assignments
from rupture_nlp.review.audit import COMMAND_LINE, Entry, record
from rupture_nlp.review.database import Store
from rupture_nlp.review.dealing import Deal, choose_share, deal
from rupture_nlp.review.errors import NotFoundError, RefusedError
from rupture_nlp.review.sight import first_sights
from rupture_nlp.review.tables import (
    FIRST_PASS,
    AssignmentRow,
    CoderRow,
    SessionRow,
    SuggestionRow,
    UtteranceRow,
)
from rupture_nlp.review.values import Mode

CODERS_TO_SETTLE = 2
"""So many have to have finished a session before it can be adjudicated."""


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """How to deal sessions by chance (see `dealing`)."""

    coders: tuple[str, ...] = ()  # names; (): all active ones but leads
    sessions: tuple[str, ...] = ()  # ids; (): those that nobody codes yet
    share: float = 1.0  # of those sessions, drawn at random
    blind_share: float = 1.0  # of the sessions with one coder
    double_share: float = 0.0  # sessions with two coders, both blind
    seed: int = 0
    progressive: bool = True  # blind coders do not see later turns


@dataclass(frozen=True, slots=True)
class Task:
    """This coder codes this session in this way. `place` says where that stands, for errors."""

    session_id: str
    coder: str
    mode: Mode
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Session:
    """What assigning needs to know of a session."""

    row: int
    session_id: str
    turns: int
    suggested: bool
    coders: frozenset[int]  # who codes it already, blind or assisted
    seen_by: frozenset[int]  # leads who know how others coded it


def assign(store: Store, plan: AssignmentPlan) -> tuple[Assignment, ...]:
    """Deal sessions to coders by chance. All of it is recorded or nothing.

    Raises:
        RefusedError: no such sessions, sessions that are assigned already, shares that are none,
            too few coders, or assisted sessions without suggestions.
        NotFoundError: a coder is not there or not active.
    """
    shares = (plan.share, plan.blind_share, plan.double_share)
    if not all(0 <= share <= 1 for share in shares):
        raise RefusedError("shares: from 0 to 1")
    with store.write() as session:
        coders = _coders(session, plan.coders)
        sessions = _free_sessions(session, plan.sessions)
        if plan.double_share > 0 and len(coders) < 2:  # noqa: PLR2004
            raise RefusedError("double share: needs two coders")
        generator = np.random.default_rng(plan.seed)
        chosen = choose_share([one.turns for one in sessions], plan.share, generator)
        sessions = [one for place, one in enumerate(sessions) if place in chosen]
        rules = Deal(len(coders), plan.double_share, plan.blind_share)
        dealt = deal([one.turns for one in sessions], rules, generator)
        if any(not (one.blind or sessions[one.session].suggested) for one in dealt):
            raise RefusedError("blind share: assisted sessions need suggestions of a model")
        rows = [
            _row(
                store,
                sessions[one.session],
                coders[one.coder],
                mode=Mode.BLIND if one.blind else Mode.ASSISTED,
                progressive=one.blind and plan.progressive,
                by_chance=True,
            )
            for one in dealt
        ]
        detail = (
            f"by chance, seed {plan.seed}, share {plan.share:g}, "
            f"blind {plan.blind_share:g}, double {plan.double_share:g}"
        )
        return _add(session, store, rows, detail)


def assign_listed(
    store: Store,
    tasks: Sequence[Task],
    *,
    progressive: bool = True,
    coded_elsewhere: bool = False,
) -> tuple[Assignment, ...]:
    """Assign what a list says, blind or assisted. All of it is recorded or nothing.

    `coded_elsewhere`: the codes are made already, so the suggestions that were in view need not be
    in this project.

    Raises:
        RefusedError: names every task that cannot be: no such session or coder, one that is there
            already or twice in the list, an assisted one without suggestions, a lead who has seen
            how others coded the session.
    """
    if not tasks:
        raise RefusedError("list: it is empty")
    with store.write() as session:
        sessions = {one.session_id: one for one in _sessions(session)}
        coders = {row.name: row for row in _active_coders(session)}
        rows, problems = [], []
        given: set[Task] = set()
        for task in tasks:
            one, coder = sessions.get(task.session_id), coders.get(task.coder)
            found = list(_obstacles(task, one, coder, suggestions_needed=not coded_elsewhere))
            key = replace(task, mode=Mode.BLIND, place="")
            if key in given:
                found.append("the list has this session and coder twice")
            given.add(key)
            problems += [f"{task.place}: {problem}" if task.place else problem for problem in found]
            if one is not None and coder is not None:
                hidden = progressive and task.mode is Mode.BLIND
                rows.append(
                    _row(store, one, coder, mode=task.mode, progressive=hidden, by_chance=False)
                )
        if problems:
            raise RefusedError(*problems)
        return _add(session, store, rows, "coded elsewhere" if coded_elsewhere else "by a list")


def assign_adjudication(
    store: Store, lead: str, sessions: Sequence[str] = ()
) -> tuple[Assignment, ...]:
    """Have the disagreements of sessions settled, by any lead; `lead` is named as theirs. Without
    `sessions`, all that two coders have finished and nobody settles yet.

    Raises:
        RefusedError: the coder is no lead, or a session is not finished by two, or is settled.
        NotFoundError: no such coder or session.
    """
    with store.write() as session:
        (coder,) = _coders(session, (lead,))
        if not coder.lead:
            raise RefusedError("coder: only a lead adjudicates")
        ready = _ready_to_settle(session)
        known = _sessions(session)
        if not set(sessions) <= {one.session_id for one in known}:
            raise NotFoundError("the project does not have all of these sessions.")
        wanted = [one for one in known if one.session_id in sessions or not sessions]
        if sessions and not {one.row for one in wanted} <= ready:
            raise RefusedError(
                "sessions: two coders must have finished each, and nobody adjudicates it yet"
            )
        rows = [
            _row(store, one, coder, mode=Mode.ADJUDICATION, progressive=False, by_chance=False)
            for one in wanted
            if one.row in ready
        ]
        return _add(session, store, rows, "adjudication")


def _obstacles(
    task: Task, one: _Session | None, coder: CoderRow | None, *, suggestions_needed: bool
) -> Iterator[str]:
    """Why this coder cannot be given this session in this way."""
    if task.mode is Mode.ADJUDICATION:
        yield "blind or assisted"
    if coder is None:
        yield "there is no active coder of this name"
    if one is None:
        yield "the project has no such session"
        return
    if task.mode is Mode.ASSISTED and suggestions_needed and not one.suggested:
        yield "there are no suggestions for this session"
    if coder is not None and coder.id in one.coders:
        yield "the coder has this session already"
    elif coder is not None and coder.id in one.seen_by:
        yield "the coder settles this session and has seen how others coded it"


def _active_coders(session: Session) -> Sequence[CoderRow]:
    """By name."""
    return session.scalars(select(CoderRow).where(CoderRow.active).order_by(CoderRow.name)).all()


def _coders(session: Session, names: Sequence[str]) -> list[CoderRow]:
    """Active coders in the order of `names`; without names, all but leads, by name."""
    active = _active_coders(session)
    by_name = {row.name: row for row in active}
    if not set(names) <= set(by_name):
        raise NotFoundError("not all of these coders are there and active. See `review status`.")
    chosen = [by_name[name] for name in dict.fromkeys(names)] or [r for r in active if not r.lead]
    if not chosen:
        raise RefusedError("coders: add some first, with `review add-coder`")
    return chosen


def _free_sessions(session: Session, wanted: Sequence[str]) -> list[_Session]:
    found = _sessions(session)
    if not set(wanted) <= {one.session_id for one in found}:
        raise NotFoundError("the project does not have all of these sessions.")
    if wanted:
        found = [one for one in found if one.session_id in wanted]
        if any(one.coders for one in found):
            raise RefusedError("sessions: some have coders already; assign those by a list")
    free = [one for one in found if not one.coders]
    if not free:
        raise RefusedError("sessions: every one has a coder already")
    return free


def _sessions(session: Session) -> list[_Session]:
    """All sessions in the project's order, held until the transaction ends."""
    rows = session.scalars(select(SessionRow).order_by(SessionRow.position).with_for_update())
    found = [(row.id, row.session_id) for row in rows]
    counted = select(UtteranceRow.session, func.count()).group_by(UtteranceRow.session)
    turns = dict(session.execute(counted).all())
    suggested = set(session.scalars(select(SuggestionRow.session).distinct()))
    coders: dict[int, set[int]] = {}
    for row, coder in session.execute(
        select(AssignmentRow.session, AssignmentRow.coder).where(AssignmentRow.mode.in_(FIRST_PASS))
    ):
        coders.setdefault(row, set()).add(coder)
    seen_by: dict[int, set[int]] = {}
    for row, coder in first_sights(session):
        seen_by.setdefault(row, set()).add(coder)
    return [
        _Session(
            row,
            name,
            turns[row],
            row in suggested,
            frozenset(coders.get(row, ())),
            frozenset(seen_by.get(row, ())),
        )
        for row, name in found
    ]


def _ready_to_settle(session: Session) -> set[int]:
    finished: dict[int, int] = {}
    settled = set()
    for row in session.scalars(select(AssignmentRow)):
        if row.mode is Mode.ADJUDICATION:
            settled.add(row.session)
        elif row.finished_at is not None:
            finished[row.session] = finished.get(row.session, 0) + 1
    return {row for row, count in finished.items() if count >= CODERS_TO_SETTLE} - settled


def _row(
    store: Store,
    one: _Session,
    coder: CoderRow,
    *,
    mode: Mode,
    progressive: bool,
    by_chance: bool,
) -> AssignmentRow:
    return AssignmentRow(
        session=one.row,
        coder=coder.id,
        mode=mode,
        by_chance=by_chance,
        progressive=progressive,
        reached=1 if progressive else one.turns,
        created_at=store.now(),
        finished_at=None,
        revealed_at=None,
    )


def _add(
    session: Session, store: Store, rows: Iterable[AssignmentRow], why: str
) -> tuple[Assignment, ...]:
    rows = list(rows)
    session.add_all(rows)
    session.flush()
    record(
        session, Entry(store.now(), COMMAND_LINE, "assign", counted(len(rows), "assignment"), why)
    )
    made = {row.id for row in rows}
    found = session.execute(select_assignments().order_by(SessionRow.position, AssignmentRow.id))
    return tuple(assignment_of_row(*row) for row in found if row[0].id in made)
