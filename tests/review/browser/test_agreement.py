"""The page of agreement in a browser: no script needed, tables scroll, axe finds nothing."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from rupture_nlp.review.agreement import Agreement, agreement_of
from rupture_nlp.review.database import Store
from rupture_nlp.review.leaning import Leaning, leaning_of
from rupture_nlp.review.studied import StudiedSession
from rupture_nlp.review.web import agreement_page
from tests.review.browser.site import DEADLINE_S, Site, run_site, sign_in, watch
from tests.review.browser.test_accessibility import violations
from tests.review.made import made_coder
from tests.review.measured import random_drawing, studied

pytestmark = pytest.mark.browser

LINES = """cell => {
  const content = document.createRange();
  content.selectNodeContents(cell);
  return content.getClientRects().length;
}"""


def clinic_of(sessions: int = 26) -> list[StudiedSession]:
    """Three coders who mostly agree, and a model; every third session with suggestions in view."""
    generator = np.random.default_rng(2)
    found = []
    for number in range(sessions):
        truth = random_drawing(generator, 120, 0.12)
        first, second, model = (_noisy(generator, truth) for _ in range(3))
        assisted = number % 3 == 2
        coders = {"ada": _noisy(generator, model) if assisted else first}
        if not assisted:
            coders["ben" if number % 3 else "cleo"] = second
        name, group = f"s{number}", f"g{number % 22}"
        seen = ("ada",) if assisted else ()
        found.append(studied(name, coders, model, group=group, assisted=seen))
    return found


def _noisy(generator: np.random.Generator, drawing: str) -> str:
    other = random_drawing(generator, len(drawing), 0.12)
    kept = generator.random(len(drawing)) < 0.8
    return "".join(a if keep else b for a, b, keep in zip(drawing, other, kept, strict=True))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A project whose figures are those of an invented clinic, computed once."""
    sessions = clinic_of()

    def agreement(store: Store, *, with_model: bool) -> Agreement:
        return agreement_of(sessions, (store.project.seed, 200), with_model=with_model)

    def leaning(store: Store) -> tuple[Leaning, ...]:
        return leaning_of(sessions, store.project.seed, 200)

    folder = tmp_path_factory.mktemp("clinic") / "project"
    with pytest.MonkeyPatch.context() as patch, run_site(folder) as site:
        patch.setattr(agreement_page, "read_agreement", agreement)
        patch.setattr(agreement_page, "read_leaning", leaning)
        site.coders["lena"] = made_coder(site.store, "lena", lead=True)
        yield site


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 768)])
def test_axe_finds_nothing(running: Site, chromium: Browser, scheme: str, width: int) -> None:
    context = chromium.new_context(
        base_url=running.url,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 860},
    )
    context.set_default_timeout(1000 * DEADLINE_S)
    sign_in(running, context, "lena")
    page = context.new_page()
    problems = watch(page)
    page.goto("/agreement")
    expect(page.get_by_role("heading", name="The model against each coder")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("svg.whiskers path.own").count() > 10
    short = page.locator("thead th").filter(has_text=re.compile("^turns$"))
    assert {cell.evaluate(LINES) for cell in short.all()} == {1}  # no word is broken
    assert problems == []
    context.close()
