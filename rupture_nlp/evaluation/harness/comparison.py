"""What a section gets: both sides over the same rows, the draws, the settings."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.evaluation.counts import BoolArray
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import Paired, PairedTurns
from rupture_nlp.evaluation.pairing import pair_coders
from rupture_nlp.evaluation.turns import CodedTurns


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides over the same sessions. `resamples` draws the groups of `paired.groups`."""

    paired: Paired
    resamples: Resamples
    settings: HarnessSettings


def coder_comparisons(main: Comparison) -> Iterator[Comparison]:
    """Coder against coder on the rows of `main`, for each pair of its coders: the ceiling.

    Derived coders (`gold`) are no coders. A turn that `main` does not compare is missing here too,
    and so are ratings and episodes of sessions in which it compares none.
    """
    for first, second in combinations(own_coders(main.paired.sessions), 2):
        both = pair_coders(main.paired.sessions, first, second)
        yield replace(main, paired=on_rows_of(both, main.paired))


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
