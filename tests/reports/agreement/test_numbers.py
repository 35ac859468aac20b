import pytest
from hypothesis import given
from hypothesis import strategies as st

from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import (
    between,
    count,
    counted,
    p_value,
    percent,
    percent_between,
    two,
)
from tests.reports.agreement import made_figures

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.714, ".71"),
        (1.0, "1.00"),
        (0.0, ".00"),
        (-0.004, ".00"),  # never a minus before zero
        (-0.12, "−.12"),  # noqa: RUF001  # a true minus
        (-3.456, "−3.46"),  # noqa: RUF001
        (1234.5, "1,234.50"),
        (0.999, "1.00"),
        (NAN, "undefined"),
        (float("inf"), "undefined"),
    ],
)
def test_a_number_has_two_decimals_and_no_zero_before_the_point(value: float, words: str) -> None:
    assert two(value) == words


def test_an_interval_needs_both_ends() -> None:
    assert between(0.64, 0.77) == "[.64,\xa0.77]"
    assert between(NAN, 0.77) == ""
    assert between(0.64, NAN) == ""
    assert percent_between(0.7, 0.92) == "[70,\xa092]"
    assert percent_between(NAN, 1.0) == ""


def test_shares_and_counts_read_as_words() -> None:
    assert percent(0.814) == "81\xa0%"
    assert percent(0.003) == "<\xa01\xa0%"  # never 0 % of something
    assert percent(0.0) == "0\xa0%"
    assert percent(NAN) == "undefined"
    assert (percent(-0.18), percent(-0.001)) == ("−18\xa0%", "0\xa0%")  # noqa: RUF001
    assert (count(1203), count(2.5), count(NAN)) == ("1,203", "2.5", "undefined")
    assert (counted(1, "session"), counted(0, "session")) == ("1 session", "0 sessions")
    assert (p_value(0.0004), p_value(0.0412), p_value(NAN)) == ("<\xa0.001", ".041", "undefined")


@given(st.one_of(st.sampled_from([NAN, float("inf")]), st.floats(-1e300, 1e300)))
def test_no_number_ever_reads_as_nan(value: float) -> None:
    shown = " ".join((two(value), percent(value), count(value), p_value(value)))
    assert "nan" not in shown.lower()
    assert "inf" not in shown.lower()


@pytest.mark.parametrize(
    ("unit", "title", "words"),
    [
        (made_figures.UTTERANCE, "Utterances", ""),
        (
            made_figures.MINUTE,
            "Segments of 1 minute (untimed: 10 turns)",
            "sessions without times are cut into 10 turns; a segment has a label if one of its "
            "turns has it; missing where less than 50\xa0% of the turns is coded",
        ),
        (
            made_figures.EPISODE,
            "Episodes",
            "episodes match if they share at least 50\xa0% of their turns",
        ),
        (
            made_figures.ONSET,
            "Episodes",
            "by onset they match if their first turns lie at most 2 apart",
        ),
        ("segment(90s,any,intensity>=2)", "Segments of 90 seconds", None),
        ("segment(sheet,any)", "Segments of a sheet", None),
        ("session", "Sessions", ""),
        ("<script>", "<script>", ""),
    ],
)
def test_a_unit_is_told_in_words(unit: str, title: str, words: str | None) -> None:
    assert names.unit_title(unit) == title
    if words is not None:
        assert names.unit_words(unit) == words


def test_an_intensity_that_leaves_ruptures_out_is_told() -> None:
    assert "from intensity 2 on" in names.unit_words("segment(60s,any,intensity>=2)")
    assert "intensity" not in names.unit_words("segment(60s,any,intensity>=1)")


def test_titles_inside_a_sentence_keep_the_names_of_people() -> None:
    titles = ("Cohen's kappa", "Spearman, length held", "PABAK", "F1", "ICC(A,1)", "Brier skill")
    assert [names.inside(title) for title in titles] == list(titles)
    assert names.inside("Macro-F1") == "macro-F1"
    assert names.inside("Average precision") == "average precision"


def test_names_from_the_data_lose_what_could_disturb_the_page() -> None:
    assert names.name("a\u202eb\nc\x00") == "a\ufffdb\ufffdc\ufffd"
    assert len(names.name("x" * 200)) == names.LONGEST_NAME
    assert names.label("validates_position") == "validates position"
    assert names.label("my_own_code") == "my_own_code"
    assert names.names(("a", "b", "c")) == "a, b and c"
    assert names.names(()) == ""
