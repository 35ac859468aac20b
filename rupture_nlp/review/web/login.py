"""Signing in with a personal token and out again."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rupture_nlp.review.coders import coder_of_token, is_token
from rupture_nlp.review.web.access import address_of, login_of, login_or_none, too_many
from rupture_nlp.review.web.bodies import EmptyBody, EnterBody, read_body
from rupture_nlp.review.web.frames import frame_of_anyone
from rupture_nlp.review.web.logins import Login, close_login, open_login
from rupture_nlp.review.web.parts import Parts, parts_of
from rupture_nlp.review.web.problems import BAD_TOKEN, json_problem
from rupture_nlp.review.web.templating import page_response


@dataclass(frozen=True, slots=True)
class EnterPage:
    """The page shows nothing of the project."""

    here: str = "enter"


def enter_page(request: Request) -> Response:
    """Where a personal link leads. Its token is in the fragment, which never gets here."""
    return page_response("enter.html", EnterPage(), frame_of_anyone(request))


async def enter(request: Request) -> Response:
    """Take a token, give a cookie. Failed tries are counted for each address.

    A token is 256 random bits, which nobody guesses, so the count only spares the server work: what
    could be a token is looked up however many failed before. A laboratory has one address.
    """
    parts = parts_of(request)
    address = address_of(request)
    body = await read_body(request, EnterBody)
    wait_s = parts.token_tries.wait_s(address)
    if wait_s and not is_token(body.token):
        return too_many(request.scope, wait_s)
    cookie = await run_in_threadpool(_enter, parts, body.token, login_or_none(request))
    if cookie is None:
        wait_s = parts.token_tries.take(address)
        return too_many(request.scope, wait_s) if wait_s else json_problem(BAD_TOKEN)
    response = JSONResponse({})
    settings = parts.settings
    response.set_cookie(
        settings.cookie_name,
        cookie,
        max_age=int(settings.lifetime.total_seconds()),
        path="/",
        secure=settings.tls,
        httponly=True,
        samesite="strict",
    )
    return response


def _enter(parts: Parts, token: str, earlier: Login | None) -> str | None:
    coder = coder_of_token(parts.store, token)
    if coder is None:
        return None
    if earlier is not None:
        close_login(parts.store, earlier.key)
    settings = parts.settings
    return open_login(parts.store, coder.id, parts.store.now(), settings.idle, settings.lifetime)


async def leave(request: Request) -> Response:
    """End the login, on the server as in the browser."""
    parts = parts_of(request)
    await read_body(request, EmptyBody)
    await run_in_threadpool(close_login, parts.store, login_of(request).key)
    response = JSONResponse({})
    response.delete_cookie(
        parts.settings.cookie_name,
        path="/",
        secure=parts.settings.tls,
        httponly=True,
        samesite="strict",
    )
    return response


routes = [
    Route("/enter", enter_page),
    Route("/api/enter", enter, methods=["POST"]),
    Route("/api/leave", leave, methods=["POST"]),
]
