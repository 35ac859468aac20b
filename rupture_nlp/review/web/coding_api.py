"""The JSON interface of the coding page: read a session, decide, read on, finish, reveal.

Whether this coder may do it is decided by the service, inside the transaction that does it.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rupture_nlp.review import coding
from rupture_nlp.review.access import open_assignment
from rupture_nlp.review.coders import Coder
from rupture_nlp.review.coding import Assignment, Turn
from rupture_nlp.review.database import Store
from rupture_nlp.review.value_json import from_json
from rupture_nlp.review.values import Change
from rupture_nlp.review.web.access import lead_of, login_of
from rupture_nlp.review.web.bodies import AdvanceBody, DecisionBody, EmptyBody, read_body
from rupture_nlp.review.web.coding_json import assignment_json, decision_json, turn_json, view_json
from rupture_nlp.review.web.parts import assignment_of, parts_of

Step = Callable[[Store, int, Coder], Assignment]
"""One of `coding.finish`, `coding.reveal`, `coding.reopen`."""

_ROOT = "/api/assignments/{assignment:int}"


def read(request: Request) -> Response:
    """The whole session, as far as this coder may see it now."""
    login = login_of(request)
    view = coding.read_session(parts_of(request).store, assignment_of(request), login.coder)
    return JSONResponse(view_json(view))


async def decide(request: Request) -> Response:
    """Record one action. Answered when it is on the disk; sent again it is recorded once."""
    login, number = login_of(request), assignment_of(request)
    body = await read_body(request, DecisionBody)
    change = Change(
        kind=body.kind,
        target=body.target,
        value=from_json(body.kind, body.value),
        base=body.base,
        client_id=body.client_id,
        reason=body.reason,
    )
    store = parts_of(request).store
    decision = await run_in_threadpool(coding.decide, store, number, login.coder, change)
    return JSONResponse(decision_json(decision))


async def advance(request: Request) -> Response:
    """Open further turns of a progressive session."""
    login, number = login_of(request), assignment_of(request)
    body = await read_body(request, AdvanceBody)
    store = parts_of(request).store
    turns, reached = await run_in_threadpool(_advance, store, number, login.coder, body.to)
    return JSONResponse({"turns": [turn_json(turn) for turn in turns], "reached": reached})


def _advance(store: Store, number: int, coder: Coder, to: int) -> tuple[tuple[Turn, ...], int]:
    turns = coding.advance(store, number, coder, to)
    with store.read() as session:
        return turns, open_assignment(session, number, coder).reached


async def finish(request: Request) -> Response:
    """Close the first pass."""
    return await _step(request, coding.finish, login_of(request).coder)


async def reveal(request: Request) -> Response:
    """Show the suggestions to a blind coder who has finished."""
    return await _step(request, coding.reveal, login_of(request).coder)


async def reopen(request: Request) -> Response:
    """Let a coder go on with a finished first pass; leads only."""
    return await _step(request, coding.reopen, lead_of(request).coder)


async def _step(request: Request, step: Step, coder: Coder) -> Response:
    number = assignment_of(request)
    await read_body(request, EmptyBody)
    assignment = await run_in_threadpool(step, parts_of(request).store, number, coder)
    return JSONResponse({"assignment": assignment_json(assignment)})


routes = [
    Route(_ROOT, read),
    Route(f"{_ROOT}/decisions", decide, methods=["POST"]),
    Route(f"{_ROOT}/advance", advance, methods=["POST"]),
    Route(f"{_ROOT}/finish", finish, methods=["POST"]),
    Route(f"{_ROOT}/reveal", reveal, methods=["POST"]),
    Route(f"{_ROOT}/reopen", reopen, methods=["POST"]),
]
