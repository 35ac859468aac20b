"""Signing in, the first page, the codebook: in a real browser, under the real content policy."""

import pytest
from playwright.sync_api import Browser, Page, expect

from rupture_nlp.review.values import Mode
from tests.review.browser.site import Site, sign_in
from tests.review.browser.test_accessibility import violations
from tests.review.made import made_coder

pytestmark = pytest.mark.browser


def watched(page: Page) -> list[str]:
    """What the page complains of from now on, such as a script that the policy forbids."""
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text))
    page.on("pageerror", lambda error: problems.append(error.message))
    return problems


def test_a_personal_link_signs_in_and_leaves_no_trace_of_its_token(
    site: Site, chromium: Browser
) -> None:
    site.assign("s1", "ada", Mode.BLIND)
    token = site.coder("ada").token
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    problems, asked = watched(page), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/enter#{token}")
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    assert not [url for url in asked if token in url.partition("#")[0]]
    page.go_back()
    assert token not in page.url
    assert problems == []
    page.goto("/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


def test_a_link_can_be_pasted_and_a_wrong_one_is_said(site: Site, chromium: Browser) -> None:
    token = site.coder("ada").token
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/enter")
    field, button = page.get_by_label("Personal link"), page.get_by_role("button", name="Sign in")
    field.fill("half a li")
    button.click()
    expect(page.locator("#status")).to_contain_text("Copy the whole link")
    field.fill("x" * 43)
    button.click()
    expect(page.locator("#status")).to_contain_text("This link is not valid")
    expect(field).to_have_value("")
    field.fill(f"  {site.url}/enter#{token}\n")
    field.press("Enter")
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    context.close()


def test_the_switch_of_colours_is_kept_over_pages(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(base_url=site.url, color_scheme="dark")
    sign_in(site, context, "ada")
    page = context.new_page()
    problems = watched(page)
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    switch = page.get_by_role("button", name="Colours")
    expect(switch).to_have_text("Colours: as the system")
    switch.click()
    expect(switch).to_have_text("Colours: light")
    light = page.evaluate(ground)
    assert light != dark
    page.goto("/codebook")
    assert page.evaluate(ground) == light
    switch.click()
    expect(switch).to_have_text("Colours: dark")
    assert page.evaluate(ground) == dark
    switch.click()
    expect(switch).to_have_text("Colours: as the system")
    assert page.evaluate("localStorage.length") == 0
    assert problems == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    site: Site, chromium: Browser, scheme: str
) -> None:
    site.coders["lena"] = made_coder(site.store, "lena", lead=True)
    for coder in ("ada", "lena"):
        site.assign("s1", coder, Mode.BLIND)
    context = chromium.new_context(
        base_url=site.url,
        bypass_csp=True,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto("/enter")
    assert violations(page) == []
    sign_in(site, context, "lena")
    for path in ("/", "/codebook", "/session/999"):
        page.goto(path)
        assert violations(page) == [], path
        for width in (1400, 768, 360):
            page.set_viewport_size({"width": width, "height": 900})
            sticks_out = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not sticks_out, (path, width)
    context.close()
