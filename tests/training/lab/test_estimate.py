from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.training.lab.estimate import (
    Before,
    Range,
    Timing,
    estimate,
    memory_range,
    planned_epochs,
    spoken_memory,
    spoken_time,
    take_timing,
    time_steps,
)
from rupture_nlp.training.lab.plan import LabSettings
from rupture_nlp.training.lab.schedule import make_schedule
from rupture_nlp.training.lab.start import find_start
from rupture_nlp.training.loop import Progress
from rupture_nlp.training.lora import add_adapters
from rupture_nlp.training.settings import LoraSettings
from tests.tiny_model import make_tiny_bundle, make_tiny_network
from tests.training.lab.made import lab, plain_lab
from tests.training.made import SETTINGS

LAB = LabSettings(train=replace(SETTINGS, epochs=4, patience=1), memorisation=False)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (5, 40, "less than a minute"),
        (70, 200, "1 to 4 minutes"),
        (20, 70, "up to 2 minutes"),
        (3700, 7000, "61 to 117 minutes"),
        (4000, 20000, "1 to 6 hours"),
    ],
)
def test_times_are_said_as_people_say_them(low: float, high: float, words: str) -> None:
    assert spoken_time(Range(low, high)) == words


def test_passes_are_counted_by_hand() -> None:
    # Four patients, each left out: 4 runs on 3/4 of the sessions, and the final one on all. Four
    # choices, each on 3/4 of the sessions but for one of its three groups: 1/2.
    data = lab(plain_lab(4, 1))
    fixed = replace(LAB, choose_epochs=False)
    assert planned_epochs(make_schedule(data, fixed), fixed, 4) == Range(4 * 4.0, 4 * 4.0)
    passes = planned_epochs(make_schedule(data, LAB), LAB, 4)
    # Least: two epochs of every choice, then one of each other run; most: four of all.
    assert passes == Range(2 * 2.0 + 1 * 4.0, 4 * 6.0)


def test_adapters_need_less_memory_than_the_whole_encoder() -> None:
    network, _ = make_tiny_network()
    whole = memory_range(network, SETTINGS)
    add_adapters(network, LoraSettings(rank=2, layers=2))
    assert memory_range(network, SETTINGS).high < whole.high
    assert spoken_memory(Range(1.23e9, 2.3e9)) == "1.2 to 2.3 GB"


def test_an_estimate_times_real_steps_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    data = lab(plain_lab(4, 2))
    start = find_start(make_tiny_bundle(tmp_path / "tiny"))
    firsts: list[Timing] = []
    timing = take_timing(data, start, LAB, on_first=firsts.append)
    assert len(firsts) == 1
    assert 0 < firsts[0].step_seconds < 60
    found = estimate(timing, make_schedule(data, LAB), LAB, 8)
    assert 0 < found.step_seconds < 20
    assert 0 < found.seconds.low < found.seconds.high
    assert list((tmp_path / "tmp").iterdir()) == []
    # Timed before: nothing is done again.
    again = take_timing(data, start, LAB, 7.5, firsts.append)
    assert (again.step_seconds, again.an_epoch, len(firsts)) == (7.5, timing.an_epoch, 1)


@pytest.mark.parametrize(("limit_s", "steps"), [(0.0, 1), (1000.0, 8)])
def test_timing_is_bounded_by_steps_and_begins_none_after_its_time(
    monkeypatch: pytest.MonkeyPatch, limit_s: float, steps: int
) -> None:
    done: list[int] = []

    def train(*given: object) -> None:
        for at in range(1, 99):
            done.append(at)
            given[4](Progress(at, 99, 0.0, 0.0))  # type: ignore[operator]  # the callback

    monkeypatch.setattr("rupture_nlp.training.lab.estimate.train_network", train)
    network, _ = make_tiny_network()
    assert time_steps(network, [], SETTINGS, limit_s=limit_s) > 0
    assert done == list(range(1, steps + 1))


def test_what_was_done_before_is_not_counted_again() -> None:
    data = lab(plain_lab(4, 1))
    schedule = make_schedule(data, LAB)
    timing = Timing(step_seconds=2.0, an_epoch=10, memory=Range(1, 2))
    # Of the passes worked out above: one fold is done, its choice and the fold itself, 1/2 and 3/4
    # of a pass, and it took 2 epochs. Left at most: 3 choices of 1/2 and 3 folds of 3/4 and the
    # final run of 1, four epochs each: 19 passes of 10 steps; 5 steps of them are done.
    runs = frozenset({"fold-0", "fold-0-choice-0"})
    found = estimate(timing, schedule, LAB, 4, Before(runs, 5, {0: 2}))
    assert found.steps == Range(10 * (1.5 * 2 + 2.25 + 1) - 5, 190 - 5)
    assert found.seconds == Range(2 * found.steps.low, 2 * found.steps.high * 1.5)
    # Where all folds have chosen, it is known how long the rest takes.
    runs = frozenset(run.name for run in schedule.runs if run.purpose == "choice")
    chosen = {0: 2, 1: 1, 2: 3, 3: 2, None: 2}
    found = estimate(timing, schedule, LAB, 4, Before(runs, 0, chosen))
    assert found.steps == Range(10 * (0.75 * 8 + 2), 10 * (0.75 * 8 + 2))
