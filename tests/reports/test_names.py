import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.reports.names import page_name

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=300)  # lone surrogates too
SAFE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{16}\.html")


@given(ANY_TEXT)
def test_every_id_gives_a_safe_name(session_id: str) -> None:
    name = page_name(session_id)
    assert SAFE.fullmatch(name)
    assert len(name) <= 80


@given(ANY_TEXT, ANY_TEXT)
def test_two_ids_never_share_a_name_even_without_regard_to_case(one: str, other: str) -> None:
    assert (page_name(one).lower() == page_name(other).lower()) == (one == other)


@pytest.mark.parametrize(
    "session_id",
    [
        "../x",
        "..\\x",
        "/etc/passwd",
        "C:\\x",
        "con",
        "",
        ".",
        "a\x00b",
        "日本語",
        "e\u0301",
        "x" * 5000,
    ],
)
def test_hostile_ids_stay_in_the_folder(session_id: str) -> None:
    assert SAFE.fullmatch(page_name(session_id))


@pytest.mark.parametrize(
    ("one", "other"), [("A", "a"), ("é", "e\u0301"), ("a b", "a-b"), ("", "session")]
)
def test_ids_that_look_alike_keep_apart(one: str, other: str) -> None:
    assert page_name(one) != page_name(other)


def test_a_plain_id_can_be_read_in_its_name() -> None:
    assert page_name("Müller 07").startswith("muller-07-")
