"""The real server: its address, its end, its encryption, and what it refuses to start with."""

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.web.serve import serve
from tests.review.web.clinic import People

SERVER = """
import sys
from pathlib import Path
from rupture_nlp.review.web.serve import serve
files = [Path(name) for name in sys.argv[2:]] or [None, None]
serve(Path(sys.argv[1]), port=0, certificate=files[0], key=files[1],
      announce=lambda line: print(line, flush=True))
print("closed", flush=True)
"""
PATIENCE_S = 60.0


@dataclass
class Server:
    """A running server and the address that it told."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, what was printed after the address, and standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


@contextmanager
def running(folder: Path, *files: Path) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), *map(str, files)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().partition(": ")[2].partition("/ ")[0]
        link = process.stdout.readline()
        assert f"{address}/enter#TOKEN" in link
        yield Server(process, address)
    finally:
        process.kill()
        process.communicate()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, "it did not happen"


def is_closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def enter(server: Server, token: str, context: ssl.SSLContext | None = None) -> str:
    """The cookie that the token gives."""
    request = urllib.request.Request(  # noqa: S310  # the server's own address
        f"{server.address}/api/enter",
        data=json.dumps({"token": token}).encode(),
        headers={"Content-Type": "application/json", "Origin": server.address},
    )
    with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310  # as above
        return str(answer.headers["Set-Cookie"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_its_address_serves_and_ends_in_peace(
    project: tuple[Path, People], number: signal.Signals
) -> None:
    folder, people = project
    with running(folder) as server:
        assert server.address.startswith("http://127.0.0.1:")
        assert enter(server, people.tokens["ada"]).startswith(f"review-{server.port}=")
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(b"secret-word is no HTTP\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        code, out, err = server.stop(number)
    assert (code, out) == (0, "closed\n")
    told = [re.sub(r"^\S+ \S+ |[\d.]+ ms$", "", line) for line in err.splitlines()]
    assert told == ["POST /api/enter 200 "]
    assert not [path for path in folder.iterdir() if path.name.endswith(("-wal", "-shm"))]


def test_a_request_under_way_is_finished_before_the_end(project: tuple[Path, People]) -> None:
    folder, people = project
    with running(folder) as server:
        body = json.dumps({"token": people.tokens["ada"]}).encode()
        head = (
            f"POST /api/enter HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Origin: {server.address}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(head.encode() + body[:5])
            # Once it answers another, it has read what came before.
            with urllib.request.urlopen(f"{server.address}/enter") as answer:  # noqa: S310
                assert answer.status == 200
            server.process.send_signal(signal.SIGTERM)
            until(lambda: is_closed(server.port))
            raw.sendall(body[5:])
            assert raw.recv(1000).startswith(b"HTTP/1.1 200")
        server.process.wait(PATIENCE_S)
        assert server.process.returncode == 0


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine, made here, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", str(key)),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-out", str(chain)),
        ],
        check=True,
        capture_output=True,
    )
    return chain, key


def test_with_a_certificate_everything_is_encrypted(
    project: tuple[Path, People], certificate: tuple[Path, Path]
) -> None:
    folder, people = project
    context = ssl.create_default_context(cafile=certificate[0])
    with running(folder, *certificate) as server:
        assert server.address.startswith("https://127.0.0.1:")
        cookie = enter(server, people.tokens["ada"], context)
        assert cookie.startswith(f"__Host-review-{server.port}=")
        assert "Secure" in cookie
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(server.address.replace("https", "http"))  # noqa: S310
        assert server.stop()[:2] == (0, "closed\n")


def test_a_certificate_that_cannot_be_used_is_said_before_the_start(
    project: tuple[Path, People], certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    chain, key = certificate
    openssl = shutil.which("openssl") or "openssl"
    locked = tmp_path / "locked.pem"
    subprocess.run(
        [openssl, "ec", "-in", str(key), "-aes256", "-passout", "pass:x", "-out", str(locked)],
        check=True,
        capture_output=True,
    )
    for first, second in (
        (key, chain),
        (chain, chain),
        (chain, tmp_path / "none"),
        (chain, locked),
    ):
        with pytest.raises(ReviewError, match="not a certificate and its key"):
            serve(project[0], port=0, certificate=first, key=second)
    with pytest.raises(ReviewError, match="go together"):
        serve(project[0], port=0, certificate=chain)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104  # refused
def test_another_host_needs_a_certificate(project: tuple[Path, People], host: str) -> None:
    with pytest.raises(ReviewError, match="--certificate and --key"):
        serve(project[0], host=host, port=0)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])  # noqa: S104  # refused
def test_even_with_a_certificate_people_need_one_name_to_open(
    project: tuple[Path, People], certificate: tuple[Path, Path], host: str
) -> None:
    with pytest.raises(ReviewError, match="one name or address"):
        serve(project[0], host, 0, *certificate)


def test_a_port_that_is_taken_is_said(project: tuple[Path, People]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ReviewError, match=f"port {port}: .*give another --port") as refused:
            serve(project[0], port=port)
    assert refused.value.__context__ is None
