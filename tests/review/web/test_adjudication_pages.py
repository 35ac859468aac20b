"""What the page of a lead who settles disagreements is told, and what it is not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rupture_nlp.review.coding import decide, finish
from rupture_nlp.review.values import Mode
from rupture_nlp.review.web.app import create_app
from tests.review.judged import ATTACK, COMMENT, Judged, copy_judged, open_judged
from tests.review.made import MODEL, MadeCoder, made_assignment, made_change, made_coder
from tests.review.web.clinic import ORIGIN, SETTINGS, Browser

TOLD_NOWHERE = ("ada-canary", "ben-canary", MODEL, "0.0.1", "uncertain", "probabilit", "0.75")


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    made = open_judged(tmp_path_factory.mktemp("master") / "project")
    made.store.close()
    return made


@pytest.fixture
def judged(master: Judged, tmp_path: Path) -> Iterator[Judged]:
    made = copy_judged(master, tmp_path / "project")
    with made.store:
        yield made


def enter(judged: Judged, coder: MadeCoder) -> Browser:
    return Browser(TestClient(create_app(judged.store, SETTINGS), base_url=ORIGIN)).enter(
        coder.token
    )


def pages(judged: Judged) -> tuple[str, str]:
    return f"/adjudicate/{judged.assignment}", f"/api/adjudications/{judged.assignment}"


def settle_all(lena: Browser, judged: Judged) -> None:
    answer = lena.get(pages(judged)[1]).json()
    for item in answer["items"]:
        if item["open"]:
            body = {
                "client_id": f"c-{item['kind']}-{item['target']}",
                "kind": item["kind"],
                "target": item["target"],
                "base": item["seq"],
                "value": item["options"][0]["value"],
                "reason": "rule 1",
            }
            done = lena.post(f"/api/assignments/{judged.assignment}/decisions", body)
            assert done.status_code == 200


def test_no_answer_names_a_coder_or_tells_of_a_model(judged: Judged) -> None:
    lena = enter(judged, judged.lena)
    root = f"/api/assignments/{judged.assignment}"
    answers = [lena.get(path) for path in (*pages(judged), root)]
    answers.append(lena.post(f"{root}/finish", {}))
    settle_all(lena, judged)
    answers += [lena.post(f"{root}/finish", {}), *(lena.get(path) for path in pages(judged))]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 403, 200, 200, 200]
    for answer in answers:
        assert not [word for word in TOLD_NOWHERE if word in answer.text]


def test_the_model_stands_among_the_columns_as_the_coders_do(judged: Judged) -> None:
    answer = enter(judged, judged.lena).get(pages(judged)[1]).json()
    assert answer["columns"] == ["A", "B", "C"]
    (dispute,) = [one for one in answer["items"] if one["target"] == "5"]
    assert [sorted(option) for option in dispute["options"]] == [["label", "value"]] * 3
    fields = {json.dumps(sorted(option["value"])) for option in dispute["options"]}
    assert len(fields) == 1
    assert dispute["remarks"] == [COMMENT]


def test_turns_with_nothing_to_say_are_left_out_and_no_agreed_turn_has_columns(
    judged: Judged,
) -> None:
    items = enter(judged, judged.lena).get(pages(judged)[1]).json()["items"]
    turns = [one for one in items if one["kind"] == "turn"]
    assert [one["target"] for one in turns] == ["1", "5", "7"]
    assert turns[0]["standing"] == "agreed"
    assert turns[0]["options"] == []


def test_a_second_lead_is_told_what_the_first_one_decided(judged: Judged) -> None:
    first = made_change(5, ATTACK, reason="an edge")
    decide(judged.store, judged.assignment, judged.lena.coder, first)
    lena = enter(judged, judged.lena)
    body = {"client_id": "late", "kind": "turn", "target": "5", "base": 0, "reason": "so"}
    turn = {"rupture": "none"}
    answer = lena.post(f"/api/assignments/{judged.assignment}/decisions", {**body, "value": turn})
    assert answer.status_code == 409
    assert answer.json()["current"]["value"]["rupture"] == "confrontation_aggression"


def test_finishing_with_open_disputes_is_refused_in_words(judged: Judged) -> None:
    lena = enter(judged, judged.lena)
    root = f"/api/assignments/{judged.assignment}"
    answer = lena.post(f"{root}/finish", {})
    assert answer.status_code == 403
    assert answer.json()["error"]["message"].startswith("3 disputes are open.")
    settle_all(lena, judged)
    assert lena.post(f"{root}/finish", {}).json()["assignment"]["finished"] is True
    assert lena.post(f"{root}/reopen", {}).json()["assignment"]["finished"] is False


def test_to_a_coder_the_page_does_not_exist(judged: Judged) -> None:
    ada = enter(judged, judged.ada)
    assert [ada.get(path).status_code for path in pages(judged)] == [404, 404]
    body = {"client_id": "a", "kind": "turn", "target": "5", "base": 0, "value": None}
    root = f"/api/assignments/{judged.assignment}"
    assert ada.post(f"{root}/decisions", body).status_code == 404
    assert ada.post(f"{root}/finish", {}).status_code == 404


def test_a_lead_who_still_codes_the_session_is_sent_to_finish_it_first(judged: Judged) -> None:
    own = made_assignment(judged.store, "s1", "lena", Mode.BLIND)
    lena = enter(judged, judged.lena)
    answers = [lena.get(path) for path in pages(judged)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert "finish your own coding" in answers[0].text
    assert "withdrawal" not in answers[1].text
    finish(judged.store, own.id, judged.lena.coder)
    assert lena.get(pages(judged)[1]).json()["columns"] == ["A", "B", "C", "D"]


def test_another_coders_session_is_no_adjudication(judged: Judged) -> None:
    lena = enter(judged, judged.lena)
    assert lena.get("/api/adjudications/1").status_code == 404
    assert lena.get("/api/adjudications/999").status_code == 404


def test_the_page_says_who_is_not_done_yet(judged: Judged) -> None:
    lena = enter(judged, judged.lena)
    assert "still coding" not in lena.get(pages(judged)[0]).text
    made_coder(judged.store, "cleo-canary")
    made_assignment(judged.store, "s1", "cleo-canary", Mode.BLIND)
    page = lena.get(pages(judged)[0]).text
    assert "1 coder is still coding this session" in page
    assert "cleo" not in page
