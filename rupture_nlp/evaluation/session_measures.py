"""What sessions amount to, as numbers: counts, rates, episodes, ratings.

The names are those of the columns of `label`'s table `sessions` wherever both have the measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.counts import FloatArray, Grouping, ratio
from rupture_nlp.evaluation.episode_sets import has_episodes
from rupture_nlp.evaluation.paired import RATINGS, rating_table
from rupture_nlp.evaluation.turns import CODED_SPEAKERS, Side, session_groups, turns_of
from rupture_nlp.evaluation.units import Rule, Unit, Units, UnitSpec, cut, unit_values
from rupture_nlp.schema import RUPTURES, CodedSession, Family, SessionCoding, Speaker


@dataclass(frozen=True, slots=True)
class SessionMeasures:
    """Measures of sessions: `values` is (sessions, names), NaN where missing."""

    session_ids: tuple[str, ...]
    groups: Grouping
    names: tuple[str, ...]
    values: FloatArray

    def column(self, name: str) -> FloatArray:
        """One measure, (sessions,)."""
        return self.values[:, self.names.index(name)]


def session_measures(
    sessions: Sequence[CodedSession], side: Side, min_known: float = 0.5
) -> SessionMeasures:
    """Measures of what one coder or system gave the sessions.

    Per speaker (`patient_...`, `therapist_...`): `turns`, `ruptures`, `any_rupture`, each code and
    each family as counts, `ruptures_per_100_turns`, `highest_intensity`, `expected_ruptures` where
    there are probabilities, `episodes` and `episodes_repaired` by who opened them. Of the session:
    `turns`, `episodes`, `episodes_repaired`, `share_repaired`, `mean_resolution`, the ratings (the
    rating called resolution is `session_resolution` here). Counts of a session of which less than
    `min_known` was coded are missing; so are expected ruptures where fewer have probabilities.
    """
    columns: dict[str, FloatArray] = {
        "turns": np.array([len(s.transcript.utterances) for s in sessions], np.float64)
    }
    for speaker in CODED_SPEAKERS:
        found = _of_speaker(sessions, side, speaker, min_known)
        columns |= {f"{speaker}_{name}": values for name, values in found.items()}
    columns |= _of_episodes(side)
    ratings = rating_table(side)
    for place, name in enumerate(RATINGS):
        columns["session_resolution" if name == "resolution" else name] = ratings[:, place]
    return SessionMeasures(
        session_ids=tuple(session.transcript.session_id for session in sessions),
        groups=session_groups(sessions),
        names=tuple(columns),
        values=np.column_stack(list(columns.values())).reshape(len(sessions), len(columns)),
    )


def _of_speaker(
    sessions: Sequence[CodedSession], side: Side, speaker: Speaker, min_known: float
) -> dict[str, FloatArray]:
    turns = turns_of(sessions, speaker)
    coded = side.over(sessions, speaker)

    def measure(rule: Rule, *codes: str) -> FloatArray:
        units = cut(turns, UnitSpec(Unit.SESSION, rule, min_known=min_known))
        chosen = [c for c in RUPTURES[1:] if not codes or {c.value, str(c.family)} & set(codes)]
        return _spread(units, unit_values(coded, units, chosen), len(sessions))

    columns = {
        "turns": np.bincount(turns.session, minlength=len(sessions)).astype(np.float64),
        "ruptures": measure(Rule.COUNT),
        "any_rupture": measure(Rule.ANY),
        "ruptures_per_100_turns": measure(Rule.RATE),
        "highest_intensity": measure(Rule.HIGHEST),
    }
    names = (*(code.value for code in RUPTURES[1:]), *(family.value for family in Family))
    columns |= {name: measure(Rule.COUNT, name) for name in names}
    if coded.probabilities is not None:
        expected = np.where(coded.rupture >= 0, 1.0 - coded.probabilities[:, 0], np.nan)
        summed = np.bincount(turns.session, np.nan_to_num(expected), minlength=len(sessions))
        given = np.bincount(turns.session, ~np.isnan(expected), minlength=len(sessions))
        few = ratio(given, columns["turns"]) < min_known
        missing = np.isnan(columns["ruptures"]) | few | (given == 0)
        columns["expected_ruptures"] = np.where(missing, np.nan, summed)
    return columns


def _spread(units: Units, values: FloatArray, sessions: int) -> FloatArray:
    """Values of session units over all sessions; NaN where the speaker has no turn."""
    spread = np.full(sessions, np.nan)
    spread[units.session] = values
    return spread


def _of_episodes(side: Side) -> dict[str, FloatArray]:
    names = ("episodes", "episodes_repaired")
    both = (*names, *(f"{speaker}_{name}" for speaker in CODED_SPEAKERS for name in names))
    rows = [
        _counted(coding) if has_episodes(coding) else [np.nan] * (len(both) + 1)
        for coding in side.codings
    ]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(both) + 1)
    columns = {name: table[:, place] for place, name in enumerate(both)}
    columns["mean_resolution"] = table[:, -1]
    columns["share_repaired"] = ratio(columns["episodes_repaired"], columns["episodes"])
    return columns


def _counted(coding: SessionCoding) -> list[float]:
    counts: list[float] = []
    for who in (CODED_SPEAKERS, *((speaker,) for speaker in CODED_SPEAKERS)):
        own = [episode for episode in coding.episodes if episode.initiator in who]
        counts += [len(own), sum(episode.repaired for episode in own)]
    rated = [e.resolution for e in coding.episodes if e.resolution is not None]
    return [*counts, float(np.mean(rated)) if rated else float("nan")]
