"""What `train` shows: what the data carry, what will be done, how far it is, what came of it.

Plain words for people who coded the sessions, not for engineers. Counts and codes, never text.
"""

import time
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from rupture_nlp.cli.bar import WithBar
from rupture_nlp.cli.display import print_line
from rupture_nlp.io.corpus.problems import Severity
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.counts import ClassCount, CoderRate, PairKappa
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.estimate import Range, spoken_time
from rupture_nlp.training.lab.findings import Finding, counted
from rupture_nlp.training.lab.labels import RUPTURE, LabelSet
from rupture_nlp.training.lab.plan import LabOutcome, LabProgress
from rupture_nlp.training.lab.precision import Expected

SECONDS_BETWEEN_LINES = 30.0
POLICIES = {
    "gold": "the adjudicated codes (gold)",
    "majority": "what most coders gave each turn",
    "soft": "all coders alike: a turn that one of two calls a rupture is learned as half a one",
    "one": "one coder",
}


def say(console: Console, line: str) -> None:
    """One line, as it is."""
    print_line(console, line)


def show_material(console: Console, data: LabData, counts: Sequence[ClassCount]) -> None:
    """What is learned from, and whose codes."""
    turns = sum(len(session.transcript.utterances) for session in data.sessions)
    unit = "patients (groups)" if data.group_column == "group" else data.group_column + "s"
    say(
        console,
        f"{data.name}: {counted(len(data.sessions), 'session')} of {len(data.groups)} {unit}, "
        f"{turns} turns, {counted(len(data.coders), 'coder')}",
    )
    say(console, f"learned from: {POLICIES[data.policy.name]}")
    apart, few = told_apart(data.labels, counts)
    too_few = f"; too few turns to learn: {', '.join(few)}" if few else ""
    say(console, f"told apart ({data.labels.name}): {', '.join(apart)}{too_few}")


def told_apart(
    labels: LabelSet, counts: Sequence[ClassCount]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The classes with turns enough to be learned, and those without. A class that can be learned
    of one of two coded speakers alone says so."""
    apart, few = [labels.classes[0]], []
    for name in labels.classes[1:]:
        # The only class of all is counted as any rupture.
        own = [c for c in counts if c.name == name] or [c for c in counts if c.name == RUPTURE]
        taught = [c.speaker for c in own if c.taught and c.speaker in labels.speakers]
        alone = len(taught) == 1 < len(labels.speakers)
        if taught:
            apart.append(f"{name} (of {taught[0]}s alone)" if alone else name)
        else:
            few.append(name)
    return tuple(apart), tuple(few)


def show_learnable(
    console: Console,
    counts: Sequence[ClassCount],
    widths: Sequence[Expected],
    speakers: Sequence[Speaker],
) -> None:
    """How many examples there are of what, and how sure a figure made from them can be."""
    table = _table("what these codes can teach", ("speaker", "code"), ("turns", "patients"))
    table.add_column("")
    for count in counts:
        coded = count.speaker in speakers
        table.add_row(
            count.speaker.value,
            count.name,
            str(count.positives),
            str(count.groups),
            count.learnable.value if coded else "not coded",
        )
    console.print(table)
    for one in widths:
        say(
            console,
            f"{one.speaker}: with {one.positives} ruptures in {one.groups} groups, a model as good "
            f"as ours would be measured about so: F1 .40 give or take {_half(one.f1)}, "
            f"kappa give or take {_half(one.kappa)}, average precision give or take "
            f"{_half(one.average_precision)}. Gains much smaller than that cannot be shown.",
        )


def show_coders(console: Console, rates: Sequence[CoderRate], kappas: Sequence[PairKappa]) -> None:
    """How the coders differ on the turns that two of them coded; nothing where there are none."""
    if not rates:
        return
    numbers = ("turns", "ruptures", "others say")
    table = _table("coders, on turns that two or more coded", ("coder", "speaker"), numbers)
    for rate in rates:
        table.add_row(
            rate.coder,
            rate.speaker.value,
            str(rate.turns),
            f"{rate.rate:.1%}",
            f"{rate.others_rate:.1%}",
        )
    console.print(table)
    for pair in kappas:
        say(
            console,
            f"{pair.first} and {pair.second}, {pair.speaker} turns: kappa {_kappa(pair.classes)} "
            f"over the codes, {_kappa(pair.rupture)} for rupture or none. Read what a model "
            "reaches beside that.",
        )


def show_checks(console: Console, findings: Sequence[Finding]) -> None:
    """All findings, errors first, and what they come to."""
    for one in findings:
        say(console, f"{one.severity}: {one.topic}: {one.message}")
    errors = sum(one.severity is Severity.ERROR for one in findings)
    warnings = len(findings) - errors
    verdict = "cannot be trained on as they are" if errors else "can be trained on"
    say(
        console,
        f"these data {verdict} ({counted(errors, 'error')}, {counted(warnings, 'warning')})",
    )


def show_outcome(console: Console, outcome: LabOutcome) -> None:
    """The verdict, where everything is, and what to do next."""
    say(console, outcome.verdict)
    say(console, f"report, for you alone (names of sessions and patients): {outcome.report}")
    say(console, f"model (no text, no names): {outcome.model}")
    say(
        console,
        f"next: `rupture-nlp label NEW-SESSIONS --model {outcome.model} --out labelled`, and "
        "`rupture-nlp evaluate` on sessions that were coded after this training",
    )


class TrainDisplay(WithBar):
    """A bar on a terminal, a line now and then elsewhere, with the time left."""

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
                TextColumn("{task.percentage:.0f} %{task.fields[left]}"),
                console=console,
                disable=quiet or not console.is_terminal,
            )
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._next_line = 0.0

    def show(self, progress: LabProgress) -> None:
        """How far the training is."""
        # What does no steps shortens nothing.
        left = "" if progress.part else _left(progress.seconds_left)
        named = f"{progress.stage}: {progress.part}" if progress.part else progress.stage
        if self._task is None:
            self._task = self._bar.add_task(progress.stage, left="")
        self._bar.update(
            self._task,
            description=named,
            completed=progress.done,
            total=progress.steps,
            left=left,
        )
        late = self._seconds() >= self._next_line
        if (late or progress.stage != self._stage) and not self._console.is_terminal:
            self._stage = progress.stage
            self._next_line = self._seconds() + SECONDS_BETWEEN_LINES
            if not self._quiet:
                done = f"step {progress.done} of about {progress.steps}"
                say(self._console, f"{progress.stage}: {progress.part or done}{left}")


def _left(seconds: float) -> str:
    # Not a number until the first steps are done.
    return "" if seconds != seconds else f", {spoken_time(Range(seconds, seconds))} left"  # noqa: PLR0124


def _half(width: float) -> str:
    return f"{width / 2:.2f}".removeprefix("0")


def _kappa(value: float) -> str:
    return "not defined" if value != value else f"{value:.2f}"  # noqa: PLR0124  # NaN


def _table(title: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(title=title, box=box.SIMPLE, title_justify="left")
    for name in words:
        table.add_column(name, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table
