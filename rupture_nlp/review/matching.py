"""A coding of a file against the turns of the project's session: what of it can be decided there.

Turns are matched by utterance id; who speaks must be the same, and the words too where the file
has any. A turn that has no match takes no code, and its session then is not called finished.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.review.coding import Turn
from rupture_nlp.review.incoming import value_of
from rupture_nlp.review.transfer import Note
from rupture_nlp.review.values import EpisodeValue, Kind, TurnValue, Value, check_turn
from rupture_nlp.schema import CodedSession, Episode, SessionCoding, Speaker, Utterance

_EPISODE_ID = re.compile(r"e[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to decide."""

    kind: Kind
    target: str
    value: Value
    place: str


@dataclass(frozen=True, slots=True)
class Matched:
    """What a coding comes to in the project. `finished`: all turns are there and coded; those that
    are `none` then need no decision."""

    wanted: tuple[Wanted, ...]
    finished: bool
    notes: tuple[Note, ...]


def match_coding(session: CodedSession, coding: SessionCoding, turns: Sequence[Turn]) -> Matched:
    """Find the place of every code, episode and rating."""
    where = f"session {coding.session_id}, {coding.coder}"
    utterances = session.transcript.utterances
    places, notes = _match_turns(utterances, turns, where)
    wanted = list(_turns(utterances, coding, places, notes))
    coded = sum(turn.speaker is not Speaker.OTHER for turn in turns)
    finished = coding.complete and len(wanted) == coded
    if coding.complete and not finished:
        notes.append(
            Note("a finished session that lacks turns: not finished in the project", where)
        )
    if finished:
        wanted = [one for one in wanted if one.value != TurnValue()]
    for episode in coding.episodes:
        placed = _place(episode, places)
        if placed is None:
            notes.append(Note("an episode whose turns are not all in the project", where))
        else:
            wanted.append(placed_episode(episode.episode_id, placed, where))
    wanted += _ratings(coding, where, notes)
    return Matched(tuple(wanted), finished, tuple(notes))


def _turns(
    utterances: Sequence[Utterance],
    coding: SessionCoding,
    places: Mapping[str, int],
    notes: list[Note],
) -> Iterator[Wanted]:
    for utterance, code in zip(utterances, coding.codes, strict=True):
        position = places.get(utterance.utterance_id)
        if code is None or position is None:
            continue
        place = f"session {coding.session_id}, {coding.coder}, utterance {utterance.utterance_id}"
        value = value_of(code)
        broken = check_turn(value, utterance.speaker)
        notes += [Note(f"{problem}: the turn is left out", place) for problem in broken]
        if not broken:
            yield Wanted(Kind.TURN, str(position), value, place)


def placed_episode(episode_id: str, value: EpisodeValue, place: str) -> Wanted:
    """An episode under an id that the project takes: its own, or one made from its turns."""
    if not _EPISODE_ID.fullmatch(episode_id):
        digest = hashlib.sha256(f"{value.start} {value.end}".encode()).hexdigest()
        episode_id = "e" + digest[:8]
    return Wanted(Kind.EPISODE, episode_id, value, place)


def _match_turns(
    given: Sequence[Utterance], turns: Sequence[Turn], where: str
) -> tuple[Mapping[str, int], list[Note]]:
    known = {turn.utterance_id: turn for turn in turns}
    places: dict[str, int] = {}
    notes: list[Note] = []
    for utterance in given:
        problem = _mismatch(utterance, known.get(utterance.utterance_id))
        if problem is None:
            places[utterance.utterance_id] = known[utterance.utterance_id].position
        else:
            notes.append(Note(problem, f"{where}, utterance {utterance.utterance_id}"))
    return places, notes


def _mismatch(given: Utterance, turn: Turn | None) -> str | None:
    if turn is None:
        return "an utterance that the project's session does not have"
    if given.speaker is not turn.speaker:
        return "an utterance of another speaker than in the project"
    if given.text and given.text.split() != turn.text.split():
        return "an utterance with other words than in the project"
    return None


def _place(episode: Episode, places: Mapping[str, int]) -> EpisodeValue | None:
    start, end = places.get(episode.start), places.get(episode.end)
    repair = None if episode.repair_start is None else places.get(episode.repair_start)
    if start is None or end is None or (episode.repair_start is not None and repair is None):
        return None
    return EpisodeValue(start, end, repair, episode.resolution)


def _ratings(coding: SessionCoding, where: str, notes: list[Note]) -> Iterator[Wanted]:
    for name in RATINGS:
        rating = getattr(coding.ratings, name)
        if rating is None:
            continue
        if float(rating).is_integer():
            yield Wanted(Kind.RATING, name, int(rating), where)
        else:
            notes.append(Note("a session rating that is no whole number", where))
