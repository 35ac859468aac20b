"""What `train` says of the time before it begins, and when it was stopped or done before."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from rupture_nlp.cli import train_plan
from rupture_nlp.cli.train_plan import Job, agreed, time_left
from rupture_nlp.errors import RunError
from rupture_nlp.training.lab import estimate
from rupture_nlp.training.lab.bench import RUNS, lab_settings
from rupture_nlp.training.lab.estimate import Estimate, Range
from rupture_nlp.training.lab.pace import Pace, save_pace
from rupture_nlp.training.lab.plan import LabSettings, Places
from rupture_nlp.training.lab.start import Base, find_start
from rupture_nlp.training.lab.work import identity_of
from rupture_nlp.training.outoffold import INDEX
from rupture_nlp.training.run import DONE
from tests.tiny_model import make_tiny_bundle
from tests.training.lab.made import lab, plain_lab
from tests.training.made import SETTINGS

SLOW = 24.0


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("job")
    start = find_start(make_tiny_bundle(folder / "tiny"))
    settings = LabSettings(
        folds=2, choose_epochs=False, memorisation=False, train=replace(SETTINGS, epochs=2)
    )
    return Job(lab(plain_lab(8, 1)), Base(start), settings, Places(folder / "model"))


@pytest.fixture(autouse=True)
def _steps_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def time_steps(*given: object) -> float:
        given[3](SLOW)  # type: ignore[operator]  # what is told after the first step
        return SLOW

    monkeypatch.setattr(estimate, "time_steps", time_steps)


def stopped(job: Job, folder: Path) -> Job:
    """The job stopped after its first fold, at 3 seconds a step."""
    places = Places(folder / "model")
    train = lab_settings(job.data, job.base.start, job.settings)
    identity = identity_of(job.data, job.settings, train, job.base.start.sha256)
    done = places.work / "rows" / "fold-0"
    done.mkdir(parents=True)
    (done / INDEX).write_text("{}", encoding="utf-8")
    (places.work / "work.json").write_text(json.dumps({"identity": identity}), encoding="utf-8")
    save_pace(places.work, Pace(30, 90.0))
    return replace(job, places=places)


def said(job: Job, capsys: pytest.CaptureFixture[str]) -> str:
    assert agreed(Console(width=500), job, ask=False)
    return capsys.readouterr().out


def test_on_a_slow_machine_the_first_step_is_told_at_once(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = said(job, capsys).splitlines()
    assert lines[0].startswith("plan: start from tiny")
    assert lines[1] == "timing a few steps (at most 8, about 20 seconds) ..."
    assert lines[2].startswith("the first step took 24 s; by that alone ")
    assert lines[3].startswith("time: ")
    assert "on this machine (24.0 s a step" in lines[3]


def test_a_training_that_was_stopped_says_what_is_left_and_times_nothing(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = said(job, capsys)
    again = said(stopped(job, tmp_path), capsys)
    assert "going on where it was stopped: 1 of 3 runs are done" in again
    assert "timing" not in again
    assert "time left: " in again
    assert "as before it was stopped (3.0 s a step" in again
    # Two folds of half of the sessions and the final run on all: a quarter is done.
    all_steps, left = (int(re.findall(r"a step, (\d+) steps", text)[0]) for text in (whole, again))
    assert left * 4 == all_steps * 3


def test_where_only_the_figures_are_left_nothing_is_timed(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = stopped(job, tmp_path)
    for run in ("fold-1", "final"):
        done = again.places.work / RUNS / run / DONE
        done.parent.mkdir(parents=True)
        done.write_text("{}", encoding="utf-8")
    (line,) = said(again, capsys).splitlines()[1:]
    assert line == "going on where it was stopped: 3 of 3 runs are done"


def test_work_of_another_training_is_refused_before_anything_is_timed(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = stopped(job, tmp_path)
    (other.places.work / "work.json").write_text('{"identity": "other"}', encoding="utf-8")
    with pytest.raises(RunError, match="other data, settings or starting model"):
        agreed(Console(), other, ask=False)
    assert capsys.readouterr().out == ""
    shutil.rmtree(other.places.work)


def test_a_training_goes_on_with_checkpoints_more_often(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = stopped(job, tmp_path)
    train = replace(again.settings.train, checkpoint_minutes=0.5)
    again = replace(again, settings=replace(again.settings, train=train))
    assert "going on where it was stopped: 1 of 3 runs are done" in said(again, capsys)


def test_what_was_done_before_is_neither_timed_nor_asked_about(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train_plan, "done_outcome", lambda *_: "there")
    assert said(job, capsys) == "this training was done before: nothing is trained again\n"


def test_steps_are_a_range_where_it_is_open_how_long_is_trained() -> None:
    needed = Estimate(Range(60, 240), Range(1e9, 2e9), 1.5, Range(40, 90))
    assert time_left(needed, begun=False, measured=False) == (
        "time: 1 to 4 minutes on this machine (1.5 s a step, 40 to 90 steps); memory: 1.0 to 2.0 GB"
    )
    assert "time left: 1 to 4 minutes on this machine (1.5 s a step, 40 to 90 steps left)" in (
        time_left(needed, begun=True, measured=False)
    )
