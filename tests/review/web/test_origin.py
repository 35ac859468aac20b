"""Which requests come from a page of this server."""

import pytest
from starlette.datastructures import Headers

from rupture_nlp.review.web.security import is_same_origin

HOST = "127.0.0.1:8765"


def same(**headers: str) -> bool:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return is_same_origin(Headers({"host": HOST, **named}), "http")


def test_a_page_of_this_server_is_let_in() -> None:
    assert same(origin=f"http://{HOST}", sec_fetch_site="same-origin")
    assert same(origin=f"http://{HOST}")
    assert same(sec_fetch_site="same-origin")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:3000",
        "http://localhost:8765",
        f"https://{HOST}",
        f"http://{HOST}.evil.example",
        f"http://evil.example/http://{HOST}",
        f"http://evil@{HOST}",
        "http://[::1",
    ],
)
def test_any_other_origin_is_kept_out_whatever_else_the_request_says(origin: str) -> None:
    assert not same(origin=origin)
    assert not same(origin=origin, sec_fetch_site="same-origin")


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none", ""])
def test_another_port_of_this_machine_is_kept_out(site: str) -> None:
    assert not same(sec_fetch_site=site)
    assert not same(origin=f"http://{HOST}", sec_fetch_site=site)


def test_a_request_that_says_nothing_is_kept_out() -> None:
    assert not same()
