import csv
import io
import json
import math
from dataclasses import fields, replace

import pytest

from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.io.cells import neutralise, restore
from rupture_nlp.reports.agreement.metrics_file import SCHEMA, metrics_json, plain_value
from rupture_nlp.reports.agreement.tables import COLUMNS, figure_rows, tables_csv
from tests.reports.agreement import made

REPORT = made.made_report(versus=True)
FIGURES = (*REPORT.figures, *REPORT.pairs, *REPORT.validity)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def strict(text: str) -> dict[str, list[dict[str, object]]]:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    loaded = json.loads(text, parse_constant=refuse)
    assert isinstance(loaded, dict)
    return loaded


def test_every_figure_has_a_row_with_its_numbers_unrounded() -> None:
    rows = read(tables_csv(REPORT, neutralise))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == len(FIGURES)
    for row, figure in zip(rows, FIGURES, strict=True):
        key = figure.key
        named = (row["speaker"], row["unit"], row["variable"], row["metric"], row["label"])
        assert named == (key.speaker, key.unit, key.variable, key.metric, key.label)
        estimate = figure.interval.estimate
        assert row["estimate"] == ("" if math.isnan(estimate) else repr(estimate))
        assert row["signature"] == figure.signature.line()
        assert row["rows"] == str(figure.rows)


def test_what_stands_beside_a_figure_stands_in_its_row() -> None:
    figure = next(one for one in REPORT.figures if one.ceiling and one.versus)
    assert figure.ceiling is not None
    assert figure.versus is not None
    row = figure_rows(replace(REPORT, figures=(figure,), pairs=(), validity=()))[0]
    assert row["ceiling_coders"] == "ai1+ai2"
    assert row["ceiling_estimate"] == figure.ceiling.interval.estimate
    assert row["ceiling_low"] == figure.ceiling.interval.low
    assert row["ceiling_share"] == figure.ceiling.share.estimate
    assert row["versus_difference_low"] == figure.versus.difference.low
    assert row["versus_share_high"] == figure.versus.share.high


def test_negative_numbers_stay_numbers_and_formulas_become_text() -> None:
    figures = tuple(
        replace(one, note="=1+1", key=replace(one.key, label="@x")) for one in REPORT.figures
    )
    rows = read(tables_csv(replace(REPORT, figures=figures), neutralise))
    assert any(row["estimate"].startswith("-") for row in rows)
    assert {float(row["estimate"]) for row in rows if row["estimate"]}
    assert rows[0]["note"] == "'=1+1"
    assert restore(rows[0]["label"]) == "@x"


@pytest.mark.parametrize("name", ["a\nb", 'a"b,c', "\ud800", "\u202e", "x" * 200])
def test_a_name_stays_in_its_cell(name: str) -> None:
    text = tables_csv(made.with_names(REPORT, name), neutralise)
    text.encode("utf-8")
    assert {len(row) for row in csv.reader(io.StringIO(text, newline=""))} == {len(COLUMNS)}


def test_in_sample_stands_in_every_row_of_a_system() -> None:
    rows = figure_rows(made.made_report(in_sample=True))
    stamped = {(row["section"], row["in_sample"]) for row in rows}
    assert stamped == {("figures", "IN-SAMPLE"), ("pairs", ""), ("validity", "IN-SAMPLE")}
    assert {row["in_sample"] for row in figure_rows(REPORT)} == {""}


def test_the_metrics_hold_every_figure_and_every_part_of_the_report() -> None:
    told = strict(metrics_json(REPORT))
    assert f'"schema": "{SCHEMA}"' in metrics_json(REPORT)
    assert len(told["figures"]) == len(FIGURES)
    assert [one["signature"] for one in told["figures"]] == [f.signature.line() for f in FIGURES]
    parts = {field.name for field in fields(AgreementReport)} - {"figures", "pairs", "validity"}
    assert parts <= set(told)
    assert len(told["groups"]) == len(REPORT.groups)
    assert told["confusions"][0]["counts"] == REPORT.confusions[0].counts.tolist()


def test_undefined_numbers_are_null_and_the_file_is_the_same_each_time() -> None:
    text = metrics_json(REPORT)
    undefined = [f for f in strict(text)["figures"] if f["estimate"] is None]
    assert undefined
    assert all(one["note"] for one in undefined)
    assert text == metrics_json(REPORT)
    assert text.isascii()


def test_words_stand_in_the_metrics_only_where_the_report_has_them() -> None:
    without = strict(metrics_json(REPORT))["worst"]
    assert all("words" not in one for one in without)
    with_words = strict(metrics_json(made.made_report(words="so well")))["worst"]
    assert {one["words"] for one in with_words} == {"so well"}


def test_a_value_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="holds no set"):
        plain_value({1})
