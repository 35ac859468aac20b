"""What a section gets: both sides over the same rows, the draws, the settings."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import get_args

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.evaluation.counts import BoolArray, FloatArray
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import Paired, PairedTurns
from rupture_nlp.evaluation.pairing import pair_coders
from rupture_nlp.evaluation.turns import CodedTurns, SetKind, set_names

SET_KINDS: tuple[SetKind, ...] = get_args(SetKind)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides over the same sessions. `resamples` draws the groups of `paired.groups`."""

    paired: Paired
    resamples: Resamples
    settings: HarnessSettings


def coder_comparisons(main: Comparison) -> Iterator[Comparison]:
    """Coder against coder on the rows of `main`, for each pair of its coders: the ceiling.

    Derived coders (`gold`) are no coders. A turn that `main` does not compare is missing here too,
    and so are its sets and intensities where `main` does not compare those, and ratings and
    episodes of sessions in which it compares none.
    """
    for first, second in combinations(own_coders(main.paired.sessions), 2):
        both = pair_coders(main.paired.sessions, first, second)
        yield replace(main, paired=field_by_field(both, main.paired))


def shared_with(main: Comparison, other: Comparison) -> Comparison | None:
    """`main` with only what `other` compares too; None where that is all of it.

    What `other` lacks altogether, such as the probabilities of coders, is lacking here too.
    """
    shared = field_by_field(main.paired, other.paired)
    own = field_by_field(main.paired, main.paired)
    if other.paired.patient.predicted.probabilities is None:
        own = replace(own, patient=_without(own.patient), therapist=_without(own.therapist))
    return None if _alike(shared, own) else replace(main, paired=shared)


def on_rows_of(coders: Paired, main: Paired) -> Paired:
    """The first comparison with only the turns, episodes and ratings that `main` compares too.

    Both must be over the same sessions.
    """
    searched = {episodes.session for episodes in main.episodes}
    unrated = np.isnan(main.ratings.reference) | np.isnan(main.ratings.predicted)
    return replace(
        coders,
        patient=_masked(coders.patient, main.patient.known),
        therapist=_masked(coders.therapist, main.therapist.known),
        episodes=tuple(one for one in coders.episodes if one.session in searched),
        ratings=replace(
            coders.ratings,
            reference=np.where(unrated, np.nan, coders.ratings.reference),
            predicted=np.where(unrated, np.nan, coders.ratings.predicted),
        ),
    )


def field_by_field(first: Paired, other: Paired) -> Paired:
    """The first comparison with only what the other compares too, each field by itself.

    Both must be over the same sessions. Beyond `on_rows_of`: intensities, and markers, strategies
    and processes, are missing where the other does not have them of both of its sides, names that
    it does not compare are missing everywhere, and so are probabilities that it does not have.
    """
    rows = on_rows_of(first, other)
    return replace(
        rows,
        patient=_fields_of(rows.patient, other.patient),
        therapist=_fields_of(rows.therapist, other.therapist),
    )


def _fields_of(turns: PairedTurns, other: PairedTurns) -> PairedTurns:
    intensity = np.asarray((other.reference.intensity >= 0) & (other.predicted.intensity >= 0))
    sets = {kind: _given(other, kind) for kind in SET_KINDS}

    def masked(coded: CodedTurns) -> CodedTurns:
        return replace(
            coded,
            intensity=np.where(intensity, coded.intensity, -1),
            markers=np.where(sets["markers"], coded.markers, -1),
            strategies=np.where(sets["strategies"], coded.strategies, -1),
            processes=np.where(sets["processes"], coded.processes, -1),
            probabilities=_chances(coded.probabilities, other.predicted.probabilities),
        )

    return replace(turns, reference=masked(turns.reference), predicted=masked(turns.predicted))


def _given(turns: PairedTurns, kind: SetKind) -> BoolArray:
    """(rows, names): both sides coded the set of the turn, and the name."""
    paired = turns.sets(kind)
    complete = ((paired.reference >= 0) & (paired.predicted >= 0)).all(axis=1)
    names = np.isin(set_names(kind, turns.turns.speaker), paired.names)
    return np.asarray((complete & turns.known)[:, None] & names, dtype=np.bool_)


def _chances(own: FloatArray | None, other: FloatArray | None) -> FloatArray | None:
    if own is None or other is None:
        return None
    return np.where(np.isnan(other), np.nan, own)


def _without(turns: PairedTurns) -> PairedTurns:
    return replace(turns, predicted=replace(turns.predicted, probabilities=None))


def _alike(first: Paired, second: Paired) -> bool:
    pairs = [
        *zip(_arrays(first.patient), _arrays(second.patient), strict=True),
        *zip(_arrays(first.therapist), _arrays(second.therapist), strict=True),
        (first.ratings.reference, second.ratings.reference),
        (first.ratings.predicted, second.ratings.predicted),
    ]
    episodes = [[one.session for one in side.episodes] for side in (first, second)]
    return episodes[0] == episodes[1] and all(
        np.array_equal(one, other, equal_nan=True) for one, other in pairs
    )


def _arrays(turns: PairedTurns) -> list[FloatArray]:
    return [
        np.asarray([] if values is None else values, dtype=np.float64)
        for side in (turns.reference, turns.predicted)
        for values in (side.rupture, side.intensity, *map(side.sets, SET_KINDS), side.probabilities)
    ]


def _masked(turns: PairedTurns, known: BoolArray) -> PairedTurns:
    return replace(
        turns, reference=_only(turns.reference, known), predicted=_only(turns.predicted, known)
    )


def _only(coded: CodedTurns, known: BoolArray) -> CodedTurns:
    rows = known[:, None]
    return replace(
        coded,
        rupture=np.where(known, coded.rupture, -1),
        intensity=np.where(known, coded.intensity, -1),
        markers=np.where(rows, coded.markers, -1),
        strategies=np.where(rows, coded.strategies, -1),
        processes=np.where(rows, coded.processes, -1),
    )
