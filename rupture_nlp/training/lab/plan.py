"""What a training on a lab's data is asked to do, and what it says while it runs and at its end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rupture_nlp.training.export import WriteResults
from rupture_nlp.training.settings import TrainSettings

REPORT_SUFFIX, WORK_SUFFIX, ANSWERS = "-report", "-work", "answers"


def _train() -> TrainSettings:
    return TrainSettings(epochs=8, encoder_learning_rate=1e-4, patience=2)


@dataclass(frozen=True, slots=True)
class LabSettings:
    """Settings of `rupture-nlp train`; `--config` overrides them.

    `train.epochs` is the most that is tried: how many are taken is chosen inside the folds, and
    `train.seed` is the seed of everything.
    """

    name: str = "lab"  # of the model: stands as coder in results, and in the bundle
    folds: int | None = None  # None: one patient left out where they are few, else 5
    choose_epochs: bool = True  # False: `train.epochs` as they are
    nested: bool = False  # choose by all inner folds of a fold, not by one held-out part of it
    inner_folds: int = 4
    curve: tuple[int, ...] = ()  # sessions learned from at each point of the learning curve
    memorisation: bool = True  # one more run, with planted sentences, for the card
    draws: int = 2000  # of the bootstrap
    keep_work: bool = False  # the final network, 32 bit, and all checkpoints stay in OUT-work
    train: TrainSettings = field(default_factory=_train)


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything goes. Only `model` is made to be handed on: it names no one.

    `report` is for the lab: it holds ids of its sessions and groups, and in `answers` what each run
    answered, for a later training to take up. `work` holds the texts while figures are made.
    """

    model: Path

    @property
    def report(self) -> Path:
        return self.model.with_name(self.model.name + REPORT_SUFFIX)

    @property
    def answers(self) -> Path:
        return self.report / ANSWERS

    @property
    def work(self) -> Path:
        return self.model.with_name(self.model.name + WORK_SUFFIX)


@dataclass(frozen=True, slots=True)
class LabProgress:
    """How far a training is. `stage` and `part` are a few words, without names of sessions or
    people. A `part` says how far a stage, or something in it, is that does no steps."""

    stage: str
    done: int  # optimiser steps, of all stages
    steps: int  # a forecast; early stopping makes them fewer
    seconds_left: float
    part: str = ""


OnProgress = Callable[[LabProgress], None]


@dataclass(frozen=True, slots=True)
class LabOutcome:
    """The end of a training."""

    model: Path  # the bundle
    report: Path  # report.html, outcome.json; evaluation/ as `evaluate` writes it
    verdict: str  # one plain sentence with its intervals
    epochs: int  # of the final model


Evaluate = Callable[[Path, Path, Path | None, Path, str], None]
"""Folders reference, predicted, versus (None without a starting model) and out; reference coder."""


@dataclass(frozen=True, slots=True)
class Means:
    """What training needs from the pipeline, which it does not know: `cli.train` hands it in.

    `write_results` is `rupture_nlp.pipeline.results.write_results`; `evaluate` makes a request of
    its arguments, with nothing dropped, for `rupture_nlp.pipeline.evaluate.evaluate`.
    """

    write_results: WriteResults
    evaluate: Evaluate
