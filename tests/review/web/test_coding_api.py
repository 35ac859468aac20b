"""The coding page's interface, over a real store."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.review.web.clinic import SETTINGS, TURNS, Browser, Clinic, People, open_clinic

TURN = {"rupture": "withdrawal_from_self", "intensity": 2, "markers": ["capitulation"]}


def decision(**changed: object) -> dict[str, object]:
    """A decision on turn 1, which is the patient's."""
    usual = {"client_id": "c1", "kind": "turn", "target": "1", "base": 0, "value": TURN}
    return {**usual, **changed}


class Session:
    """One assignment in a browser."""

    def __init__(self, clinic: Clinic, coder: str, session: str) -> None:
        self.browser: Browser = clinic.browser(coder)
        self.root = f"/api/assignments/{clinic.assignments[coder, session]}"

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.browser.get(self.root).json()
        return found

    def decide(self, **changed: object) -> tuple[int, dict[str, Any]]:
        answer = self.browser.post(f"{self.root}/decisions", decision(**changed))
        return answer.status_code, answer.json()

    def step(self, name: str, **body: object) -> tuple[int, dict[str, Any]]:
        answer = self.browser.post(f"{self.root}/{name}", body)
        return answer.status_code, answer.json()


def test_a_decision_is_answered_with_its_number_and_read_back(clinic: Clinic) -> None:
    ben = Session(clinic, "ben", "s1")
    status, answer = ben.decide()
    assert (status, answer["seq"], answer["second_pass"]) == (200, 1, False)
    full = {"secondary": None, "strategies": [], "process": None, "comment": None, **TURN}
    assert ben.read()["decisions"] == [{"kind": "turn", "target": "1", "value": full, "seq": 1}]
    assert ben.decide(client_id="c2", base=1, value=None)[1]["seq"] == 2
    assert ben.read()["decisions"] == [{"kind": "turn", "target": "1", "value": None, "seq": 2}]


def test_sent_twice_it_is_recorded_once(clinic: Clinic) -> None:
    ben = Session(clinic, "ben", "s1")
    assert ben.decide() == ben.decide()
    assert len(ben.read()["decisions"]) == 1


def test_a_conflict_shows_what_holds_now(clinic: Clinic) -> None:
    ben = Session(clinic, "ben", "s1")
    ben.decide()
    status, answer = ben.decide(client_id="c2", value=None)
    assert (status, answer["error"]["code"]) == (409, "conflict")
    assert (answer["current"]["seq"], answer["current"]["value"]["intensity"]) == (1, 2)
    assert (answer["current"]["kind"], answer["current"]["target"]) == ("turn", "1")


def test_assisted_coders_see_suggestions(clinic: Clinic) -> None:
    shown = Session(clinic, "ben", "s1").read()["suggestions"]
    assert shown["model"] == "canary-model"
    first = shown["turns"][1]
    assert (first["position"], first["rupture"], first["uncertain"]) == (
        1,
        "withdrawal_from_self",
        True,
    )
    assert first["p"][0] == pytest.approx(0.123454321)
    assert (first["markers"], first["intensity"]) == (["capitulation"], 2)
    (episode,) = shown["episodes"]
    assert (episode["start"], episode["end"], episode["resolution"]) == (1, 3, 2)
    assert shown["ratings"]["withdrawal_impact"] == pytest.approx(3.14159265)


def test_a_progressive_session_opens_turn_by_turn(clinic: Clinic) -> None:
    ada = Session(clinic, "ada", "s1")
    answer = ada.read()
    assert (len(answer["turns"]), answer["assignment"]["turns_total"]) == (1, TURNS)
    assert answer["assignment"]["reached"] == 1
    status, more = ada.step("advance", to=3)
    assert (status, more["reached"]) == (200, 3)
    assert [turn["position"] for turn in more["turns"]] == [1, 2]
    assert ada.step("advance", to=2)[1] == {"turns": [], "reached": 3}
    assert ada.step("finish")[0] == 403  # not read to its end
    assert ada.decide(target="5")[0] in {403, 404, 422}  # not opened yet
    assert ada.step("advance", to=1_000)[1]["reached"] == TURNS
    assert ada.step("advance", to=1_000)[1] == {"turns": [], "reached": TURNS}


def test_after_finishing_only_the_second_pass_takes_decisions(clinic: Clinic) -> None:
    ada = Session(clinic, "ada", "s1")
    while ada.step("advance", to=TURNS)[1]["turns"]:
        pass
    assert ada.step("reveal")[0] == 403
    assert ada.step("finish")[1]["assignment"]["finished"] is True
    status, answer = ada.decide()
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    assert ada.step("reveal")[1]["assignment"]["may_see_suggestions"] is True
    assert ada.decide()[1]["second_pass"] is True


WRONG = {
    "unknown field": {"extra": 1},
    "no client id": {"client_id": ""},
    "unknown kind": {"kind": "thing"},
    "no such target": {"target": "x"},
    "a negative base": {"base": -1},
    "a base that is text": {"base": "0"},
    "an enormous base": {"base": 10**40},
    "a value of another kind": {"kind": "rating", "target": "resolution"},
    "a code that is none": {"value": {"rupture": "secret-code"}},
    "an intensity out of range": {"value": {"rupture": "none", "intensity": 9}},
    "an enormous intensity": {"value": {**TURN, "intensity": 10**40}},
    "a truth for a number": {"value": {**TURN, "intensity": True}},
    "a fraction": {"value": {**TURN, "intensity": 2.0}},
    "a marker of another code": {"value": {**TURN, "markers": ["hostility"]}},
    "markers that are no list": {"value": {**TURN, "markers": "capitulation"}},
    "a strategy of the patient": {"value": {**TURN, "strategies": ["redirects"]}},
    "a comment too long": {"value": {**TURN, "comment": "secret-code " * 400}},
    "a NUL": {"value": {**TURN, "comment": "secret-code \0"}},
    "a turn of another speaker": {"target": "5"},
    "a turn past the end": {"target": "6"},
    "an episode backwards": {
        "kind": "episode",
        "target": "e0123abcd",
        "value": {"start": 3, "end": 1},
    },
    "an enormous episode": {
        "kind": "episode",
        "target": "e0123abcd",
        "value": {"start": 10**40, "end": 10**41},
    },
    "a rating of 6": {"kind": "rating", "target": "resolution", "value": 6},
    "no value": {"value": []},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG.keys())
def test_what_is_impossible_is_refused_by_field_and_rule(
    clinic: Clinic, changed: dict[str, object]
) -> None:
    ben = Session(clinic, "ben", "s1")
    status, answer = ben.decide(**changed)
    assert (status, answer["error"]["code"]) == (422, "refused")
    assert answer["error"]["message"]
    assert "secret" not in str(answer)
    assert ben.read()["decisions"] == []


def test_half_a_character_is_refused_wherever_it_stands(clinic: Clinic) -> None:
    ben = Session(clinic, "ben", "s1")
    headers = {
        **ben.browser.headers,
        "X-CSRF-Token": ben.browser.csrf,
        "Content-Type": "application/json",
    }
    half = "secret-code \ud800"
    turn = {**TURN, "comment": half}
    for changed in ({"value": turn}, {"reason": half}, {"client_id": half}, {"target": half}):
        content = json.dumps(decision(**changed))  # as `\ud800`, which is valid JSON
        refused = ben.browser.client.post(f"{ben.root}/decisions", content=content, headers=headers)
        assert refused.status_code == 422
        assert "secret" not in refused.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"NaN",
    ],
    ids=lambda content: repr(content[:8]),
)
def test_what_is_no_json_object_of_the_right_fields_is_refused(
    clinic: Clinic, content: bytes
) -> None:
    ben = Session(clinic, "ben", "s1")
    headers = {
        **ben.browser.headers,
        "X-CSRF-Token": ben.browser.csrf,
        "Content-Type": "application/json",
    }
    path = f"{ben.root}/decisions"
    refused = ben.browser.client.post(path, content=content, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "refused")
    headers["Content-Type"] = "text/plain"
    assert ben.browser.client.post(path, content=content, headers=headers).status_code == 415


def test_a_body_too_large_is_not_read(clinic: Clinic) -> None:
    ben = Session(clinic, "ben", "s1")
    status, answer = ben.decide(reason="x" * 70_000)
    assert (status, answer["error"]["code"]) == (413, "too_large")


def test_one_login_cannot_ask_without_end_and_others_are_not_held_up(
    project: tuple[Path, People],
) -> None:
    settings = replace(SETTINGS, burst=9, requests_per_s=2.0)
    with open_clinic(*project, settings) as clinic:
        ada, ben = clinic.browser("ada"), clinic.browser("ben")  # each spends one on the first page
        assert [ada.get("/api/codebook").status_code for _ in range(9)] == [200] * 8 + [429]
        refused = ada.get("/api/codebook")
        assert refused.json()["error"]["code"] == "too_many"
        assert refused.headers["retry-after"] == "1"
        assert ben.get("/api/codebook").status_code == 200
        assert ada.get("/static/base.js").status_code == 200
        clinic.clock.pass_by(seconds=0.5)
        codes = [ada.get("/api/codebook").status_code for _ in range(2)]
        assert codes == [200, 429]


def test_strangers_cannot_ask_without_end_either(project: tuple[Path, People]) -> None:
    settings = replace(SETTINGS, burst=5, requests_per_s=2.0)
    with open_clinic(*project, settings) as clinic:
        stranger = clinic.browser()
        assert [stranger.get("/enter").status_code for _ in range(6)] == [200] * 5 + [429]
