"""The connection breaks, the browser is closed, two windows are open: nothing is lost."""

from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, expect

from rupture_nlp.review.coding import decide, finish
from rupture_nlp.review.values import Mode, TurnValue
from rupture_nlp.schema import Rupture
from tests.review.browser.conftest import OpenDesk
from tests.review.browser.site import SAVED, Site, lose_an_answer, open_desk, sign_in, wait_for
from tests.review.made import made_change

pytestmark = pytest.mark.browser

UNSENT = "Object.keys(localStorage).filter((key) => key.includes(':unsent:')).length"


def test_offline_and_back_nothing_is_lost(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment)
    context = page.page.context
    context.set_offline(True)
    page.press("j", "1", "i", "m", "2", "Escape", "j", "s", "1", "Escape")
    expect(page.page.locator("#save")).to_have_text("Not connected · 4 changes unsent")
    expect(page.page.locator("#notice")).to_contain_text("4 changes are kept in this browser")
    page.press("Control+Enter", "Enter").says("some changes are not saved yet")
    assert site.values(assignment) == {}
    context.set_offline(False)
    page.saved()
    expect(page.page.locator("#notice")).to_be_hidden()
    assert site.values(assignment) == {
        "turn:1": TurnValue(Rupture.WITHDRAWAL_FROM_OTHER, None, 1, ("silence",)),
        "turn:2": TurnValue(strategies=("gives_rationale",)),
    }
    assert page.page.evaluate(UNSENT) == 0


def test_what_was_typed_offline_survives_the_browser_window(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).press("j", "2").saved()
    context = page.page.context
    context.set_offline(True)
    page.press("i", "i", "c")
    page.page.keyboard.type("half a com")  # no pause, no leaving of the field
    with page.page.expect_event("crash"), suppress(Error):  # the page is not told that it ends
        page.page.goto("chrome://crash", timeout=5000)
    page.page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"/session/{assignment.id}")
    expect(again.locator(".turn.current")).to_contain_text("Withdrawal from self, clear")
    expect(again.locator("#comment")).to_have_value("half a com")
    expect(again.locator("#save")).to_have_text(SAVED)
    wait_for(lambda: again.evaluate(UNSENT) == 0)
    assert site.turn(assignment, 1) == TurnValue(
        Rupture.WITHDRAWAL_FROM_SELF, None, 2, comment="half a com"
    )


def test_an_answer_that_is_lost_on_its_way_counts_once(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment)
    sent = lose_an_answer(page.page)
    page.press("3", "i").saved()
    assert sent[0] == sent[1]  # with the same id
    assert len(sent) == 3
    assert site.turn(assignment, 0) == TurnValue(Rupture.CONFRONTATION_AGGRESSION, None, 1)


@pytest.mark.parametrize("choice", ["Take theirs", "Keep mine"])
def test_two_windows_on_one_session_are_told_of_each_other(
    site: Site, chromium: Browser, choice: str
) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    one, other = (open_desk(site, chromium, assignment) for _ in range(2))
    one.press("j", "1").saved()
    other.page.context.set_offline(True)  # both steps are there when the question comes up
    other.press("j", "4", "i").page.context.set_offline(False)
    dialog = other.page.get_by_role("dialog", name="Turn u1 was changed elsewhere")
    expect(dialog).to_contain_text("There now")
    expect(dialog).to_contain_text("withdrawal from other")
    for key in ("Escape", "Enter"):  # are no answers
        other.press(key)
        expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=choice).click()
    other.saved()
    theirs = TurnValue(Rupture.WITHDRAWAL_FROM_OTHER)
    mine = TurnValue(Rupture.CONFRONTATION_CONTROL, None, 1)
    kept = theirs if choice == "Take theirs" else mine
    assert site.turn(assignment, 1) == kept
    words = "Withdrawal from other" if choice == "Take theirs" else "Confrontation control, slight"
    expect(other.page.locator("#turn-1")).to_contain_text(words)
    for desk in (one, other):
        assert desk.problems == []
        desk.page.context.close()


def test_two_windows_that_say_the_same_are_not_asked(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment)
    decide(site.store, assignment.id, site.coder("ada").coder, made_change(0, TurnValue()))
    page.press("0").saved()
    expect(page.page.get_by_role("dialog")).to_have_count(0)
    assert site.turn(assignment, 0) == TurnValue()
    page.press("2").saved()  # and it knows by now what it replaces
    assert site.turn(assignment, 0) == TurnValue(Rupture.WITHDRAWAL_FROM_SELF)


def test_other_turns_are_saved_while_a_conflict_waits(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment)
    coder = site.coder("ada").coder
    decide(site.store, assignment.id, coder, made_change(0, TurnValue(rupture=None)))
    page.page.context.set_offline(True)
    page.press("1", "j", "0")
    page.page.context.set_offline(False)
    expect(page.page.get_by_role("dialog")).to_contain_text("uncodable")
    wait_for(lambda: site.turn(assignment, 1) == TurnValue())
    page.page.get_by_role("button", name="Take theirs").click()
    page.saved()
    assert site.turn(assignment, 0) == TurnValue(rupture=None)


def test_a_login_that_ended_keeps_the_changes_until_the_next(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment)
    context = page.page.context
    context.clear_cookies()
    page.press("1")
    expect(page.page.locator("#notice")).to_contain_text("You are signed out.")
    assert site.values(assignment) == {}
    sign_in(site, context, "ada")  # the personal link, in another tab
    page.page.get_by_role("button", name="Load again").click()
    page.ready().saved()
    wait_for(lambda: site.turn(assignment, 0) == TurnValue(Rupture.WITHDRAWAL_FROM_OTHER))


def test_a_session_that_was_finished_elsewhere_says_so(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).press("0").saved()
    finish(site.store, assignment.id, site.coder("ada").coder)
    page.press("3")
    notice = page.page.locator("#notice")
    expect(notice).to_contain_text("Not saved (1 change): this session is finished")
    page.page.get_by_role("button", name="Give up 1 change").click()
    expect(notice).to_contain_text("Finished. Your codes are closed.")
    expect(page.page.locator(".turn.current")).to_contain_text("none ✓")
    assert site.values(assignment) == {"turn:0": TurnValue()}
    assert page.page.evaluate(UNSENT) == 0


def test_signing_out_waits_for_what_is_unsent(site: Site, desk: OpenDesk) -> None:
    page = desk(site.assign("s1", "ada", Mode.BLIND))
    page.page.context.set_offline(True)
    page.press("1").page.get_by_role("button", name="Sign out").click()
    page.says("Not signed out")
    page.page.context.set_offline(False)
    page.saved().page.get_by_role("button", name="Sign out").click()
    page.page.wait_for_url("**/enter")
