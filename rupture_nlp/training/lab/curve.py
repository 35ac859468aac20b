"""The learning curve: what each number of sessions brings, from our model or a bare encoder."""

from collections.abc import Callable
from dataclasses import dataclass

from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.schedule import PlannedRun, Schedule, Source
from rupture_nlp.training.lab.score import System, by_other_folds, estimable, measured
from rupture_nlp.training.lab.verdict import paired_differences
from rupture_nlp.training.outoffold import OutOfFold, join_folds
from rupture_nlp.training.settings import LabelRules

Size = int | None
"""Sessions of each fold's training side; 0: the starting model as it is; None: all there are."""
Taught = dict[tuple[Source, Size], System]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What learning from so many sessions gives on the sessions that were left out."""

    source: Source
    sessions: Size
    average_precision: dict[Speaker, Interval | None]
    kappa: dict[Speaker, Interval]


@dataclass(frozen=True, slots=True)
class CurveGap:
    """From the starting model less from the bare encoder, both taught the same sessions: paired,
    so that what both find hard does not widen the interval."""

    sessions: Size
    average_precision: dict[Speaker, Interval]
    kappa: dict[Speaker, Interval]


def taught_systems(
    schedule: Schedule,
    rows_of: Callable[[PlannedRun], OutOfFold],
    whole: OutOfFold,
    started: OutOfFold | None,
    rules: LabelRules,
) -> Taught:
    """Every point's answers, each fold decided by what the other folds gave; by starting point,
    fewest sessions first. Empty where no curve was asked for.

    Args:
        schedule: what was run.
        rows_of: gives a run's answers on its test side.
        whole: the answers of the folds themselves.
        started: those of the starting model as it is; None where it codes nothing yet.
        rules: the classes.
    """
    runs = schedule.of("curve")
    if not runs:
        return {}
    rows: dict[tuple[Source, Size], OutOfFold] = {("start", None): whole}
    if started is not None:
        rows["start", 0] = started
    for key in dict.fromkeys((run.source, run.size) for run in runs):
        rows[key] = join_folds([rows_of(run) for run in runs if (run.source, run.size) == key])
    return {key: by_other_folds("", rows[key], rules) for key in sorted(rows, key=_place)}


def curve_points(taught: Taught, labels: LabelSet, resamples: Resamples) -> list[CurvePoint]:
    """The figures of every point, in the order given."""
    points = []
    for (source, size), system in taught.items():
        figures = measured(system, labels, resamples)
        precision = {speaker: of.average_precision for speaker, of in figures.items()}
        kappa = {speaker: of.kappa for speaker, of in figures.items()}
        points.append(CurvePoint(source, size, precision, kappa))
    return points


def curve_gaps(taught: Taught, labels: LabelSet, resamples: Resamples) -> list[CurveGap]:
    """What the starting model is worth at each number of sessions from which the bare encoder
    learned, too; speakers with too few ruptures for a figure are left out."""
    gaps = []
    for size in [size for source, size in taught if source == "bare"]:
        ours, bare = taught["start", size], taught["bare", size]
        told = measured(ours, labels, resamples)
        pairs = {
            speaker: paired_differences(
                speaker, ours.coded(speaker, labels), bare.coded(speaker, labels), resamples
            )
            for speaker, figures in told.items()
            if estimable(figures)
        }
        kappa, precision = ({s: d[at].interval for s, d in pairs.items()} for at in (0, 1))
        gaps.append(CurveGap(size, precision, kappa))
    return gaps


def _place(key: tuple[Source, Size]) -> tuple[bool, bool, int]:
    source, size = key
    return source != "start", size is None, size or 0
