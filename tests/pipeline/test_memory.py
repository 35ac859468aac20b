"""What a run holds does not grow with its sessions, but for the index that is documented.

Counted are Python's allocations and Arrow's, at their peak. The interpreter's table of strings in
use may be made anew at any moment and is megabytes: so the least of two runs counts.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.names import SourceName, unique_names
from rupture_nlp.pipeline.report import ReportWriter
from rupture_nlp.pipeline.row_list import RowList
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.reports.summary import summarise
from tests.pipeline.runs import Watcher, run, write_sessions
from tests.reports.made import CONTEXT, made_session

INDEX_BYTES = 500
"""Of every session, as `docs/long_runs.md` says."""


@dataclass
class FromWriting(Watcher):
    """Counts from where the tables begin: before, a run reads and labels."""

    def stage(self, name: str, sessions: int, utterances: int) -> None:
        super().stage(name, sessions, utterances)
        if name == "writing":
            tracemalloc.start()


def least_peak(act: Callable[[], object]) -> int:
    """The most bytes that Python held at once while it acted."""
    found = []
    for _ in range(2):
        tracemalloc.start()
        try:
            act()
            found.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return min(found)


def peaks_of_writing(place: Path, sessions: int) -> tuple[int, int]:
    """Of Python and of Arrow, in bytes, for a run in which everything is finished."""
    write_sessions(place / "in", sessions, turns=4)
    settings = LabelSettings(report_max=2)
    run(place / "in", place / "out", settings=settings)
    found, pools, usual = [], [], pa.default_memory_pool()
    for _ in range(2):
        pool = pa.proxy_memory_pool(usual)
        pa.set_memory_pool(pool)
        try:
            run(place / "in", place / "out", settings=settings, watcher=FromWriting())
            found.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
            pa.set_memory_pool(usual)
        pools.append(pool.max_memory())
    return min(found), min(pools)


def test_writing_takes_no_more_memory_for_four_times_the_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is filled once is full in the smaller run already.
    monkeypatch.setattr("rupture_nlp.pipeline.tables.BYTES_PER_GROUP", 10_000)
    monkeypatch.setattr("rupture_nlp.pipeline.tables.ROWS_TOGETHER", 10)
    monkeypatch.setattr("rupture_nlp.pipeline.row_list._TOGETHER", 8)
    monkeypatch.setattr("rupture_nlp.reports.overview.MOST_ROWS", 20)
    small, _ = peaks_of_writing(tmp_path / "small", 50)
    large, in_columns = peaks_of_writing(tmp_path / "large", 200)
    assert (large - small) / 150 < INDEX_BYTES
    # Three tables, each with a group and what turning it into Parquet takes.
    assert 10_000 < in_columns < 3 * 2 * 10_000


def test_the_overview_is_never_held_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rupture_nlp.pipeline.row_list._TOGETHER", 8)
    row = summarise(*made_session(300), (), None)
    writer = ReportWriter(OutputFolder(tmp_path), CONTEXT, 0)

    def write(sessions: int) -> None:
        rows = RowList()
        for _ in range(sessions):
            rows.append(row)
        writer.finish(rows, ())

    write(1)  # templates are compiled once
    small, large = (least_peak(partial(write, sessions)) for sessions in (50, 200))
    # On the page a row takes more than 1,000 bytes, drawn and not yet written several times that.
    assert (tmp_path / "report.html").stat().st_size > 200 * 1_000
    assert (large - small) / 150 < INDEX_BYTES


class Sources:
    """So many names, made when they are asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[SourceName]:
        for number in range(self.count):
            yield SourceName(f"in/{number % 2}/s{number // 2:06}.txt", f"s{number // 2:06}")


def test_telling_names_apart_takes_little_beside_the_names() -> None:
    # All of them collide, and get the names of their paths, 16 bytes each.
    assert list(unique_names(Sources(3))) == ["in/0/s000000.txt", "in/1/s000000.txt", "s000001"]
    small, large = (least_peak(partial(unique_names, Sources(sources))) for sources in (500, 2_000))
    assert (large - small) / 1_500 < 200
