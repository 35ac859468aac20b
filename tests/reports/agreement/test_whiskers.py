import re
from dataclasses import replace

import pytest

from rupture_nlp.evaluation.harness.figures import Figure
from rupture_nlp.reports.agreement.whiskers import (
    WIDTH,
    Axis,
    axis_for,
    draw_line,
    draw_whiskers,
)
from tests.reports.agreement import made_figures

NAN = float("nan")
FIGURE = made_figures.made_figures(("gold", "small"), versus=True)[0]


def with_numbers(estimate: float, low: float, high: float) -> Figure:
    interval = replace(FIGURE.interval, estimate=estimate, low=low, high=high)
    return replace(FIGURE, interval=interval, ceiling=None, versus=None)


def test_the_ends_of_the_axis_are_the_ends_of_the_line() -> None:
    axis = Axis()
    assert axis.x(0.0) == pytest.approx(7)
    assert axis.x(1.0) == pytest.approx(WIDTH - 7)
    assert axis.x(0.5) == pytest.approx(WIDTH / 2)
    assert axis.x(7.0) == axis.x(1.0)  # off the axis: at its end
    assert [label for _, label in axis.ticks] == ["0", ".5", "1"]
    assert [label for _, label in Axis(-0.5).ticks] == ["−.5", "0", ".5", "1"]  # noqa: RUF001
    assert [label for _, label in Axis(0.0, 0.2).ticks] == ["0", ".1", ".2"]


@pytest.mark.parametrize(
    ("low", "end"), [(0.1, 0.0), (-0.01, 0.0), (-0.3, -0.5), (-0.5, -0.5), (-0.8, -1.0)]
)
def test_the_axis_reaches_below_zero_only_where_something_lies_there(
    low: float, end: float
) -> None:
    assert axis_for([with_numbers(0.2, low, 0.4)]).low == end


def test_the_dot_stands_between_the_ends_of_its_whisker() -> None:
    picture = draw_whiskers(with_numbers(0.5, 0.25, 0.75), Axis())
    assert picture is not None
    # 7 + .25 * 176 = 51, 7 + .75 * 176 = 139; a disc of radius 3.6 begins 3.6 left of 95
    assert picture.own.startswith("M51 7H139")
    assert picture.own_dot.startswith("M91.4 7")
    assert (picture.ceiling, picture.versus_mark) == ("", "")


def test_coders_and_another_system_stand_in_their_own_lanes() -> None:
    picture = draw_whiskers(FIGURE, Axis())
    assert picture is not None
    lanes = [
        re.findall(r"^M[\d.]+ ([\d.]+)H", path)[0]
        for path in (picture.own, picture.versus, picture.ceiling)
    ]
    assert lanes == ["7", "15", "23"]
    assert picture.height > 23


def test_an_end_that_lies_off_the_axis_has_no_cap() -> None:
    inside = draw_line(0.5, 0.4, 0.6, Axis(), NAN)
    outside = draw_line(0.5, -0.4, 0.6, Axis(), NAN)
    assert inside.own.count("v") == 2
    assert outside.own.count("v") == 1


def test_what_has_no_place_between_minus_one_and_one_is_not_drawn() -> None:
    assert draw_whiskers(with_numbers(NAN, NAN, NAN), Axis()) is None
    assert draw_whiskers(with_numbers(3.0, 2.0, 4.0), Axis()) is None
    means = with_numbers(0.2, 0.1, 0.3)
    means = replace(means, key=replace(means.key, metric="mean_difference"))
    assert draw_whiskers(means, Axis()) is None
    undefined = draw_line(NAN, NAN, NAN, Axis(), 0.5)
    assert (undefined.own, undefined.own_dot) == ("", "")
    assert undefined.ceiling
