"""Signing in and out."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from rupture_nlp.review.coders import is_token
from rupture_nlp.review.tables import LoginRow
from tests.review.web.clinic import SETTINGS, Clinic, People, open_clinic


def test_the_token_gives_a_cookie_that_scripts_and_other_sites_cannot_use(clinic: Clinic) -> None:
    done = clinic.browser().post("/api/enter", {"token": clinic.tokens["ada"]})
    cookie = done.headers["set-cookie"]
    assert cookie.startswith("review=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert "Secure" not in cookie  # a browser would not send it back without encryption
    assert done.json() == {}


def test_under_encryption_the_cookie_never_leaves_it(project: tuple[Path, People]) -> None:
    with open_clinic(*project, replace(SETTINGS, tls=True)) as clinic:
        browser = clinic.browser()
        browser.client.base_url = "https://127.0.0.1:8765"
        refused = browser.post("/api/enter", {"token": clinic.tokens["ada"]})
        assert refused.status_code == 403  # the origin of a page without encryption
        browser.headers["Origin"] = "https://127.0.0.1:8765"
        done = browser.post("/api/enter", {"token": clinic.tokens["ada"]})
        assert done.headers["set-cookie"].startswith("__Host-review=")
        assert "Secure" in done.headers["set-cookie"]


def test_the_store_holds_neither_cookie_nor_token(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    cookie = ada.client.cookies["review"]
    with clinic.store.read() as session:
        (row,) = session.scalars(select(LoginRow)).all()
    assert cookie not in {row.id_sha256, row.csrf}
    folder = clinic.store.project.folder
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert cookie.encode() not in written
    assert clinic.tokens["ada"].encode() not in written


def test_leaving_ends_the_login_on_the_server_too(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    cookie = ada.client.cookies["review"]
    assert ada.post("/api/leave", {}).status_code == 200
    assert "review" not in ada.client.cookies
    ada.client.cookies.set("review", cookie)
    assert ada.get("/").status_code == 303


def test_signing_in_anew_ends_the_login_before(clinic: Clinic) -> None:
    browser = clinic.browser("ada")
    before = browser.client.cookies["review"]
    browser.enter(clinic.tokens["ben"])
    assert "ben" in browser.get("/").text
    stolen = clinic.browser()
    stolen.client.cookies.set("review", before)
    assert stolen.get("/").status_code == 303


@pytest.mark.parametrize("wrong", ["x" * 43, "no token but long enough"])
def test_wrong_tokens_are_refused_and_after_ten_told_to_wait(clinic: Clinic, wrong: str) -> None:
    stranger = clinic.browser()
    codes = [stranger.post("/api/enter", {"token": wrong}).status_code for _ in range(10)]
    assert codes == [401] * 10
    refused = stranger.post("/api/enter", {"token": wrong})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 6  # ten a minute: one in six seconds
    clinic.clock.pass_by(seconds=6)
    assert stranger.post("/api/enter", {"token": wrong}).status_code == 401


def test_wrong_tokens_of_a_neighbour_keep_nobody_out(clinic: Clinic) -> None:
    neighbour = clinic.browser()  # all browsers of a laboratory have one address
    while neighbour.post("/api/enter", {"token": "x" * 43}).status_code != 429:
        pass
    right = clinic.browser().post("/api/enter", {"token": clinic.tokens["ada"]})
    assert right.status_code == 200


def test_every_link_has_the_form_of_a_token(clinic: Clinic) -> None:
    assert all(map(is_token, clinic.tokens.values()))
    assert not is_token("x" * 44)
    assert not is_token("x" * 42 + "\n")


def test_right_tokens_are_no_tries(clinic: Clinic) -> None:
    stranger = clinic.browser()
    for _ in range(15):
        assert stranger.post("/api/enter", {"token": clinic.tokens["ada"]}).status_code == 200


def test_the_page_to_enter_says_nothing_of_the_project(clinic: Clinic) -> None:
    page = clinic.browser().get("/enter")
    assert page.status_code == 200
    for word in ("Clinic", "ada", "csrf-token", "s1"):
        assert word not in page.text


def test_a_token_in_the_query_is_not_taken(clinic: Clinic) -> None:
    stranger = clinic.browser()
    assert "set-cookie" not in stranger.get(f"/enter?token={clinic.tokens['ada']}").headers
