"""Agreement of three coders or more at once: alpha and AC1, which take any number of coders."""

from collections.abc import Sequence

import numpy as np

from rupture_nlp.evaluation.alpha import alpha_of, coincidences
from rupture_nlp.evaluation.bootstrap import Interval, Resamples, resample
from rupture_nlp.evaluation.counts import PAIRABLE, IntArray
from rupture_nlp.evaluation.gwet import gwet_of, gwet_statistics
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.review.compared import (
    METRICS,
    CodeAgreement,
    Coefficient,
    Comparison,
    Condition,
    Draws,
    few_words,
    turn_groups,
)
from rupture_nlp.review.studied import CODE, StudiedSession, Variable, column, variables_of
from rupture_nlp.review.values import Mode
from rupture_nlp.schema import RUPTURES, Speaker

_ONE_VALUE = "undefined: the same value everywhere"


def compare_all(
    studied: Sequence[StudiedSession], names: Sequence[str], draws: Draws
) -> Comparison | None:
    """Alpha and AC1 of three coders or more, blind; a turn counts where two of them coded it."""
    sessions, blind = [], set()
    for session in studied:
        own = [one for one in session.passes if one.assignment.mode is Mode.BLIND]
        if len(own) >= PAIRABLE:
            sessions.append(session)
            blind |= {one.assignment.coder for one in own}
    chosen = tuple(name for name in names if name in blind)
    if len(chosen) <= PAIRABLE:
        return None
    groups = sorted({session.group for session in sessions})
    resamples = resample(len(groups), draws[1], draws[0])
    of_ruptures = 2 + len(RUPTURES) - 1
    return Comparison(
        names=chosen,
        with_model=False,
        condition=Condition.BLIND,
        sessions=len(sessions),
        groups=len(groups),
        codes=tuple(
            found
            for speaker in CODED_SPEAKERS
            for variable in variables_of(speaker)[:of_ruptures]
            if (found := _of_many(sessions, chosen, speaker, variable, resamples))
        ),
    )


def _of_many(
    sessions: Sequence[StudiedSession],
    names: Sequence[str],
    speaker: Speaker,
    variable: Variable,
    resamples: Resamples,
) -> CodeAgreement | None:
    labels = np.column_stack([_column_of(sessions, name, speaker, variable) for name in names])
    pairable = (labels >= 0).sum(axis=1) >= PAIRABLE
    if not pairable.any():
        return None
    count, groups = len(variable.labels), turn_groups(sessions, speaker)
    matrices = coincidences(labels, count, groups)
    statistics = gwet_statistics(labels, count, groups=groups)
    intervals = (
        resamples.interval(matrices, alpha_of),
        resamples.interval(statistics, gwet_of),
    )
    given = tuple(int((labels[pairable, place] > 0).sum()) for place in range(len(names)))
    few = "" if variable.name == CODE else few_words(given)
    return CodeAgreement(
        speaker,
        variable.name,
        int(pairable.sum()),
        () if variable.name == CODE else given,
        tuple(
            _coefficient(metric, one, few)
            for metric, one in zip(METRICS[1:], intervals, strict=True)
        ),
    )


def _coefficient(metric: str, interval: Interval, few: str) -> Coefficient:
    undefined = _ONE_VALUE if np.isnan(interval.estimate) else ""
    return Coefficient(metric, interval, "; ".join(filter(None, (undefined, few))))


def _column_of(
    sessions: Sequence[StudiedSession], name: str, speaker: Speaker, variable: Variable
) -> IntArray:
    """One coder's labels over the turns of all sessions; -1 where not coded blind."""
    columns = []
    for session in sessions:
        turns = session.turns(speaker)
        own = next(
            (
                one.coding
                for one in session.passes
                if one.assignment.coder == name and one.assignment.mode is Mode.BLIND
            ),
            None,
        )
        missing = np.full(len(turns), -1, dtype=np.int64)
        columns.append(missing if own is None else column(variable, own, turns))
    return np.concatenate(columns)
