"""How a turn made of other turns is coded: the codes of a coded session carried to altered turns.

* A turn takes the codes of what **its own speaker** says in it. A fragment of the other speaker's
  that is credited to it changes nothing: who moved away or against has not changed.
* A turn that holds nothing of its own speaker's (a wrong label) is **uncodable**: its code belongs
  to somebody else, and strategies are no patient's. Missing in training, not `none`.
* Turns of one speaker **run together** take the most consequential rupture, that is the most
  intense, of equals the first; the next other code is `secondary` (codebook, section 1). They take
  the markers of these two codes, all strategies, and the last process; not `re_engages` beside a
  rupture.
* A turn **cut in two**: each fragment with content takes the code, a fragment without ("you know")
  takes none (rule 9). `re_engages` is for the first plain turn back, so for the first of them. If
  no fragment has content, the first takes the code.
* An **episode** opens at its first turn that is left and coded as a rupture, or uncodable, and
  closes with its last; without such a turn there is none. Where its last turn is gone its
  resolution is not known. Ratings stay where no turn is gone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rupture_nlp.codebook import load_codebook
from rupture_nlp.episodes import RE_ENGAGES
from rupture_nlp.schema import (
    CodedSession,
    Episode,
    EpisodeKind,
    Family,
    Ratings,
    Rupture,
    SessionCoding,
    Speaker,
    Transcript,
    Utterance,
    UtteranceCode,
)

Origins = tuple[tuple[int, ...], ...]

_EMPTY_PHRASES = re.compile(r"\b(you know|i mean|sort of|kind of)\b")
_EMPTY_WORDS = frozenset(
    "a ah an and but er erm hm hmm huh just like mhm mm mmm oh ok okay or right so that the then "  # noqa: SIM905  # words
    "to uh uhhuh uhm um well with yeah".split()
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one original turn, in one altered turn."""

    origin: int  # position of the original turn
    text: str


def homes_of(
    pieces: Sequence[Sequence[Piece]], turns: Sequence[Utterance], original: Sequence[Utterance]
) -> Origins:
    """For each original turn the altered turns that stand for it (`Altered.homes`)."""
    own: list[list[int]] = [[] for _ in original]
    most: list[tuple[int, int]] = [(-1, -1)] * len(original)  # words, turn
    for at, (turn, of) in enumerate(zip(turns, pieces, strict=True)):
        for piece in of:
            words = len(piece.text.split())
            if words > most[piece.origin][0]:
                most[piece.origin] = words, at
            if turn.speaker is original[piece.origin].speaker:
                own[piece.origin].append(at)
    return tuple(
        tuple(of) if of else (turn,) if turn >= 0 else ()
        for of, (_, turn) in zip(own, most, strict=True)
    )


def carry_codings(
    session: CodedSession,
    altered: Transcript,
    pieces: Sequence[Sequence[Piece]],
    homes: Origins,
) -> tuple[SessionCoding, ...]:
    """The codings of `session` for the turns of `altered`, whose words came as `pieces` say."""
    return tuple(
        _Carrying(session.transcript, altered, coding, pieces, homes).coding()
        for coding in session.codings
    )


def has_content(text: str) -> bool:
    """Whether a fragment says anything beside fillers and joining words."""
    bare = _EMPTY_PHRASES.sub(" ", re.sub(r"[^\w\s']", "", text.lower()))
    return any(word not in _EMPTY_WORDS for word in bare.split())


def merged_code(codes: Sequence[UtteranceCode], utterance_id: str) -> UtteranceCode:
    """The code of a turn in which one speaker's turns with these codes are run together."""
    if len(codes) == 1:
        return replace(codes[0], utterance_id=utterance_id)
    ruptures = sorted((c for c in codes if c.is_rupture), key=lambda c: -(c.intensity or 1))
    main = ruptures[0] if ruptures else codes[0]
    # Uncodable parts are outweighed by a rupture, not by its absence.
    unknown = any(code.rupture is None for code in codes)
    rupture = main.rupture if ruptures else None if unknown else Rupture.NONE
    others = [c.rupture for c in ruptures[1:]] + [c.secondary for c in ruptures]
    secondary = next((other for other in others if other and other is not main.rupture), None)
    markers = dict.fromkeys(name for code in codes for name in code.markers)
    owner = {marker.name: marker.code for marker in load_codebook().markers}
    processes = [c.process for c in codes if c.process]
    if ruptures:
        processes = [name for name in processes if name != RE_ENGAGES]
    return UtteranceCode(
        utterance_id=utterance_id,
        rupture=rupture,
        secondary=secondary,
        intensity=main.intensity if ruptures else None,
        markers=tuple(name for name in markers if owner.get(name) in {rupture, secondary}),
        strategies=tuple(dict.fromkeys(name for code in codes for name in code.strategies)),
        process=processes[-1] if processes else None,
        mode=main.mode,
    )


@dataclass(frozen=True, slots=True)
class _Carrying:
    """One coding on its way to the altered turns."""

    original: Transcript
    altered: Transcript
    given: SessionCoding
    pieces: Sequence[Sequence[Piece]]
    homes: Origins

    def coding(self) -> SessionCoding:
        holders = self._holders()
        codes = tuple(self._code(at, holders) for at in range(len(self.pieces)))
        whole = all(self.homes)
        return replace(
            self.given,
            codes=codes,
            episodes=self._episodes(codes),
            ratings=self.given.ratings if whole else Ratings(),
        )

    def _holders(self) -> list[list[int]]:
        """For each original turn the altered turns that take its code, in order."""
        spoken = {(at, p.origin): p.text for at, of in enumerate(self.pieces) for p in of}
        return [
            [at for at in of if len(of) > 1 and has_content(spoken[at, origin])] or list(of[:1])
            for origin, of in enumerate(self.homes)
        ]

    def _code(self, at: int, holders: list[list[int]]) -> UtteranceCode | None:
        turn = self.altered.utterances[at]
        if turn.speaker is Speaker.OTHER:
            return None
        said = self.original.utterances
        own = [p.origin for p in self.pieces[at] if said[p.origin].speaker is turn.speaker]
        codes: list[UtteranceCode] = []
        for origin in own:
            code = self.given.codes[origin]
            if code is None:
                return None
            if at not in holders[origin]:
                codes.append(UtteranceCode(turn.utterance_id, mode=code.mode))
            elif code.process == RE_ENGAGES and at != holders[origin][0]:
                codes.append(replace(code, process=None))
            else:
                codes.append(code)
        if not codes:
            return UtteranceCode(turn.utterance_id, rupture=None)
        return merged_code(codes, turn.utterance_id)

    def _episodes(self, codes: Sequence[UtteranceCode | None]) -> tuple[Episode, ...]:
        place = {u.utterance_id: at for at, u in enumerate(self.original.utterances)}
        carried: list[Episode] = []
        free, end = (
            0,
            -1,
        )  # first altered turn no episode holds; last original turn of the one before
        for episode in sorted(self.given.episodes, key=lambda e: place[e.start]):
            span = place[episode.start], place[episode.end]
            found = self._span(span, codes, free if span[0] > end else 0)
            if found is not None:
                carried.append(self._episode(episode, place, found, codes))
                free = found[1] + 1
            end = span[1]
        return tuple(carried)

    def _span(
        self, span: tuple[int, int], codes: Sequence[UtteranceCode | None], free: int
    ) -> tuple[int, int] | None:
        inside = sorted({at for o in range(span[0], span[1] + 1) for at in self.homes[o]})
        inside = [at for at in inside if at >= free]
        opening = self.given.codes[span[0]]
        if opening is not None and opening.is_rupture:
            first = next((at for at in inside if _may_open(codes[at])), None)
        else:  # another coder's rules
            first = inside[0] if inside else None
        if first is None:
            return None
        back = (at for at in self.homes[span[1]] if _process(codes[at]) == RE_ENGAGES)
        return first, max(first, next(back, inside[-1]))

    def _episode(
        self,
        episode: Episode,
        place: dict[str, int],
        span: tuple[int, int],
        codes: Sequence[UtteranceCode | None],
    ) -> Episode:
        turns = self.altered.utterances
        first, last = place[episode.start], place[episode.end]
        before = _families(self.given.codes[first : last + 1])
        after = _families(codes[span[0] : span[1] + 1])
        starts = span[0] in self.homes[first]
        return replace(
            episode,
            start=turns[span[0]].utterance_id,
            end=turns[span[1]].utterance_id,
            kind=episode.kind if before == after or not after else _kind(after),
            initiator=episode.initiator if starts else turns[span[0]].speaker,
            repair_start=self._repair_start(episode, place, span, codes),
            resolution=episode.resolution if self.homes[last] else None,
        )

    def _repair_start(
        self,
        episode: Episode,
        place: dict[str, int],
        span: tuple[int, int],
        codes: Sequence[UtteranceCode | None],
    ) -> str | None:
        if episode.repair_start is None:
            return None
        repair, last = place[episode.repair_start], place[episode.end]
        from_here = [at for o in range(repair, last + 1) for at in self.homes[o]]
        begin = max(span[0], min(from_here, default=span[1] + 1))
        for at in range(begin, span[1] + 1):
            code = codes[at]
            stays = at in self.homes[repair] and code is not None and code.rupture is not None
            if code is not None and (code.strategies or (stays and not self._has_strategy(repair))):
                return self.altered.utterances[at].utterance_id
        return None

    def _has_strategy(self, origin: int) -> bool:
        code = self.given.codes[origin]
        return code is not None and bool(code.strategies)


def _may_open(code: UtteranceCode | None) -> bool:
    return code is not None and (code.rupture is None or code.is_rupture)


def _process(code: UtteranceCode | None) -> str | None:
    return None if code is None else code.process


def _families(codes: Sequence[UtteranceCode | None]) -> set[Family]:
    found = {c.rupture.family for c in codes if c is not None and c.rupture is not None}
    return {family for family in found if family is not None}


def _kind(families: set[Family]) -> EpisodeKind:
    return EpisodeKind.MIXED if len(families) > 1 else EpisodeKind(next(iter(families)).value)
