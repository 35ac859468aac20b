"""What several coders gave the same rows, side by side, for figures of any number of coders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rupture_nlp.evaluation.counts import BoolArray, IntArray
from rupture_nlp.evaluation.turns import (
    CodedTurns,
    SetKind,
    Turns,
    coded_turns,
    codings_by,
    set_names,
    turns_of,
)
from rupture_nlp.schema import GOLD, CodedSession, Speaker

Column = Literal["rupture", "intensity"]


@dataclass(frozen=True, slots=True)
class CoderSets:
    """Sets that coders gave: (rows, coders, names), 1 and 0; -1 where a coder is missing."""

    names: tuple[str, ...]
    given: IntArray


@dataclass(frozen=True, slots=True)
class CoderTable:
    """All coders over the same rows."""

    turns: Turns
    coders: tuple[str, ...]
    coded: tuple[CodedTurns, ...]  # parallel to `coders`

    def labels(self, column: Column = "rupture") -> IntArray:
        """(rows, coders), -1 where missing."""
        return np.column_stack([getattr(one, column) for one in self.coded]).astype(np.int64)

    def sets(self, kind: SetKind) -> CoderSets:
        """Markers, strategies or processes, without the names that not every coder coded."""
        given = np.stack([one.sets(kind) for one in self.coded], axis=1)
        shared = shared_columns(*(one.sets(kind) for one in self.coded))
        names = set_names(kind, self.turns.speaker)
        kept = np.flatnonzero(shared)
        return CoderSets(tuple(names[place] for place in kept), given[:, :, kept])


def own_coders(sessions: Sequence[CodedSession]) -> tuple[str, ...]:
    """All coders but derived ones (`gold`), sorted."""
    found = {coding.coder for session in sessions for coding in session.codings}
    return tuple(sorted(found - {GOLD}))


def coder_table(
    sessions: Sequence[CodedSession], speaker: Speaker, coders: Sequence[str] | None = None
) -> CoderTable:
    """The codes of all coders, or of those asked for; derived ones (`gold`) only if asked for.

    Its rows are those of `turns_of(sessions, speaker)`, and so of a pairing with the same sessions.

    Raises:
        ValueError: there is no coder.
    """
    chosen = own_coders(sessions) if coders is None else tuple(coders)
    if not chosen:
        raise ValueError("there is no coder but derived ones")
    return CoderTable(
        turns=turns_of(sessions, speaker),
        coders=chosen,
        coded=tuple(
            coded_turns(sessions, codings_by(sessions, coder), speaker) for coder in chosen
        ),
    )


def shared_columns(*indicators: IntArray) -> BoolArray:
    """Which columns can be compared, (names,).

    A column counts if it is known wherever a coder gave the row any column at all. So the
    therapist-only markers, which few coders code, do not make whole rows missing.
    """
    kept = np.ones(indicators[0].shape[1], dtype=bool)
    for one in indicators:
        known = one >= 0
        rows = known.any(axis=1)
        kept &= known[rows].all(axis=0) if rows.any() else True
    return kept
