"""The leaky bucket and the limit on bodies."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message

from rupture_nlp.review.web.limits import BodyLimit, RateLimit


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_through_then_one_at_a_time() -> None:
    clock = Clock()
    limit = RateLimit(per_s=2.0, burst=3, seconds=clock)
    assert [limit.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limit.take("a") == pytest.approx(0.5)  # one leaks out in half a second
    clock.now += 0.25
    assert limit.take("a") == pytest.approx(0.25)
    clock.now += 0.25
    assert limit.take("a") == 0.0
    assert limit.take("a") > 0.0


def test_what_was_refused_is_not_counted() -> None:
    clock = Clock()
    limit = RateLimit(per_s=1.0, burst=1, seconds=clock)
    assert limit.take("a") == 0.0
    for _ in range(50):
        assert limit.take("a") == pytest.approx(1.0)
    clock.now += 1.0
    assert limit.take("a") == 0.0


def test_each_key_has_its_own_bucket_and_looking_takes_nothing() -> None:
    limit = RateLimit(per_s=1.0, burst=1, seconds=Clock())
    assert limit.take("a") == 0.0
    assert limit.take("b") == 0.0
    assert limit.wait_s("c") == 0.0
    assert limit.take("c") == 0.0
    assert limit.wait_s("c") == pytest.approx(1.0)


def test_empty_buckets_are_forgotten_so_that_addresses_do_not_pile_up() -> None:
    clock = Clock()
    limit = RateLimit(per_s=1.0, burst=5, seconds=clock)
    for key in range(10_000):
        limit.take(str(key))
    clock.now += 10
    limit.take("late")
    assert limit._buckets.keys() == {"late"}  # noqa: SLF001  # nothing outside shows it


async def _length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def _client() -> TestClient:
    app = Starlette(routes=[Route("/api/x", _length, methods=["POST"])])
    app.add_middleware(BodyLimit, most=10)
    return TestClient(app)


def test_a_body_may_be_as_large_as_the_limit_and_no_larger() -> None:
    client = _client()
    assert client.post("/api/x", content=b"a" * 10).text == "10"
    assert client.post("/api/x", content=b"a" * 11).status_code == 413


def test_a_body_of_undeclared_length_is_cut_off_at_the_limit() -> None:
    assert _client().post("/api/x", content=iter([b"a" * 6, b"a" * 6])).status_code == 413


def test_a_length_that_is_no_number_is_refused() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body must not be asked for")

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(*_: object) -> None:
        raise AssertionError("the application must not be reached")

    async def run(length: bytes) -> int:
        sent.clear()
        scope = {"type": "http", "path": "/api/x", "headers": [(b"content-length", length)]}
        await BodyLimit(app, 10)(scope, receive, send)
        status: int = sent[0]["status"]
        return status

    for length in (b"-1", b"1e9", b"9" * 5000, b""):
        # In a thread of its own: where Playwright is on, this one has an event loop already.
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(anyio.run, run, length).result() == 413
