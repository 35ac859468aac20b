"""What a labelling run shows: progress while it goes on, a table when it is done.

Progress and problems go to standard error, results to standard output. No words of a transcript.
"""

import heapq
import logging
import time
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console, JustifyMethod
from rich.logging import RichHandler
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from rupture_nlp.cli.bar import WithBar
from rupture_nlp.pipeline.protocol import Failure
from rupture_nlp.pipeline.run import RunResult
from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.reports.summary import SessionSummary, per_100

ROWS_SHOWN = 20
SECONDS_BETWEEN_LINES = 15.0


class _Rate(ProgressColumn):
    """Steps per second: utterances, or files while reading."""

    def render(self, task: Task) -> Text:
        return Text(
            "" if task.speed is None else f"{task.speed:.1f}/s", style="progress.data.speed"
        )


class RunDisplay(WithBar):
    """Watches a run: a bar on a terminal, a line now and then elsewhere."""

    def __init__(
        self,
        console: Console,
        *,
        quiet: bool = False,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._quiet = quiet
        self._seconds = seconds
        super().__init__(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[unit]}, {task.fields[sessions]} sessions"),
                _Rate(),
                TimeRemainingColumn(),
                console=console,
                disable=quiet or not console.is_terminal,
            )
        )
        self._task: TaskID | None = None
        self._name = self._unit = self._item = ""
        self._total = 0
        self._sessions = 0
        self._work = self._done = 0  # utterances, or files while reading
        self._begun = self._next_line = 0.0

    def stage(self, name: str, sessions: int, utterances: int) -> None:
        """Open a stage. A stage without utterances counts files."""
        self._name, self._total, self._sessions = name, sessions, 0
        self._work, self._done = utterances or sessions, 0
        self._unit = "utterances" if utterances else "files"
        self._item = "session" if utterances else "file"
        self._begun = self._seconds()
        self._next_line = self._begun + SECONDS_BETWEEN_LINES
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(
            name,
            total=utterances or sessions,
            unit=self._unit,
            sessions=f"0/{sessions}",
        )
        if sessions:
            self._say(f"{name}: {counted(sessions, self._item)}")

    def advance(self, sessions: int, utterances: int) -> None:
        """Move on."""
        self._sessions += sessions
        step = utterances or sessions
        self._done += step
        if self._task is not None:
            shown = f"{self._sessions}/{self._total}"
            self._bar.update(self._task, advance=step, sessions=shown)
        now = self._seconds()
        if now >= self._next_line:
            self._next_line = now + SECONDS_BETWEEN_LINES
            rate = self._done / (now - self._begun)
            done = f"{self._sessions} of {counted(self._total, self._item)}"
            self._say(f"{self._name}: {done}{self._going(rate)}")

    def _going(self, rate: float) -> str:
        if not rate:
            return ""
        left = max(self._work - self._done, 0) / rate
        return f", {rate:.1f} {self._unit} a second" + (
            f", about {duration(left)} left" if left else ""
        )

    def failed(self, failure: Failure) -> None:
        """Say in one line what could not be labelled."""
        print_line(self._console, f"error: {failure.message}")

    def _say(self, line: str) -> None:
        if self._bar.disable and not self._quiet:
            print_line(self._console, line)


def duration(seconds: float) -> str:
    """A length of time as somebody who waits wants it: 50 s, 12 min, 3.4 h."""
    for most, unit, size in ((100.0, "s", 1.0), (6000.0, "min", 60.0)):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:.1f} h"


def print_line(console: Console, line: str) -> None:
    """Print as it is, in one line however wide the terminal."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def send_log_to(console: Console) -> None:
    """Show this package's log above the bar.

    Logs of other packages are dropped: nobody has checked that they never quote a transcript.
    """
    logging.getLogger().addHandler(logging.NullHandler())
    handler = RichHandler(console=console, show_path=False, rich_tracebacks=False, markup=False)
    logger = logging.getLogger("rupture_nlp")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def show_result(console: Console, result: RunResult) -> None:
    """The sessions with the most ruptures, the totals, and where everything is."""
    counts = result.counts
    shared = f"{counts.shared} by other runs, " if counts.shared else ""
    if result.elsewhere:
        print_line(
            console,
            f"{counted(counts.labelled, 'session')} labelled now, {shared}{counts.reused} finished "
            f"before; another run has written tables and report in {result.out}",
        )
        return
    rows = heapq.nsmallest(ROWS_SHOWN, result.rows, key=lambda row: (-row.rate, row.session_id))
    title = (
        f"{len(rows)} of {counted(len(result.rows), 'session')}: ruptures, most per 100 turns first"
    )
    table = Table(
        title=title,
        title_justify="left",
        show_footer=True,
        box=box.SIMPLE,
        padding=0,
        pad_edge=False,
        show_edge=False,
    )
    for heading, footer in zip(_HEADINGS, _totals(result.rows), strict=True):
        is_text = heading in {"session", "warnings"}
        justify: JustifyMethod = "left" if is_text else "right"
        table.add_column(
            heading, footer=footer, justify=justify, overflow="fold", no_wrap=not is_text
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in _cells(row)))
    console.print(table)
    print_line(
        console,
        f"{counted(counts.in_tables, 'session')} ({counted(counts.utterances, 'utterance')}) in "
        f"{result.out}: "
        f"{counts.labelled} labelled now, {shared}{counts.reused} finished before, "
        f"{counted(len(result.failures), 'problem')}, {result.seconds:.1f} s",
    )
    print_line(console, f"tables: {result.out / 'utterances.csv'}, episodes.csv, sessions.csv")
    print_line(
        console, f"        (also .parquet; columns explained in {result.out / 'columns.md'})"
    )
    if result.report is not None:
        print_line(console, f"report: {result.report}")


_HEADINGS = (
    "session",
    "turns",
    "patient",
    "therapist",
    "per 100",
    "episodes",
    "repaired",
    "warnings",
)


def _cells(row: SessionSummary) -> tuple[str, ...]:
    warnings = (*row.flags, *(("pseudo_alliance",) if row.pseudo_alliance else ()))
    return (
        row.session_id,
        str(row.turns),
        str(row.patient.total),
        str(row.therapist.total),
        f"{row.rate:.1f}",
        str(row.episodes),
        str(row.repaired),
        ", ".join(warnings).replace("_", " "),
    )


def _totals(rows: Sequence[SessionSummary]) -> tuple[str, ...]:
    patient = sum(row.patient.total for row in rows)
    therapist = sum(row.therapist.total for row in rows)
    turns = sum(row.patient.turns + row.therapist.turns for row in rows)
    return (
        "all",
        str(sum(row.turns for row in rows)),
        str(patient),
        str(therapist),
        f"{per_100(patient + therapist, turns) or 0.0:.1f}",
        str(sum(row.episodes for row in rows)),
        str(sum(row.repaired for row in rows)),
        "",
    )
