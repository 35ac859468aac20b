"""Two thousand turns of different lengths, and words that try to be more than words."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rupture_nlp.review.values import Mode
from rupture_nlp.schema import Speaker, Transcript, Utterance
from tests.review.browser.site import open_desk, run_site

pytestmark = pytest.mark.browser

TURNS = 2000
MOST_ROWS = 90
HOSTILE = (
    "<script>document.body.dataset.hacked = 1</script><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} ${7*7} {% raw %} </textarea></div> &lt;b&gt; &amp;",
    "right to left: שלום עולם \u202eRLO\u202c, joined: 👩‍👩‍👧 e\u0301, wide: 한국어 𠜎",
    "line one\nline two\ttab, and a very" + "longword" * 60,
)


def long_transcript() -> Transcript:
    """Turns of 1 to 120 words; the hostile ones first."""
    texts = [*HOSTILE, *(f"turn {n}: " + "word " * (1 + n * 37 % 120) for n in range(4, TURNS))]
    speakers = (Speaker.THERAPIST, Speaker.PATIENT)
    turns = [Utterance(f"u{n}", speakers[n % 2], text) for n, text in enumerate(texts)]
    return Transcript("long & <b>bold</b>", tuple(turns))


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One page for all: they change nothing but the place."""
    with run_site(tmp_path_factory.mktemp("long") / "project", [long_transcript()]) as site:
        assignment = site.assign("long & <b>bold</b>", "ada", Mode.BLIND)
        desk = open_desk(site, chromium, assignment)
        yield desk.page
        assert desk.problems == []
        assert site.values(assignment).keys() <= {"turn:1999"}
        desk.page.context.close()


def rows(page: Page) -> int:
    return page.locator("#turns > *").count()


def test_hostile_words_stay_words(page: Page) -> None:
    page.keyboard.press("Home")
    for position, text in enumerate(HOSTILE):
        row = page.locator(f'[data-position="{position}"] .words')
        assert row.text_content() == text
    assert page.evaluate("document.body.dataset.hacked") is None
    assert page.locator("#turns img, #turns script, #turns b").count() == 0
    expect(page.locator("h1")).to_have_text("Session long & <b>bold</b>")
    wide = page.evaluate("[view.scrollWidth, view.clientWidth]")
    assert wide[0] <= wide[1]  # the long word is broken


def test_the_page_holds_few_rows_wherever_it_is(page: Page) -> None:
    assert 0 < rows(page) < MOST_ROWS
    for place in (0.2, 0.5, 0.8):
        page.evaluate(f"view.scrollTop = {place} * view.scrollHeight")
        page.wait_for_function("!document.querySelector('#turns').matches(':empty')")
        assert 0 < rows(page) < MOST_ROWS


def test_the_end_is_one_key_away_and_coding_works_there(page: Page) -> None:
    page.keyboard.press("End")
    last = page.locator(f'[data-position="{TURNS - 1}"]')
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-selected", "true")
    expect(last).to_have_attribute("aria-posinset", str(TURNS))
    page.keyboard.press("2")
    expect(last).to_contain_text("Withdrawal from self")
    expect(page.locator("#save")).to_have_text("All changes saved")
    page.keyboard.press("Home")
    expect(page.locator('[data-position="0"]')).to_be_in_viewport()
    page.keyboard.press("f")  # around to the only rupture
    expect(last).to_be_in_viewport()


TOP_ROW = """() => {
  const top = view.getBoundingClientRect().top;
  for (const row of document.querySelectorAll("#turns > *")) {
    const box = row.getBoundingClientRect();
    if (box.bottom > top + 1) return [Number(row.dataset.position), box.top - top];
  }
}"""

SCROLL_BY = """async (by) => {
  view.scrollTop += by;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def test_scrolling_goes_as_far_as_the_wheel_through_rows_of_unknown_height(page: Page) -> None:
    page.keyboard.press("Home")
    page.evaluate("view.scrollTop = 0.4 * view.scrollHeight")
    page.evaluate(SCROLL_BY, 0)
    # Upward into rows that were never drawn: none may jump, whatever their guesses were.
    for _ in range(25):
        before = page.evaluate(TOP_ROW)
        row = f"document.querySelector('[data-position=\"{before[0]}\"]')"
        at = page.evaluate(f"{row}.getBoundingClientRect().top")
        page.evaluate(SCROLL_BY, -180)
        assert page.evaluate(f"{row}.getBoundingClientRect().top") == pytest.approx(at + 180, abs=2)


def test_the_row_at_the_top_stays_when_the_window_changes(page: Page) -> None:
    page.evaluate("view.scrollTop = 0.6 * view.scrollHeight")
    page.evaluate(SCROLL_BY, 0)
    before = page.evaluate(TOP_ROW)[0]
    page.set_viewport_size({"width": 900, "height": 700})
    page.evaluate(SCROLL_BY, 0)
    assert page.evaluate(TOP_ROW)[0] == before
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate(SCROLL_BY, 0)
    assert page.evaluate(TOP_ROW)[0] == before


def test_the_turn_at_work_stays_in_view_when_a_tablet_is_turned(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    expect(page.locator('[data-position="9"]')).to_be_in_viewport()
    for width, height in ((500, 1024), (1024, 500), (768, 1024)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(SCROLL_BY, 0)
        expect(page.locator('[data-position="9"]')).to_be_in_viewport()
    # Who reads elsewhere is left there.
    page.evaluate("view.scrollTop = 0.6 * view.scrollHeight")
    page.evaluate(SCROLL_BY, 0)
    before = page.evaluate(TOP_ROW)[0]
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate(SCROLL_BY, 0)
    assert page.evaluate(TOP_ROW)[0] == before
