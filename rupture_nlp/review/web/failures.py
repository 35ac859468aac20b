"""Which answer each error of the service becomes. Their messages hold no value and no text."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rupture_nlp.review.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    ReviewError,
)
from rupture_nlp.review.web.coding_json import present_json
from rupture_nlp.review.web.frames import frame_of_anyone
from rupture_nlp.review.web.problems import (
    CONFLICT,
    FORBIDDEN,
    INTERNAL,
    NOT_FOUND,
    REFUSED,
    Problem,
    answer,
    json_problem,
    of_status,
)

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]


def _answer(request: Request, problem: Problem) -> Response:
    return answer(request.scope, problem, frame_of_anyone(request))


async def _of_status(request: Request, error: Exception) -> Response:
    # Its detail is left out: a library wrote it.
    status = error.status_code if isinstance(error, HTTPException) else INTERNAL.status
    return _answer(request, of_status(status))


async def _not_found(request: Request, error: Exception) -> Response:
    del error  # another's session and none at all must read alike
    return _answer(request, NOT_FOUND)


async def _forbidden(request: Request, error: Exception) -> Response:
    return _answer(request, replace(FORBIDDEN, message=str(error)))


async def _refused(request: Request, error: Exception) -> Response:
    return _answer(request, replace(REFUSED, message=str(error)))


async def _conflict(request: Request, error: Exception) -> JSONResponse:
    del request
    current = present_json(error.current) if isinstance(error, ConflictError) else None
    return json_problem(CONFLICT, current=current)


async def _failed(request: Request, error: Exception) -> Response:
    return _answer(request, replace(INTERNAL, code="unusable", message=str(error)))


HANDLERS: Mapping[type[Exception], Handler] = {
    HTTPException: _of_status,
    NotFoundError: _not_found,
    ForbiddenError: _forbidden,
    ConflictError: _conflict,
    RefusedError: _refused,
    ReviewError: _failed,
}
"""For Starlette, which takes the handler of the nearest base class."""
