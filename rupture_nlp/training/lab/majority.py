"""One coding out of several: what most of the coders of a session gave.

A turn is a rupture where more than half of the coders who judged it say so; a tie is `none`, since
the codebook has it so for whoever is torn (section 2, rule 10). Among the ruptures the code with
most votes wins, then that of the family with most votes, then the code that is more frequent in
the corpus. Two coders can only agree or tie: their majority is what both found.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from statistics import fmean, median_high
from typing import TypeVar

from rupture_nlp.codebook import load_codebook
from rupture_nlp.episodes import CodedTurn, find_episodes
from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.schema import (
    Episode,
    Ratings,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    UtteranceCode,
)

Name = TypeVar("Name", bound=Hashable)
Judged = tuple[UtteranceCode, frozenset[str]]
"""A coder's code of a turn, and the fields that the coder coded."""


def majority_coding(
    transcript: Transcript,
    codings: Sequence[SessionCoding],
    name: str,
    order: Sequence[Rupture],
) -> SessionCoding:
    """The majority of `codings`, all of one session. `order` breaks the last ties.

    Episodes follow from the codes by rule: where coders differ about their bounds, the mean of two
    bounds is no turn that anybody named. Ratings are means.
    """
    if len(codings) == 1:
        only = codings[0]
        return replace(only, coder=name)
    codes = tuple(
        _turn(
            utterance.utterance_id,
            [(code, k.fields) for k in codings if (code := k.codes[at]) is not None],
            utterance.speaker,
            order,
        )
        for at, utterance in enumerate(transcript.utterances)
    )
    fields = frozenset().union(*(coding.fields for coding in codings))
    episodes: tuple[Episode, ...] = ()
    if "rupture" in fields and "episodes" in fields:
        episodes = find_episodes(
            [CodedTurn(u.speaker, c) for u, c in zip(transcript.utterances, codes, strict=True)]
        )
        codes = _inside_only(transcript, codes, episodes)
    else:
        fields -= {"episodes"}
    complete = all(
        code is not None or utterance.speaker is Speaker.OTHER
        for code, utterance in zip(codes, transcript.utterances, strict=True)
    )
    ratings = _ratings(codings, ruptured=any(c is not None and c.is_rupture for c in codes))
    return SessionCoding(codings[0].session_id, name, codes, episodes, ratings, fields, complete)


def _turn(
    utterance_id: str, judged: Sequence[Judged], speaker: Speaker, order: Sequence[Rupture]
) -> UtteranceCode | None:
    if not judged:
        return None
    rupture = _rupture([code for code, fields in judged if "rupture" in fields], order)
    strategies = [code.strategies for code, fields in judged if "strategies" in fields]
    processes = [code.process for code, fields in judged if "process" in fields]
    if rupture is None or rupture is Rupture.NONE:
        return UtteranceCode(
            utterance_id,
            rupture,
            strategies=_most(strategies),
            process=_one_of_most(processes),
        )
    agreeing = [(code, fields) for code, fields in judged if code.rupture is rupture]
    intensities = [code.intensity for code, _ in agreeing if code.intensity is not None]
    seconds = [code.secondary for code, fields in agreeing if "secondary" in fields]
    markers = _most([code.markers for code, fields in agreeing if "markers" in fields])
    secondary = _one_of_most(seconds)
    allowed = {
        marker
        for code in (rupture, secondary)
        if code is not None
        for marker in load_codebook().markers_of(code, speaker)
    }
    return UtteranceCode(
        utterance_id,
        rupture,
        secondary=secondary,
        intensity=median_high(intensities) if intensities else None,
        markers=tuple(marker for marker in markers if marker in allowed),
        strategies=_most(strategies),
        process=_one_of_most(processes),
    )


def _rupture(codes: Sequence[UtteranceCode], order: Sequence[Rupture]) -> Rupture | None:
    given = [code.rupture for code in codes if code.rupture is not None]
    if not given:
        return None
    ruptures = [code for code in given if code is not Rupture.NONE]
    if 2 * len(ruptures) <= len(given):
        return Rupture.NONE
    votes = Counter(ruptures)
    families = Counter(code.family for code in ruptures)
    return min(votes, key=lambda code: (-votes[code], -families[code.family], order.index(code)))


def _most(lists: Sequence[Iterable[Name]]) -> tuple[Name, ...]:
    """What stands in more than half of the lists, in the order in which it is first met."""
    counts = Counter(name for names in lists for name in dict.fromkeys(names))
    return tuple(name for name, count in counts.items() if 2 * count > len(lists))


def _one_of_most(values: Sequence[Name | None]) -> Name | None:
    return next(iter(_most([() if value is None else (value,) for value in values])), None)


def _inside_only(
    transcript: Transcript,
    codes: Sequence[UtteranceCode | None],
    episodes: Sequence[Episode],
) -> tuple[UtteranceCode | None, ...]:
    """The codes without processes outside the episodes, which the codebook does not know."""
    place = {u.utterance_id: at for at, u in enumerate(transcript.utterances)}
    inside = {at for e in episodes for at in range(place[e.start], place[e.end] + 1)}
    return tuple(
        code
        if code is None or at in inside or code.process is None
        else replace(code, process=None)
        for at, code in enumerate(codes)
    )


def _ratings(codings: Sequence[SessionCoding], *, ruptured: bool) -> Ratings:
    raters = [coding.ratings for coding in codings if "ratings" in coding.fields]
    means: dict[str, float | None] = {}
    for name in RATINGS:
        given = [value for one in raters if (value := getattr(one, name)) is not None]
        means[name] = fmean(given) if given else None
    if not ruptured:
        means["resolution"] = None
    return Ratings(**means)
