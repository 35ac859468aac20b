"""What both sides said about an episode: its kind, who opened it, whether it was repaired and how
far it was resolved.

Over the pairs matched by IoU, and once more with unmatched episodes as errors (`attribute_f1`, and
F1 by kind). An attribute that one side never gave, though it has episodes, has no figures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rupture_nlp.evaluation.agreement import kappa_of, percent_agreement_of
from rupture_nlp.evaluation.alpha import alpha_of
from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.calibration import brier_of, brier_skill_of, brier_statistics
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM, f1_of
from rupture_nlp.evaluation.counts import FloatArray, Grouping, IntArray
from rupture_nlp.evaluation.episode_matching import (
    attribute_f1_of,
    attribute_table,
    matched_part_of,
)
from rupture_nlp.evaluation.episode_sets import INITIATORS, KINDS, EpisodeSet
from rupture_nlp.evaluation.harness.notes import described, undefined_number
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw_each, draw_weighted
from rupture_nlp.evaluation.paired import PairedEpisodes
from rupture_nlp.evaluation.ranking import rank_rows

Attribute = Literal["kind", "initiator", "repaired", "resolution"]
LABELS: dict[Attribute, int] = {
    "kind": len(KINDS),
    "initiator": len(INITIATORS),
    "repaired": 2,
    "resolution": 6,  # 1 to 5; 0 is never given
}

_Figures = dict[str, Callable[[FloatArray], FloatArray]]
"""From attribute tables (draws, labels + 1, labels + 1) to numbers (draws,)."""

_ANY: _Figures = {
    "matched_agreement": lambda tables: percent_agreement_of(matched_part_of(tables)),
    "attribute_f1": attribute_f1_of,
}
_NOMINAL: _Figures = {"kappa": lambda tables: kappa_of(matched_part_of(tables)), **_ANY}
_ORDERED: _Figures = {
    "kappa_quadratic": lambda tables: kappa_of(matched_part_of(tables), "quadratic"),
    "alpha_ordinal": lambda tables: alpha_of(_coincidences(matched_part_of(tables)), "ordinal"),
    **_ANY,
}


@dataclass(frozen=True, slots=True)
class MatchedSessions:
    """Sessions that both sides searched for episodes, matched."""

    sessions: tuple[PairedEpisodes, ...]
    pairs: tuple[IntArray, ...]  # of each session, as `match_by_overlap` gives them
    groups: Grouping  # of these sessions
    unit: str  # the rule of matching

    def key(self, variable: str, metric: str, label: str = "") -> Key:
        return Key("", self.unit, variable, metric, label)


def attribute_figures(matched: MatchedSessions, resamples: Resamples) -> list[Drawn]:
    """Agreement on each attribute over matched pairs, and with the unmatched; F1 by kind."""
    drawn: list[Drawn] = []
    for name, labels in LABELS.items():
        if not _is_coded(matched, name):
            continue
        tables = matched.groups.sum(_tables(matched, name, labels))
        drawn += _agreement(matched, name, tables, resamples)
        if name == "kind":
            drawn += _by_kind(matched, tables, resamples)
    return drawn


def _is_coded(matched: MatchedSessions, name: Attribute) -> bool:
    sides = ([s.reference for s in matched.sessions], [s.predicted for s in matched.sessions])
    return all(_is_coded_by(side, name) for side in sides)


def _is_coded_by(side: list[EpisodeSet], name: Attribute) -> bool:
    """False where the side's episodes never have the attribute.

    A side that never rates the resolution knows of no repaired episode, only of unrepaired ones.
    """
    source = "resolution" if name == "repaired" else name
    missing = any((getattr(one, name) < 0).any() for one in side)
    return not missing or any((getattr(one, source) >= 0).any() for one in side)


def _tables(matched: MatchedSessions, name: Attribute, labels: int) -> FloatArray:
    """(sessions, labels + 1, labels + 1)."""
    return np.stack(
        [
            attribute_table(
                pairs, getattr(one.reference, name), getattr(one.predicted, name), labels
            )
            for one, pairs in zip(matched.sessions, matched.pairs, strict=True)
        ]
    )


def _agreement(
    matched: MatchedSessions, name: Attribute, tables: FloatArray, resamples: Resamples
) -> list[Drawn]:
    figures = _ORDERED if name == "resolution" else _NOMINAL

    def estimate(sums: FloatArray) -> FloatArray:
        return np.stack([figure(sums) for figure in figures.values()], axis=1)

    keys = [matched.key(name, metric) for metric in figures]
    total = tables.sum(axis=0)
    pairs = int(matched_part_of(total).sum())
    episodes = int(total[:-1].sum() + total[:, :-1].sum())
    return [
        described(one, episodes, undefined="no episode on either side")
        if one.key.metric == "attribute_f1"
        else described(one, pairs, note=_of_pairs(pairs), undefined="one label only" * (pairs > 0))
        for one in draw_each(keys, tables, estimate, resamples)
    ]


def _of_pairs(pairs: int) -> str:
    if not pairs:
        return "no matched pair"
    return f"only {pairs} matched pairs" if pairs < ESTIMABLE_FROM else ""


def _by_kind(matched: MatchedSessions, tables: FloatArray, resamples: Resamples) -> list[Drawn]:
    """F1 of episodes found and given the kind; an unmatched episode of the kind is an error."""
    total = tables.sum(axis=0)
    given = total.sum(axis=1) + total.sum(axis=0)  # rows and columns: what either side gave
    kept = np.flatnonzero(given[: len(KINDS)])
    if not kept.size:
        return []
    keys = [matched.key("kind", "f1", KINDS[place]) for place in kept]
    drawn = draw_each(keys, tables, lambda sums: f1_of(sums)[:, kept], resamples)
    return [
        described(one, int(given[place]), int(total[place].sum()))
        for one, place in zip(drawn, kept, strict=True)
    ]


def _coincidences(tables: FloatArray) -> FloatArray:
    """Tables of two coders as `alpha.coincidences` has them: each pair in both orders."""
    return np.asarray(tables + np.swapaxes(tables, -2, -1), dtype=np.float64)


def chance_figures(matched: MatchedSessions, resamples: Resamples) -> list[Drawn]:
    """Brier score, its skill and AUROC of the predicted chance of repair, over matched pairs.

    Nothing where the predicted side gives no chance or the reference no repair.
    """
    given = any((~np.isnan(one.predicted.p_repaired)).any() for one in matched.sessions)
    if not given or not _is_coded_by([s.reference for s in matched.sessions], "repaired"):
        return []
    both = list(zip(matched.sessions, matched.pairs, strict=True))
    chances = np.concatenate([one.predicted.p_repaired[pairs[:, 1]] for one, pairs in both])
    repaired = np.concatenate([one.reference.repaired[pairs[:, 0]] for one, pairs in both])
    groups = matched.groups.take(np.repeat(np.arange(len(both)), [len(p) for _, p in both]))
    known = ~np.isnan(chances) & (repaired >= 0)
    keys = [matched.key("repaired", metric) for metric in ("brier", "brier_skill", "auroc")]
    if not known.any():
        return [undefined_number(key, resamples, _of_pairs(0)) for key in keys]
    statistics = brier_statistics(chances, repaired, groups)
    ranking = rank_rows(chances, repaired, groups)
    drawn = [
        *draw_each(
            keys[:2],
            statistics,
            lambda sums: np.stack([brier_of(sums), brier_skill_of(sums)], axis=1),
            resamples,
        ),
        *draw_weighted(
            keys[2:],
            lambda weights: ranking.figures(weights)[:, 1:2],
            ranking.groups,
            resamples,
            3 * ranking.steps + 1,
        ),
    ]
    positives = int(repaired[known].sum())
    return [
        described(one, int(known.sum()), positives, undefined="one class only") for one in drawn
    ]
