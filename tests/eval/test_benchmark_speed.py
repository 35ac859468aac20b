"""The rounds, goals and table of the speed benchmark, and that it runs to its end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eval import benchmark_speed
from eval.benchmark_speed_fresh import most_resident_mb
from eval.benchmark_speed_goals import (
    GOALS,
    MEMORY,
    OF_PEAK,
    TO_PIPELINE,
    Goal,
    against,
    goal_rows,
)
from eval.benchmark_speed_growth import Point, fit
from eval.benchmark_speed_machine import Watch
from eval.benchmark_speed_plan import QUICK
from eval.benchmark_speed_rivals import PIPELINE, Rival, all_rivals
from eval.benchmark_speed_rounds import Option, Timed, measure_rounds, ratio
from eval.benchmark_speed_table import warning


def timed(name: str, utterances: int, *seconds: float) -> Timed:
    return Timed(Option(name, utterances, lambda: None, lambda: None), seconds)


# Rounds and goals


def test_every_option_runs_once_a_round_after_a_warm_up() -> None:
    said: list[str] = []
    options = [
        Option(name, 10, lambda n=name: said.append(n), lambda n=name: said.append(f"warm {n}"))  # type: ignore[misc]
        for name in ("a", "b", "c")
    ]
    found = measure_rounds(options, 2, 1, 0, lambda: said.append("between"))
    assert said[:3] == ["warm a", "warm b", "warm c"]
    assert sorted(said[3:6]) == sorted(said[7:10]) == ["a", "b", "c"]
    assert said[6] == said[10] == "between"
    assert [len(one.seconds) for one in found] == [2, 2, 2]


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    ours = timed("ours", 100, 1.0, 2.0, 4.0)  # 100, 50, 25 a second
    theirs = timed("theirs", 10, 1.0, 0.5, 2.0)  # 10, 20, 5 a second
    assert ratio(ours, theirs) == pytest.approx(5.0)  # of 10, 2.5 and 5


def test_a_rival_is_taken_with_its_best_batch_and_with_its_fastest_setting() -> None:
    def pair(batch: int, precision: str, seconds: float) -> tuple[Rival, Timed]:
        rival = Rival(PIPELINE, context=False, batch=batch, precision=precision)
        return rival, timed(rival.name, 10, seconds)

    rivals = [pair(1, "fp32", 2.0), pair(8, "fp32", 1.0), pair(1, "bf16", 0.5)]
    usual, fastest = against(timed("ours", 100, 1.0), rivals, PIPELINE, context=False)
    assert usual.ratio == pytest.approx(10.0)
    assert usual.rival.setting == "batch 8, fp32"
    assert fastest.ratio == pytest.approx(5.0)
    assert fastest.rival.setting == "batch 1, bf16"


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (TO_PIPELINE, 10.0, "met"),
        (TO_PIPELINE, 9.99, "missed"),
        (OF_PEAK, 0.6, "met"),
        (OF_PEAK, None, "not measured"),
        (MEMORY, 1000.0, "met"),
        (MEMORY, 1000.1, "missed"),
        (MEMORY, float("nan"), "not measured"),
    ],
)
def test_a_goal_is_met_from_its_bound_on(goal: Goal, value: float | None, verdict: str) -> None:
    assert goal.verdict(value) == verdict


def test_the_table_of_goals_shows_what_was_missed_and_the_harder_case() -> None:
    rival = Rival(PIPELINE, context=False, batch=8, precision="bf16")
    _, harder = against(
        timed("ours", 100, 1.0),
        [(rival, timed("x", 14, 1.0)), (Rival(PIPELINE, False, 1, "fp32"), timed("y", 9, 1.0))],
        PIPELINE,
        context=False,
    )
    measured = {TO_PIPELINE.key: 11.1, MEMORY.key: 1200.0}
    rows = goal_rows(measured, {TO_PIPELINE.key: harder})
    said = [(row["name"], row["goal"], row["measured"], row["verdict"]) for row in rows]
    assert said[0][1:] == ("at least 10 times", "11.1 times", "met")
    assert said[1][1:] == ("at least 10 times", "7.1 times", "missed")
    assert "batch 8, bf16" in str(said[1][0])
    assert ("at most 1,000 MB", "1,200 MB", "missed") in [one[1:] for one in said]
    assert ("at least 0.6", "not measured", "not measured") in [one[1:] for one in said]


def test_growth_is_found_on_points_worked_by_hand() -> None:
    points = [Point(1, 100, (1.2,)), Point(10, 1000, (3.0, 9.0, 2.0)), Point(100, 10000, (21.0,))]
    growth = fit(points)  # 1 s and 2 ms an utterance, through the medians
    assert growth.fixed_s == pytest.approx(1.0)
    assert growth.ms_an_utterance == pytest.approx(2.0)
    proportional = fit([Point(1, 10, (0.5,)), Point(7, 70, (3.5,))])
    assert proportional.exponent == pytest.approx(1.0)
    assert points[1].ms_an_utterance == pytest.approx(3.0)


# Processes and the whole


def test_memory_is_that_of_the_process_itself_not_of_the_one_that_started_it() -> None:
    held = np.ones(40_000_000)  # 320 MB
    code = "from eval.benchmark_speed_fresh import most_resident_mb as m; print(m())"
    repository = Path(benchmark_speed.__file__).parents[1]
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True
    )
    assert most_resident_mb() > held.nbytes / 1e6
    assert 1 < float(said.stdout) < 250


def test_work_of_this_process_is_not_that_of_others() -> None:
    watch = Watch.begin()
    sum(range(3_000_000))
    others = watch.others()
    assert others is None or 0 <= others <= (os.cpu_count() or 1)


@pytest.mark.slow
@pytest.mark.timeout(900)  # on a busy machine each of its processes takes a minute
def test_the_benchmark_runs_from_text_to_table(tiny_bundle: Path, tmp_path: Path) -> None:
    asked = ["--out", str(tmp_path), "--quick", "--model", str(tiny_bundle), "--threads", "1"]
    asked += ["--only", "torch bf16", "--rounds", "1"]
    ran = CliRunner().invoke(benchmark_speed.app, asked, catch_exceptions=False)
    assert ran.exit_code == 0
    result = json.loads((tmp_path / "benchmark_speed.json").read_text(encoding="utf-8"))
    for goal in GOALS:
        assert result[goal.key] > 0, goal.key
    assert {row["name"] for row in result["options"]} == set(result["medians"])
    assert "ours, torch bf16" in result["medians"]
    assert len(result["medians"]) == len(result["ratios"]) + len(all_rivals(QUICK.batches))
    assert all(len(row["seconds"]) == 1 for row in result["options"])
    table = (tmp_path / "benchmark_speed.md").read_text(encoding="utf-8")
    assert all(row["name"] in table for row in result["options"])
    assert "padding is not counted as work" in table
    for kind in ("png", "svg"):
        assert (tmp_path / f"benchmark_speed.{kind}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("before", "others", "told"),
    [
        (9.0, 0.1, ""),
        (0.1, 1.5, "others used 1.5"),
        (9.0, None, "the load was 9.0"),
        (0.1, None, ""),
    ],
)
def test_the_table_says_when_others_used_the_machine(
    before: float, others: float | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The load is of the minutes before: work that ended then is no reason to doubt.
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    load = {"before": before, "cores_of_others": others}
    said = "".join(warning({"load": load, "machine": {"cores": 2}}))
    assert told in said
    assert bool(said) is bool(told)
