"""The learning curve: what each number of sessions brings, from our model or a bare encoder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.schedule import PlannedRun, Schedule, Source
from rupture_nlp.training.lab.score import by_other_folds, measured
from rupture_nlp.training.outoffold import OutOfFold, join_folds
from rupture_nlp.training.settings import LabelRules


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What learning from `sessions` sessions of each fold's training side gives on its test side.

    `sessions` 0 is the starting model as it is; None all sessions of the training sides.
    """

    source: Source
    sessions: int | None
    average_precision: dict[Speaker, Interval | None]
    kappa: dict[Speaker, Interval]


def curve_points(
    schedule: Schedule,
    rows_of: Callable[[PlannedRun], OutOfFold],
    whole: OutOfFold,
    labels: LabelSet,
    rules: LabelRules,
    resamples: Resamples,
) -> list[CurvePoint]:
    """All points in the order of their sessions. `whole` are the rows of the folds themselves."""
    runs = schedule.of("curve")
    keys = dict.fromkeys((run.source, run.size) for run in runs)
    points = []
    for source, size in keys:
        parts = [rows_of(run) for run in runs if (run.source, run.size) == (source, size)]
        points.append(curve_point(source, size, join_folds(parts), labels, rules, resamples))
    if runs:
        points.append(curve_point("start", None, whole, labels, rules, resamples))
    return in_order(points)


def curve_point(  # what a point is, and how it is measured
    source: Source,
    size: int | None,
    rows: OutOfFold,
    labels: LabelSet,
    rules: LabelRules,
    resamples: Resamples,
) -> CurvePoint:
    """The figures of one point, each fold decided by what the other folds gave."""
    figures = measured(by_other_folds("", rows, rules), labels, resamples)
    return CurvePoint(
        source,
        size,
        {speaker: of.average_precision for speaker, of in figures.items()},
        {speaker: of.kappa for speaker, of in figures.items()},
    )


def in_order(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """By starting point, fewest sessions first, all sessions last."""
    return sorted(points, key=lambda p: (p.source != "start", p.sessions is None, p.sessions or 0))
