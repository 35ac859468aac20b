"""Coded sessions altered as users' transcripts differ from those that were coded.

Turns cut off, left out, run together, cut in two, credited to the other speaker; words bare, with
fillers, misheard. Each step draws from its own numbers, one a turn (or a boundary, or a word), so
that what a weak alteration does a strong one of the same seed does too, and steps do not disturb
each other. Steps come in the order in which a recording is made, cut into turns and written down.

    original   0:T  1:P        2:T  3:P
    altered    T    P    P     T       (1 split, 2 and 3 run together)
    origins    (0)  (1)  (1)   (2, 3)

What a turn made of other turns is coded is in `carried`.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rupture_nlp.schema import CodedSession, Speaker, Transcript, Utterance
from rupture_nlp.training.carried import Origins, Piece, carry_codings, homes_of
from rupture_nlp.training.misheard import Confusions, bare_text, misheard_text, with_fillers


@dataclass(frozen=True, slots=True)
class AlterationSettings:
    """How strongly sessions are altered: shares from 0 (not at all) to 1, unless said otherwise."""

    truncated: float = 0.0  # of the turns, cut off before and after what is left
    missing: float = 0.0  # of the turns
    merged: float = 0.0  # of the boundaries between turns that are not seen
    merge_across: bool = True  # also where the speaker changes; the first speaker has it all
    moved_ends: float = 0.0  # of the changes of speaker that are seen too early
    split: float = 0.0  # of the turns of two or more words
    wrong_speaker: float = 0.0  # of the turns: patient for therapist and the reverse
    bare: bool = False  # no punctuation, no capitals, numbers in words
    fillers_dropped: float = 0.0  # of the fillers
    fillers_added: float = 0.0  # fillers a word
    misheard: float = 0.0  # word error rate

    def __post_init__(self) -> None:
        shares = [getattr(self, name) for name in self.__slots__]
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ValueError("strengths of alterations must lie between 0 and 1")

    @property
    def is_none(self) -> bool:
        """Whether nothing is altered."""
        off = AlterationSettings(merge_across=self.merge_across)
        return self == off


@dataclass(frozen=True, slots=True)
class Altered:
    """A session that was altered, with all its codings, and where its turns come from.

    `origins` has for each altered turn the positions of the original turns whose words it holds,
    in order; `homes` for each original turn the altered turns that stand for it: those of its own
    speaker that hold its words, else the one that holds most of them; none where it is gone.
    """

    session: CodedSession
    origins: Origins
    homes: Origins


@dataclass(frozen=True, slots=True)
class _Draft:
    """A turn in the making."""

    speaker: Speaker
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class _Draws:
    """Random numbers of a step: a function of seed, session and step alone."""

    seed: int
    session: int

    def of(self, step: str, *place: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, self.session, _STEPS.index(step), *place))


def alter_session(
    session: CodedSession,
    settings: AlterationSettings,
    seed: int = 0,
    confusions: Confusions | None = None,
) -> Altered:
    """Alter one session; a function of its id, its words, the settings and the seed alone.

    With no alteration in `settings` the session comes back as it was. At least one turn is left.

    Raises:
        ValueError: `settings.misheard` is above 0 and no `confusions` are given.
    """
    if settings.misheard and confusions is None:
        raise ValueError("misheard words need a vocabulary of confusions")
    transcript = session.transcript
    draws = _Draws(seed, zlib.crc32(transcript.session_id.encode()))
    drafts = [_Draft(u.speaker, (Piece(at, u.text),)) for at, u in enumerate(transcript.utterances)]
    for step in (_truncate, _leave_out, _merge, _move_ends, _split, _mislabel):
        drafts = step(drafts, settings, draws)
    pieces = [draft.pieces for draft in drafts]  # what was said, by which the turns are coded
    drafts = _write_down(drafts, settings, draws, confusions)
    turns = _utterances(transcript.utterances, drafts)
    homes = homes_of(pieces, turns, transcript.utterances)
    altered = Transcript(transcript.session_id, turns)
    return Altered(
        replace(
            session, transcript=altered, codings=carry_codings(session, altered, pieces, homes)
        ),
        tuple(tuple(piece.origin for piece in of) for of in pieces),
        homes,
    )


_STEPS = ("truncated", "missing", "merged", "moved_ends", "split", "wrong_speaker", "words")
_Drafts = list[_Draft]
_Step = Callable[[_Drafts, AlterationSettings, _Draws], _Drafts]


def _truncate(drafts: _Drafts, settings: AlterationSettings, draws: _Draws) -> _Drafts:
    if not drafts:
        return drafts
    left = max(1, round(len(drafts) * (1.0 - settings.truncated)))
    first = int(draws.of("truncated").random() * (len(drafts) - left + 1))
    return drafts[first : first + left]


def _leave_out(drafts: _Drafts, settings: AlterationSettings, draws: _Draws) -> _Drafts:
    random = draws.of("missing").random(len(drafts))
    kept = [d for d, draw in zip(drafts, random, strict=True) if draw >= settings.missing]
    return kept or drafts[:1]


def _merge(drafts: _Drafts, settings: AlterationSettings, draws: _Draws) -> _Drafts:
    random = draws.of("merged").random(len(drafts))
    merged: _Drafts = []
    before: Speaker | None = None  # who spoke last, whoever is credited with it
    for draft, draw in zip(drafts, random, strict=True):
        joins = settings.merge_across or draft.speaker is before
        if before is not None and draw < settings.merged and joins:
            merged[-1] = replace(merged[-1], pieces=merged[-1].pieces + draft.pieces)
        else:
            merged.append(draft)
        before = draft.speaker
    return merged


def _move_ends(drafts: _Drafts, settings: AlterationSettings, draws: _Draws) -> _Drafts:
    random = draws.of("moved_ends").random((len(drafts), 2))
    moved = list(drafts)
    for at in range(len(drafts) - 1):
        words = len(_words(drafts[at]))
        changes = drafts[at].speaker is not drafts[at + 1].speaker
        if changes and words > 1 and random[at, 0] < settings.moved_ends:
            # One word to half of the turn; never all, or the turn would be gone.
            stays = words - 1 - int(random[at, 1] * (words // 2))
            # The end of what was said here, not of what came from the turn before.
            head, tail = _cut(moved[at].pieces, len(_words(moved[at])) - words + stays)
            moved[at] = replace(moved[at], pieces=head)
            moved[at + 1] = replace(moved[at + 1], pieces=tail + moved[at + 1].pieces)
    return moved


def _split(drafts: _Drafts, settings: AlterationSettings, draws: _Draws) -> _Drafts:
    random = draws.of("split").random((len(drafts), 2))
    split: _Drafts = []
    for draft, (draw, place) in zip(drafts, random, strict=True):
        words = len(_words(draft))
        if words > 1 and draw < settings.split:
            parts = _cut(draft.pieces, 1 + int(place * (words - 1)))
            split += [replace(draft, pieces=part) for part in parts]
        else:
            split.append(draft)
    return split


def _mislabel(drafts: _Drafts, settings: AlterationSettings, draws: _Draws) -> _Drafts:
    random = draws.of("wrong_speaker").random(len(drafts))
    other = {Speaker.PATIENT: Speaker.THERAPIST, Speaker.THERAPIST: Speaker.PATIENT}
    return [
        replace(draft, speaker=other.get(draft.speaker, draft.speaker))
        if draw < settings.wrong_speaker
        else draft
        for draft, draw in zip(drafts, random, strict=True)
    ]


def _write_down(
    drafts: _Drafts, settings: AlterationSettings, draws: _Draws, confusions: Confusions | None
) -> _Drafts:
    written: _Drafts = []
    for number, draft in enumerate(drafts):
        pieces = []
        for at, piece in enumerate(draft.pieces):
            random = draws.of("words", number, at)
            pieces.append(replace(piece, text=_as_heard(piece.text, settings, random, confusions)))
        written.append(replace(draft, pieces=tuple(pieces)))
    return written


def _as_heard(
    text: str,
    settings: AlterationSettings,
    random: np.random.Generator,
    confusions: Confusions | None,
) -> str:
    if settings.bare:
        text = bare_text(text)
    if settings.fillers_added or settings.fillers_dropped:
        text = with_fillers(text, settings.fillers_added, settings.fillers_dropped, random)
    if settings.misheard and confusions is not None:
        text = misheard_text(text, settings.misheard, confusions, random.random(len(text.split())))
    return text


def _words(draft: _Draft) -> list[str]:
    return [word for piece in draft.pieces for word in piece.text.split()]


def _cut(pieces: Sequence[Piece], words: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces with the first `words` words, and those with the rest."""
    head: list[Piece] = []
    tail: list[Piece] = []
    for piece in pieces:
        spoken = piece.text.split()
        if len(spoken) <= words:
            (tail if tail else head).append(piece)
        elif words <= 0:
            tail.append(piece)
        else:
            head.append(replace(piece, text=" ".join(spoken[:words])))
            tail.append(replace(piece, text=" ".join(spoken[words:])))
        words -= len(spoken)
    return tuple(head), tuple(tail)


def _utterances(original: Sequence[Utterance], drafts: _Drafts) -> tuple[Utterance, ...]:
    # A turn keeps the id of what its speaker said in it, and is numbered on where another has it;
    # times are kept by turns that were not cut or run together.
    turns: list[Utterance] = []
    taken: set[str] = {utterance.utterance_id for utterance in original}
    used: set[str] = set()
    parts = np.bincount([p.origin for d in drafts for p in d.pieces], minlength=len(original))
    for draft in drafts:
        own = [p.origin for p in draft.pieces if original[p.origin].speaker is draft.speaker]
        main = original[(own or [draft.pieces[0].origin])[0]]
        name, number = main.utterance_id, 1
        while name in used or (number > 1 and name in taken):
            number += 1
            name = f"{main.utterance_id}.{number}"
        used.add(name)
        text = " ".join(piece.text for piece in draft.pieces)
        turn = replace(main, utterance_id=name, speaker=draft.speaker, text=text)
        whole = len(draft.pieces) == 1 and parts[draft.pieces[0].origin] == 1
        turns.append(turn if whole else replace(turn, start_s=None, end_s=None))
    return tuple(turns)
