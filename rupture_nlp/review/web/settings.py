"""What the web side of the review application is started with."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Settings:
    """Who may reach the server, for how long a login lasts, and how much one login may ask.

    `hosts` are the only values that a Host header may have, as `127.0.0.1:8765`: a page of another
    site whose name was made to point here (DNS rebinding) names another host and is refused.
    """

    hosts: tuple[str, ...]
    tls: bool = False
    cookie: str = "review"  # a browser keeps cookies of all ports of a host together
    idle: timedelta = timedelta(hours=4)
    lifetime: timedelta = timedelta(hours=12)
    body_bytes: int = 64 * 1024
    requests_per_s: float = 50.0  # of one login, after a burst
    burst: int = 400
    token_tries_per_min: float = 10.0  # failed ones, of one address
    token_burst: int = 10
    seconds: Callable[[], float] = time.monotonic

    @property
    def cookie_name(self) -> str:
        """The prefix makes a browser refuse the cookie unless it is Secure and of this host."""
        return f"__Host-{self.cookie}" if self.tls else self.cookie

    @property
    def scheme(self) -> str:
        """What addresses start with."""
        return "https" if self.tls else "http"
