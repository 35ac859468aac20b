"""What is to be settled in a session: its turns, episodes and ratings, and how each stands. Pure.

Made from the coders' columns and the model's. Where coders are in dispute, what each column holds
may be picked by its letter. Where they differ in details, the letters are not told: a column that
left the code which all coders gave would be known for the model.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rupture_nlp.codebook import load_codebook
from rupture_nlp.review.first_pass import Coding
from rupture_nlp.review.settling import (
    Cluster,
    Standing,
    clusters_of,
    codes_only,
    common_episode,
    common_turn,
    episode_standing,
    overlap,
    rating_standing,
    turn_standing,
)
from rupture_nlp.review.values import Decision, EpisodeValue, Kind, Value
from rupture_nlp.schema import Speaker

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Option:
    """What may be picked: a column's letter, or a number where coders differ in details only."""

    label: str
    value: Value | None  # None: no episode, or an empty rating


_NO_EPISODE = Option("0", None)


@dataclass(frozen=True, slots=True)
class Item:
    """One turn, episode or rating, and how it stands. `seq` is that of its last decision, 0 if
    there is none."""

    kind: Kind
    target: str
    standing: Standing
    agreed: Value | None  # what holds as long as nobody decides; None in dispute
    options: tuple[Option, ...]
    remarks: tuple[str, ...] = ()  # coders' comments on the turn, in no order
    decided: bool = False
    value: Value | None = None  # what was decided
    reason: str | None = None
    seq: int = 0

    @property
    def open(self) -> bool:
        """Whether it stands in the way of finishing: in dispute, and no decision with a reason."""
        return self.standing is Standing.DISPUTED and not (self.decided and self.reason)

    @property
    def final(self) -> Value | None:
        """What holds: the decision, else what the coders agree on."""
        return self.value if self.decided else self.agreed


@dataclass(frozen=True, slots=True)
class Column:
    """One coding of the session, in its place. `label` is all that is shown of whose it is."""

    label: str
    assignment: int | None  # None: the model
    coding: Coding

    @property
    def is_coder(self) -> bool:
        """Whether it is a person's."""
        return self.assignment is not None


def draw_columns(
    lot: tuple[object, ...], coders: Mapping[int, Coding], model: Coding | None
) -> tuple[Column, ...]:
    """Give every coding its letter by chance: always the same for the same lot.

    `coders`: by assignment. Returned are the coders in the order of their assignments, then the
    model, which stands nowhere without coders.
    """
    keyed: list[tuple[int | None, Coding]] = [(one, coders[one]) for one in sorted(coders)]
    if model is not None and keyed:
        keyed.append((None, model))
    drawn = sorted((assignment for assignment, _ in keyed), key=lambda one: _draw(*lot, one))
    return tuple(Column(_letter(drawn.index(one)), one, coding) for one, coding in keyed)


def make_items(
    lot: tuple[object, ...],
    speakers: Sequence[Speaker],
    columns: Sequence[Column],
    decisions: Iterable[Decision],
) -> tuple[Item, ...]:
    """Every turn of patient and therapist, every episode that a coder marked or that was decided,
    every rating. `decisions`: all of the adjudication, in order; the last of a target counts."""
    if not columns:
        return ()
    last = {(one.kind, one.target): one for one in decisions}
    items = [
        *_turn_items(lot, speakers, columns),
        *_episode_items(lot, columns),
        *_rating_items(columns),
    ]
    settled = [_with_decision(item, last.get((item.kind, item.target))) for item in items]
    known = {item.target for item in items if item.kind is Kind.EPISODE}
    settled += _added(last.values(), known)
    return tuple(_without_collisions(settled))


def _turn_items(
    lot: tuple[object, ...], speakers: Sequence[Speaker], columns: Sequence[Column]
) -> Iterator[Item]:
    for position, speaker in enumerate(speakers):
        if speaker is Speaker.OTHER:
            continue
        given = [codes_only(one.coding.turn(position)) for one in columns]
        own = [value for value, one in zip(given, columns, strict=True) if one.is_coder]
        standing = turn_standing(own)
        here = (*lot, position)
        options: tuple[Option, ...] = ()
        if standing is Standing.DISPUTED:
            options = _lettered(columns, given)
        elif standing is Standing.DETAILS:
            options = _numbered([one for one in given if one.rupture is own[0].rupture], here)
        comments = {one.coding.turn(position).comment for one in columns if one.is_coder}
        remarks = sorted(filter(None, comments), key=lambda one: _draw(*here, one))
        agreed = common_turn(own, speaker)
        yield Item(Kind.TURN, str(position), standing, agreed, options, tuple(remarks))


def _episode_items(lot: tuple[object, ...], columns: Sequence[Column]) -> Iterator[Item]:
    for cluster in clusters_of([column.coding for column in columns]):
        given = cluster.values()
        own = [value for value, one in zip(given, columns, strict=True) if one.is_coder]
        if not any(own):
            continue  # the model's alone: the coders agree that there is none
        standing, target = episode_standing(own), _episode_id(cluster, columns)
        options: tuple[Option, ...] = ()
        if standing is Standing.DISPUTED:
            options = _lettered(columns, given)
        elif standing is Standing.DETAILS:
            options = _numbered([one for one in given if one is not None], (*lot, target))
        yield Item(Kind.EPISODE, target, standing, common_episode(own), options)


def _rating_items(columns: Sequence[Column]) -> Iterator[Item]:
    for rating in load_codebook().ratings:
        given = [column.coding.ratings.get(rating.name) for column in columns]
        own = [value for value, one in zip(given, columns, strict=True) if one.is_coder]
        standing = rating_standing(own)
        disputed = standing is Standing.DISPUTED
        options = _lettered(columns, given) if disputed else ()
        yield Item(Kind.RATING, rating.name, standing, None if disputed else own[0], options)


def _lettered(columns: Sequence[Column], given: Sequence[Value | None]) -> tuple[Option, ...]:
    options = [Option(one.label, value) for one, value in zip(columns, given, strict=True)]
    return tuple(sorted(options, key=lambda one: (len(one.label), one.label)))


def _numbered(given: Sequence[Value], lot: tuple[object, ...]) -> tuple[Option, ...]:
    drawn = sorted(set(given), key=lambda value: _draw(*lot, value))
    return tuple(Option(str(number), value) for number, value in enumerate(drawn, start=1))


def _episode_id(cluster: Cluster, columns: Sequence[Column]) -> str:
    """Made from the coder's episode that the others were matched with, so that it stays."""
    place = next(at for at, member in enumerate(cluster.members) if member is not None)
    return f"e{_draw(columns[place].assignment, cluster.first.target)[:8]}"


def _with_decision(item: Item, decision: Decision | None) -> Item:
    if decision is None:
        return item
    # A turn's decision may be taken back; of an episode or a rating, None is a decision too.
    decided = decision.value is not None or item.kind is not Kind.TURN
    reason = (decision.reason or "").strip() or None
    return replace(
        item,
        decided=decided,
        value=decision.value,
        reason=reason if decided else None,
        seq=decision.seq,
    )


def _added(decisions: Iterable[Decision], known: set[str]) -> Iterator[Item]:
    """Episodes that no coder marked; one that was taken back again is gone."""
    for one in decisions:
        if one.kind is Kind.EPISODE and one.target not in known and one.value is not None:
            yield _with_decision(Item(Kind.EPISODE, one.target, Standing.ADDED, None, ()), one)


def _without_collisions(items: Sequence[Item]) -> Iterator[Item]:
    """An agreed episode that shares a turn with another that holds cannot hold by itself."""
    held = [item for item in items if isinstance(item.final, EpisodeValue)]
    for item in items:
        others = [one.final for one in held if one.target != item.target]
        if item.decided or not _collides(item.final, others):
            yield item
            continue
        options = (*(item.options or (Option("1", item.agreed),)), _NO_EPISODE)
        yield replace(item, standing=Standing.DISPUTED, agreed=None, options=options)


def _collides(value: Value | None, others: Iterable[Value | None]) -> bool:
    return isinstance(value, EpisodeValue) and any(
        isinstance(other, EpisodeValue) and overlap(value, other) for other in others
    )


def _letter(place: int) -> str:
    return _LETTERS[place] if place < len(_LETTERS) else f"{_LETTERS[-1]}{place}"


def _draw(*parts: object) -> str:
    """A number by lot, the same for the same parts in every process."""
    return hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()
