"""A real review server in a process of its own, and a plain client for it: for the benchmark, and
for the tests that kill servers."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

_RUN = (
    "import sys\n"
    "from pathlib import Path\n"
    "from rupture_nlp.review.web.serve import serve\n"
    "serve(Path(sys.argv[1]), port=0, announce=lambda line: print(line, flush=True))\n"
)
_IDLE_S = 2.0
"""A server closes connections that nobody used for five seconds, just when one is used again."""

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    process: "subprocess.Popen[str]"
    address: str  # host and port


@contextmanager
def serving(project: Path) -> Iterator[Served]:
    """Start a server on a free port of this machine; it is stopped at the end, if it still runs."""
    process = subprocess.Popen(  # noqa: S603  # this Python, our own lines
        [sys.executable, "-c", _RUN, str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a line for each request
        text=True,
    )
    with process:
        try:
            first = process.stdout.readline() if process.stdout is not None else ""
            found = re.search(r"http://(\S+?)/", first)
            if found is None:
                raise RuntimeError("the server did not start")
            yield Served(process, found[1])
        finally:
            process.terminate()


class Client:
    """One browser of one coder: a connection that is kept open, a cookie, a CSRF token."""

    def __init__(self, address: str, token: str, timeout_s: float = 60.0) -> None:
        parts = urlsplit(f"http://{address}")
        self._origin = f"http://{address}"
        self._connection = http.client.HTTPConnection(
            str(parts.hostname), parts.port, timeout=timeout_s
        )
        self._used = time.monotonic()
        self._headers = {"Origin": self._origin, "Content-Type": "application/json"}
        status, _ = self.post("/api/enter", {"token": token})
        if status != http.HTTPStatus.OK:
            raise RuntimeError(f"the server answered {status} to a token")
        page = self.get_page("/").decode()
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        self._headers["X-CSRF-Token"] = found[1] if found else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get_page(self, path: str) -> bytes:
        """The bytes of a page. Raises RuntimeError for any status but 200."""
        status, content = self._ask("GET", path, None)
        if status != http.HTTPStatus.OK:
            raise RuntimeError(f"the server answered {status}")
        return content

    def get(self, path: str) -> Json:
        """The object of a JSON address."""
        return cast("Json", json.loads(self.get_page(path)))

    def post(self, path: str, body: Json) -> tuple[int, Json]:
        """Status and object. Raises OSError or HTTPException if the connection breaks."""
        status, content = self._ask("POST", path, json.dumps(body).encode())
        return status, cast("Json", json.loads(content))

    def send(self, path: str, body: Json) -> None:
        """Post without waiting for an answer; nothing else can be asked after that."""
        self._request("POST", path, json.dumps(body).encode())

    def _request(self, method: str, path: str, body: bytes | None) -> None:
        if time.monotonic() - self._used > _IDLE_S:
            self._connection.close()  # opens again by itself
        self._connection.request(method, path, body, self._headers)

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        self._request(method, path, body)
        response = self._connection.getresponse()
        content = response.read()
        self._used = time.monotonic()
        cookie = response.getheader("Set-Cookie")
        if cookie is not None:
            self._headers["Cookie"] = cookie.partition(";")[0]
        return response.status, content


def decision(target: int | str, value: object, base: int, client_id: str) -> Json:
    """The body of an action on a turn, by its position, on an episode (`e...`), or on a rating."""
    kind = "turn" if isinstance(target, int) else "rating"
    if isinstance(target, str) and re.fullmatch(r"e[0-9a-f]{8}", target):
        kind = "episode"
    return {
        "client_id": client_id,
        "kind": kind,
        "target": str(target),
        "base": base,
        "value": value,
    }
