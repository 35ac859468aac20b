"""How far coders agree, code by code and pair by pair, and how far the model agrees with each.

First passes only, as the coders left them. Codes that were given while suggestions were in view
agree with each other and with the model also because of them, so figures of coders who both worked
blind stand apart from those where one of them saw suggestions. Patients and therapists are never
pooled. Coefficients and intervals are those of `rupture_nlp.evaluation`: groups are resampled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples, resample
from rupture_nlp.evaluation.counts import confusion_by_group
from rupture_nlp.evaluation.harness.quantities import Key
from rupture_nlp.evaluation.harness.tables import Tables, overall_figures
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evaluation.units import UTTERANCE
from rupture_nlp.review.agreement_of_all import compare_all
from rupture_nlp.review.compared import (
    DRAWS,
    METRICS,
    CodeAgreement,
    Coefficient,
    Comparison,
    Condition,
    Draws,
    few_words,
    turn_groups,
)
from rupture_nlp.review.database import Store
from rupture_nlp.review.first_pass import Coding
from rupture_nlp.review.studied import (
    CODE,
    RUPTURE,
    StudiedSession,
    Variable,
    chosen_by_model,
    column,
    read_studied,
    variables_of,
)
from rupture_nlp.review.values import Mode
from rupture_nlp.schema import RUPTURES, Speaker

__all__ = [
    "Agreement",
    "CodeAgreement",
    "Coefficient",
    "Comparison",
    "Condition",
    "agreement_of",
    "read_agreement",
]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything that the page shows of agreement."""

    pairs: tuple[Comparison, ...]  # coder against coder
    together: Comparison | None  # all coders at once, blind; None where there are fewer than three
    model: tuple[Comparison, ...]  # each coder against the model
    sessions: int  # with a finished first pass
    left_out: int  # sessions that the model chose
    seed: int
    draws: int


def read_agreement(store: Store, *, with_model: bool = True, draws: int = DRAWS) -> Agreement:
    """Compute agreement over all finished first passes. `with_model` False leaves the model out,
    for who still codes blind."""
    with store.read() as session:
        studied, left_out = read_studied(session), chosen_by_model(session)
    found = agreement_of(studied, (store.project.seed, draws), with_model=with_model)
    return replace(found, left_out=left_out)


def agreement_of(
    studied: Sequence[StudiedSession], draws: Draws, *, with_model: bool = True
) -> Agreement:
    """Agreement over these sessions."""
    names = sorted({one.assignment.coder for session in studied for one in session.passes})
    pairs = [
        compared
        for pair in combinations(names, 2)
        for condition in Condition
        if (compared := _compare(studied, pair, condition, draws))
    ]
    model = [
        compared
        for name in names
        for condition in Condition
        if with_model and (compared := _compare(studied, (name,), condition, draws))
    ]
    together = compare_all(studied, names, draws)
    return Agreement(tuple(pairs), together, tuple(model), len(studied), 0, *draws)


@dataclass(frozen=True, slots=True)
class _Shared:
    """A session that both sides coded."""

    session: StudiedSession
    sides: tuple[Coding, Coding]


def _compare(
    studied: Sequence[StudiedSession], names: tuple[str, ...], condition: Condition, draws: Draws
) -> Comparison | None:
    """Two coders, or one and the model; None where they share no session under the condition."""
    shared = list(_shared(studied, names, condition))
    if not shared:
        return None
    groups = sorted({one.session.group for one in shared})
    resamples = resample(len(groups), draws[1], draws[0])
    return Comparison(
        names=names,
        with_model=len(names) == 1,
        condition=condition,
        sessions=len(shared),
        groups=len(groups),
        codes=tuple(
            found
            for speaker in CODED_SPEAKERS
            for variable in variables_of(speaker)
            if (found := _of_pair(shared, speaker, variable, resamples))
        ),
    )


def _shared(
    studied: Sequence[StudiedSession], names: tuple[str, ...], condition: Condition
) -> Iterator[_Shared]:
    for session in studied:
        own = {one.assignment.coder: one for one in session.passes}
        if not set(names) <= set(own):
            continue
        blind = all(own[name].assignment.mode is Mode.BLIND for name in names)
        if blind != (condition is Condition.BLIND):
            continue
        second = session.model if len(names) == 1 else own[names[1]].coding
        if second is not None:
            yield _Shared(session, (own[names[0]].coding, second))


def _of_pair(
    shared: Sequence[_Shared], speaker: Speaker, variable: Variable, resamples: Resamples
) -> CodeAgreement | None:
    """None where nobody has to do with it: no turn both coded, or a name that neither gave."""
    first, second = (
        np.concatenate(
            [column(variable, one.sides[side], one.session.turns(speaker)) for one in shared]
        )
        for side in (0, 1)
    )
    both = (first >= 0) & (second >= 0)
    if not both.any():
        return None
    given = tuple(int((side[both] > 0).sum()) for side in (first, second))
    if not any(given) and _is_rare(variable):
        return None
    counts = confusion_by_group(
        first, second, len(variable.labels), turn_groups([one.session for one in shared], speaker)
    )
    key = Key(speaker.value, str(UTTERANCE), variable.name, "")
    drawn = overall_figures(Tables(key, variable.labels, counts), METRICS, resamples)
    few = "" if variable.name == CODE else few_words(given)
    coefficients = [
        Coefficient(
            one.key.metric,
            resamples.interval_of(one.values, one.groups),
            "; ".join(filter(None, (one.note, few))),
        )
        for one in drawn
    ]
    shown = () if variable.name == CODE else given
    return CodeAgreement(speaker, variable.name, int(both.sum()), shown, tuple(coefficients))


def _is_rare(variable: Variable) -> bool:
    """Names of strategies and processes are only shown where somebody gave them."""
    first = {CODE, RUPTURE, *(code.value for code in RUPTURES)}
    return variable.name not in first
