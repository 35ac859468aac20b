"""From what was decided to a coding as corpora hold it, and what had to be left out on the way.

Kind, initiator and repair start of an episode follow from the codes (codebook, section 5; the same
rules as `rupture_nlp.episodes` and the corpus check). Single decisions may contradict one another,
since every action is saved as it comes; such a field is not listed as coded, and nothing is made
up in its place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.review.transfer import Note
from rupture_nlp.schema import (
    ALL_FIELDS,
    THERAPIST_MARKERS,
    Episode,
    EpisodeKind,
    Ratings,
    SessionCoding,
    Speaker,
    Transcript,
    UtteranceCode,
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Where an episode lies. Positions in the session from 0, `end` inclusive."""

    episode_id: str
    start: int
    end: int
    resolution: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What one coder decided on one session. `codes` by position; turns that are not among them
    are `none` where the coder has finished, else not reached. `mode` None: not known."""

    coder: str
    finished: bool
    mode: str | None = None
    codes: dict[int, UtteranceCode] = field(default_factory=dict)
    extents: tuple[Extent, ...] = ()
    ratings: Ratings = field(default_factory=Ratings)


@dataclass(frozen=True, slots=True)
class Settled:
    """A coding that passes the corpus check, and what is not in it."""

    coding: SessionCoding
    notes: tuple[Note, ...] = ()


def settle(transcript: Transcript, decided: Decided) -> Settled:
    """The coding that a corpus takes. `fields` names what the coder coded without contradiction."""
    where = f"session {transcript.session_id}, {decided.coder}"
    codes = tuple(_dense(transcript, decided))
    episodes, left_out = _episodes(transcript, codes, decided.extents, where)
    coding = SessionCoding(
        session_id=transcript.session_id,
        coder=decided.coder,
        codes=codes,
        episodes=episodes,
        ratings=decided.ratings,
        fields=ALL_FIELDS | {THERAPIST_MARKERS},
        complete=decided.finished,
    )
    coding, rating_notes = _without_empty_resolution(coding, where)
    gaps = [*_bare_ruptures(coding, where), *_contradictions(transcript, coding, where)]
    missing = {gap.field for gap in gaps} | set(_untouched(coding))
    return Settled(
        coding=replace(coding, fields=coding.fields - missing),
        notes=(*left_out, *rating_notes, *(gap.note for gap in gaps)),
    )


@dataclass(frozen=True, slots=True)
class _Gap:
    """Why a field does not count as coded."""

    field: str
    note: Note


def _dense(transcript: Transcript, decided: Decided) -> Iterator[UtteranceCode | None]:
    # A session without any code would not say how it was coded: its first turn does.
    silent = decided.finished and all(_is_blank(code) for code in decided.codes.values())
    for position, turn in enumerate(transcript.utterances):
        blank = UtteranceCode(turn.utterance_id, mode=decided.mode if silent else None)
        code = decided.codes.get(position)
        if turn.speaker is Speaker.OTHER:
            yield None
        elif not decided.finished:
            yield code
        else:
            # Whether a coder said `none` or passed on is the same once the session is finished.
            yield blank if code is None or _is_blank(code) else code
            silent = False


def _is_blank(code: UtteranceCode) -> bool:
    return replace(code, mode=None).is_empty


def _episodes(
    transcript: Transcript,
    codes: Sequence[UtteranceCode | None],
    extents: Sequence[Extent],
    where: str,
) -> tuple[tuple[Episode, ...], list[Note]]:
    found: list[Episode] = []
    notes: list[Note] = []
    latest = -1
    for extent in sorted(extents, key=lambda extent: (extent.start, extent.end)):
        episode = _describe(extent, transcript, codes)
        if episode is None:
            reason = "an episode without a rupture inside, or that opens on another speaker's turn"
            notes.append(Note(f"{reason}: left out", f"{where}, turn {extent.start}"))
        elif extent.start <= latest:
            notes.append(Note("an episode overlaps another: left out", where))
        else:
            found.append(episode)
            latest = extent.end
    return tuple(found), notes


def _describe(
    extent: Extent, transcript: Transcript, codes: Sequence[UtteranceCode | None]
) -> Episode | None:
    """The episode with all that the codes (one a turn) say of it; None where they allow none: no
    rupture inside, or it opens on a turn that takes no codes."""
    turns = transcript.utterances
    inside = [code for code in codes[extent.start : extent.end + 1] if code is not None]
    families = {code.rupture.family for code in inside if code.rupture is not None} - {None}
    names = [family.value for family in families if family is not None]
    opening = turns[extent.start]
    if not names or opening.speaker is Speaker.OTHER:
        return None
    return Episode(
        episode_id=extent.episode_id,
        start=opening.utterance_id,
        end=turns[extent.end].utterance_id,
        kind=EpisodeKind(names[0]) if len(names) == 1 else EpisodeKind.MIXED,
        initiator=opening.speaker,
        repair_start=next((code.utterance_id for code in inside if code.strategies), None),
        resolution=extent.resolution,
    )


def _without_empty_resolution(
    coding: SessionCoding, where: str
) -> tuple[SessionCoding, tuple[Note, ...]]:
    ruptures = any(code is not None and code.is_rupture for code in coding.codes)
    if coding.ratings.resolution is None or ruptures or not coding.complete:
        return coding, ()
    note = Note("a rating of resolution where no rupture was coded: left out", where)
    return replace(coding, ratings=replace(coding.ratings, resolution=None)), (note,)


def _bare_ruptures(coding: SessionCoding, where: str) -> Iterator[_Gap]:
    for code in coding.codes:
        if code is not None and code.is_rupture and code.intensity is None:
            note = Note(
                "a rupture without intensity: the session's intensities do not count",
                f"{where}, utterance {code.utterance_id}",
            )
            yield _Gap("intensity", note)


def _contradictions(transcript: Transcript, coding: SessionCoding, where: str) -> Iterator[_Gap]:
    """Ruptures and processes outside the episodes, and episodes that do not open on a rupture. In a
    session that is not finished the rest may still come."""
    if not coding.complete:
        return
    place = {turn.utterance_id: at for at, turn in enumerate(transcript.utterances)}
    held: set[int] = set()
    for episode in coding.episodes:
        start, end = place[episode.start], place[episode.end]
        held.update(range(start, end + 1))
        opening = coding.codes[start]
        if opening is None or not opening.is_rupture:
            yield _gap("an episode that does not open on a rupture", where, episode.start)
    for position, code in enumerate(coding.codes):
        if code is None or position in held:
            continue
        if code.is_rupture:
            yield _gap("a rupture outside every episode", where, code.utterance_id)
        if code.process:
            yield _gap("a process outside every episode", where, code.utterance_id)


def _gap(problem: str, where: str, utterance_id: str) -> _Gap:
    reason = f"{problem}: the session's episodes do not count"
    return _Gap("episodes", Note(reason, f"{where}, utterance {utterance_id}"))


def _untouched(coding: SessionCoding) -> Iterator[str]:
    if all(getattr(coding.ratings, name) is None for name in RATINGS):
        yield "ratings"
    if not coding.complete and not coding.episodes:
        yield "episodes"
