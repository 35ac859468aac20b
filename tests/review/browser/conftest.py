"""Chromium for all tests of pages, and a running project for each."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from rupture_nlp.review.access import Assignment
from rupture_nlp.review.database import open_store
from tests.review.browser.site import Desk, Site, open_desk, serve_store
from tests.review.made import made_project

CHROMIUM = Path("/usr/bin/chromium")

# Two cores that also do something else are slow; what is awaited ends the wait at once.
expect.set_options(timeout=60_000)

OpenDesk = Callable[[Assignment], Desk]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for these tests; each page has a context of its own.

    Not for the whole run: while Playwright is on, its event loop runs in this thread.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium at {CHROMIUM} (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of which each test has a copy, which takes far less time than making it."""
    return made_project(tmp_path_factory.mktemp("master") / "project")


@pytest.fixture
def site(master: Path, tmp_path: Path) -> Iterator[Site]:
    """Three sessions of twelve turns, with suggestions."""
    folder = shutil.copytree(master, tmp_path / "project")
    with open_store(folder) as store, serve_store(store) as running:
        yield running


@pytest.fixture
def desk(chromium: Browser, site: Site) -> Iterator[OpenDesk]:
    """Opens coding pages; at the end no page may have had an error."""
    opened: list[Desk] = []

    def make(assignment: Assignment) -> Desk:
        made = open_desk(site, chromium, assignment)
        opened.append(made)
        return made

    yield make
    for one in opened:
        assert one.problems == []
        one.page.context.close()
