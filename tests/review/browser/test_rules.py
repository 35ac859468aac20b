"""The page's own rules agree with the server's: whatever is pressed, the server takes it."""

import pytest
from playwright.sync_api import Browser

from rupture_nlp.review.value_json import from_json
from rupture_nlp.review.values import Kind, Mode, TurnValue, check_turn
from rupture_nlp.schema import Speaker
from tests.review.browser.conftest import OpenDesk
from tests.review.browser.site import Site, open_desk

pytestmark = pytest.mark.browser

WALK = """async ([seed, steps]) => {
  const { Rules } = await import("/static/shared/rules.js");
  const book = await (await fetch("/api/codebook")).json();
  const rules = new Rules(book);
  let state = seed;
  const random = (n) => (state = (state * 48271) % 2147483647) % n;
  const pick = (names) => names[random(names.length)];
  const names = (entries) => entries.map((entry) => entry.name);
  const codes = [...rules.codes, "uncodable"];
  const all = [...names(book.markers)], strategies = names(book.strategies);
  const comments = ["", " ", "x", "\\u0000nul", "\\ud83d half", "👩‍👩‍👧".repeat(900)];
  const processes = names(book.processes);
  const acts = [
    (v, s) => rules.withRupture(v, s, pick(codes)),
    (v, s) => rules.withSecondary(v, s, pick([null, ...rules.ruptures])),
    (v, s) => rules.withIntensity(v, s, 1 + random(3)),
    (v, s) => rules.withMarker(v, s, pick(all)),
    (v, s) => rules.withMarker(v, s, pick(names(rules.markersFor(v, s)).concat(all.slice(0, 1)))),
    (v, s) => rules.withStrategy(v, s, pick(strategies)),
    (v, s) => rules.withProcess(v, s, pick(processes)),
    (v, s) => rules.withComment(v, s, pick(comments)),
    (v, s) => rules.fromSuggestion(v, s, {
      rupture: pick(codes), secondary: pick([null, ...codes]), intensity: random(4) || null,
      markers: [pick(all), pick(all)].filter((name, k, own) => own.indexOf(name) === k),
      strategies: [pick(strategies)], process: pick([null, ...processes]),
    }),
    () => null,
  ];
  const found = [];
  for (const speaker of ["patient", "therapist"]) {
    let value = null;
    for (let step = 0; step < steps; step += 1) {
      value = pick(acts)(value, speaker);
      if (value) found.push([speaker, value]);
    }
  }
  return found;
}"""


def test_whatever_is_pressed_the_server_takes_it(site: Site, chromium: Browser) -> None:
    desk = open_desk(site, chromium, site.assign("s1", "ada", Mode.BLIND))
    found = desk.page.evaluate(WALK, [20260105, 3000])
    assert len(found) > 5000
    seen = set()
    for speaker, data in found:
        value = from_json(Kind.TURN, data)
        assert isinstance(value, TurnValue)
        assert check_turn(value, Speaker(speaker)) == ()
        seen.add(
            (value.is_rupture, bool(value.secondary), bool(value.markers), bool(value.process))
        )
    assert len(seen) > 8  # the walk did go about
    desk.page.context.close()


def test_a_marker_of_another_code_goes_with_its_code(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).press("j", "1", "m", "1", "2", "Escape", "3").saved()
    value = site.turn(assignment, 1)
    assert value is not None
    assert value.markers == ()
    page.press("z").saved()
    before = site.turn(assignment, 1)
    assert before is not None
    assert before.markers == ("minimal_response", "silence")


def test_episodes_do_not_share_turns(site: Site, desk: OpenDesk) -> None:
    assignment = site.assign("s1", "ada", Mode.BLIND)
    page = desk(assignment).press("j", "1", "e", "j", "j", "e", "2").saved()
    page.press("Home", "e", "End").at(11).press("e").says("share turns with another episode")
    page.press("Escape").says("No episode was made").press("Home").at(0).press(
        "e", "e", "1"
    ).saved()
    extents = [
        (value.start, value.end)
        for key, value in site.values(assignment).items()
        if key.startswith("episode") and not isinstance(value, int | TurnValue)
    ]
    assert extents == [(0, 0), (1, 3)]
