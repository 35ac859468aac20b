"""The first page (what I code; for leads also how far everyone is) and the coding page's frame.

Sessions stand in the project's order, which is by chance. Nothing here follows from what a model
says, nor tells how a session was chosen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rupture_nlp.review.access import Assignment, open_assignment
from rupture_nlp.review.progress import Progress, assignments_of, progress
from rupture_nlp.review.values import Mode
from rupture_nlp.review.web.access import login_of
from rupture_nlp.review.web.frames import frame_of
from rupture_nlp.review.web.parts import assignment_of, parts_of
from rupture_nlp.review.web.templating import page_response

_MODES = {
    Mode.BLIND: "blind",
    Mode.ASSISTED: "with suggestions",
    Mode.ADJUDICATION: "settling",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One assignment in a list. `turns` are those that are done."""

    assignment: int
    href: str
    session_id: str
    mode: str
    state: str
    action: str
    turns: int
    turns_total: int
    finished: bool
    next: bool = False  # the one to go on with


@dataclass(frozen=True, slots=True)
class CoderLine:
    """How far one coder is with everything."""

    coder: str
    sessions: int
    finished: int
    turns: int
    turns_total: int
    last_on: str  # the day of the last decision, UTC


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the first page shows. The last three are empty for who is no lead."""

    mine: tuple[Line, ...]
    left: int
    settling: tuple[Line, ...]
    coders: tuple[CoderLine, ...]
    everything: tuple[tuple[str, Line], ...]  # with the coder's name
    here: str = "home"


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What the coding page's template needs; the rest comes through the interface."""

    assignment: int
    session_id: str
    mode: str
    here: str = "session"


def home(request: Request) -> Response:
    """My sessions; for a lead also everyone's progress."""
    store, coder = parts_of(request).store, login_of(request).coder
    own = assignments_of(store, coder)
    coding = [one for one in own if one.assignment.mode is not Mode.ADJUDICATION]
    everyone: Sequence[Progress] = ()
    if coder.lead:
        everyone = [one for one in progress(store) if one.assignment.mode is not Mode.ADJUDICATION]
    page = HomePage(
        mine=_lines(coding),
        left=sum(not one.assignment.finished for one in coding),
        settling=_lines(one for one in own if one.assignment.mode is Mode.ADJUDICATION),
        coders=_coder_lines(everyone),
        everything=tuple(
            (one.assignment.coder, line)
            for one, line in zip(everyone, _lines(everyone), strict=True)
        ),
    )
    return page_response("home.html", page, frame_of(request))


def session_page(request: Request) -> Response:
    """The coding page of one of my sessions; 404 for any other."""
    number = assignment_of(request)
    with parts_of(request).store.read() as session:
        assignment = open_assignment(session, number, login_of(request).coder)
    if assignment.mode is Mode.ADJUDICATION:
        return RedirectResponse(_address(assignment), status_code=303)
    page = SessionPage(number, assignment.session_id, assignment.mode.value)
    return page_response("session.html", page, frame_of(request))


def _lines(found: Iterable[Progress]) -> tuple[Line, ...]:
    lines = []
    pending = False
    for one in found:
        goes_on = not (pending or one.assignment.finished)
        pending = pending or goes_on
        lines.append(_line(one, goes_on=goes_on))
    return tuple(lines)


def _line(one: Progress, *, goes_on: bool) -> Line:
    assignment = one.assignment
    state, action = _state_of(one)
    return Line(
        assignment=assignment.id,
        href=_address(assignment),
        session_id=assignment.session_id,
        mode=_MODES[assignment.mode],
        state=state,
        action=action,
        turns=_done(one),
        turns_total=assignment.turns_total,
        finished=assignment.finished,
        next=goes_on,
    )


def _state_of(one: Progress) -> tuple[str, str]:
    if one.assignment.revealed:
        return "finished, second pass open", "Look again"
    if one.assignment.finished:
        return "finished", "Look"
    if one.decisions or (one.assignment.progressive and one.assignment.reached > 1):
        return "begun", "Continue"
    return "not begun", "Begin"


def _done(one: Progress) -> int:
    """Turns that are dealt with: all of a finished session, those that were opened where later ones
    are hidden, else those with a decision. The first turn is open before anything was done."""
    assignment = one.assignment
    if assignment.finished:
        return assignment.turns_total
    opened = assignment.reached if assignment.progressive and assignment.reached > 1 else 0
    return max(opened, one.turns_decided)


def _address(assignment: Assignment) -> str:
    folder = "adjudicate" if assignment.mode is Mode.ADJUDICATION else "session"
    return f"/{folder}/{assignment.id}"


def _coder_lines(everyone: Iterable[Progress]) -> tuple[CoderLine, ...]:
    by_coder: dict[str, list[Progress]] = {}
    for one in everyone:
        by_coder.setdefault(one.assignment.coder, []).append(one)
    return tuple(_coder_line(name, by_coder[name]) for name in sorted(by_coder))


def _coder_line(name: str, own: Sequence[Progress]) -> CoderLine:
    times = [one.last_at for one in own if one.last_at is not None]
    return CoderLine(
        coder=name,
        sessions=len(own),
        finished=sum(one.assignment.finished for one in own),
        turns=sum(map(_done, own)),
        turns_total=sum(one.assignment.turns_total for one in own),
        last_on=max(times).date().isoformat() if times else "",
    )


routes = [
    Route("/", home),
    Route("/session/{assignment:int}", session_page),
]
