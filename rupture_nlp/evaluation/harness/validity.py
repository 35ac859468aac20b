"""Whether session measures go with a criterion from elsewhere: expert quality, WAI, dropout.

One side at a time, the reference coder's or a system's; where both sides' numbers are made with the
same draws, `harness.figures` puts them beside each other. The unit is the session, and a number
rests on the sessions that have both the criterion and the measure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.correlation import partial_spearman_of, spearman_of
from rupture_nlp.evaluation.counts import FloatArray, Grouping, ratio
from rupture_nlp.evaluation.criteria import join_criteria
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw_weighted
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.ranking import rank_rows
from rupture_nlp.evaluation.session_measures import SessionMeasures, session_measures
from rupture_nlp.evaluation.turns import CODED_SPEAKERS, Side
from rupture_nlp.evaluation.units import Unit, UnitSpec
from rupture_nlp.evidence import Criteria, Criterion
from rupture_nlp.schema import CodedSession

LENGTH = "turns"
"""The baseline, and what is held fixed: the number of turns of a session, of all speakers."""

RATE = "ruptures_per_100_turns"
"""Of both speakers together; with `patient_` or `therapist_` before it, of one."""

MEASURES: tuple[str, ...] = (
    LENGTH,
    RATE,
    *(
        f"{speaker}_{name}"
        for speaker in CODED_SPEAKERS
        for name in (RATE, "any_rupture", "withdrawal", "confrontation", "expected_ruptures")
    ),
    "episodes",
    "share_repaired",
    "mean_resolution",
)

_CHANCE = 0.5
_CLASSES = ((1, "positives"), (0, "negatives"))
_COLUMNS = 8  # arrays of rows that a correlation holds for each draw
_SHOWN_LETTERS = 20  # a longer value may be a remark about a person, not the name of a class


def validity_figures(
    sessions: Sequence[CodedSession],
    side: Side,
    criteria: Criteria,
    resamples: Resamples,
    settings: HarnessSettings,
    measures: Sequence[str] = MEASURES,
) -> list[Drawn]:
    """Every criterion against every measure of one side.

    Parameters
    ----------
    sessions, side
        What is measured.
    criteria
        AUROC of the measure for the value 1 of a two-valued criterion, Spearman's rho with a
        number; beside both Spearman's rho with the number of turns held fixed. The AUROC's note
        says which value is 1.
    resamples
        Draws of the sessions' groups.
    settings
        `min_known`: of a session less coded than this, counts are missing.
    measures
        Names of `session_measures`, or `ruptures_per_100_turns` of both speakers.

    Returns
    -------
    Keys have the measure as `variable`, the criterion as `label`. A measure that the side does not
    have gives no number; one that is the same in all sessions, like a criterion that is, one NaN
    with a note. `rows` are the sessions that have both: of `mean_resolution` and
    `share_repaired`, which need an episode, two sides may have different ones.

    Raises
    ------
    EvaluationError
        No session has a row of criteria.
    """
    table = session_measures(sessions, side, settings.min_known)
    joined = join_criteria(criteria, table.session_ids)
    unit = str(UnitSpec(Unit.SESSION, min_known=settings.min_known))
    columns = {name: values for name in measures if (values := _column(table, name)) is not None}
    drawn: list[Drawn] = []
    for place, criterion in enumerate(criteria.criteria):
        for name, values in columns.items():
            pair = _Pair.of(criterion, joined.values[:, place], name, values, table)
            drawn += pair.drawn(unit, resamples)
    return drawn


def validity_warnings(paired: Paired, criteria: Criteria) -> tuple[str, ...]:
    """What a reader of the figures would look for in vain, and why it is not there."""
    return (*_unused(paired, criteria), *_unexpected(paired))


def _unused(paired: Paired, criteria: Criteria) -> Iterator[str]:
    """Columns and sessions of the criteria's file that no figure rests on."""
    if criteria.unused:
        # Names of columns alone: their cells may be remarks about people.
        yield (
            f"Columns of the criteria left out, with neither numbers nor two values: "
            f"{', '.join(criteria.unused)}."
        )
    ids = tuple(session.transcript.session_id for session in paired.sessions)
    joined = join_criteria(criteria, ids)
    if joined.unmatched:
        yield (
            f"Not among the sessions compared: {len(joined.unmatched)} of "
            f"{len(criteria.session_ids)} in the criteria."
        )
    if joined.without:
        yield f"Without a row of criteria: {len(joined.without)} of {len(ids)} sessions compared."


def _unexpected(paired: Paired) -> Iterator[str]:
    """Of a system, the sessions whose probabilities cannot be summed; coders never have any."""
    given = paired.predicted_side.probabilities or ()
    without = sum(not any(one or ()) for one in given)
    if without:
        yield (
            f"The results give no probabilities in {without} of {len(given)} sessions: expected "
            "ruptures of these are missing from the validity figures, not 0."
        )


def _column(table: SessionMeasures, name: str) -> FloatArray | None:
    """A measure (sessions,); None where the side has no value of it."""
    if name == RATE:
        values = _rate_of_both(table)
    else:
        values = table.column(name) if name in table.names else np.full(len(table.values), np.nan)
    return None if np.isnan(values).all() else values


def _rate_of_both(table: SessionMeasures) -> FloatArray:
    # The speakers' rates weighted by their turns, so that uncoded turns of one do not dilute it.
    turns = np.stack([table.column(f"{speaker}_turns") for speaker in CODED_SPEAKERS])
    rates = np.stack([table.column(f"{speaker}_{RATE}") for speaker in CODED_SPEAKERS])
    summed = np.where(turns > 0, rates * turns, 0.0).sum(axis=0)
    return ratio(summed, turns.sum(axis=0))


@dataclass(frozen=True, slots=True)
class _Pair:
    """One criterion and one measure over the sessions that have both; arrays (rows,)."""

    criterion: Criterion
    measure: str
    given: FloatArray
    measured: FloatArray
    length: FloatArray
    groups: Grouping
    sessions: int  # with or without both

    @classmethod
    def of(
        cls,
        criterion: Criterion,
        given: FloatArray,
        measure: str,
        measured: FloatArray,
        table: SessionMeasures,
    ) -> "_Pair":
        both = ~(np.isnan(given) | np.isnan(measured))
        return cls(
            criterion=criterion,
            measure=measure,
            given=given[both],
            measured=measured[both],
            length=table.column(LENGTH)[both],
            groups=table.groups.take(both),
            sessions=len(both),
        )

    def drawn(self, unit: str, resamples: Resamples) -> list[Drawn]:
        """The plain number and, but for the length itself, the one with the length held."""
        plain = self._plain(unit, resamples)
        if self._why_none() or self.measure == LENGTH:
            return [plain]
        return [plain, self._held(unit, resamples)]

    def _plain(self, unit: str, resamples: Resamples) -> Drawn:
        key = self._key(unit, "spearman" if self.criterion.names is None else "auroc")
        why_none = self._why_none()
        if why_none:
            values = np.full(len(resamples.weights), np.nan)
            return self._noted(Drawn(key, values, 0, self._with_data), why_none)
        if self.criterion.names is None:
            return self._noted(self._of_columns(key, spearman_of, resamples))
        ranking = rank_rows(self.measured, self.given, self.groups)

        def estimate(weights: FloatArray) -> FloatArray:
            return ranking.figures(weights)[:, 1:2]

        cells = 3 * ranking.steps + 1
        drawn = draw_weighted([key], estimate, self._with_data, resamples, cells)[0]
        return self._noted(drawn, *self._direction(self.criterion.names, drawn.estimate))

    def _held(self, unit: str, resamples: Resamples) -> Drawn:
        key = self._key(unit, "partial_spearman")
        drawn = self._of_columns(key, partial_spearman_of, resamples, self.length)
        if np.isnan(drawn.estimate):
            return self._noted(drawn, "undefined: length is constant, or leaves nothing to vary")
        return self._noted(drawn)

    def _of_columns(
        self,
        key: Key,
        correlate: Callable[..., FloatArray],
        resamples: Resamples,
        *held: FloatArray,
    ) -> Drawn:
        def estimate(weights: FloatArray) -> FloatArray:
            of_rows = weights[:, self.groups.index]
            return correlate(self.measured, self.given, *held, of_rows)[:, None]

        cells = _COLUMNS * len(self.given)
        return draw_weighted([key], estimate, self._with_data, resamples, cells)[0]

    def _key(self, unit: str, metric: str) -> Key:
        own = (speaker for speaker in CODED_SPEAKERS if self.measure.startswith(f"{speaker}_"))
        return Key(next(own, ""), unit, self.measure, metric, self.criterion.name)

    @property
    def _with_data(self) -> int:
        return len(np.unique(self.groups.index))

    @property
    def _positives(self) -> int | None:
        return None if self.criterion.names is None else int(self.given.sum())

    def _why_none(self) -> str:
        """Why these sessions can show nothing, or nothing."""
        if not len(self.given):
            return "undefined: no session has both"
        if len(np.unique(self.given)) == 1:
            return "undefined: the criterion is the same in all of these sessions"
        if len(np.unique(self.measured)) == 1:
            return "left out: the measure is the same in all of these sessions"
        return ""

    def _direction(self, names: tuple[str, str], estimate: float) -> list[str]:
        counts = [int((self.given == value).sum()) for value in (0, 1)]
        low, high = (
            name if len(name) <= _SHOWN_LETTERS else f"its {place} value"
            for name, place in zip(names, ("lower", "higher"), strict=True)
        )
        notes = [
            f"1 is {high} ({counts[1]} sessions), 0 is {low} ({counts[0]}): "
            "chance that a session of 1 has more than one of 0",
        ]
        if estimate < _CHANCE:
            notes.append(f"those of 0 have more: {1 - estimate:.2f}")
        few = [
            f"{counts[value]} {what}" for value, what in _CLASSES if counts[value] < ESTIMABLE_FROM
        ]
        return [*notes, *(f"not estimable: {one}" for one in few)]

    def _noted(self, drawn: Drawn, *notes: str) -> Drawn:
        rows = len(self.given)
        incomplete = [f"{rows} of {self.sessions} sessions have both"]
        return replace(
            drawn,
            rows=rows,
            positives=self._positives,
            note="; ".join([*notes, *(incomplete if rows < self.sessions else [])]),
        )
