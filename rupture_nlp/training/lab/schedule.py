"""Every run that a training consists of, known before the first begins."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rupture_nlp.io.corpus.split import Fold
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.folds import inner_folds, outer_folds
from rupture_nlp.training.lab.plan import LabSettings

Purpose = Literal["choice", "fold", "curve", "final", "memorisation"]
Source = Literal["start", "bare"]


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run. `epochs` None: as many as the fold's choice says; at most `LabSettings.train`'s."""

    name: str  # of its folder
    purpose: Purpose
    learn: tuple[str, ...]  # session ids
    test: tuple[str, ...] = ()  # predicted afterwards
    held_out: tuple[str, ...] = ()  # by which the epoch is chosen
    source: Source = "start"
    fold: int | None = None  # whose choice of epochs it takes
    size: int | None = None  # sessions learned from, at a point of the learning curve


@dataclass(frozen=True, slots=True)
class Schedule:
    """All runs, in the order in which they are done."""

    folds: tuple[Fold, ...]
    runs: tuple[PlannedRun, ...]

    def of(self, purpose: Purpose, fold: int | None = None) -> tuple[PlannedRun, ...]:
        """The runs with this purpose; those of one fold where it is given."""
        return tuple(
            run for run in self.runs if run.purpose == purpose and fold in (None, run.fold)
        )


def make_schedule(data: LabData, settings: LabSettings, *, bare: str = "") -> Schedule:
    """Plan all runs. `bare`: where the learning curve has a second line, the hash of the bare
    encoder's weights; its runs bear it in their names, since another encoder's are others.

    Raises:
        CorpusError: there are too few groups.
    """
    seed = settings.train.seed
    folds = outer_folds(data.sessions, settings.folds, seed)
    runs: list[PlannedRun] = []
    for number, fold in enumerate(folds):
        runs += _choices(data, settings, fold, number)
        runs.append(PlannedRun(f"fold-{number}", "fold", fold.train, fold.test, fold=number))
    for number, fold in enumerate(folds):
        runs += _curve(data.sessions, settings, fold, number, bare=bare)
    everything = tuple(s.transcript.session_id for s in data.sessions)
    runs.append(PlannedRun("final", "final", everything))
    if settings.memorisation:
        runs.append(PlannedRun("memorisation", "memorisation", everything))
    return Schedule(folds, tuple(runs))


def _choices(data: LabData, settings: LabSettings, fold: Fold, number: int) -> list[PlannedRun]:
    if not settings.choose_epochs or settings.train.epochs == 1:
        return []
    seed, count = settings.train.seed, settings.inner_folds
    inner = inner_folds(data.sessions, fold, data.reference, seed, count)
    return [
        PlannedRun(
            f"fold-{number}-choice-{place}",
            "choice",
            learn=part.train,
            held_out=part.test,
            fold=number,
        )
        for place, part in enumerate(inner if settings.nested else inner[:1])
    ]


def _curve(
    sessions: Sequence[CodedSession], settings: LabSettings, fold: Fold, number: int, *, bare: str
) -> list[PlannedRun]:
    order = in_drawn_order(sessions, fold.train, settings.train.seed)
    sizes = sorted({size for size in settings.curve if 0 < size < len(order)})
    sources: tuple[Source, ...] = ("start", "bare") if bare else ("start",)
    names = {"start": "start", "bare": f"bare-{bare[:8]}"}
    runs = [
        PlannedRun(
            f"curve-{names[source]}-{size}-fold-{number}",
            "curve",
            learn=tuple(sorted(order[:size])),
            test=fold.test,
            source=source,
            fold=number,
            size=size,
        )
        for source in sources
        for size in sizes
    ]
    if bare and settings.curve:
        # What the folds themselves are for the other line: all sessions.
        whole = PlannedRun(
            f"curve-{names['bare']}-all-fold-{number}",
            "curve",
            fold.train,
            fold.test,
            source="bare",
            fold=number,
        )
        runs.append(whole)
    return runs


def in_drawn_order(
    sessions: Sequence[CodedSession], ids: Sequence[str], seed: int
) -> tuple[str, ...]:
    """`ids` with the sessions of a group together and the groups in an order drawn by `seed`.

    More sessions always hold the fewer: the points of a learning curve are nested.
    """
    group_of = {s.transcript.session_id: s.group for s in sessions}

    def key(one: str) -> tuple[str, str]:
        return hashlib.sha256(f"{seed}:{group_of[one]}".encode()).hexdigest(), one

    return tuple(sorted(ids, key=key))
