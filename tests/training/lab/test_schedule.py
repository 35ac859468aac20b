"""Which runs there are, what they learn from, and how far they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.training.lab.choose import best_epoch, final_epochs
from rupture_nlp.training.lab.clock import Clock, steps_forecast
from rupture_nlp.training.lab.data import LabChoices, make_lab
from rupture_nlp.training.lab.pace import Pace, load_pace, save_pace
from rupture_nlp.training.lab.plan import LabProgress, LabSettings
from rupture_nlp.training.lab.schedule import make_schedule
from rupture_nlp.training.loop import Progress
from tests.training.lab.made_lab import made_sessions

BARE = "0123456789abcdef"
DATA = make_lab(Path("lab"), made_sessions(12), LabChoices())
SETTINGS = LabSettings(folds=3, curve=(2, 4, 99))
GROUP = {s.transcript.session_id: s.group for s in DATA.sessions}


@pytest.mark.parametrize("nested", [False, True])
def test_nothing_leaks_from_what_is_tested_into_what_is_learned_or_chosen_by(
    *, nested: bool
) -> None:
    schedule = make_schedule(DATA, replace(SETTINGS, nested=nested), bare=BARE)
    tests = [set(fold.test) for fold in schedule.folds]
    assert sorted(one for test in tests for one in test) == sorted(GROUP)
    for run in schedule.runs:
        if run.fold is None:
            assert sorted(run.learn) == sorted(GROUP)
            continue
        seen = {GROUP[one] for one in (*run.learn, *run.held_out)}
        assert not seen & {GROUP[one] for one in tests[run.fold]}, run.name
        assert not {GROUP[one] for one in run.learn} & {GROUP[one] for one in run.held_out}
    choices = len(schedule.of("choice", 0))
    assert choices == (SETTINGS.inner_folds if nested else 1)


def test_points_of_the_curve_are_nested_and_those_of_all_sessions_left_to_the_folds() -> None:
    schedule = make_schedule(DATA, SETTINGS)
    of_fold = {run.size: set(run.learn) for run in schedule.of("curve", 1)}
    assert set(of_fold) == {2, 4}
    assert of_fold[2] < of_fold[4] < set(schedule.folds[1].train)
    assert {len(learned) for learned in of_fold.values()} == {2, 4}
    both = make_schedule(DATA, SETTINGS, bare=BARE).of("curve", 1)
    assert {(run.source, run.size) for run in both} == {
        (source, size) for source in ("start", "bare") for size in (2, 4)
    } | {("bare", None)}


def test_names_of_runs_are_folders_and_all_differ() -> None:
    names = [run.name for run in make_schedule(DATA, SETTINGS, bare=BARE).runs]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() for name in names)


def test_the_best_epoch_is_that_of_the_mean_as_far_as_all_runs_went() -> None:
    assert best_epoch([[0.1, 0.5, 0.3]]) == 2
    assert best_epoch([[0.1, 0.5, 0.3, 0.9], [0.4, 0.1, 0.9]]) == 3  # means .25, .30, .60
    assert best_epoch([[0.4, 0.4]]) == 1


def test_the_final_model_takes_the_median_of_the_choices() -> None:
    assert final_epochs([2, 8, 3]) == 3
    assert final_epochs([2, 4]) == 2


def test_a_forecast_counts_the_windows_of_what_is_learned() -> None:
    assert steps_forecast({"a": 3.0, "b": 4.0, "c": 90.0}, ["a", "b"], 5, batch_windows=2) == 20


def test_the_clock_adds_runs_up_and_takes_the_steps_that_there_are() -> None:
    seen: list[LabProgress] = []
    clock = Clock({"one": 10, "two": 20}, seen.append)
    clock.begin("one", "first")
    clock.step(Progress(1, 8, 0.5, 1.0))  # 8 steps, not the 10 that were thought
    assert (seen[-1].stage, seen[-1].done, seen[-1].steps) == ("first", 1, 28)
    clock.finish("one", "first")
    assert (seen[-1].done, seen[-1].steps) == (8, 28)
    clock.expect("two", 4)
    clock.finish("two", "second")
    assert (seen[-1].done, seen[-1].steps) == (12, 12)


def test_the_clock_goes_on_at_the_pace_that_was_kept_and_keeps_its_own(tmp_path: Path) -> None:
    seen: list[LabProgress] = []
    kept: list[Pace] = []
    now = [0.0]
    save_pace(tmp_path, Pace(steps=40, seconds=80.0))
    pace = load_pace(tmp_path)
    assert (pace.steps, pace.seconds) == (20, 40.0)  # of an earlier time twenty steps at most
    clock = Clock({"one": 10}, seen.append, pace, kept.append, lambda: now[0])
    clock.begin("one", "first")
    clock.step(Progress(4, 10, 0.5, 1.0))  # gone on with at the fourth
    assert seen[-1].seconds_left == 6 * 2.0
    now[0] = 13.0
    clock.step(Progress(5, 10, 0.5, 1.0))  # (40 + 13) / 21 s a step
    assert seen[-1].seconds_left == pytest.approx(5 * 53 / 21)
    assert kept == [Pace(21, 53.0)]
    now[0] = 15.0
    clock.step(Progress(6, 10, 0.5, 1.0))
    assert len(kept) == 1  # not at every step
    now[0] = 500.0
    clock.part("session 1 of 2")
    assert (seen[-1].stage, seen[-1].part, seen[-1].done) == ("first", "session 1 of 2", 6)
    clock.step(Progress(7, 10, 0.5, 1.0))  # what lay between is no step's time
    assert seen[-1].seconds_left == pytest.approx(3 * 55 / 22)


def test_no_pace_is_kept_before_there_is_one(tmp_path: Path) -> None:
    assert load_pace(tmp_path) == Pace()
    save_pace(tmp_path, Pace())
    assert load_pace(tmp_path) == Pace()
