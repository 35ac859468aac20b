"""axe finds nothing on the coding page, in light and dark, wide and narrow, whatever is open."""

from importlib import resources

import pytest
from playwright.sync_api import Browser, Page, expect

from rupture_nlp.review.values import Mode
from tests.review.browser.site import Desk, Site, open_desk

pytestmark = pytest.mark.browser

AXE = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """async (rules) => (await axe.run(
  rules.length ? { runOnly: { type: "rule", values: rules } } : {}
)).violations.map((found) => [
  found.id, found.help, found.nodes.map((node) => node.html + node.failureSummary)])"""


def coded(desk: Desk) -> None:
    desk.press("j", "1", "i", "m", "1", "Escape", "e", "j", "s", "1", "2", "Escape", "j", "p", "6")
    desk.press("e", "4").saved()


def violations(page: Page, *rules: str) -> object:
    """What axe finds wrong, by these of its rules or by all."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)  # the policy forbids a script tag, not what the debugger runs
    return page.evaluate(RUN, rules)


BY_LOOK = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")


@pytest.mark.parametrize(
    ("scheme", "width", "rules"), [("light", 1400, ()), ("dark", 768, BY_LOOK)]
)
def test_axe_finds_nothing(
    site: Site, chromium: Browser, scheme: str, width: int, rules: tuple[str, ...]
) -> None:
    assignment = site.assign("s1", "ada", Mode.ASSISTED)
    context = chromium.new_context(
        base_url=site.url,
        bypass_csp=True,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        viewport={"width": width, "height": 900},
    )
    desk = open_desk(site, chromium, assignment, context)
    coded(desk)
    page = desk.page
    assert violations(page, *rules) == []  # the panel of a turn with a suggestion
    for tab in ("Episodes", "Session", "Codebook", "Turn"):
        page.get_by_role("tab", name=tab).click()
        assert violations(page, *rules) == [], tab
    desk.press("m")
    assert violations(page, *rules) == []  # a field with its choices
    desk.press("Escape", "?")
    assert violations(page, *rules) == []  # the keys
    desk.press("Escape", "Control+Enter")
    assert violations(page, *rules) == []  # the question before the end
    desk.press("Escape")
    context.set_offline(True)
    desk.press("2")
    expect(page.locator("#notice")).to_be_visible()
    assert violations(page, *rules) == []  # without a connection
    context.close()


def test_what_is_coded_and_saved_is_told_to_those_who_listen(site: Site, chromium: Browser) -> None:
    desk = open_desk(site, chromium, site.assign("s1", "ada", Mode.BLIND))
    desk.press("j", "1", "i")
    expect(desk.page.locator("#announced")).to_have_text(
        "Turn u1: withdrawal from other, intensity 1"
    )
    active = desk.page.locator("#turns").get_attribute("aria-activedescendant")
    expect(desk.page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    desk.saved()
    aloud = desk.page.locator("#save-aloud")
    expect(aloud).to_be_empty()  # not after every key
    desk.page.context.set_offline(True)
    desk.press("0")
    expect(aloud).to_have_text("Not connected · 1 change unsent")
    desk.page.context.set_offline(False)
    desk.saved()
    expect(aloud).to_have_text("All changes saved")
    desk.page.context.close()
