"""What is answered when something is wrong: one shape in JSON, one page for people.

No answer holds what was asked: not the path, not a header, not a field's value.
"""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from rupture_nlp.review.web.templating import Frame, page_response


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is for programs and never changes; `message` says what to do."""

    status: int
    code: str
    message: str


BAD_REQUEST = Problem(400, "bad_request", "The request is not understood.")
BAD_HOST = Problem(400, "bad_host", "The server is not meant to be reached under this name.")
NOT_LOGGED_IN = Problem(401, "not_logged_in", "Open your personal link to go on.")
BAD_TOKEN = Problem(
    401, "bad_token", "This link is not valid. Ask the person who leads the project for a new one."
)
FORBIDDEN = Problem(403, "forbidden", "This is not open to you.")
BAD_ORIGIN = Problem(403, "bad_origin", "The request did not come from a page of this server.")
BAD_CSRF = Problem(403, "bad_csrf", "The page is from an earlier login. Load it again.")
NOT_FOUND = Problem(404, "not_found", "There is nothing here that you can open.")
NOT_ALLOWED = Problem(405, "not_allowed", "This address cannot be used in this way.")
TOO_SLOW = Problem(408, "too_slow", "The request took too long to arrive. Send it again.")
CONFLICT = Problem(409, "conflict", "This was changed elsewhere in the meantime.")
TOO_LARGE = Problem(413, "too_large", "The request is too large.")
NOT_JSON = Problem(415, "not_json", "Send the body as application/json.")
REFUSED = Problem(422, "refused", "The codebook or the session does not allow this.")
TOO_MANY = Problem(429, "too_many", "Too many requests. Wait a moment, then go on.")
INTERNAL = Problem(
    500, "internal", "Something went wrong on the server. Nothing of this step was saved."
)

_BY_STATUS = {
    problem.status: problem
    for problem in (
        BAD_REQUEST,
        NOT_LOGGED_IN,
        FORBIDDEN,
        NOT_FOUND,
        NOT_ALLOWED,
        TOO_SLOW,
        TOO_LARGE,
        NOT_JSON,
    )
}


def of_status(status: int) -> Problem:
    """The problem for a bare status code."""
    return _BY_STATUS.get(status, BAD_REQUEST if status < INTERNAL.status else INTERNAL)


def wants_json(scope: Scope) -> bool:
    """Whether the address is one for programs."""
    return str(scope["path"]).startswith("/api/")


def answer(scope: Scope, problem: Problem, frame: Frame | None = None) -> Response:
    """The problem as JSON for an address under `/api/`, else as a page."""
    if wants_json(scope):
        return json_problem(problem)
    return page_response("problem.html", problem, frame or Frame(), status=problem.status)


def json_problem(problem: Problem, **more: object) -> JSONResponse:
    """`{"error": {"code": ..., "message": ...}}` and whatever belongs beside it."""
    error = {"code": problem.code, "message": problem.message}
    return JSONResponse({"error": error, **more}, status_code=problem.status)
