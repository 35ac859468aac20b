"""How long a training will take and how much memory it needs, said before it starts.

Time comes from a handful of real steps on this machine, memory from the size of the network. Both
are given as a range: early stopping shortens a training, other work on the machine lengthens it.
"""

import contextlib
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import torch
from tokenizers import Tokenizer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.store import NETWORK, load_network, start_network
from rupture_nlp.training.lab.bench import lab_settings
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.plan import LabSettings
from rupture_nlp.training.lab.schedule import PlannedRun, Schedule
from rupture_nlp.training.lab.start import Start
from rupture_nlp.training.loop import Progress, train_network
from rupture_nlp.training.lora import add_adapters
from rupture_nlp.training.material import TrainingSession, draw_epoch, prepare_sessions
from rupture_nlp.training.settings import TrainSettings

LIMIT_S = 20.0
MOST_STEPS = 8
SESSIONS_TIMED = 12

BYTES_OF_STATE = 16  # of a weight that learns, 32 bit: itself, gradient, two moments of Adam
BYTES_OF_FROZEN = 4
ACTIVATIONS = 34
"""Bytes kept for the way back for each token, layer and unit of width, at 16 bits and with fused
attention: Korthikanti et al. (2022), Reducing Activation Recomputation, equation 1."""

PROGRAM_BYTES = 0.7e9  # Python, torch and transformers before any network
LEAST, MOST = 0.8, 1.5
SLOWER = 1.5  # what other work on the machine may add


class _EnoughError(Exception):
    """Enough steps have been timed."""


@dataclass(frozen=True, slots=True)
class Range:
    """A lower and an upper guess."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Timing:
    """What a step of a training takes on this machine."""

    step_seconds: float
    an_epoch: int  # steps in which all sessions are read once
    memory: Range  # bytes


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier part of the training left to go on from."""

    runs: frozenset[str] = frozenset()  # names of those that are done
    steps: int = 0  # done of runs that are begun
    # Chosen, by fold; None: for the runs on all sessions.
    epochs: Mapping[int | None, int] = field(default_factory=dict)


NOTHING = Before()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a training will need."""

    seconds: Range
    memory: Range  # bytes
    step_seconds: float
    steps: Range


def take_timing(
    data: LabData,
    start: Start,
    settings: LabSettings,
    step_seconds: float | None = None,
    on_first: Callable[[Timing], None] = lambda _: None,
) -> Timing:
    """Time some steps from `start` on the lab's own sessions; at most `MOST_STEPS`, and no further
    one after `LIMIT_S`. With `step_seconds` none: they were timed before.

    `on_first` is given what the first step alone says, as soon as that is done.
    """
    train = lab_settings(data, start, settings)
    network, tokenizer = _network(start.folder, train)
    sessions = _prepared(data, network, tokenizer)
    if train.lora.rank:
        add_adapters(network, train.lora)
    known = Timing(math.nan, len(draw_epoch(sessions, train, 0)), memory_range(network, train))
    if step_seconds is None:

        def first(seconds: float) -> None:
            on_first(replace(known, step_seconds=seconds))

        step_seconds = time_steps(network, sessions[:SESSIONS_TIMED], train, first)
    return replace(known, step_seconds=step_seconds)


def estimate(
    timing: Timing,
    schedule: Schedule,
    settings: LabSettings,
    sessions: int,
    before: Before = NOTHING,
) -> Estimate:
    """What is planned, without what was done before, at the pace that was timed."""
    passes = planned_epochs(schedule, settings, sessions, before)
    low, high = (max(1.0, p * timing.an_epoch - before.steps) for p in (passes.low, passes.high))
    seconds = Range(low * timing.step_seconds, high * timing.step_seconds * SLOWER)
    return Estimate(seconds, timing.memory, timing.step_seconds, Range(low, high))


def time_steps(
    network: LabelNetwork,
    sessions: Sequence[TrainingSession],
    settings: TrainSettings,
    on_first: Callable[[float], None] = lambda _: None,
    limit_s: float = LIMIT_S,
) -> float:
    """Median seconds of an optimiser step, without the first if there are more. Changes the
    network's weights.

    Begins no step after `limit_s`, so that a slow machine does one.
    """
    ended: list[float] = []

    def note(_: Progress) -> None:
        ended.append(time.monotonic())
        if len(ended) == 1:
            on_first(ended[0] - began)
        if ended[-1] - began > limit_s or len(ended) == MOST_STEPS:
            raise _EnoughError

    enough = replace(settings, epochs=MOST_STEPS, checkpoint_steps=10 * MOST_STEPS)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(_EnoughError):
        train_network(network, sessions, enough, Path(folder), note)
    steps = [later - earlier for earlier, later in pairwise(ended)]
    return sorted(steps or [ended[0] - began])[len(steps) // 2]


def planned_epochs(
    schedule: Schedule, settings: LabSettings, sessions: int, before: Before = NOTHING
) -> Range:
    """Passes over all the sessions that the planned runs come to, without those done before.

    A run that chooses its epochs goes on until patience ends, the others take what was chosen: the
    lower guess is the least that this can be. Labelling the test sides is small beside it.
    """
    most = settings.train.epochs
    least = min(most, settings.train.patience + 1)
    choosing = bool(schedule.of("choice"))
    low = high = 0.0
    for run in schedule.runs:
        if run.name in before.runs:
            continue
        share = len(run.learn) / sessions
        if run.purpose == "choice":
            epochs = Range(least, most)
        else:
            epochs = _epochs_of(run, choosing, most, before)
        low, high = low + share * epochs.low, high + share * epochs.high
    return Range(low, high)


def _epochs_of(run: PlannedRun, choosing: bool, most: int, before: Before) -> Range:
    """Of a run that takes what was chosen; the last ones take the median of the folds."""
    if not choosing:
        return Range(most, most)
    known = before.epochs.get(run.fold)
    return Range(1, most) if known is None else Range(known, known)


def memory_range(network: LabelNetwork, settings: TrainSettings) -> Range:
    """Bytes that training takes: weights and their state, activations, and the program itself.

    On a GPU all of it but the program lies there.
    """
    learning = sum(p.numel() for p in network.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in network.parameters() if not p.requires_grad)
    state = BYTES_OF_STATE * learning + BYTES_OF_FROZEN * frozen
    shape = network.encoder.config
    tokens = settings.batch_windows * settings.windows.window_tokens
    wide = 1 if settings.bf16 and torch.cuda.is_available() else 2
    activations = ACTIVATIONS * wide * tokens * shape.hidden_size * shape.num_hidden_layers
    total = PROGRAM_BYTES + state + activations
    return Range(LEAST * total, MOST * total)


def spoken_time(seconds: Range) -> str:
    """`4 to 9 minutes`, `2 to 5 hours`, `less than a minute`."""
    if seconds.high < _MINUTE:
        return "less than a minute"
    unit, name = (_HOUR, "hour") if seconds.high > 2 * _HOUR else (_MINUTE, "minute")
    low, high = math.floor(seconds.low / unit), math.ceil(seconds.high / unit)
    if low == high:
        return f"about {high} {name}" + ("s" if high > 1 else "")
    return f"{low} to {high} {name}s" if low else f"up to {high} {name}" + ("s" if high > 1 else "")


def spoken_memory(size: Range) -> str:
    """`1.2 to 2.3 GB`."""
    return f"{size.low / 1e9:.1f} to {size.high / 1e9:.1f} GB"


_MINUTE, _HOUR = 60.0, 3600.0


def _network(start: Path, settings: TrainSettings) -> tuple[LabelNetwork, Tokenizer]:
    if (start / NETWORK).exists():
        return load_network(start)
    return start_network(start, LabelSets.of(load_codebook()), settings.windows, settings.dropout)


def _prepared(data: LabData, network: LabelNetwork, tokenizer: Tokenizer) -> list[TrainingSession]:
    share = data.coder_share
    tokens = network.config.tokens
    return prepare_sessions(data.sessions, data.name, data.reference, tokenizer, tokens, share)
