"""Limits: how often one login may ask, and how large a request's body may be."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rupture_nlp.review.web.problems import TOO_LARGE, answer

_KEPT = 10_000


@dataclass(slots=True)
class _Bucket:
    """Leaks at a fixed rate; a request that would make it run over is refused."""

    level: float
    at: float


class RateLimit:
    """A leaky bucket for each key: `burst` at once, then `per_s` each second.

    Kept in memory: a restart forgets, which costs nobody anything.
    """

    def __init__(self, per_s: float, burst: int, seconds: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._seconds = seconds
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Seconds until this key may ask again; 0 if it may now."""
        with self._lock:
            return self._wait_s(self._leaked(key))

    def take(self, key: str) -> float:
        """Count one request: 0 if it may go on, else the seconds to wait (it is not counted)."""
        with self._lock:
            bucket = self._leaked(key)
            wait = self._wait_s(bucket)
            if not wait:
                bucket.level += 1.0
                self._buckets[key] = bucket
                self._forget_empty()
            return wait

    def _wait_s(self, bucket: _Bucket) -> float:
        # A hair of tolerance, or a bucket that leaked exactly one may still seem full.
        over = bucket.level + 1.0 - self._burst
        return over / self._per_s if over > 1e-9 else 0.0  # noqa: PLR2004

    def _leaked(self, key: str) -> _Bucket:
        now = self._seconds()
        bucket = self._buckets.get(key)
        if bucket is None:
            return _Bucket(0.0, now)
        bucket.level = max(0.0, bucket.level - (now - bucket.at) * self._per_s)
        bucket.at = now
        return bucket

    def _forget_empty(self) -> None:
        if len(self._buckets) <= _KEPT:
            return
        now = self._seconds()
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.level - (now - bucket.at) * self._per_s > 0
        }


class BodyLimit:
    """Refuses a request whose body is larger than `most` bytes, declared or not."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._declares_too_much(scope):
            await answer(scope, TOO_LARGE)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise HTTPException(TOO_LARGE.status)
            return message

        await self._app(scope, counted, send)

    def _declares_too_much(self, scope: Scope) -> bool:
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        return any(not value.isdigit() or int(value[:20]) > self._most for value in lengths)
