"""What coders decide, and the codebook's rules for it: pure values and functions.

A value of None is a decision too: a turn as if never coded, an episode deleted, a rating emptied.
What is impossible is refused; what is only unfinished (a rupture without intensity yet) is not,
since every single action is saved.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rupture_nlp.codebook import load_codebook
from rupture_nlp.schema import Rupture, Speaker

LONGEST_TEXT = 2000
"""Characters of a comment or a reason."""

_EPISODE_ID = re.compile(r"e[0-9a-f]{8}")
_POSITION = re.compile(r"0|[1-9][0-9]{0,6}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Mode(StrEnum):
    """How an assignment is coded; the codebook's names of the column `mode`."""

    BLIND = "blind"
    ASSISTED = "assisted"
    ADJUDICATION = "adjudicated"


class Kind(StrEnum):
    """What a decision is about."""

    TURN = "turn"
    EPISODE = "episode"
    RATING = "rating"


class ChosenBy(StrEnum):
    """How a session came into the project. Those of the model stay out of agreement."""

    RANDOM = "random"
    PERSON = "person"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class TurnValue:
    """The codes of one turn (codebook, sections 2 to 4)."""

    rupture: Rupture | None = Rupture.NONE  # None: uncodable
    secondary: Rupture | None = None
    intensity: int | None = None  # 1 to 3
    markers: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    process: str | None = None
    comment: str | None = None

    @property
    def is_rupture(self) -> bool:
        """Whether the turn holds a rupture."""
        return self.rupture is not None and self.rupture is not Rupture.NONE


@dataclass(frozen=True, slots=True)
class EpisodeValue:
    """One episode. Positions of turns in the session, from 0, `end` inclusive."""

    start: int
    end: int
    repair_start: int | None = None
    resolution: int | None = None  # 1 to 5


Value = TurnValue | EpisodeValue | int
"""A turn's codes, an episode, or a rating from 1 to 5."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a coder asks to have recorded.

    `base` is the `seq` of the decision that the coder saw on this target, 0 where there was none.
    `client_id` is made by the client once for each action and sent again with every repeat of it.
    """

    kind: Kind
    target: str  # a turn's position, an episode's id (`e` and 8 hex digits), or a rating's name
    value: Value | None
    base: int
    client_id: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log. `seq` counts from 1 inside its assignment."""

    seq: int
    assignment: int
    kind: Kind
    target: str
    value: Value | None
    at: datetime  # UTC
    coder: str
    mode: Mode
    second_pass: bool  # made after the suggestions were revealed to a blind coder
    suggestion_shown: bool  # whether the coder could see a suggestion for this target
    base: int
    client_id: str
    reason: str | None = None


def check_change(change: Change) -> tuple[str, ...]:
    """What is wrong with the form of a change, apart from its value; empty if nothing."""
    problems: list[str] = []
    if not _target_fits(change.kind, change.target):
        problems.append("target: no such turn, episode id or rating")
    if not _CLIENT_ID.fullmatch(change.client_id):
        problems.append("client_id: 1 to 64 letters, digits, - or _")
    if not 0 <= change.base < 2**31:
        problems.append("base: 0 or the seq of a decision")
    problems += _check_text("reason", change.reason)
    return tuple(problems)


def check_turn(value: TurnValue, speaker: Speaker) -> tuple[str, ...]:
    """Every rule of the codebook that the codes break on a turn of this speaker."""
    if speaker is Speaker.OTHER:
        return ("turn: a turn of an `other` speaker takes no codes",)
    return (
        *_check_rupture(value),
        *_check_markers(value, speaker),
        *_check_work(value, speaker),
        *_check_text("comment", value.comment),
    )


def check_episode(value: EpisodeValue, turns: int) -> tuple[str, ...]:
    """Every rule that an episode breaks in a session of so many turns."""
    problems: list[str] = []
    if not 0 <= value.start <= value.end < turns:
        problems.append("episode: start and end are turns of the session, start first")
    if value.repair_start is not None and not value.start <= value.repair_start <= value.end:
        problems.append("repair_start: a turn inside the episode")
    if value.resolution is not None and value.resolution not in range(1, 6):
        problems.append("resolution: 1 to 5")
    return tuple(problems)


def check_rating(value: int) -> tuple[str, ...]:
    """Whether a rating is 1 to 5."""
    return () if value in range(1, 6) else ("rating: 1 to 5",)


def _target_fits(kind: Kind, target: str) -> bool:
    if kind is Kind.TURN:
        return _POSITION.fullmatch(target) is not None
    if kind is Kind.EPISODE:
        return _EPISODE_ID.fullmatch(target) is not None
    return target in {rating.name for rating in load_codebook().ratings}


def _check_rupture(value: TurnValue) -> Iterator[str]:
    if not value.is_rupture:
        if value.secondary is not None:
            yield "secondary: only beside a rupture"
        if value.intensity is not None:
            yield "intensity: only with a rupture"
        return
    if value.secondary in (Rupture.NONE, value.rupture):
        yield "secondary: another rupture code than the first"
    if value.intensity is not None and value.intensity not in range(1, 4):
        yield "intensity: 1 to 3"


def _check_markers(value: TurnValue, speaker: Speaker) -> Iterator[str]:
    own = (value.rupture, value.secondary) if value.is_rupture else ()
    fitting = {name for code in own if code for name in load_codebook().markers_of(code, speaker)}
    if not set(value.markers) <= fitting:
        yield "markers: only those of the turn's rupture codes, for this speaker"
    if len(set(value.markers)) < len(value.markers):
        yield "markers: none twice"


def _check_work(value: TurnValue, speaker: Speaker) -> Iterator[str]:
    """Strategies and processes."""
    book = load_codebook()
    if value.strategies and speaker is not Speaker.THERAPIST:
        yield "strategies: only on a therapist's turn"
    if not set(value.strategies) <= set(book.strategy_names):
        yield "strategies: only those of the codebook"
    if len(set(value.strategies)) < len(value.strategies):
        yield "strategies: none twice"
    if value.process is not None and speaker is not Speaker.PATIENT:
        yield "process: only on a patient's turn"
    if value.process is not None and value.process not in book.process_names:
        yield "process: only those of the codebook"


def _check_text(field: str, text: str | None) -> Iterator[str]:
    if text is None:
        return
    if len(text) > LONGEST_TEXT:
        yield f"{field}: at most {LONGEST_TEXT} characters"
    # Half characters cannot be written as UTF-8, and PostgreSQL takes no NUL.
    if any(letter == "\0" or 0xD800 <= ord(letter) <= 0xDFFF for letter in text):  # noqa: PLR2004  # the surrogates
        yield f"{field}: holds characters that are not text"
