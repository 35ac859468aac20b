"""Episodes: which were found, how well their borders fit, and what was said about them.

Matching is done once a session; figures and draws sum what was counted. Sessions in which both
sides looked for episodes count, also those in which neither found any. Episodes belong to no
speaker. `Drawn.rows` is what the figure divides by: reference episodes for recall, predicted ones
for precision, both added up for F1, sessions for the borders.
"""

from collections.abc import Callable, Iterator

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.boundaries import (
    boundaries_of,
    half_segment,
    similarity_of,
    similarity_statistics,
    window_diff_of,
    window_diff_statistics,
)
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.evaluation.episode_matching import (
    Scheme,
    match_by_onset,
    match_by_overlap,
    match_counts,
    match_f1_of,
    match_precision_of,
    match_recall_of,
    scheme_counts,
)
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.episode_attributes import (
    MatchedSessions,
    attribute_figures,
    chance_figures,
)
from rupture_nlp.evaluation.harness.notes import described
from rupture_nlp.evaluation.harness.quantities import Drawn, Key, draw, draw_each
from rupture_nlp.evaluation.paired import PairedEpisodes
from rupture_nlp.evaluation.units import Unit, UnitSpec

_EPISODE = str(UnitSpec(Unit.EPISODE))
_SCHEMES: tuple[Scheme, ...] = ("strict", "partial", "type")
_FOUND: dict[str, Callable[[FloatArray], FloatArray]] = {
    "precision": match_precision_of,
    "recall": match_recall_of,
    "f1": match_f1_of,
}
_UNDEFINED = {
    "precision": "no predicted episode",
    "recall": "no episode in the reference",
    "f1": "no episode on either side",
}


def episode_figures(comparison: Comparison) -> list[Drawn]:
    """Figures of episodes; none where no session was searched for episodes by both sides.

    Found or not, by five rules of matching: IoU and onset with the thresholds of the settings, and
    the schemes strict, partial and type. Boundary similarity and WindowDiff. Kind, initiator,
    repaired and resolution over the pairs matched by IoU, and the chance of repair where given.
    """
    searched = comparison.paired.episodes
    if not searched:
        return []
    iou, resamples = comparison.settings.iou, comparison.resamples
    matched = MatchedSessions(
        sessions=searched,
        pairs=tuple(match_by_overlap(s.reference.spans, s.predicted.spans, iou) for s in searched),
        groups=comparison.paired.groups.take([one.session for one in searched]),
        unit=str(UnitSpec(Unit.EPISODE, iou=iou)),
    )
    return [
        *_all_found(matched, comparison.settings.onset_turns, resamples),
        *_borders(matched, resamples),
        *attribute_figures(matched, resamples),
        *chance_figures(matched, resamples),
    ]


def _all_found(matched: MatchedSessions, onset_turns: int, resamples: Resamples) -> Iterator[Drawn]:
    by_iou = [
        match_counts(pairs, one.reference.spans, one.predicted.spans)
        for one, pairs in zip(matched.sessions, matched.pairs, strict=True)
    ]
    yield from _found(Key("", matched.unit, "episodes", ""), by_iou, matched, resamples)
    unit = str(UnitSpec(Unit.EPISODE, onset_turns=onset_turns))
    by_onset = [_onset_counts(one, onset_turns) for one in matched.sessions]
    yield from _found(Key("", unit, "episodes_onset", ""), by_onset, matched, resamples)
    for scheme in _SCHEMES:
        counts = [_scheme_counts(one, scheme) for one in matched.sessions]
        key = Key("", _EPISODE, f"episodes_{scheme}", "")
        yield from _found(key, counts, matched, resamples)


def _onset_counts(one: PairedEpisodes, onset_turns: int) -> FloatArray:
    reference, predicted = one.reference.spans, one.predicted.spans
    return match_counts(match_by_onset(reference, predicted, onset_turns), reference, predicted)


def _scheme_counts(one: PairedEpisodes, scheme: Scheme) -> FloatArray:
    return scheme_counts(
        one.reference.spans,
        one.predicted.spans,
        one.reference.kind,
        one.predicted.kind,
        scheme,
    )


def _found(
    key: Key, counts: list[FloatArray], matched: MatchedSessions, resamples: Resamples
) -> list[Drawn]:
    """Precision, recall and F1 of counts as `match_counts` gives them, one entry a session."""
    sums = matched.groups.sum(_with_sessions(counts))
    keys = [Key(key.speaker, key.unit, key.variable, metric) for metric in _FOUND]

    def figures(drawn: FloatArray) -> FloatArray:
        return np.stack([figure(drawn[:, :3]) for figure in _FOUND.values()], axis=1)

    _, reference, predicted, _ = sums.sum(axis=0)
    rows = {"precision": predicted, "recall": reference, "f1": reference + predicted}
    return [
        described(
            one,
            int(rows[one.key.metric]),
            int(reference),
            undefined=_UNDEFINED[one.key.metric],
        )
        for one in draw_each(keys, sums, figures, resamples)
    ]


def _with_sessions(counts: list[FloatArray]) -> FloatArray:
    # With the sessions in it, a group whose sessions have no episode is a group with data.
    return np.column_stack([np.stack(counts), np.ones(len(counts))])


def _borders(matched: MatchedSessions, resamples: Resamples) -> list[Drawn]:
    """Boundary similarity and WindowDiff, whose window is half a mean segment of the reference."""
    borders = [
        (
            boundaries_of(one.reference.spans, one.turns),
            boundaries_of(one.predicted.spans, one.turns),
        )
        for one in matched.sessions
    ]
    window = half_segment(reference for reference, _ in borders)
    near = [similarity_statistics(*both) for both in borders]
    windows = [window_diff_statistics(*both, window) for both in borders]
    similarity = draw(
        Key("", _EPISODE, "episodes", "boundary_similarity"),
        matched.groups.sum(_with_sessions(near)),
        lambda sums: similarity_of(sums[:, :2]),
        resamples,
    )
    difference = draw(
        Key("", _EPISODE, "episodes", "window_diff"),
        matched.groups.sum(_with_sessions(windows)),
        lambda sums: window_diff_of(sums[:, :2]),
        resamples,
    )
    long_enough = sum(bool(one[1]) for one in windows)
    return [
        described(similarity, len(borders), undefined="no boundary on either side"),
        described(
            difference,
            long_enough,
            note=f"window of {window} turns",
            undefined="no session is longer than that",
        ),
    ]
