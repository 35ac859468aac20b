"""A project behind the real server, and pages of its coders in Chromium."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from rupture_nlp.review.access import Assignment
from rupture_nlp.review.coding import read_session
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.values import EpisodeValue, Kind, Mode, TurnValue, Value
from rupture_nlp.review.web.app import create_app
from rupture_nlp.review.web.settings import Settings
from rupture_nlp.schema import Transcript
from tests.review.made import MadeCoder, made_assignment, made_coder, made_project

SAVED = "All changes saved"
DEADLINE_S = 60.0


@dataclass
class Site:
    """A running server. Coders are made when they are first named."""

    store: Store
    url: str
    coders: dict[str, MadeCoder] = field(default_factory=dict)

    def coder(self, name: str) -> MadeCoder:
        if name not in self.coders:
            self.coders[name] = made_coder(self.store, name)
        return self.coders[name]

    def assign(
        self, session: str, coder: str, mode: Mode, *, progressive: bool = False
    ) -> Assignment:
        self.coder(coder)
        return made_assignment(self.store, session, coder, mode, progressive=progressive)

    def values(self, assignment: Assignment) -> dict[str, Value]:
        """What the database holds now: `turn:3`, `episode:1` (in order of start), `rating:...`."""
        view = read_session(self.store, assignment.id, self.coder(assignment.coder).coder)
        found: dict[str, Value] = {}
        episodes: list[EpisodeValue] = []
        for present in view.present:
            if isinstance(present.value, EpisodeValue):
                episodes.append(present.value)
            elif present.value is not None:
                found[f"{present.kind}:{present.target}"] = present.value
        episodes.sort(key=lambda episode: episode.start)
        found |= {f"{Kind.EPISODE}:{n}": one for n, one in enumerate(episodes, start=1)}
        return found

    def turn(self, assignment: Assignment, position: int) -> TurnValue | None:
        value = self.values(assignment).get(f"turn:{position}")
        assert value is None or isinstance(value, TurnValue)
        return value


@contextmanager
def run_site(folder: Path, transcripts: Sequence[Transcript] | None = None) -> Iterator[Site]:
    """Serve a made project until the block ends."""
    with open_store(made_project(folder, transcripts)) as store, serve_store(store) as site:
        yield site


@contextmanager
def serve_store(store: Store) -> Iterator[Site]:
    """Serve an open store on a free port of this machine until the block ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(store, Settings(hosts=(host,), requests_per_s=10_000.0))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        wait_for(lambda: server.started)
        try:
            yield Site(store, f"http://{host}")
        finally:
            server.should_exit = True
            thread.join(DEADLINE_S)


def wait_for(done: Callable[[], object]) -> None:
    """Poll until a condition holds; an AssertionError after the deadline."""
    until = time.monotonic() + DEADLINE_S
    while not done():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


@dataclass
class Desk:
    """A coder's page of one session. Problems of the page fail the test at its end."""

    page: Page
    problems: list[str]

    def press(self, *keys: str) -> "Desk":
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def at(self, position: int) -> "Desk":
        """Wait until this turn is the current one."""
        current = self.page.locator('[role="option"][aria-selected="true"].turn')
        expect(current).to_have_attribute("data-position", str(position))
        return self

    def saved(self) -> "Desk":
        expect(self.page.locator("#save")).to_have_text(SAVED)
        return self

    def says(self, words: str) -> "Desk":
        expect(self.page.locator("#status")).to_contain_text(words)
        return self

    def ready(self) -> "Desk":
        expect(self.page.locator("#desk")).to_be_visible()
        expect(self.page.locator("#turns")).to_be_focused()
        return self


def sign_in(site: Site, context: BrowserContext, coder: str) -> None:
    """Enter as this coder, as the page of the personal link does, but without loading it."""
    sent = {"token": site.coder(coder).token}
    answer = context.request.post(f"{site.url}/api/enter", data=sent, headers={"Origin": site.url})
    assert answer.ok


def open_desk(
    site: Site, browser: Browser, assignment: Assignment, context: BrowserContext | None = None
) -> Desk:
    """The coding page, in a browser of its own unless one is given."""
    chosen = context or browser.new_context(base_url=site.url, reduced_motion="reduce")
    sign_in(site, chosen, assignment.coder)
    chosen.set_default_timeout(1000 * DEADLINE_S)
    page = chosen.new_page()
    desk = Desk(page, watch(page))
    page.goto(f"/session/{assignment.id}")
    return desk.ready()


def watch(page: Page) -> list[str]:
    """Collects what the page breaks: errors of scripts, and what the policy refused."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))

    def heard(kind: str, text: str) -> None:
        # A request that failed is a line in the console, too; those are part of some tests.
        if kind == "error" and "Failed to load resource" not in text:
            problems.append(text)

    page.on("console", lambda message: heard(message.type, message.text))
    return problems


def lose_an_answer(page: Page) -> list[str]:
    """The server gets the next decision, the page does not hear of it: gives what the page sends,
    from this one on."""
    sent: list[str] = []

    def lose(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/decisions", lose)
    return sent


def record_answers(context: BrowserContext) -> list[str]:
    """The body of every answer but those of `/static/`, kept before the page gets it."""
    bodies: list[str] = []

    def pass_on(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        bodies.append(answer.text())
        route.fulfill(response=answer)

    context.route(lambda url: "/static/" not in url, pass_on)
    return bodies
