"""Run the server: on this machine alone, or elsewhere with a certificate."""

import ipaddress
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from rupture_nlp.review.database import open_store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.web.app import create_app
from rupture_nlp.review.web.settings import Settings

logger = logging.getLogger(__name__)

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8765
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_GRACE_S = 30  # for requests that are under way when the server is stopped


@dataclass(frozen=True, slots=True)
class _Certificate:
    """Files in PEM form: the certificate with its chain, and its key, not encrypted."""

    chain: Path
    key: Path


def serve(
    project: Path,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    certificate: Path | None = None,
    key: Path | None = None,
    announce: Callable[[str], None] = logger.info,
) -> None:
    """Serve a review project until Ctrl-C or SIGTERM; requests under way are finished.

    `announce` is given the lines that tell people the address, once the server can be reached.
    Port 0 takes any free port.

    Raises:
        ReviewError: the host is not this machine and there is no certificate, the certificate
            cannot be used, or the address is taken.
    """
    identity = _identity(certificate, key)
    _check_host(host, identity)
    if identity is not None:
        _check_certificate(identity)
    with open_store(project) as store, _listen(host, port) as listener:
        settings = _settings(host, listener.getsockname()[1], tls=identity is not None)
        server = _Server(
            uvicorn.Config(
                create_app(store, settings),
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                loop="asyncio",
                http="h11",
                ssl_certfile=None if identity is None else identity.chain,
                ssl_keyfile=None if identity is None else identity.key,
                timeout_graceful_shutdown=_GRACE_S,
            ),
            lambda: _announce(announce, settings),
        )
        with _own_log_only(), _signals_that_only_stop():
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says the address when it can be reached, not before."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the doors, then say so."""
        await super().startup(sockets)
        if self.started:
            self._say_started()


def _announce(announce: Callable[[str], None], settings: Settings) -> None:
    address = f"{settings.scheme}://{settings.hosts[0]}"
    announce(f"Review application: {address}/ (Ctrl-C stops it)")
    announce(f"A personal link is {address}/enter#TOKEN, with the token that add-coder showed.")


def _settings(host: str, port: int, *, tls: bool) -> Settings:
    shown = f"[{host}]" if ":" in host else host
    names = [shown, *(name for name in _LOOPBACK_NAMES if _is_loopback(host) and name != shown)]
    # A browser leaves out the port that belongs to the scheme.
    bare = port == (443 if tls else 80)
    return Settings(
        hosts=tuple(name if bare else f"{name}:{port}" for name in names),
        tls=tls,
        cookie=f"review-{port}",
    )


def _identity(certificate: Path | None, key: Path | None) -> _Certificate | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ReviewError("--certificate and --key go together. Give both or neither.")
    return _Certificate(certificate, key)


def _check_host(host: str, certificate: _Certificate | None) -> None:
    if _is_loopback(host):
        return
    if certificate is None:
        raise ReviewError(
            "only this machine is served without encryption. "
            "Give --certificate and --key for another --host, or leave out --host."
        )
    if not host or _is_wildcard(host):
        raise ReviewError("--host must be one name or address: the one that people will open.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _check_certificate(certificate: _Certificate) -> None:
    """Before anything is opened, and without asking for a password in the middle of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    usable = False
    try:
        context.load_cert_chain(certificate.chain, certificate.key, password=lambda: "")
        usable = True
    except (OSError, ValueError):  # an SSLError is an OSError; its message may hold a path only
        pass
    if not usable:
        raise ReviewError(
            f"{certificate.chain}, {certificate.key}: not a certificate and its key. "
            "Give both as PEM files, the key without a password."
        )


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    problem = ""
    listener = None
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        problem = error.strerror or "cannot be used"
    if listener is None or problem:
        if listener is not None:
            listener.close()
        raise ReviewError(
            f"{host}, port {port}: {problem}. "
            "Is a server running there already? Stop it, or give another --port."
        )
    with listener:
        yield listener


@contextmanager
def _signals_that_only_stop() -> Iterator[None]:
    """After a graceful stop the server sends itself the signal again, which would end the process
    before the store is closed. It is caught here; while the server runs it has its own."""
    caught = (signal.SIGINT, signal.SIGTERM)
    earlier = {number: signal.signal(number, lambda *_: None) for number in caught}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextmanager
def _own_log_only() -> Iterator[None]:
    """Write this package's log to standard error, unless the caller has set up where it goes.

    Logs of other packages are dropped: nobody has checked that they never quote a transcript.
    """
    logging.getLogger().addHandler(logging.NullHandler())
    for name in ("uvicorn", "asyncio", "sqlalchemy", "alembic"):
        other = logging.getLogger(name)
        other.handlers = [logging.NullHandler()]
        other.propagate = False
    own = logging.getLogger("rupture_nlp")
    if own.handlers:
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    level = own.level
    own.addHandler(handler)
    own.setLevel(logging.INFO)
    try:
        yield
    finally:
        own.removeHandler(handler)
        own.setLevel(level)
