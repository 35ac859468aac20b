"""How much codes lean to the suggestion that the coder saw.

Where it was drawn by chance who codes a session with suggestions and who without, the two can be
set against each other: if assisted coders give the same code as the model more often than blind
ones do, the suggestions pulled them. What coders chose, or somebody else chose for them, says
nothing of that kind and is left out. Sessions are resampled; first passes only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.agreement import kappa_of, percent_agreement_of
from rupture_nlp.evaluation.bootstrap import Estimate, Interval, Resamples, resample
from rupture_nlp.evaluation.counts import FloatArray, confusion_by_group, ratio
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.review.database import Store
from rupture_nlp.review.first_pass import FirstPass
from rupture_nlp.review.studied import StudiedSession, column, read_studied, variables_of
from rupture_nlp.review.values import Mode
from rupture_nlp.schema import RUPTURES, Speaker

LEAST_SESSIONS = 5
"""With fewer assisted or blind sessions nothing is said."""

DRAWS = 2000
SAME_CODE, RUPTURE_TAKEN, NONE_TAKEN, KAPPA = "same_code", "rupture_taken", "none_taken", "kappa"


@dataclass(frozen=True, slots=True)
class LeaningRow:
    """One measure of agreement with the suggestion, with it in view and without."""

    measure: str
    assisted: Interval
    blind: Interval
    difference: Interval  # assisted minus blind


@dataclass(frozen=True, slots=True)
class Leaning:
    """One speaker's turns. `rows` is empty where there is too little; `words` says so."""

    speaker: Speaker
    assisted_sessions: int
    blind_sessions: int
    rows: tuple[LeaningRow, ...]
    words: str


def read_leaning(store: Store, draws: int = DRAWS) -> tuple[Leaning, ...]:
    """Compare assisted with blind first passes, patients and therapists apart."""
    with store.read() as session:
        studied = read_studied(session)
    return leaning_of(studied, store.project.seed, draws)


def leaning_of(
    studied: Sequence[StudiedSession], seed: int, draws: int = DRAWS
) -> tuple[Leaning, ...]:
    """The comparison over sessions that have suggestions and were assigned by chance."""
    return tuple(_of_speaker(studied, speaker, (seed, draws)) for speaker in CODED_SPEAKERS)


def _of_speaker(
    studied: Sequence[StudiedSession], speaker: Speaker, draws: tuple[int, int]
) -> Leaning:
    assisted, blind = (
        np.array([_table(one, speaker, mode) for one in studied]).reshape(
            -1, len(RUPTURES), len(RUPTURES)
        )
        for mode in (Mode.ASSISTED, Mode.BLIND)
    )
    used = np.flatnonzero((assisted + blind).any(axis=(1, 2)))
    counts = [int(tables.any(axis=(1, 2)).sum()) for tables in (assisted, blind)]
    if min(counts) < LEAST_SESSIONS:
        return Leaning(speaker, counts[0], counts[1], (), _too_little(speaker, *counts))
    resamples = resample(len(used), draws[1], draws[0])
    rows = tuple(
        _row(measure, estimate, resamples, (assisted[used], blind[used]))
        for measure, estimate in _MEASURES.items()
    )
    return Leaning(speaker, counts[0], counts[1], rows, _words(speaker, rows))


def _table(session: StudiedSession, speaker: Speaker, mode: Mode) -> FloatArray:
    """The coders' codes (rows) against the suggestions (columns) of one session; zeros where there
    are none of this mode."""
    summed = np.zeros((len(RUPTURES), len(RUPTURES)))
    for one in session.passes:
        if session.model is not None and one.assignment.mode is mode and _by_chance(one):
            summed += _of_pass(session, speaker, one)
    return summed


def _by_chance(one: FirstPass) -> bool:
    return one.assignment.by_chance


def _of_pass(session: StudiedSession, speaker: Speaker, one: FirstPass) -> FloatArray:
    code, turns = variables_of(speaker)[0], session.turns(speaker)
    empty = np.zeros((len(RUPTURES), len(RUPTURES)))
    if session.model is None or not turns:
        return empty
    given, suggested = (column(code, coding, turns) for coding in (one.coding, session.model))
    if not ((given >= 0) & (suggested >= 0)).any():
        return empty
    table: FloatArray = confusion_by_group(given, suggested, len(RUPTURES))[0]
    return table


def _row(
    measure: str, estimate: Estimate, resamples: Resamples, tables: tuple[FloatArray, FloatArray]
) -> LeaningRow:
    assisted, blind = tables
    return LeaningRow(
        measure,
        resamples.interval(assisted, estimate),
        resamples.interval(blind, estimate),
        resamples.difference(assisted, blind, estimate),
    )


def _ruptures_taken(tables: FloatArray) -> FloatArray:
    """Of turns with a suggested rupture, the share to which the coder gave that very code."""
    same = np.diagonal(tables, axis1=-2, axis2=-1)[..., 1:].sum(axis=-1)
    return ratio(same, tables[..., :, 1:].sum(axis=(-2, -1)))


def _none_taken(tables: FloatArray) -> FloatArray:
    """Of turns that the model calls `none`, the share that the coder called so too."""
    return ratio(tables[..., 0, 0], tables[..., :, 0].sum(axis=-1))


_MEASURES: dict[str, Estimate] = {
    SAME_CODE: percent_agreement_of,
    RUPTURE_TAKEN: _ruptures_taken,
    NONE_TAKEN: _none_taken,
    KAPPA: kappa_of,
}


def _too_little(speaker: Speaker, assisted: int, blind: int) -> str:
    return (
        f"Too little to say for {speaker.value}s: of the finished sessions that were assigned by "
        f"chance and have suggestions, {assisted} {'was' if assisted == 1 else 'were'} coded with "
        f"suggestions in view and {blind} blind; {LEAST_SESSIONS} of each are needed."
    )


def _words(speaker: Speaker, rows: Sequence[LeaningRow]) -> str:
    """The plain sentence. The verdict is kappa's: most turns are `none` to everybody, and a share
    of all turns hides what happens on the others."""
    by_name = {row.measure: row for row in rows}
    same, kappa = by_name[SAME_CODE], by_name[KAPPA]
    begin = (
        "With suggestions in view, coders gave the code that the model suggests on "
        f"{_percent(same.assisted.estimate)} of the {speaker.value}'s turns"
        f"{_kappa(kappa.assisted)}; without them, on "
        f"{_percent(same.blind.estimate)}{_kappa(kappa.blind)}"
    )
    low, high = kappa.difference.low, kappa.difference.high
    if np.isnan(low) or np.isnan(high):
        return f"{begin}. How sure that difference is cannot be said."
    if low > 0:
        verdict = "Assisted codes lean to the suggestion."
        return f"{begin}. Kappa is higher by between {_two(low)} and {_two(high)}. {verdict}"
    if high < 0:
        verdict = "Assisted codes lean away from the suggestion."
        return f"{begin}. Kappa is lower by between {_two(-high)} and {_two(-low)}. {verdict}"
    return (
        f"{begin}. The difference in kappa lies between {_two(low)} and {_two(high)}, so it can be "
        "chance: these sessions do not show that assisted codes lean to the suggestion, nor that "
        "they do not."
    )


def _kappa(interval: Interval) -> str:
    return "" if np.isnan(interval.estimate) else f" (kappa {_two(interval.estimate)})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _two(value: float) -> str:
    shown = f"{abs(value):.2f}".removeprefix("0")
    return f"\N{MINUS SIGN}{shown}" if value < 0 and shown != ".00" else shown
