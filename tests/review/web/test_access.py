"""Nobody gets anywhere without a login, nor with somebody else's."""

import itertools

from starlette.routing import Route

from rupture_nlp.review.coders import set_active
from rupture_nlp.review.web.app import ROUTES
from tests.review.web.clinic import HOST, ORIGIN, Clinic

OPEN = {"/enter", "/api/enter"}  # said here again: a third one has to be meant
CHANGES = ["/api/leave"] + [
    f"/api/assignments/1/{step}" for step in ("decisions", "advance", "finish", "reveal", "reopen")
]


def addresses(number: int = 1) -> list[tuple[str, str]]:
    """Method and path of every address that needs a login."""
    found = []
    for route in ROUTES:
        assert isinstance(route, Route)
        path = route.path.replace("{assignment:int}", str(number))
        assert "{" not in path, "a new name in a path: say here what it stands for"
        found += [(method, path) for method in sorted(route.methods or ()) if path not in OPEN]
    return found


def test_every_address_needs_a_login(clinic: Clinic) -> None:
    browser = clinic.browser()
    for method, path in addresses():
        answer = browser.client.request(
            method, path, headers=browser.headers, json={}, follow_redirects=False
        )
        if path.startswith("/api/"):
            assert answer.status_code == 401, path
            if method != "HEAD":
                assert answer.json()["error"]["code"] == "not_logged_in"
        else:
            assert (answer.status_code, answer.headers["location"]) == (303, "/enter"), path
        assert "secret-word" not in answer.text


def test_what_does_not_exist_is_not_told_from_what_is_closed(clinic: Clinic) -> None:
    assert clinic.browser().get("/nowhere").headers["location"] == "/enter"
    assert clinic.browser().get("/api/nowhere").status_code == 401


def test_another_coders_session_is_not_there(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    bens = clinic.assignments["ben", "s1"]
    for path in (f"/session/{bens}", f"/api/assignments/{bens}"):
        other, none = ada.get(path), ada.get(path.replace(str(bens), "999"))
        assert other.status_code == none.status_code == 404
        assert other.content == none.content
    body = {"kind": "turn", "target": "1", "base": 0, "value": None, "client_id": "a"}
    for step, sent in {
        "decisions": body,
        "advance": {"to": 3},
        "finish": {},
        "reveal": {},
        "reopen": {},
    }.items():
        assert ada.post(f"/api/assignments/{bens}/{step}", sent).status_code == 404
    assert ada.get(f"/api/assignments/{2**31}").status_code == 404
    assert ada.get(f"/session/{10**30}").status_code == 404


def test_a_coder_cannot_reopen_their_own_session_but_a_lead_can(clinic: Clinic) -> None:
    ben, lena = clinic.browser("ben"), clinic.browser("lena")
    path = f"/api/assignments/{clinic.assignments['ben', 's1']}"
    assert ben.post(f"{path}/finish", {}).json()["assignment"]["finished"] is True
    assert ben.post(f"{path}/reopen", {}).status_code == 404
    assert lena.post(f"{path}/reopen", {}).json()["assignment"]["finished"] is False


def test_a_change_needs_the_token_of_the_page(clinic: Clinic) -> None:
    ada, ben = clinic.browser("ada"), clinic.browser("ben")
    # As bytes: a header may hold what is no ASCII.
    wrong = ("", "wrong", ada.csrf[:-1], ada.csrf + "x", "\u00e9", ben.csrf)
    for path, csrf in itertools.product(CHANGES, wrong):
        headers = [(b"Origin", ORIGIN.encode()), (b"X-CSRF-Token", csrf.encode("latin-1"))]
        refused = ada.client.post(path, json={}, headers=headers)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "bad_csrf"


def test_a_change_must_come_from_a_page_of_this_server(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    origins = ("http://evil.example", "http://127.0.0.1:3000", "null")
    for path, origin in itertools.product([*CHANGES, "/api/enter"], origins):
        refused = ada.post(path, {"token": clinic.tokens["ada"]}, Origin=origin)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "bad_origin")


def test_another_host_is_refused_everywhere(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    hosts = ("evil.example", "127.0.0.1", "127.0.0.1:80", "", f"{HOST}.", "a:b")
    paths = ("/", "/enter", "/api/codebook", "/static/base.js")
    for host, path in itertools.product(hosts, paths):
        refused = ada.client.get(path, headers={"Host": host})
        assert refused.status_code == 400
        assert "secret-word" not in refused.text
        assert "Clinic" not in refused.text


def test_a_login_ends_when_it_is_not_used_and_at_the_end_of_the_day(clinic: Clinic) -> None:
    idle, busy = clinic.browser("ada"), clinic.browser("ben")
    clinic.clock.pass_by(hours=3, minutes=59)
    assert busy.get("/").status_code == 200
    clinic.clock.pass_by(minutes=1)
    assert idle.get("/").status_code == 303
    for _ in range(2):
        assert busy.get("/").status_code == 200
        clinic.clock.pass_by(hours=3, minutes=59)
    assert busy.get("/").status_code == 200  # 11 h 58 min after the start
    clinic.clock.pass_by(minutes=2)
    assert busy.get("/").status_code == 303


def test_who_is_shut_out_is_out_at_once(clinic: Clinic) -> None:
    ada = clinic.browser("ada")
    set_active(clinic.store, "ada", active=False)
    assert ada.get("/").status_code == 303
    assert clinic.browser().post("/api/enter", {"token": clinic.tokens["ada"]}).status_code == 401


def test_a_made_up_cookie_is_no_login(clinic: Clinic) -> None:
    stranger = clinic.browser()
    for cookie in ("x", "a" * 5000, "%00", '"'):
        answer = stranger.client.get(
            "/", headers={"Cookie": f"review={cookie}"}, follow_redirects=False
        )
        assert answer.status_code == 303
