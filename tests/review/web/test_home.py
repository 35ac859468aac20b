"""The first page and the codebook page."""

import dataclasses
import json
import re
from importlib import resources
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.reports.words import plain
from rupture_nlp.review.assignment import assign_adjudication
from rupture_nlp.review.database import open_store
from rupture_nlp.review.web.codebook_page import load_rules
from rupture_nlp.review.web.templating import words
from tests.review.web.clinic import TURNS, Browser, Clinic, Clock, People, open_clinic

CODEBOOK = Path(__file__).parents[3] / "data" / "codebook" / "CODEBOOK.md"


def rows(browser: Browser) -> list[list[str]]:
    """The cells of every table row of the first page, as text."""
    page = browser.get("/").text
    found = re.findall(r"<tr>\s*(<th scope=\"row\">.*?)</tr>", page, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in found]
    return [[" ".join(re.sub(r"<[^>]+>", "", c).split()) for c in row] for row in cells]


def test_a_coder_sees_their_own_sessions_and_how_far_they_are(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    first, second = rows(ada)
    assert {first[0], second[0]} == {"s1", "s2"}
    assert [row[1:4] for row in (first, second)] == [["blind", "0 of 6", "not begun"]] * 2
    page = ada.get("/").text
    assert page.count('class="button main"') == 1  # the first one left
    for word in ("ben", "lena", "/agreement", 'progress">'):
        assert word not in page


def test_progress_counts_what_was_opened_then_everything(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    session = rows(ada)[0][0]
    root = f"/api/assignments/{clinic.assignments['ada', session]}"
    ada.post(f"{root}/advance", {"to": 4})
    assert rows(ada)[0][2:4] == ["4 of 6", "begun"]
    ada.post(f"{root}/advance", {"to": TURNS})
    ada.post(f"{root}/finish", {})
    assert rows(ada)[0][2:] == ["6 of 6", "finished", f"Look {session}"]
    assert "1 session</b> left of 2" in ada.get("/").text
    ada.post(f"{root}/reveal", {})
    assert rows(ada)[0][3] == "finished, second pass open"


def test_decisions_count_where_all_turns_are_open(clinic: Clinic) -> None:
    ben = clinic.browser("ben")
    body = {"kind": "turn", "target": "1", "base": 0, "client_id": "c", "value": None}
    path = f"/api/assignments/{clinic.assignments['ben', 's1']}/decisions"
    ben.post(path, {**body, "value": {"rupture": "none"}})
    assert ["s1", "with suggestions", "1 of 6", "begun", "Continue s1"] in rows(ben)


def test_a_lead_sees_how_far_everyone_is_and_no_codes(clinic: Clinic) -> None:
    lena = clinic.browser("lena")
    clinic.browser("ben").post(f"/api/assignments/{clinic.assignments['ben', 's1']}/finish", {})
    assert rows(lena)[:2] == [
        ["ada", "0 of 2", "0 of 12", "none yet"],
        ["ben", "1 of 2", "6 of 12", "none yet"],
    ]
    page = lena.get("/").text
    assert "/agreement" in page
    assert "/session/" not in page  # sessions of others cannot be opened
    for word in ("canary-model", "capitulation", "withdrawal"):
        assert word not in page


def test_a_lead_is_led_to_what_is_to_be_settled(project: tuple[Path, People]) -> None:
    folder, people = project
    with open_clinic(folder, people) as clinic:
        for name in ("ada", "ben"):
            browser = clinic.browser(name)
            root = f"/api/assignments/{clinic.assignments[name, 's1']}"
            while browser.post(f"{root}/advance", {"to": TURNS}).json()["turns"]:
                pass
            assert browser.post(f"{root}/finish", {}).status_code == 200
        with open_store(folder, Clock().now) as store:
            (settling,) = assign_adjudication(store, "lena")
        lena = clinic.browser("lena")
        assert f'href="/adjudicate/{settling.id}"' in lena.get("/").text
        led = lena.get(f"/session/{settling.id}")
        assert (led.status_code, led.headers["location"]) == (303, f"/adjudicate/{settling.id}")
        assert clinic.browser("ada").get(f"/session/{settling.id}").status_code == 404


def test_how_a_session_was_chosen_is_not_told(clinic: Clinic) -> None:
    for name in ("ada", "lena"):
        page = clinic.browser(name).get("/").text
        for word in ("chosen", "by_chance", "random"):
            assert word not in page


def test_the_rules_are_those_of_the_codebook_word_by_word() -> None:
    def bare(text: str) -> str:
        return re.sub(r"[*`]|\s+", " ", text).replace(" ", "")

    book = bare(CODEBOOK.read_text(encoding="utf-8"))
    content = resources.files("rupture_nlp.resources").joinpath("coding_rules.json")
    rules = json.loads(content.read_text(encoding="utf-8"))
    texts = [text for part in rules.values() for text in part]
    assert len(rules["deciding"]) == 10
    assert len(texts) >= 18
    assert [text for text in texts if bare(text) not in book] == []


def test_the_codebook_page_explains_every_name(clinic: Clinic) -> None:
    page = re.sub(r"<[^>]+>", "", clinic.browser("ada").get("/codebook").text)
    book = load_codebook()
    shown = page.replace("&#34;", '"').replace("&#39;", "'")
    explained = {
        **{marker.name: marker.description for marker in book.markers},
        **{strategy.name: strategy.description for strategy in book.strategies},
        **{process.name: process.description for process in book.processes},
    }
    for name, description in explained.items():
        assert words(description) in shown
        assert plain(name) in shown
    for name in ("minimal_response", "re_engages"):
        assert name not in shown
    for rule in load_rules().deciding[:3]:
        assert rule in shown


def test_the_codebook_as_json_keeps_names_and_order(clinic: Clinic) -> None:
    given = clinic.browser("ada").get("/api/codebook").json()
    book = load_codebook()
    assert [entry["name"] for entry in given["markers"]] == list(book.marker_names)
    assert [entry["name"] for entry in given["strategies"]] == list(book.strategy_names)
    assert [entry["name"] for entry in given["processes"]] == list(book.process_names)
    assert [entry["name"] for entry in given["ruptures"]] == [r.code for r in book.ruptures]
    assert given["markers"][0].keys() >= {"code", "description", "therapist_only"}
    assert given["sha256"] == book.sha256
    assert "crosswalks" not in given
    assert [code["style"] for code in given["ruptures"]] == ["", "wo", "ws", "ca", "cc"]
    assert {code["family"] for code in given["ruptures"][3:]} == {"confrontation"}
    prose = [text for texts in given["rules"].values() for text in texts]
    assert len(prose) == sum(map(len, dataclasses.astuple(load_rules())))
    assert not any("_" in text or "*" in text for text in prose)
