"""A whole session coded by keyboard alone: the database then holds exactly that."""

import re

import pytest
from playwright.sync_api import expect

from rupture_nlp.review.values import EpisodeValue, Mode, TurnValue
from rupture_nlp.schema import Rupture
from tests.review.browser.conftest import OpenDesk
from tests.review.browser.site import Site

pytestmark = pytest.mark.browser


def test_a_whole_session_is_coded_by_keyboard_alone(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).at(0)
    page.press("Enter").at(1)  # 0: nothing pressed before, so it is none
    # 1, patient: withdrawal from other, clear, by its first and fifth marker
    page.press("1", "i", "i", "m", "1")
    page.page.keyboard.type("abst")
    page.press("Enter", "Escape", "e", "ArrowDown").at(2)
    # 2, therapist: two strategies, one by number and one by name
    page.press("s", "4")
    page.page.keyboard.type("validates")
    page.press("Enter", "Escape", "ArrowDown").at(3)
    # 3, patient: confrontation, strong, with a second code, a process and a comment
    page.press("3", "Shift+3", "w", "3", "p", "2", "c")
    page.page.keyboard.type("half a sentence, then it breaks off ✂")
    page.press("Escape", "ArrowDown").at(4)
    # 4, therapist: a marker alone brings its code
    page.press("m")
    page.page.keyboard.type("lectures")
    page.press("Enter", "Escape", "Shift+1", "ArrowDown").at(5)
    # 5, patient: uncodable; the episode ends a turn later, with what works again
    page.press("u", "ArrowDown").at(6).press("0", "ArrowDown").at(7).press("p", "6", "e")
    expect(page.page.locator("#panel-episodes")).to_be_visible()
    page.press("4", "Escape")  # resolution; back in the transcript
    # 8: coded and taken back; 9: undone and done again
    page.press("j").at(8).press("2", "Backspace", "j").at(9).press("4", "z", "Shift+Z")
    page.press("r", "2", "3", "4", "5", "ArrowDown", "1").saved()  # never a code of a turn
    page.press("Escape")
    expect(page.page.locator("#turns")).to_be_focused()
    page.press("Control+Enter")
    dialog = page.page.get_by_role("dialog", name="Finish this session?")
    expect(dialog).to_contain_text("2 turns were never coded: they will count as none")
    expect(dialog).to_contain_text("All ratings are given.")
    expect(dialog).to_contain_text("turn u9: a rupture outside every episode")
    page.press("Enter")
    expect(page.page.locator("#notice")).to_contain_text("Finished. Your codes are closed.")
    assert site.values(assignment) == {
        "turn:0": TurnValue(),
        "turn:1": TurnValue(
            Rupture.WITHDRAWAL_FROM_OTHER, None, 2, ("minimal_response", "abstract_talk")
        ),
        "turn:2": TurnValue(strategies=("validates_position", "invites_feedback")),
        "turn:3": TurnValue(
            Rupture.CONFRONTATION_AGGRESSION,
            Rupture.CONFRONTATION_CONTROL,
            3,
            process="voices_discontent",
            comment="half a sentence, then it breaks off ✂",
        ),
        "turn:4": TurnValue(Rupture.CONFRONTATION_AGGRESSION, None, 1, ("lectures",)),
        "turn:5": TurnValue(rupture=None),
        "turn:6": TurnValue(),
        "turn:7": TurnValue(process="re_engages"),
        "turn:9": TurnValue(Rupture.CONFRONTATION_CONTROL),
        "episode:1": EpisodeValue(1, 7, repair_start=2, resolution=4),
        "rating:withdrawal_impact": 2,
        "rating:confrontation_impact": 3,
        "rating:resolution": 4,
        "rating:therapist_contribution": 1,
    }


def test_a_finished_session_takes_no_codes(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.ASSISTED)
    page = desk(assignment)
    expect(page.page.locator("#closed")).to_be_hidden()
    page.press("Control+Enter", "Enter")
    expect(page.page.locator("#notice")).to_contain_text("Finished")
    page.press("1").says("This session is finished")
    expect(page.page.locator("#finish")).to_be_hidden()
    assert site.values(assignment) == {}


def test_a_finished_session_looks_closed_and_says_why(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.ASSISTED)
    page = desk(assignment).press("j", "2").saved().press("Control+Enter", "Enter").page
    expect(page.locator("#closed")).to_have_text("Read only: this session is finished.")
    comment = page.get_by_role("textbox", name="Comment")
    expect(comment).to_have_attribute("readonly", "")
    for name in ("None", "Withdrawal from self"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    expect(page.locator("#panel-turn [role=listbox]").first).to_have_attribute(
        "aria-disabled", "true"
    )


def test_a_tablet_shows_whose_session_it_is(site: Site, desk: OpenDesk) -> None:
    page = desk(site.assign("s1", "ada", Mode.BLIND)).page
    for width in (768, 400):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator(".top .who")).to_contain_text("ada")
        expect(page.locator(".top .who > span").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_choice_by_pointer_leaves_the_keys_with_the_transcript(
    site: Site, desk: OpenDesk
) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment)
    page.page.get_by_role("option", name="turn 4,").click()
    page.at(4).page.get_by_role("button", name="Withdrawal from other").click()
    page.page.get_by_role("option", name="goes abstract").click()
    page.page.get_by_role("option", name="invites feedback").click()
    page.press("Enter").at(5).saved()  # no button takes it
    chosen = TurnValue(
        Rupture.WITHDRAWAL_FROM_OTHER, None, None, ("goes_abstract",), ("invites_feedback",)
    )
    assert site.values(assignment) == {"turn:4": chosen}


def test_a_turn_of_somebody_else_takes_no_codes(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).press("End").at(11).press("1").says("take no codes")
    expect(page.page.locator("#panel-turn .notice")).to_be_visible()
    assert site.values(assignment) == {}


def test_the_list_of_keys_holds_every_key_that_does_something(site: Site, desk: OpenDesk) -> None:
    page = desk(site.assign("s1", "ada", Mode.BLIND)).press("?").page
    dialog = page.get_by_role("dialog", name="Keys")
    shown = {key for text in dialog.locator("kbd").all_text_contents() for key in text.split()}
    assert shown >= set("0n1234uimwspczZjkoOfFqQ/axebrd?") | {"F1", "Esc", "Enter", "⌫"}


def test_single_keys_can_be_kept_to_the_transcript(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).press("?")
    page.page.get_by_label("Keys work only while the transcript has the focus").check()
    page.page.get_by_role("button", name="Close").click()
    page.page.get_by_role("tab", name="Codebook").focus()
    page.press("1").page.locator("#turns").focus()
    assert site.values(assignment) == {}
    page.press("2").saved()
    assert site.values(assignment) == {"turn:0": TurnValue(Rupture.WITHDRAWAL_FROM_SELF)}


def test_the_codebook_opens_at_the_code_in_focus(site: Site, desk: OpenDesk) -> None:
    page = desk(site.assign("s1", "ada", Mode.BLIND)).press("ArrowDown", "4", "d").page
    looked_up = page.locator("#panel-codebook .looked-up")
    expect(looked_up).to_have_attribute("aria-label", "Confrontation control")
    expect(looked_up).to_be_in_viewport()
    page.keyboard.press("d")
    expect(page.locator("#panel-turn")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.type("coer")
    page.keyboard.press("F1")
    expect(page.locator("#panel-codebook .looked-up dt")).to_have_text("coercion")


def test_search_goes_from_hit_to_hit(site: Site, desk: OpenDesk) -> None:
    page = desk(site.assign("s1", "ada", Mode.BLIND)).press("/")
    page.page.keyboard.type("TURN 1")  # turns 1, 10 and 11
    page.at(1)
    expect(page.page.locator("#hits")).to_have_text("1 of 3 turns")
    page.press("Enter").at(10).press("Enter").at(11).press("Enter").at(1)
    expect(page.page.locator("mark").first).to_have_text("turn 1")
    page.press("Escape")
    expect(page.page.locator("#turns")).to_be_focused()
    expect(page.page.locator("mark")).to_have_count(0)


def test_the_place_in_a_session_is_remembered(site: Site, desk: OpenDesk) -> None:
    page = desk(site.assign("s1", "ada", Mode.BLIND)).press("j", "j", "j").at(3)
    page.page.reload()
    page.ready().at(3)


def test_the_timeline_is_a_way_to_a_turn(site: Site, desk: OpenDesk) -> None:
    page = desk(site.assign("s1", "ada", Mode.BLIND))
    canvas = page.page.locator("#timeline")
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": 20, "y": box["height"] - 8})
    page.at(11)
    expect(page.page.locator("#turns")).to_be_focused()
    page.press("k", "1")
    expect(canvas).to_have_attribute("aria-label", re.compile("1 rupture, 0 episodes"))
