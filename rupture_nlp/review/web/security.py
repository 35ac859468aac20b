"""What every request passes: the right host, the right origin; what every answer carries.

The cookie is SameSite=Strict, which alone keeps other sites' requests out, but a browser counts
all ports of one host as one site: what else runs on this machine is kept out by the checks here.
"""

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rupture_nlp.privacy import describe_crash
from rupture_nlp.review.web.problems import BAD_HOST, INTERNAL, answer
from rupture_nlp.review.web.settings import Settings

logger = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing: no handler may."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}
"""On every answer, also those to what is refused."""


class SecureHeaders:
    """Puts `HEADERS` on every answer, and `no-store` where a handler set no Cache-Control."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class PlainCrash:
    """Answers 500 without detail; the log gets the error's type and place, never its message.

    An error that went on to the server would be logged there with its message and its chain, which
    may quote a transcript.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_see(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        crash = ""
        try:
            await self._app(scope, receive, send_and_see)
        except Exception as error:  # noqa: BLE001  # whatever it is, its message stays here
            crash = describe_crash(error)
        if crash:
            logger.error("internal error (%s)", crash)
            if not started:
                await answer(scope, INTERNAL)(scope, receive, send)


class HostCheck:
    """Refuses a request whose Host header is not one that the server was started for."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in settings.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            named = Headers(scope=scope).getlist("host")
            if len(named) != 1 or named[0].lower() not in self._hosts:
                await answer(scope, BAD_HOST)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_same_origin(headers: Headers, scheme: str) -> bool:
    """Whether a request that changes something came from a page of this very server.

    A browser sends Origin with every POST. Where a proxy took it away, Sec-Fetch-Site, which no
    script can set, stands in; a request with neither is refused.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return site is not None
    # Both as the browser writes them: without the port where it is the scheme's own.
    return origin.lower() == f"{scheme}://{headers.get('host', '').lower()}"
