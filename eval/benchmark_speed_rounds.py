"""Interleaved rounds: in each, every option runs once, in an order drawn anew."""

import gc
import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import torch

log = logging.getLogger("benchmark_speed")


@dataclass(frozen=True, slots=True)
class Option:
    """One way to label utterances. `run` does all from text to labels; `warm_up` a little of it."""

    name: str
    utterances: int  # that `run` labels
    run: Callable[[], object]
    warm_up: Callable[[], object]
    about: dict[str, object] = field(default_factory=dict)
    inside: Callable[[], AbstractContextManager[object]] = nullcontext


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of each round."""

    option: Option
    seconds: tuple[float, ...]

    @property
    def rates(self) -> tuple[float, ...]:
        """Utterances a second, round by round."""
        return tuple(self.option.utterances / seconds for seconds in self.seconds)

    @property
    def rate(self) -> float:
        """The median."""
        return median(self.rates)


def measure_rounds(
    options: Sequence[Option], rounds: int, threads: int, seed: int, between: Callable[[], object]
) -> tuple[Timed, ...]:
    """Warm all up, then time them; `between` is called at the end of each round."""
    random = np.random.default_rng(seed)
    seconds: dict[str, list[float]] = {option.name: [] for option in options}
    cores = _cores()
    for option in options:
        log.info("warming up %s", option.name)
        _give_equal_means(cores, threads)
        with option.inside():
            option.warm_up()
    for number in range(rounds):
        gc.collect()  # seldom: it takes longer than some options do
        for at in random.permutation(len(options)).tolist():
            option = options[at]
            _give_equal_means(cores, threads)
            with option.inside():
                begun = time.perf_counter()
                option.run()
                seconds[option.name].append(time.perf_counter() - begun)
            rate = option.utterances / seconds[option.name][-1]
            log.info("round %d, %s: %.0f utterances a second", number + 1, option.name, rate)
        _give_equal_means(cores, threads)
        between()
    return tuple(Timed(option, tuple(seconds[option.name])) for option in options)


def ratio(ours: Timed, theirs: Timed) -> float:
    """How many times as many utterances a second: the median over rounds."""
    return median(a / b for a, b in zip(ours.rates, theirs.rates, strict=True))


def _cores() -> set[int] | None:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None


def _give_equal_means(cores: set[int] | None, threads: int) -> None:
    # An engine may have bound this thread to a core, or told torch to use fewer.
    if cores is not None:
        os.sched_setaffinity(0, cores)
    torch.set_num_threads(threads)
