import re
from dataclasses import replace

import pytest

from rupture_nlp.io.flags import INPUT_FLAGS
from rupture_nlp.reports import overview
from rupture_nlp.reports.charts import draw_panel, nice_top
from rupture_nlp.reports.context import NOTICE
from rupture_nlp.reports.overview import render_overview
from rupture_nlp.reports.summary import SessionSummary, summarise
from rupture_nlp.reports.words import FLAGS
from tests.reports.made import CONTEXT, made_session
from tests.reports.page import Page

HOSTILE = "</td><script>alert(1)</script>\ud800"


def rows_of(count: int, turns: int = 40) -> list[SessionSummary]:
    made = []
    for seed in range(count):
        transcript, prediction = made_session(turns, seed, f"s{seed}")
        made.append(summarise(transcript, prediction, (), f"report/s{seed}.html"))
    return made


def test_the_overview_is_well_formed_and_lists_every_session_in_order() -> None:
    rows = rows_of(12)
    page = Page(render_overview(rows, CONTEXT))
    assert len(page.ids) == len(set(page.ids))
    assert page.references <= set(page.ids)
    links = [item["href"] for item in page.all("a") if item["href"].startswith("report/")]
    assert links == [row.href for row in rows]
    assert NOTICE in page.text


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_sessions_or_none_still_give_a_page(count: int) -> None:
    page = Page(render_overview(rows_of(count), CONTEXT))
    assert page.references <= set(page.ids)
    assert ("No session was labelled." in page.text) == (count == 0)


def test_empty_sessions_have_no_rates() -> None:
    transcript, prediction = made_session(0)
    page = Page(render_overview([summarise(transcript, prediction, (), None)], CONTEXT))
    assert "1 of these sessions have no page" in page.text


def test_totals_are_sums_over_all_sessions() -> None:
    rows = rows_of(9, turns=120)
    page = Page(render_overview(rows, CONTEXT))
    patient = sum(row.patient.total for row in rows)
    turns = sum(row.patient.turns for row in rows)
    assert f"Patients: {patient} ruptures in {turns} turns" in page.text
    assert f"({100 * patient / turns:.1f} per 100)" in page.text
    assert f"{sum(row.episodes for row in rows)} episodes" in page.text


def test_of_too_many_sessions_those_with_the_highest_rates_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overview, "MOST_ROWS", 5)
    rows = rows_of(30, turns=60)
    page = Page(render_overview(rows, CONTEXT))
    links = {item["href"] for item in page.all("a") if item["href"].startswith("report/")}
    best = sorted(rows, key=lambda row: -row.rate)[:5]
    assert links == {row.href for row in best}
    assert "the 5 of 30 sessions with the highest rupture rate" in page.text


def test_a_hundred_thousand_sessions_give_a_page_of_a_few_megabytes() -> None:
    made = rows_of(10)
    rows = [replace(made[k % 10], session_id=f"s{k}") for k in range(100_000)]
    html = render_overview(rows, CONTEXT)
    assert len(html) < 5_000_000
    assert "the 2000 of 100000 sessions" in html


def test_failed_files_are_listed_with_the_reason() -> None:
    page = Page(render_overview([], CONTEXT, [("in/a.docx", "the file is cut short")]))
    assert "1 file could not be read" in page.text
    assert "in/a.docx" in page.text
    assert "the file is cut short" in page.text
    assert "failed" in page.ids


def test_of_many_failed_files_the_first_are_listed() -> None:
    page = Page(render_overview([], CONTEXT, [(f"f{k}.txt", "empty") for k in range(700)]))
    assert "The first 500 of 700." in page.text
    assert "f499.txt" in page.text
    assert "f500.txt" not in page.text


def test_hostile_names_are_shown_and_never_run() -> None:
    row = replace(rows_of(1)[0], session_id=HOSTILE, flags=(HOSTILE,), href='x" onclick="y')
    page = Page(render_overview([row], CONTEXT, [(HOSTILE, HOSTILE)]))
    assert len(page.all("script")) == 1
    assert "alert" not in page.raw["script"]
    assert page.text.count("<script>alert(1)</script>") >= 4
    assert not [name for _, item in page.elements for name in item if name.startswith("on")]
    page.html.encode("utf-8")


def test_the_overview_can_fetch_nothing() -> None:
    page = Page(render_overview(rows_of(5), CONTEXT))
    assert "http://" not in page.html
    assert "https://" not in page.html
    assert not [to for to in page.outward if not re.match(r"#|report/|data:,$", to)]


def test_every_flag_of_the_readers_is_explained_in_words() -> None:
    assert set(INPUT_FLAGS) <= set(FLAGS)
    row = replace(rows_of(1)[0], flags=("not_english",), pseudo_alliance=True)
    page = Page(render_overview([row], CONTEXT))
    assert FLAGS["not_english"] in page.text
    assert FLAGS["pseudo_alliance"] in page.text


def test_every_column_that_sorts_has_a_value_in_each_row() -> None:
    page = Page(render_overview(rows_of(4), CONTEXT))
    numbers = [item for item in page.all("th") if item.get("data-sort") == "number"]
    cells = [item for item in page.all("td") if "data-value" in item]
    assert len(cells) == 4 * len(numbers)
    assert all(re.fullmatch(r"-?\d*(\.\d+)?", item["data-value"]) for item in cells)


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 4), (4, 4), (4.1, 6), (9, 10), (11, 20), (37, 40), (62, 80), (100, 100)],
)
def test_an_axis_ends_at_a_round_number(largest: float, top: float) -> None:
    assert nice_top(largest) == top


def test_a_panel_stacks_one_dot_a_session_until_it_turns_to_bars() -> None:
    few = draw_panel("x", "wo", [0.0, 0.0, 10.0], 10.0)
    many = draw_panel("x", "wo", [0.0] * 40 + [10.0], 10.0)
    assert few is not None
    assert many is not None
    assert few.path.count("M") == 3
    assert many.path.count("M") == 2
    assert few.words == "median 0.0, highest 10.0; none in 2 of 3"
    assert draw_panel("x", "wo", [], 10.0) is None


def test_a_dot_stands_over_its_value() -> None:
    # An axis from x = 10 to 310 in 30 bins of 10: the value 5 of 10 opens bin 15, from 160 to 170.
    panel = draw_panel("x", "wo", [5.0], 10.0)
    assert panel is not None
    left, width = re.match(r"M([\d.]+) [\d.]+a[\d. ]+ 0 1 0 ([\d.]+)", panel.path).groups()  # type: ignore[union-attr]  # a path begins so
    assert float(left) + float(width) / 2 == pytest.approx(165)
    assert panel.median_x == 160
    assert panel.ticks[2] == (160.0, "5")
