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
* An **episode** opens at the first of its turns that are left and coded as a rupture, and closes
  with its last; without such a turn there is none, and processes left outside are dropped. Where
  its last turn is gone its resolution is not known. Ratings stay where no turn is gone, that of
  the resolution where a rupture is left.
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
Codes = Sequence[UtteranceCode | None]

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
        codes = [self._code(at, holders) for at in range(len(self.pieces))]
        episodes, inside = self._episodes(codes)
        for at, code in enumerate(codes):
            if code is not None and code.process and at not in inside and self._was_inside(at):
                codes[at] = replace(code, process=None)
        return replace(
            self.given,
            codes=tuple(codes),
            episodes=episodes,
            ratings=self._ratings(codes),
        )

    def _ratings(self, codes: Codes) -> Ratings:
        if not all(self.homes):
            return Ratings()
        lost = any(map(_is_rupture, self.given.codes)) and not any(map(_is_rupture, codes))
        return replace(self.given.ratings, resolution=None) if lost else self.given.ratings

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

    def _was_inside(self, at: int) -> bool:
        # A coder by other rules may give processes outside; those stay.
        place = self._place()
        spans = [(place[e.start], place[e.end]) for e in self.given.episodes]
        origins = [piece.origin for piece in self.pieces[at]]
        return any(first <= origin <= last for first, last in spans for origin in origins)

    def _place(self) -> dict[str, int]:
        return {u.utterance_id: at for at, u in enumerate(self.original.utterances)}

    def _episodes(self, codes: Codes) -> tuple[tuple[Episode, ...], set[int]]:
        """The episodes, and the altered turns inside them."""
        place = self._place()
        carried: list[Episode] = []
        inside: set[int] = set()
        before, free = -1, 0  # last turn of the episode before; first altered turn it leaves free
        for episode in sorted(self.given.episodes, key=lambda e: place[e.start]):
            first, last = place[episode.start], place[episode.end]
            span = self._span((first, last), codes, free if first > before else 0)
            before = last
            if span is not None:
                carried.append(self._episode(episode, (first, last), span, codes))
                inside.update(range(span[0], span[1] + 1))
                free = span[1] + 1
        return tuple(carried), inside

    def _span(self, given: tuple[int, int], codes: Codes, free: int) -> tuple[int, int] | None:
        held = {at for o in range(given[0], given[1] + 1) for at in self.homes[o]}
        inside = sorted(at for at in held if at >= free)
        if self._opens_on_a_rupture(given[0]):
            inside = inside[next((n for n, at in enumerate(inside) if _is_rupture(codes[at])), 0) :]
            inside = inside if inside and _is_rupture(codes[inside[0]]) else []
        if not inside:
            return None
        # The work is resumed with the first fragment that says so.
        back = (at for at in self.homes[given[1]] if _process(codes[at]) == RE_ENGAGES)
        return inside[0], max(inside[0], next(back, inside[-1]))

    def _episode(
        self, episode: Episode, given: tuple[int, int], span: tuple[int, int], codes: Codes
    ) -> Episode:
        turns, part = self.altered.utterances, range(span[0], span[1] + 1)
        before = _families(self.given.codes[given[0] : given[1] + 1])
        after = _families(codes[span[0] : span[1] + 1])
        repair = None
        if episode.repair_start is not None:
            repair = next((turns[at].utterance_id for at in part if _strategies(codes[at])), None)
        by_rule = self._opens_on_a_rupture(given[0])
        return replace(
            episode,
            start=turns[span[0]].utterance_id,
            end=turns[span[1]].utterance_id,
            kind=episode.kind if before == after or not after else _kind(after),
            initiator=turns[span[0]].speaker if by_rule else episode.initiator,
            repair_start=repair,
            resolution=episode.resolution if self.homes[given[1]] else None,
        )

    def _opens_on_a_rupture(self, origin: int) -> bool:
        # As the codebook has it; codes by other rules, or without ruptures, may not.
        return _is_rupture(self.given.codes[origin])


def _is_rupture(code: UtteranceCode | None) -> bool:
    return code is not None and code.is_rupture


def _strategies(code: UtteranceCode | None) -> tuple[str, ...]:
    return () if code is None else code.strategies


def _process(code: UtteranceCode | None) -> str | None:
    return None if code is None else code.process


def _families(codes: Codes) -> set[Family]:
    found = {c.rupture.family for c in codes if c is not None and c.rupture is not None}
    return {family for family in found if family is not None}


def _kind(families: set[Family]) -> EpisodeKind:
    return EpisodeKind.MIXED if len(families) > 1 else EpisodeKind(next(iter(families)).value)
