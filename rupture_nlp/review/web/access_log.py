"""The log of requests: method, route, status, milliseconds. No address, no query, no text."""

import logging
from collections.abc import Callable

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

_NO_ROUTE = "-"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class AccessLog:
    """Logs each request under its route's template, as `/session/{assignment}`.

    What was asked for is never logged: a wrongly pasted link may hold a token.
    """

    def __init__(self, app: ASGIApp, seconds: Callable[[], float]) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = self._seconds()
        try:
            await self._app(scope, receive, send_and_see)
        finally:
            took_ms = (self._seconds() - begun) * 1000
            method = scope["method"] if scope["method"] in _METHODS else _NO_ROUTE
            logger.info(
                "%s %s %d %.1f ms", method, template_of(scope.get("route")), status, took_ms
            )


def template_of(route: BaseRoute | None) -> str:
    """The route's path with its names in braces; `-` where none was found."""
    return route.path if isinstance(route, Route | Mount) else _NO_ROUTE
