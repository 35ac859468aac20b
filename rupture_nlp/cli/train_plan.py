"""What `train` says before it begins: what will be done, how long it takes, whether to start."""

import math
import sys
from dataclasses import dataclass

from rich.console import Console

from rupture_nlp.cli.train_display import say
from rupture_nlp.training.lab.bench import lab_settings
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.estimate import (
    LIMIT_S,
    MOST_STEPS,
    Before,
    Estimate,
    Timing,
    estimate,
    spoken_memory,
    spoken_time,
    take_timing,
)
from rupture_nlp.training.lab.findings import counted
from rupture_nlp.training.lab.pace import load_pace
from rupture_nlp.training.lab.plan import LabSettings, Places
from rupture_nlp.training.lab.resumed import left_before
from rupture_nlp.training.lab.schedule import Schedule, make_schedule
from rupture_nlp.training.lab.start import Base
from rupture_nlp.training.lab.work import (
    asked_of,
    done_outcome,
    identity_of,
    kept_in,
    refuse_other,
)
from rupture_nlp.training.processes import process_count

SLOW_S = 2.0
"""A first step that takes longer is told, so that nobody waits for nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """A training that may begin."""

    data: LabData
    base: Base
    settings: LabSettings
    places: Places


@dataclass(frozen=True, slots=True)
class Planned:
    """All runs of a job, and what of them was done before."""

    job: Job
    schedule: Schedule
    before: Before
    begun: bool  # it was stopped and is gone on with

    def needed(self, timing: Timing) -> Estimate:
        """What is left, at this pace."""
        job = self.job
        return estimate(timing, self.schedule, job.settings, len(job.data.sessions), self.before)


def agreed(shown: Console, job: Job, *, ask: bool) -> bool:
    """Say what will be done and how long it takes; ask where somebody is there to answer."""
    schedule = make_schedule(job.data, job.settings, bare=job.base.bare_sha256)
    train = lab_settings(job.data, job.base.start, job.settings)
    identity = identity_of(job.data, job.settings, train, job.base.start.sha256)
    if done_outcome(job.places, asked_of(identity, job.settings, job.base.bare_sha256)):
        say(shown, "this training was done before: nothing is trained again")
        return True
    refuse_other(job.places, identity)
    before = left_before(job.places, identity, schedule)
    begun = job.places.work in kept_in(job.places, identity)
    planned = Planned(job, schedule, before, begun=begun)
    say(shown, _plan(planned))
    if process_count() == 1 and len(before.runs) < len(schedule.runs):
        _say_time(shown, planned)
    if not ask or planned.begun or process_count() > 1 or not sys.stdin.isatty():
        return True
    return shown.input("Start? [y/N] ").strip().casefold() in {"y", "yes"}


def _say_time(shown: Console, planned: Planned) -> None:
    job = planned.job
    pace = load_pace(job.places.work).step_seconds if planned.begun else math.nan
    measured = not math.isnan(pace)

    def first(timing: Timing) -> None:
        if timing.step_seconds > SLOW_S:
            took = f"the first step took {timing.step_seconds:.0f} s"
            say(shown, f"{took}; by that alone {spoken_time(planned.needed(timing).seconds)}")

    if not measured:
        say(shown, f"timing a few steps (at most {MOST_STEPS}, about {LIMIT_S:.0f} seconds) ...")
    timing = take_timing(job.data, job.base.start, job.settings, pace if measured else None, first)
    say(shown, time_left(planned.needed(timing), begun=planned.begun, measured=measured))


def time_left(needed: Estimate, *, begun: bool, measured: bool) -> str:
    """How long it takes, or what is left of a training that was stopped."""
    steps = needed.steps
    many = f"{steps.low:.0f} to {steps.high:.0f}" if steps.low < steps.high else f"{steps.high:.0f}"
    how = "as before it was stopped" if measured else "on this machine"
    return (
        f"{'time left' if begun else 'time'}: {spoken_time(needed.seconds)} {how} "
        f"({needed.step_seconds:.1f} s a step, {many} steps{' left' if begun else ''}); "
        f"memory: {spoken_memory(needed.memory)}"
    )


def _plan(planned: Planned) -> str:
    schedule, before, data = planned.schedule, planned.before, planned.job.data
    folds = len(schedule.folds)
    inner = len(schedule.of("choice", 0))
    chosen = {0: "", 1: ", how long to train chosen inside each by a part held out"}.get(
        inner, f", how long to train chosen inside each by {inner} inner parts"
    )
    left = "one patient (group) at a time" if folds == len(data.groups) else f"{folds} parts"
    said = (
        f"plan: start from {planned.job.base.start.title}; test on patients left out, "
        f"{left}{chosen}; then train on all. {counted(len(schedule.runs), 'run')} in all"
    )
    if planned.begun:
        return (
            f"{said}\ngoing on where it was stopped: {len(before.runs)} of "
            f"{len(schedule.runs)} runs are done"
        )
    return said + (f", {len(before.runs)} of them done before" if before.runs else "")
