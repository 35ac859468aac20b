"""Where several codings of a session agree, and what holds where nobody has to decide. Pure.

The main thing is the rupture of a turn, that there is an episode, the number of a rating. Coders
who differ in it are in dispute, and somebody decides. Where they agree in it and differ in the rest
(`DETAILS`), what most of them gave holds until somebody decides otherwise: a marker, strategy,
process or second code that more than half gave, the lower median of intensities and boundaries.

Episodes of several coders are one if they share half of their turns (IoU of .5, matched one to one
with the episode of the coder who was assigned first).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.counts import IntArray
from rupture_nlp.evaluation.episode_matching import match_by_overlap
from rupture_nlp.review.first_pass import Coding, PlacedEpisode
from rupture_nlp.review.values import EpisodeValue, TurnValue
from rupture_nlp.schema import Rupture, Speaker

Name = TypeVar("Name", bound=str)


class Standing(StrEnum):
    """How far the coders agree."""

    AGREED = "agreed"  # in everything
    DETAILS = "details"  # in the main thing only
    DISPUTED = "disputed"
    ADDED = "added"  # no coder's: whoever adjudicates put it there


def turn_standing(given: Sequence[TurnValue]) -> Standing:
    """Of the coders' codes of one turn. Comments are no codes."""
    if len({value.rupture for value in given}) > 1:
        return Standing.DISPUTED
    plain = {codes_only(value) for value in given}
    return Standing.AGREED if len(plain) == 1 else Standing.DETAILS


def codes_only(value: TurnValue) -> TurnValue:
    """The codes without the comment, names in the codebook's order."""
    if not (value.markers or value.strategies or value.comment):
        return value
    book = load_codebook()
    return replace(
        value,
        markers=tuple(name for name in book.marker_names if name in value.markers),
        strategies=tuple(name for name in book.strategy_names if name in value.strategies),
        comment=None,
    )


def common_turn(given: Sequence[TurnValue], speaker: Speaker) -> TurnValue | None:
    """What most coders gave a turn; None where they are in dispute."""
    if turn_standing(given) is Standing.DISPUTED:
        return None
    if len(set(given)) == 1:
        return codes_only(given[0])
    book = load_codebook()
    first = given[0]
    secondary = _most_gave([value.secondary for value in given])
    strengths = [value.intensity for value in given if value.intensity is not None]
    codes = [code for code in (first.rupture, secondary) if code not in (None, Rupture.NONE)]
    fitting = {name for code in codes if code for name in book.markers_of(code, speaker)}
    return TurnValue(
        rupture=first.rupture,
        secondary=secondary,
        intensity=lower_median(strengths) if first.is_rupture and strengths else None,
        markers=tuple(
            name
            for name in book.marker_names
            if name in fitting and _is_most([name in value.markers for value in given])
        ),
        strategies=tuple(
            name
            for name in book.strategy_names
            if _is_most([name in value.strategies for value in given])
        ),
        process=_most_gave([value.process for value in given]),
    )


def lower_median(values: Sequence[int]) -> int:
    """The middle one, the lower of two."""
    return sorted(values)[(len(values) - 1) // 2]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Episodes of several coders that are taken for one; parallel to the codings, None where a
    coder has none here."""

    members: tuple[PlacedEpisode | None, ...]

    @property
    def first(self) -> PlacedEpisode:
        """The one that the others were matched with."""
        return next(member for member in self.members if member is not None)

    def values(self) -> tuple[EpisodeValue | None, ...]:
        """What each coder gave."""
        return tuple(None if member is None else member.value for member in self.members)


def clusters_of(codings: Sequence[Coding]) -> tuple[Cluster, ...]:
    """Put the episodes of all codings together, in order of their starts. The order of codings
    decides which episode the others are matched with."""
    found: list[list[PlacedEpisode | None]] = []
    for place, coding in enumerate(codings):
        anchors = [next(member for member in one if member is not None) for one in found]
        pairs = match_by_overlap(_spans(anchors), _spans(coding.episodes))
        partner = {int(episode): int(cluster) for cluster, episode in pairs}
        for at, episode in enumerate(coding.episodes):
            if at in partner:
                found[partner[at]].append(episode)
            else:
                found.append([*([None] * place), episode])
        for members in found:
            members.extend([None] * (place + 1 - len(members)))
    clusters = (Cluster(tuple(members)) for members in found)
    return tuple(sorted(clusters, key=lambda one: (one.first.value.start, one.first.value.end)))


def episode_standing(given: Sequence[EpisodeValue | None]) -> Standing:
    """Of one cluster, over the coders alone."""
    if len({value is None for value in given}) > 1:
        return Standing.DISPUTED
    return Standing.AGREED if len(set(given)) == 1 else Standing.DETAILS


def common_episode(given: Sequence[EpisodeValue | None]) -> EpisodeValue | None:
    """What holds of a cluster that all coders have; None where one of them does not."""
    known = [value for value in given if value is not None]
    if len(known) < len(given) or not known:
        return None
    start = lower_median([value.start for value in known])
    # Never before the start: every coder's end is at or after that coder's start.
    end = lower_median([value.end for value in known])
    repairs = [value.repair_start for value in known if value.repair_start is not None]
    repair = lower_median(repairs) if 2 * len(repairs) > len(known) else None
    rated = [value.resolution for value in known if value.resolution is not None]
    return EpisodeValue(
        start=start,
        end=end,
        repair_start=repair if repair is not None and start <= repair <= end else None,
        resolution=lower_median(rated) if rated else None,
    )


def rating_standing(given: Sequence[int | None]) -> Standing:
    """Of one rating; an empty one is a value too."""
    return Standing.AGREED if len(set(given)) == 1 else Standing.DISPUTED


def overlap(one: EpisodeValue, other: EpisodeValue) -> bool:
    """Whether two episodes share a turn, which those of one coding never do."""
    return one.start <= other.end and other.start <= one.end


def _spans(episodes: Sequence[PlacedEpisode]) -> IntArray:
    spans = [(one.value.start, one.value.end) for one in episodes]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _is_most(given: Sequence[bool]) -> bool:
    return 2 * sum(given) > len(given)


def _most_gave(given: Sequence[Name | None]) -> Name | None:
    counted = ((one, list(given).count(one)) for one in given if one is not None)
    return next((one for one, count in counted if 2 * count > len(given)), None)
