"""Several processes in one output folder label each session once, with the results of one."""

from collections import Counter
from pathlib import Path

import pytest

from tests.pipeline.processes import SlowRun, start, wait_until
from tests.pipeline.runs import contents, run, write_sessions

SESSIONS = 24
TURNS = 150  # four sessions a claim
NAMES = sorted(f"s{number}" for number in range(SESSIONS))


def start_some(tmp_path: Path, count: int) -> list[SlowRun]:
    """Runs that begin together."""
    runs = [
        start(tmp_path / "in", tmp_path / "out", 0.2, tmp_path / f"{number}.log")
        for number in range(count)
    ]
    return [one.begin() for one in runs]


def assert_as_if_alone(tmp_path: Path) -> None:
    run(tmp_path / "in", tmp_path / "alone")
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")
    assert not (tmp_path / "out" / ".runs").exists()


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 3])
def test_processes_share_the_work_and_none_is_done_twice(tmp_path: Path, processes: int) -> None:
    write_sessions(tmp_path / "in", SESSIONS, TURNS)
    runs = start_some(tmp_path, processes)
    ends = [one.end() for one in runs]
    assert [one.process.returncode for one in runs] == [0] * processes
    assert sorted(ends) == sorted(["written", *["elsewhere"] * (processes - 1)])
    assert sorted(name for one in runs for name in one.calls) == NAMES
    assert all(one.calls for one in runs), "each of them had its part"
    assert_as_if_alone(tmp_path)


@pytest.mark.slow
def test_what_a_killed_process_had_in_hand_the_other_labels(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", SESSIONS, TURNS)
    killed, other = start_some(tmp_path, 2)
    wait_until(lambda: len(killed.calls) >= 4 and len(other.calls) >= 2)
    killed.kill()
    assert other.end() == "written"
    assert other.process.returncode == 0
    counts = Counter(killed.calls + other.calls)
    assert sorted(counts) == NAMES
    # What it was at was lost with it, and nothing else.
    assert {name for name, count in counts.items() if count > 1} <= {killed.calls[-1]}
    assert_as_if_alone(tmp_path)


@pytest.mark.slow
def test_when_all_are_killed_the_next_goes_on(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", SESSIONS, TURNS)
    runs = start_some(tmp_path, 2)
    wait_until(lambda: all(len(one.calls) >= 3 for one in runs))
    for one in runs:
        one.kill()
    last = start(tmp_path / "in", tmp_path / "out", 0.0, tmp_path / "last.log").begin()
    assert last.end() == "written"
    assert len(last.calls) <= SESSIONS - sum(len(one.calls) - 1 for one in runs)
    assert_as_if_alone(tmp_path)
