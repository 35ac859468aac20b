"""The page of agreement: who may open it, what it says, when it is computed anew."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from rupture_nlp.review.agreement import Agreement, agreement_of, read_agreement
from rupture_nlp.review.coding import decide, finish
from rupture_nlp.review.database import Store
from rupture_nlp.review.leaning import leaning_of
from rupture_nlp.review.tables import SessionRow
from rupture_nlp.review.values import ChosenBy, Mode, TurnValue
from rupture_nlp.review.web import agreement_page
from rupture_nlp.review.web.agreement_page import Figures, make_page
from rupture_nlp.review.web.app import create_app
from rupture_nlp.review.web.templating import Frame, page_response
from tests.review.judged import Judged, copy_judged, open_judged
from tests.review.made import MODEL, MadeCoder, made_assignment, made_change
from tests.review.measured import studied
from tests.review.web.clinic import ORIGIN, SETTINGS, Browser

HOSTILE = "<img src=x onerror=alert(1)>"


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


def words(html: str) -> str:
    """What a reader sees, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_only_leads_can_open_it(judged: Judged) -> None:
    assert enter(judged, judged.ada).get("/agreement").status_code == 404
    assert enter(judged, judged.lena).get("/agreement").status_code == 200


def test_it_shows_every_pair_and_the_model_beside_each_coder(judged: Judged) -> None:
    shown = words(enter(judged, judged.lena).get("/agreement").text)
    assert "ada-canary and ben-canary 1 session, 1 group" in shown
    assert "only 1 group: the interval is likely too narrow" in shown
    assert "ada-canary and the model" in shown
    assert "ben-canary and the model" in shown
    assert "rupture or none" in shown
    assert "undefined: both sides gave one and the same label only" in shown
    assert "nan" not in re.findall(r"[a-z]+", shown.lower())
    assert "Too little to say for patients" in shown


def test_a_lead_who_codes_blind_is_shown_nothing_of_the_model(judged: Judged) -> None:
    own = made_assignment(judged.store, "s2", "lena", Mode.BLIND)
    lena = enter(judged, judged.lena)
    shown = words(lena.get("/agreement").text)
    assert "You still code 1 session blind." in shown
    assert "and the model" not in shown
    assert "lean to the suggestion" not in shown
    assert MODEL not in shown
    finish(judged.store, own.id, judged.lena.coder)
    assert "lena and the model" in words(lena.get("/agreement").text)


def test_sessions_that_the_model_chose_are_counted_in_words(judged: Judged) -> None:
    with judged.store.write() as session:
        session.execute(
            update(SessionRow).where(SessionRow.session_id == "s1").values(chosen_by=ChosenBy.MODEL)
        )
    shown = words(enter(judged, judged.lena).get("/agreement").text)
    assert "1 session that the model chose is left out" in shown
    assert "No session was finished by two coders who both worked blind" in shown


def test_figures_are_computed_once_for_a_state_of_the_store(
    judged: Judged, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []

    def counted(store: Store, *, with_model: bool) -> Agreement:
        computed.append(with_model)
        return read_agreement(store, with_model=with_model, draws=20)

    monkeypatch.setattr(agreement_page, "read_agreement", counted)
    lena = enter(judged, judged.lena)
    first = lena.get("/agreement").text
    assert lena.get("/agreement").text == first
    assert computed == [True]
    change = made_change(5, TurnValue(), reason="so")
    decide(judged.store, judged.assignment, judged.lena.coder, change)
    lena.get("/agreement")
    assert computed == [True, True]
    made_assignment(judged.store, "s2", "lena", Mode.BLIND)
    lena.get("/agreement")
    assert computed == [True, True, False]


def test_names_are_escaped_and_nothing_is_inline() -> None:
    sessions = [studied("s1", {HOSTILE: "oo..", "ben": "o..."}, "o...")]
    found = Figures(agreement_of(sessions, (1, 20)), leaning_of(sessions, 1, 20))
    html = bytes(
        page_response("agreement.html", make_page(found, 0), Frame(coder="x", lead=True)).body
    ).decode()
    assert HOSTILE not in html
    assert "&lt;img src=x" in html
    assert not re.search(r"\sstyle=|<style|<script>|\son\w+=\"", html)


def test_numbers_and_whiskers_of_a_page() -> None:
    sessions = [
        studied(f"s{n}", {"ada": "oooo......", "ben": "ooo.o....."}, group=f"g{n}")
        for n in range(24)
    ]
    found = Figures(agreement_of(sessions, (1, 50)), ())
    (table,) = make_page(found, 0).pairs
    assert (table.title, table.counts) == ("ada and ben", "24 sessions, 24 groups")
    assert table.warning == ""
    assert table.given_by == "ada / ben"
    row = next(one for one in table.blocks[0].rows if one.label == "withdrawal from other")
    assert (row.turns, row.given, row.note, row.faint) == ("240", "96 / 96", "", False)
    assert [one.value for one in row.cells] == [".58", ".58", ".62"]
    assert row.cells[0].ends == "[.58,\N{NO-BREAK SPACE}.58]"  # all sessions are alike
    assert row.picture is not None
    never = next(one for one in table.blocks[0].rows if one.label == "withdrawal from self")
    assert never.faint
    assert never.picture is None
    assert never.cells[0].why == "undefined: both sides gave one and the same label only"
    assert never.note == "not estimable: one side gave it to 0 turns"
