import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.context import NO_VERDICT
from rupture_nlp.reports.agreement.labels import label_sections
from rupture_nlp.reports.agreement.numbers import two
from rupture_nlp.reports.agreement.page import agreement_page
from rupture_nlp.reports.agreement.rows import figure_table, notes_of
from rupture_nlp.reports.agreement.tables import tables_csv
from rupture_nlp.reports.agreement.units import unit_sections
from rupture_nlp.schema import Speaker
from tests.reports.agreement import made
from tests.reports.page import Page

NAN = float("nan")
REPORT = made.made_report(versus=True)
HTML = agreement_page(REPORT, made.CONTEXT)
REPORTS: dict[str, Callable[[], AgreementReport]] = {
    "system": made.made_report,
    "versus": lambda: made.made_report(versus=True),
    "in_sample": lambda: made.made_report(in_sample=True, words="so well"),
    "coders": made.coder_report,
    "empty": made.empty_report,
}


@cache
def html_of(name: str) -> str:
    return agreement_page(REPORTS[name](), made.CONTEXT)


def page_of(report: AgreementReport) -> Page:
    return Page(agreement_page(report, made.CONTEXT))


def undefined_everywhere() -> AgreementReport:
    """Every number of the report is NaN."""

    def lost(figure: Figure) -> Figure:
        interval = replace(figure.interval, estimate=NAN, low=NAN, high=NAN)
        beside = figure.ceiling and replace(
            figure.ceiling, interval=interval, difference=interval, share=interval
        )
        return replace(
            figure, interval=interval, ceiling=beside, versus=beside, exact=(NAN, NAN), note=""
        )

    report = made.made_report()
    return replace(
        report,
        figures=tuple(map(lost, report.figures)),
        pairs=tuple(map(lost, report.pairs)),
        validity=tuple(map(lost, report.validity)),
        confusions=tuple(replace(one, counts=one.counts * 0) for one in report.confusions),
        curves=tuple(
            replace(one, x=(NAN, NAN), y=(NAN, NAN), y_low=(), y_high=(), weights=())
            for one in report.curves
        ),
        groups=tuple(replace(one, kappa=NAN, low=NAN, high=NAN) for one in report.groups),
        worst=tuple(replace(one, p_rupture=NAN, weight=NAN) for one in report.worst),
        rates=tuple(
            replace(one, reference=NAN, corrected=NAN, low=NAN, high=NAN) for one in report.rates
        ),
    )


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_well_formed_and_its_links_lead_somewhere(name: str) -> None:
    page = Page(html_of(name))
    assert len(page.ids) == len(set(page.ids))
    assert page.references <= set(page.ids)
    assert NO_VERDICT in page.text
    assert made.CONTEXT.notices[0] in page.text


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_goes_nowhere(name: str) -> None:
    html = html_of(name)
    assert all(target.startswith(("#", "data:,")) for target in Page(html).outward)
    assert not re.search(r"[a-z]+://", html)
    policy = Page(html).all("meta")[1]["content"]
    assert "default-src 'none'" in policy
    assert "@import" not in html
    assert "url(http" not in html


@pytest.mark.parametrize("name", [*REPORTS, "undefined"])
def test_no_number_reads_as_nan_anywhere(name: str) -> None:
    report = REPORTS[name]() if name in REPORTS else undefined_everywhere()
    html = agreement_page(report, made.CONTEXT)
    assert not re.search(r"\b(nan|inf)\b", html, flags=re.IGNORECASE)
    assert not re.search(r"\b(nan|inf)\b", tables_csv(report, str), flags=re.IGNORECASE)


def test_every_figure_stands_on_the_page_with_its_signature() -> None:
    page = Page(HTML)
    for figure in (*REPORT.figures, *REPORT.pairs, *REPORT.validity):
        assert two(figure.interval.estimate) in page.text
        assert figure.signature.line() in page.text


def test_every_figure_stands_in_a_table_of_its_unit_or_label_once() -> None:
    tables = [
        table for one in unit_sections(REPORT.figures, False) for table in (*one.lead, *one.rest)
    ]
    in_units = sum(table.size for table in tables)
    in_labels = sum(
        cell is not None
        for section in label_sections(REPORT.figures, False)
        for table in (*section.lead, *section.rest)
        for row in (*table.rows, *table.folded)
        for cell in row.cells
    )
    assert in_units + in_labels == len(REPORT.figures)


def test_in_sample_stands_beside_every_number_of_the_system() -> None:
    report = made.made_report(in_sample=True)
    page = page_of(report)
    assert page.with_class("alarm")
    assert "trained on 2 of the sessions" in page.text
    stamps = page.with_class("stamp")
    defined = [
        one
        for one in (*report.figures, *report.validity)
        if two(one.interval.estimate) != "undefined"
    ]
    # Each in a table of its unit or label and once among the signatures.
    assert len(stamps) >= 2 * len(defined)
    assert not Page(HTML).with_class("stamp")
    assert not Page(HTML).with_class("alarm")


@pytest.mark.parametrize("words", [None, "canary of the record"])
def test_words_stand_on_the_page_only_where_they_are_given(words: str | None) -> None:
    text = page_of(made.made_report(words=words)).text
    assert ("canary of the record" in text) == (words is not None)
    assert ("This page holds words of a session" in text) == (words is not None)
    assert ("This page holds no words of a session" in text) == (words is None)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "=1+1",
        "\u202eevil\u2066",
        "\ud800\x00",
        "x" * 200,
        "javascript:alert(1)",
    ],
)
def test_hostile_names_are_harmless(name: str) -> None:
    html = agreement_page(made.with_names(made.made_report(words=name), name), made.CONTEXT)
    html.encode("utf-8")
    page = Page(html)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert all(not key.startswith("on") for _, found in page.elements for key in found)
    assert page.references <= set(page.ids)
    # As words of a turn a direction mark may stand, shut in by its cell; as a name it may not.
    said = page.text.count("\u202e")
    assert said == (len(REPORT.worst) if "\u202e" in name else 0)


def test_an_undefined_number_is_told_with_its_reason() -> None:
    page = Page(HTML)
    assert page.with_class("undefined")
    assert "one class only" in page.text
    figure = replace(REPORT.figures[0], interval=replace(REPORT.figures[0].interval, estimate=NAN))
    assert notes_of(replace(figure, note="undefined: nobody")) == ("nobody",)
    assert notes_of(replace(figure, note="")) == ("the data do not define it",)


def test_few_groups_and_unsteady_figures_are_marked_at_the_interval() -> None:
    few = replace(REPORT.figures[0], interval=replace(REPORT.figures[0].interval, groups=9))
    unsteady = replace(few, interval=replace(few.interval, groups=60, undefined=150))
    table = figure_table("Patients", [few, unsteady], stamped=False)
    signs = [row.own.sign for group in table.groups for row in group.rows]
    assert signs == ["\N{DAGGER}", "\N{DOUBLE DAGGER}"]
    assert len(table.remarks) == 2
    report = replace(REPORT, figures=(few, unsteady))
    assert "the interval is likely too narrow" in page_of(report).text


def test_a_note_that_all_rows_of_a_metric_have_is_said_once() -> None:
    figures = [replace(one, note="a remark") for one in REPORT.validity]
    table = figure_table("quality", figures, stamped=False)
    assert any("a remark" in note for note in table.notes)
    assert not any(row.notes for group in table.groups for row in group.rows)
    figures[0] = replace(figures[0], note="another")
    again = figure_table("quality", figures, stamped=False)
    metric = names.metric_title(figures[0].key)
    assert not any(note.startswith(f"{metric}: ") for note in again.notes)


def test_validity_stands_beside_the_reference_and_says_the_direction_once() -> None:
    validity = tuple(
        replace(one, note="1 is low" if k else "1 is high", ceiling=REPORT.figures[0].ceiling)
        for k, one in enumerate(REPORT.validity)
    )
    text = page_of(replace(REPORT, validity=validity)).text
    part = text[text.index("Validity: sessions") : text.index("May the system")]
    assert "Reference" in part
    assert "Share of that" not in part
    assert part.count("1 is low") == 3  # once a metric, over the table
    assert part.count("1 is high") == 1


def test_labels_too_rare_to_estimate_are_grey_and_of_many_folded_away() -> None:
    sections = label_sections(REPORT.figures, stamped=False)
    codes = sections[0].lead[0]
    assert [row.faint for row in codes.rows] == [False, False, False, True]
    assert not codes.folded
    prevalence = next(
        one for one in REPORT.figures if one.key.label and one.key.metric == "prevalence"
    )
    many = [
        replace(prevalence, key=replace(prevalence.key, label=f"own-{k}"), note=note)
        for k, note in enumerate(["", *["not estimable: 3 positives"] * 7])
    ]
    table = label_sections(many, stamped=False)[0].lead[0]
    assert ([row.label for row in table.rows], len(table.folded)) == (["own-0"], 7)


def test_the_confusion_prints_counts_and_shares_of_the_row() -> None:
    page = Page(HTML)
    cells = page.with_class("hot")
    assert len(cells) == 2 * 25
    # 2800 of 2807 in the first row of the made table, all of the first cell's shade but .0025
    assert cells[0]["style"] == "--share:1"
    assert "2,807" in page.text
    empty = replace(
        REPORT, confusions=(replace(REPORT.confusions[0], counts=REPORT.confusions[0].counts * 0),)
    )
    assert {cell["style"] for cell in page_of(empty).with_class("hot")} == {"--share:0"}


def test_groups_without_a_rupture_come_last_and_the_rest_from_the_lowest() -> None:
    html = HTML[HTML.index('id="groups"') : HTML.index('id="worst"')]
    listed = re.findall(r"<bdi>(video-\d+)</bdi>", html)
    by_kappa = sorted((one for one in REPORT.groups if one.ruptures), key=lambda one: one.kappa)
    assert listed[: len(by_kappa)] == [one.group for one in by_kappa]
    assert listed[-1] == "video-00"


def test_a_hundred_thousand_rows_of_curves_groups_and_rates_give_a_page_of_bearable_size() -> None:
    report = made.made_report()
    points = tuple(k / 100_000 for k in range(100_000))
    curve = replace(report.curves[0], x=points, y=points)
    groups = tuple(replace(report.groups[1], group=f"g{k}") for k in range(5_000))
    rates = tuple(replace(report.rates[1], session_id=f"s{k}") for k in range(5_000))
    big = replace(report, curves=(curve,), groups=groups, rates=rates)
    html = agreement_page(big, made.CONTEXT)
    assert len(html) < 1_500_000
    assert "4700 further ones are in metrics.json" in html


def test_of_the_speakers_only_those_with_material_are_shown() -> None:
    report = made.made_report()
    figures = tuple(one for one in report.figures if one.key.speaker == Speaker.PATIENT)
    html = agreement_page(replace(report, figures=figures), made.CONTEXT)
    main = html[html.index('id="main-figures"') : html.index('id="unit-0"')]
    assert "Patients" in main
    assert "Therapists" not in main
    assert "Both speakers" not in main
