"""The learning curve on answers whose worth is known."""

from pathlib import Path

import numpy as np
import pytest

from rupture_nlp.evaluation.bootstrap import Interval, resample
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.curve import (
    CurvePoint,
    Taught,
    curve_gaps,
    curve_points,
    taught_systems,
)
from rupture_nlp.training.lab.curve_picture import draw_curve, size_name
from rupture_nlp.training.lab.plan import LabSettings
from rupture_nlp.training.lab.schedule import Schedule, make_schedule
from rupture_nlp.training.settings import LabelRules
from tests.training.lab.made_lab import made_lab
from tests.training.lab.test_verdict import CODES, GROUPS, system

DRAWS = resample(GROUPS, 300)
RIGHT: dict[tuple[str, int | None], float] = {
    ("start", 0): 0.2,
    ("start", 5): 0.5,
    ("start", None): 0.8,
    ("bare", 5): 0.1,
    ("bare", None): 0.8,
}


@pytest.fixture(scope="module")
def taught() -> Taught:
    # From here and there the same answers, where all sessions were learned from.
    return {(source, size): system("", right) for (source, size), right in RIGHT.items()}  # type: ignore[misc]


def test_every_point_has_the_figures_of_its_own_answers(taught: Taught) -> None:
    points = curve_points(taught, CODES, DRAWS)
    assert [(point.source, point.sessions) for point in points] == list(RIGHT)
    kappas = [point.kappa[Speaker.PATIENT].estimate for point in points]
    assert kappas[0] < kappas[1] < kappas[2] == kappas[4]
    assert kappas[3] == pytest.approx(0.1, abs=0.06)


def test_a_start_is_worth_what_is_between_it_and_the_bare_encoder(taught: Taught) -> None:
    points = {(p.source, p.sessions): p for p in curve_points(taught, CODES, DRAWS)}
    gaps = {gap.sessions: gap for gap in curve_gaps(taught, CODES, DRAWS)}
    assert set(gaps) == {5, None}  # the start as it is has nothing beside it
    for speaker in (Speaker.PATIENT, Speaker.THERAPIST):
        apart = (
            points["start", 5].kappa[speaker].estimate - points["bare", 5].kappa[speaker].estimate
        )
        assert gaps[5].kappa[speaker].estimate == pytest.approx(apart)
        assert gaps[5].kappa[speaker].low > 0
        assert gaps[5].average_precision[speaker].low > 0
        assert gaps[None].kappa[speaker].estimate == 0.0


def test_a_curve_that_was_not_asked_for_has_no_points(tmp_path: Path) -> None:
    schedule = make_schedule(made_lab(tmp_path), LabSettings(folds=2))
    whole = system("", 0.5).rows
    assert taught_systems(schedule, lambda _: whole, whole, whole, LabelRules()) == {}


def test_points_go_from_the_start_as_it_is_to_all_sessions(tmp_path: Path) -> None:
    schedule: Schedule = make_schedule(
        made_lab(tmp_path), LabSettings(folds=2, curve=(2, 1)), bare="0" * 64
    )
    whole = system("", 0.5).rows
    half = whole.rows(np.arange(len(whole.session)) % 2 == 0)
    told = taught_systems(schedule, lambda _: half, whole, whole, LabelRules())
    assert list(told) == [
        *(("start", size) for size in (0, 1, 2, None)),
        *(("bare", size) for size in (1, 2, None)),
    ]
    without = taught_systems(schedule, lambda _: half, whole, None, LabelRules())
    assert ("start", 0) not in without


def test_a_point_without_a_figure_is_left_out_of_the_picture() -> None:
    interval = Interval(0.1, 0.05, 0.2, 10, 0, 5)
    points = [
        CurvePoint("start", 0, {Speaker.PATIENT: None}, {}),
        CurvePoint("start", 5, {Speaker.PATIENT: interval}, {}),
    ]
    picture = draw_curve(points, Speaker.PATIENT)
    assert picture == draw_curve(points, Speaker.PATIENT)
    assert picture != draw_curve(points[:1], Speaker.PATIENT)
    assert [size_name(size) for size in (0, 5, None)] == ["none: as it is", "5", "all"]
