"""Who is asking: every address needs a login, but for those few that lead to one.

A new route is closed until it is listed as open here, and what changes something must carry the
token of the page that it came from.
"""

import hmac
import math

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rupture_nlp.review.database import Store
from rupture_nlp.review.web.limits import RateLimit
from rupture_nlp.review.web.logins import Login, find_login
from rupture_nlp.review.web.problems import (
    BAD_CSRF,
    BAD_ORIGIN,
    NOT_LOGGED_IN,
    TOO_MANY,
    Problem,
    answer,
    wants_json,
)
from rupture_nlp.review.web.security import SAFE_METHODS, is_same_origin
from rupture_nlp.review.web.settings import Settings

OPEN_PATHS = frozenset({"/enter", "/api/enter"})
"""Reached without a login; so are the files under `/static/`, which hold nothing of a project."""

_LOGIN = "rupture_nlp.review.login"


class Access:
    """Finds the login of a request, or sends it to the page where one is made."""

    def __init__(self, app: ASGIApp, store: Store, settings: Settings) -> None:
        self._app = app
        self._store = store
        self._settings = settings
        self._rate = RateLimit(settings.requests_per_s, settings.burst, settings.seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/static/"):
            refusal = await self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        connection = HTTPConnection(scope)
        login = await self._login(connection)
        scope[_LOGIN] = login
        wait_s = self._rate.take(
            f"login {login.key}" if login else f"from {address_of(connection)}"
        )
        if wait_s:
            return too_many(scope, wait_s)
        if scope["method"] not in SAFE_METHODS:
            problem = self._forged(connection, login)
            if problem is not None:
                return answer(scope, problem)
        if login is None and scope["path"] not in OPEN_PATHS:
            if wants_json(scope):
                return answer(scope, NOT_LOGGED_IN)
            return RedirectResponse("/enter", status_code=303)
        return None

    async def _login(self, connection: HTTPConnection) -> Login | None:
        cookie = connection.cookies.get(self._settings.cookie_name)
        if not cookie:
            return None
        settings = self._settings
        return await run_in_threadpool(
            find_login, self._store, cookie, self._store.now(), settings.idle, settings.lifetime
        )

    def _forged(self, connection: HTTPConnection, login: Login | None) -> Problem | None:
        if not is_same_origin(connection.headers, self._settings.scheme):
            return BAD_ORIGIN
        if login is None or connection.url.path in OPEN_PATHS:
            return None  # no login, nothing to misuse; signing in anew needs a token of its own
        given = connection.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(given.encode(), login.csrf.encode()):
            return BAD_CSRF
        return None


def login_of(request: Request) -> Login:
    """The login that the request came with. Only for addresses that need one."""
    login = login_or_none(request)
    if login is None:
        raise HTTPException(NOT_LOGGED_IN.status)
    return login


def login_or_none(connection: HTTPConnection) -> Login | None:
    """The login, where an address may also be reached without one."""
    login = connection.scope.get(_LOGIN)
    return login if isinstance(login, Login) else None


def lead_of(request: Request) -> Login:
    """The login of a person who leads the project.

    To anybody else the address does not exist: 404, as for a session of another.
    """
    login = login_of(request)
    if not login.coder.lead:
        raise HTTPException(404)
    return login


def address_of(connection: HTTPConnection) -> str:
    """Where the request came from, for counting; never logged."""
    return connection.client.host if connection.client else "unknown"


def too_many(scope: Scope, wait_s: float) -> Response:
    """429, and in Retry-After the whole seconds to wait."""
    response = answer(scope, TOO_MANY)
    response.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    return response
