"""Blind, then revealed, then a second pass; with suggestions; turn by turn."""

import pytest
from playwright.sync_api import Browser, expect

from rupture_nlp.review.coding import advance
from rupture_nlp.review.first_pass import read_first_pass
from rupture_nlp.review.values import EpisodeValue, Mode, TurnValue
from rupture_nlp.schema import Rupture
from tests.review.browser.conftest import OpenDesk
from tests.review.browser.site import Site, open_desk, record_answers
from tests.review.made import MODEL

pytestmark = pytest.mark.browser

SUGGESTED = TurnValue(Rupture.WITHDRAWAL_FROM_OTHER, None, 2, ("minimal_response",))


def test_blind_then_revealed_then_a_second_pass(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment)
    page.press("j", "0").saved()
    expect(page.page.locator(".suggestion")).to_be_hidden()
    page.press("a").says("There is no suggestion")
    page.press("q").says("only where the model's suggestions are")
    page.press("Control+Enter", "Enter")
    page.page.get_by_role("button", name="Show the suggestions…").click()
    page.press("Enter")
    expect(page.page.locator("#mode")).to_have_text("second pass")
    expect(page.page.locator(".suggestion")).to_contain_text("withdrawal from other")
    page.press("a").saved()
    assert site.turn(assignment, 1) == SUGGESTED
    expect(page.page.locator(".turn.current .suggested.agreed")).to_be_visible()


def test_suggestions_are_accepted_rejected_and_changed(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.ASSISTED)
    page = desk(assignment).press("q").at(1)
    expect(page.page.locator(".turn.current")).to_contain_text("model: withdrawal from other .50")
    expect(page.page.locator(".suggestion")).to_contain_text("uncertain")
    page.press("a").saved()
    assert site.turn(assignment, 1) == SUGGESTED
    page.press("x").saved()
    assert site.turn(assignment, 1) == TurnValue()
    page.press("2").saved()
    assert site.turn(assignment, 1) == TurnValue(Rupture.WITHDRAWAL_FROM_SELF)
    expect(page.page.locator(".turn.current .suggested.changed")).to_be_visible()
    page.press("j", "x").says("The model suggests none").press("a").saved()
    assert site.turn(assignment, 2) == TurnValue(strategies=("invites_feedback",))


def test_a_suggested_episode_is_accepted_once(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.ASSISTED)
    page = desk(assignment).page
    page.get_by_role("tab", name="Episodes").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("#panel-episodes")).to_contain_text("shares turns with yours")
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    expect(page.locator("#save")).to_have_text("All changes saved")
    assert site.values(assignment) == {"episode:1": EpisodeValue(1, 3, 2, 4)}


def test_finishing_tells_of_untouched_turns_with_a_suggested_rupture(
    site: Site, desk: OpenDesk
) -> None:
    page = desk(site.assign("s1", "ada", Mode.ASSISTED)).press("Control+Enter").page
    expect(page.get_by_role("dialog")).to_contain_text(
        "11 turns were never coded: they will count as none. "
        "For 1 of them the model suggests a rupture."
    )


def test_turn_by_turn_no_answer_holds_a_later_turn(site: Site, chromium: Browser) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND, progressive=True)
    context = chromium.new_context(base_url=site.url)
    seen = record_answers(context)
    page = open_desk(site, chromium, assignment, context).at(0)
    expect(page.page.locator("#hidden-turns")).to_contain_text("11 later turns not shown yet")
    for position in range(1, 5):
        assert not any(f"turn {position}," in body for body in seen)
        page.press("Enter").at(position)
        assert any(f"turn {position}," in body for body in seen)
    page.press("End").at(4).press("Control+Enter")
    dialog = page.page.get_by_role("dialog", name="Not all turns were shown yet")
    expect(dialog).to_contain_text("7 turns at the end of the session must be read first.")
    page.press("Enter")
    page.page.reload()
    page.ready().at(4)
    assert not any("turn 5," in body for body in seen)
    for position in range(5, 12):
        page.press("ArrowDown").at(position)
    page.press("Control+Enter", "Enter")
    expect(page.page.locator("#notice")).to_contain_text("Finished")
    assert page.problems == []
    # Nothing of the model came either: not its name, not a number, not a flag.
    assert not any(MODEL in body or '"uncertain"' in body or '"p"' in body for body in seen)
    context.close()


def test_turns_that_another_window_opened_are_fetched(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND, progressive=True)
    page = desk(assignment).at(0)
    for to in (2, 3):  # a turn at a time, as the page does
        advance(site.store, assignment.id, site.coder("ada").coder, to)
    page.press("j").at(1).press("j").at(2).press("j").at(3)


def test_the_second_pass_leaves_the_first_as_it_was(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).press("j", "4").saved()
    page.press("Control+Enter", "Enter")
    page.page.get_by_role("button", name="Show the suggestions…").click()
    page.press("Enter")
    expect(page.page.locator("#mode")).to_have_text("second pass")
    page.press("a").saved()
    with site.store.read() as session:
        first = read_first_pass(session, assignment)
    assert first.coding.turns == {1: TurnValue(Rupture.CONFRONTATION_CONTROL)}
    assert site.values(assignment) == {"turn:1": SUGGESTED}
