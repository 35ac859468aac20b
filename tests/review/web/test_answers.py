"""What stands around every answer: headers, errors without detail, a log without content."""

import logging
import re

import pytest
from sqlalchemy import text
from starlette.requests import Request
from starlette.routing import Route

from rupture_nlp.review.web.security import HEADERS
from tests.review.web.clinic import HOSTILE, Clinic

WORDS = ("secret-word", "alert(1)", "lost-token", "query-word", "path-word")


def test_every_answer_carries_the_headers(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    number = clinic.assignments["ada", "s1"]
    answers = [
        ada.get("/"),
        ada.get("/enter"),
        ada.get("/codebook"),
        ada.get(f"/session/{number}"),
        ada.get(f"/api/assignments/{number}"),
        ada.get("/api/assignments/999"),
        ada.get("/nowhere"),
        ada.get("/static/base.css"),
        ada.get("/static/none.css"),
        ada.post("/api/assignments/1/decisions", {}),
        ada.post("/api/leave", {}, Origin="null"),
        ada.post("/api/enter", {"token": "x" * 70_000}),
        ada.client.get("/", headers={"Host": "evil.example"}),
        ada.client.request("BREW", "/", headers=ada.headers),
        clinic.browser().get("/"),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "server" not in answer.headers
        kept = "no-cache" if str(answer.url).endswith("base.css") else "no-store"
        assert answer.headers["cache-control"] == kept


def test_the_policy_lets_in_nothing_from_elsewhere_and_nothing_inline() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|\*|https?:", policy)


def test_words_of_a_transcript_arrive_as_data_and_names_escaped(clinic: Clinic) -> None:
    ben = clinic.browser("ben")
    number = clinic.assignments["ben", "s1"]
    answer = ben.get(f"/api/assignments/{number}")
    assert answer.headers["content-type"] == "application/json"
    assert HOSTILE in answer.json()["turns"][0]["text"]
    for path in ("/", f"/session/{number}"):
        page = ben.get(path).text
        assert "<b>North" not in page
        assert "Clinic &lt;b&gt;North&lt;/b&gt;" in page
        assert "secret-word" not in page  # text comes through the interface alone


def test_an_unexpected_error_is_a_plain_500_and_its_message_is_told_nowhere(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: Request) -> None:
        del request
        raise ValueError("secret-word of a patient")

    clinic.app.router.routes[:0] = [Route("/api/broken", broken), Route("/broken", broken)]
    caplog.set_level(logging.DEBUG)
    ada = clinic.browser("ada")  # the client would raise what reached the server
    answer = ada.get("/api/broken")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    page = ada.get("/broken")
    assert page.status_code == 500
    assert page.headers["Content-Security-Policy"]
    for told in (answer.text, page.text, caplog.text):
        assert "secret-word" not in told
        assert "Traceback" not in told
    assert "internal error (ValueError at " in caplog.text


def test_a_broken_database_is_said_without_its_statements(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    with clinic.store.write() as session:
        session.execute(text("ALTER TABLE utterances RENAME TO gone"))
    answer = ada.get(f"/api/assignments/{clinic.assignments['ada', 's1']}")
    assert answer.status_code == 500
    assert "SELECT" not in answer.text
    assert "utterances" not in answer.text


def test_the_log_names_routes_and_nothing_that_was_asked_or_said(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = clinic.browser("ada")
    number = clinic.assignments["ada", "s1"]
    ada.get(f"/api/assignments/{number}?q=query-word")
    ada.get("/enter/lost-token?token=query-word")
    ada.get(f"/static/path-word?{clinic.tokens['ada']}")
    comment = {"rupture": "none", "comment": "secret-word"}
    body = {"kind": "turn", "target": "0", "base": 0, "value": comment, "client_id": "lost-token"}
    assert ada.post(f"/api/assignments/{number}/decisions", body).status_code == 200
    ada.post(f"/api/assignments/{number}/decisions", {**body, "path-word": "secret-word"})
    ada.client.request("LOST-TOKEN", "/", headers=ada.headers)
    ada.post("/api/enter", {"token": "lost-token-lost-token"})
    ada.post("/api/leave", {})
    mine = [r for r in caplog.records if r.name.startswith("rupture_nlp")]
    lines = [re.sub(r"[\d.]+ ms", "T", record.getMessage()) for record in mine]
    assert "GET /api/assignments/{assignment:int} 200 T" in lines
    assert "POST /api/assignments/{assignment:int}/decisions 200 T" in lines
    assert "GET - 404 T" in lines
    assert "- - 403 T" in lines
    # The client's own log holds addresses; it is not ours.
    told = "\n".join(lines)
    cookie_or_token = [*clinic.tokens.values(), ada.csrf, *ada.client.cookies.values()]
    assert not [word for word in (*WORDS, *cookie_or_token, "testclient", "ada") if word in told]


def test_static_files_have_their_types_and_are_sent_again_only_when_changed(
    clinic: Clinic,
) -> None:
    stranger = clinic.browser()
    for name, kind in {
        "base.js": "text/javascript; charset=utf-8",
        "base.css": "text/css; charset=utf-8",
        "coding/main.js": "text/javascript; charset=utf-8",
    }.items():
        first = stranger.get(f"/static/{name}")
        assert (first.status_code, first.headers["content-type"]) == (200, kind)
        again = {"If-None-Match": first.headers["etag"]}
        assert stranger.client.get(f"/static/{name}", headers=again).status_code == 304
        assert stranger.client.get(f"/static/{name}", headers={"If-None-Match": '"x"'}).content


@pytest.mark.parametrize(
    "path",
    ["../errors.py", "%2e%2e/errors.py", "..%2ferrors.py", "coding", "coding/", "", "//etc/passwd"],
)
def test_no_path_leads_out_of_the_static_files(clinic: Clinic, path: str) -> None:
    answer = clinic.browser("ada").get(f"/static/{path}")
    assert answer.status_code in {404, 303}
    assert "import" not in answer.text


def test_an_address_with_a_slash_too_many_is_not_repeated_in_a_redirect(clinic: Clinic) -> None:
    answer = clinic.browser("ada").get("/codebook/?query-word")
    assert answer.status_code == 404
    assert "query-word" not in answer.text
