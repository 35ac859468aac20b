"""Settling a session by keyboard alone; hostile words; two leads; offline; axe."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from rupture_nlp.review.access import find_assignment
from rupture_nlp.review.adjudication import Gold, read_adjudication, read_gold
from rupture_nlp.review.coding import decide, finish
from rupture_nlp.review.state import read_log
from rupture_nlp.review.values import Change, EpisodeValue, TurnValue
from rupture_nlp.schema import Rupture, Transcript, Utterance
from tests.review.browser.site import (
    DEADLINE_S,
    Site,
    lose_an_answer,
    serve_store,
    sign_in,
    watch,
)
from tests.review.browser.test_accessibility import violations
from tests.review.judged import ATTACK, AWAY, Judged, copy_judged, open_judged
from tests.review.made import made_change, made_transcripts

pytestmark = pytest.mark.browser

HOSTILE = "<script>window.bad = 1</script><img src=x onerror='window.bad = 2'> & said"
SAVED = "All decisions saved"
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Every turn tries to be markup."""
    sessions = [
        Transcript(
            one.session_id,
            tuple(
                Utterance(turn.utterance_id, turn.speaker, f"{turn.text} {HOSTILE}", turn.start_s)
                for turn in one.utterances
            ),
        )
        for one in made_transcripts(2)
    ]
    made = open_judged(tmp_path_factory.mktemp("master") / "project", tuple(sessions))
    made.store.close()
    return made


@pytest.fixture
def judged(master: Judged, tmp_path: Path) -> Iterator[Judged]:
    made = copy_judged(master, tmp_path / "project")
    with made.store:
        yield made


@pytest.fixture
def running(judged: Judged) -> Iterator[Site]:
    with serve_store(judged.store) as site:
        site.coders["lena"] = judged.lena
        yield site


@pytest.fixture
def open_page(chromium: Browser, running: Site, judged: Judged) -> Iterator[OpenPage]:
    """Opens the page as the lead; at the end no page may have had an error."""
    opened: list[tuple[Page, list[str]]] = []

    def make(scheme: str = "light", width: int = 1200) -> Page:
        context = chromium.new_context(
            base_url=running.url,
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            viewport={"width": width, "height": 860},
        )
        context.set_default_timeout(1000 * DEADLINE_S)
        sign_in(running, context, "lena")
        page = context.new_page()
        opened.append((page, watch(page)))
        page.goto(f"/adjudicate/{judged.assignment}")
        expect(page.locator("#desk")).to_be_visible()
        expect(page.locator("li.current")).to_be_focused()
        return page

    yield make
    for page, problems in opened:
        assert problems == []
        assert page.is_closed() or page.evaluate("window.bad") is None
        page.context.close()


def letter_of(page: Page, words: str) -> str:
    option = page.locator("li.current .option", has_text=words)
    return option.locator(".letter").first.inner_text()[0].lower()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def because(page: Page, reason: str) -> None:
    page.keyboard.type(reason)
    page.keyboard.press("Enter")


def go_to(page: Page, item: str) -> None:
    for _ in range(20):
        if page.locator("li.current").get_attribute("id") == item:
            return
        page.keyboard.press("j")
    raise AssertionError("it is not on the page")


def gold_of(judged: Judged) -> Gold:
    with judged.store.read() as session:
        found = find_assignment(session, judged.assignment)
        assert found is not None
        return read_gold(session, found)


def test_a_session_is_settled_by_keyboard_alone(judged: Judged, open_page: OpenPage) -> None:
    page = open_page()
    tally = page.locator("#tally")
    expect(tally).to_contain_text("3 of 3 disputes open")
    press(page, letter_of(page, "Confrontation aggression"))
    expect(page.locator("li.current input")).to_be_focused()
    press(page, "Enter")  # without a reason nothing is decided
    expect(tally).to_contain_text("3 of 3")
    because(page, "said with an edge")
    expect(tally).to_contain_text("2 of 3 disputes open")
    expect(page.locator("li.current")).to_contain_text("Episode at turn u7")
    press(page, letter_of(page, "no episode"))
    because(page, "one turn is no episode")
    expect(page.locator("li.current")).to_contain_text("Resolution")
    press(page, "o")  # neither 4 nor 2: 3
    page.get_by_role("radio", name="3").focus()
    press(page, "Space", "Enter")
    expect(page.locator("li.current .chosen")).to_have_text("Decision: 3")
    because(page, "partly eased")
    expect(tally).to_contain_text("All 3 disputes decided")
    go_to(page, "item-turn-7")  # its details differ: one of them is taken without a reason
    press(page, letter_of(page, "silence"), "Enter")
    expect(page.locator("#item-turn-7")).to_contain_text("decided")
    expect(page.locator("#save")).to_have_text(SAVED)
    page.locator("#finish").focus()
    press(page, "Enter", "Enter")
    expect(page.locator("#notice")).to_contain_text("Finished")
    gold = gold_of(judged)
    assert (gold.turns[5], gold.turns[7]) == (ATTACK, AWAY)
    assert gold.episodes == (EpisodeValue(1, 4, 2, 3),)
    assert dict(gold.ratings)["resolution"] == 3


def test_an_own_value_that_no_column_has(judged: Judged, open_page: OpenPage) -> None:
    page = open_page()
    press(page, "o")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Turn u5: own value")
    press(page, "4")
    page.get_by_role("radio", name="2 clear").focus()
    press(page, "Space")
    page.get_by_role("checkbox", name="demand").focus()
    press(page, "Space", "Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("li.current .chosen")).to_contain_text("confrontation control, intensity 2")
    because(page, "presses for an answer")
    expect(page.locator("#save")).to_have_text(SAVED)
    with judged.store.read() as session:
        (made,) = read_log(session, judged.assignment)
    assert made.value == TurnValue(Rupture.CONFRONTATION_CONTROL, intensity=2, markers=("demand",))
    assert made.reason == "presses for an answer"


def test_agreed_turns_are_folded_away_until_asked_for(open_page: OpenPage) -> None:
    page = open_page()
    press(page, "n", "n")  # the ratings: no turn is near
    fold = page.locator("li.fold").first
    expect(fold).to_have_text("Turns u0 to u4: 5 agreed turns, 1 rupture agreed")
    expect(page.locator("#item-turn-1")).to_have_count(0)
    fold.get_by_role("button").focus()
    press(page, "Enter")
    agreed = page.locator("#item-turn-1")
    expect(agreed).to_contain_text("words of s1, turn 1")
    expect(agreed).to_contain_text("Withdrawal from other, clear")
    expect(agreed.locator(".option")).to_have_count(0)  # whose the columns are would be told
    press(page, "z")
    expect(page.locator("#item-turn-1")).to_have_count(0)


def test_words_of_a_transcript_stay_words(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#item-turn-5 .words")).to_contain_text(HOSTILE)
    assert page.locator("#desk script, #desk img").count() == 0


def test_what_is_decided_offline_is_sent_when_the_server_is_back(open_page: OpenPage) -> None:
    page = open_page()
    page.context.set_offline(True)
    press(page, letter_of(page, "Confrontation aggression"))
    because(page, "an edge")
    expect(page.locator("#notice")).to_contain_text("Not connected")
    expect(page.locator("#notice")).to_contain_text("1 decision is kept in this browser")
    expect(page.locator("#save")).to_have_text("Not connected · 1 decision unsent")
    page.context.set_offline(False)
    expect(page.locator("#save")).to_have_text(SAVED)
    page.reload()
    expect(page.locator("#item-turn-5")).to_contain_text("an edge")


def test_what_was_decided_or_picked_offline_survives_the_browser_window(
    judged: Judged, running: Site, open_page: OpenPage
) -> None:
    page = open_page()
    page.context.set_offline(True)
    press(page, letter_of(page, "Confrontation aggression"))
    because(page, "an edge")
    press(page, letter_of(page, "no episode"))
    page.keyboard.type("half a rea")  # picked, not decided
    with page.expect_event("crash"), suppress(Error):  # the page is not told that it ends
        page.goto("chrome://crash", timeout=5000)
    page.close()
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"{running.url}/adjudicate/{judged.assignment}")
    expect(again.locator("#item-turn-5 .standing")).to_contain_text("an edge")
    expect(again.locator("#save")).to_have_text(SAVED)
    expect(again.locator("li.current .chosen")).to_have_text("Decision: no episode")
    expect(again.locator("li.current input")).to_have_value("half a rea")
    with judged.store.read() as session:
        (made,) = read_log(session, judged.assignment)
    assert (made.value, made.reason) == (ATTACK, "an edge")


def test_an_answer_that_is_lost_on_its_way_counts_once(judged: Judged, open_page: OpenPage) -> None:
    page = open_page()
    sent = lose_an_answer(page)
    press(page, letter_of(page, "Confrontation aggression"))
    because(page, "an edge")
    expect(page.locator("#save")).to_have_text(SAVED)
    assert sent == sent[:1] * 2  # with the same id
    with judged.store.read() as session:
        (made,) = read_log(session, judged.assignment)
    assert made.value == ATTACK


@pytest.mark.parametrize("choice", ["Take theirs", "Keep mine"])
def test_two_leads_are_told_of_each_other(judged: Judged, open_page: OpenPage, choice: str) -> None:
    page = open_page()
    decide(judged.store, judged.assignment, judged.lena.coder, made_change(5, ATTACK, reason="so"))
    press(page, letter_of(page, "none"))
    because(page, "nothing to hear")
    dialog = page.get_by_role("dialog", name="Turn u5 was changed elsewhere")
    expect(dialog).to_contain_text("confrontation aggression, intensity 1, hostility")
    press(page, "Escape", "Enter")  # are no answers
    dialog.get_by_role("button", name=choice).click()
    expect(page.locator("#save")).to_have_text(SAVED)
    mine = choice == "Keep mine"
    standing = page.locator("#item-turn-5 .standing")
    expect(standing).to_contain_text("none" if mine else "Confrontation aggression")
    expect(standing).to_contain_text("nothing to hear" if mine else "so")
    with judged.store.read() as session:
        *_, last = read_log(session, judged.assignment)
    assert last.value == (TurnValue() if mine else ATTACK)


def test_ctrl_enter_decides_what_is_picked_and_then_finishes(open_page: OpenPage) -> None:
    page = open_page()
    press(page, letter_of(page, "Confrontation aggression"))
    page.keyboard.type("an edge")
    press(page, "Control+Enter")
    expect(page.locator("#tally")).to_contain_text("2 of 3 disputes open")
    press(page, "Control+Enter")  # nothing is picked: it would finish
    expect(page.locator("#status")).to_have_text("2 disputes left.")


def test_a_session_that_another_lead_finished_meanwhile_is_closed(
    judged: Judged, open_page: OpenPage
) -> None:
    page = open_page()
    lead = judged.lena.coder
    for item in read_adjudication(judged.store, judged.assignment, lead).items:
        if item.open:
            change = Change(
                item.kind, item.target, item.options[0].value, 0, f"c{item.target}", "so"
            )
            decide(judged.store, judged.assignment, lead, change)
    press(page, "a")
    finish(judged.store, judged.assignment, lead)
    because(page, "too late")
    expect(page.locator("#notice")).to_contain_text("Not saved")
    page.get_by_role("button", name="Give up 1 decision").click()
    expect(page.locator("#notice")).to_contain_text("Finished")
    page.get_by_role("button", name="Open again").click()
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator("#tally")).to_contain_text("All 3 disputes decided")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 768)])
def test_axe_finds_nothing(open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page(scheme, width)
    assert violations(page) == []
    press(page, "a")
    page.keyboard.type("an edge")
    assert violations(page) == []
    press(page, "Escape", "o")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    press(page, "Escape", "?")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
