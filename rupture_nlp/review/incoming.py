"""What readers of foreign files share: raw fields in, checked codings and notes out.

A turn that breaks a rule of the codebook is left out whole, and its session then counts as not
finished: in a finished one the turn would read as `none`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.review.derive import Decided, Extent, settle
from rupture_nlp.review.errors import RefusedError
from rupture_nlp.review.transfer import Note
from rupture_nlp.review.value_json import from_json
from rupture_nlp.review.values import Kind, TurnValue, check_rating, check_turn
from rupture_nlp.schema import Ratings, SessionCoding, Speaker, Transcript, UtteranceCode

_WHOLE = re.compile(r"([0-9]{1,3})(?:\.0)?")  # statistics programs write whole numbers so


@dataclass(frozen=True, slots=True)
class RawTurn:
    """The fields of one turn as text, by their names in the codebook, and where they stand."""

    place: str
    cells: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawCoding:
    """One coder's work on one session as a file gives it. `turns` by position."""

    place: str
    coder: str
    mode: str | None
    finished: bool
    turns: Mapping[int, RawTurn]
    extents: tuple[Extent, ...] = ()
    ratings: Mapping[str, str] = field(default_factory=dict)


def build_coding(transcript: Transcript, raw: RawCoding) -> tuple[SessionCoding, tuple[Note, ...]]:
    """The coding, and a note on everything that could not be taken."""
    notes: list[Note] = []
    codes: dict[int, UtteranceCode] = {}
    for position, turn in sorted(raw.turns.items()):
        utterance = transcript.utterances[position]
        value, problems = read_turn(turn, utterance.speaker)
        notes += [Note(f"{problem}: the turn is left out", turn.place) for problem in problems]
        if value is not None:
            codes[position] = code_of(value, utterance.utterance_id, raw.mode)
    finished = raw.finished and len(codes) == len(raw.turns)
    if raw.finished and not finished:
        notes.append(Note("a session with turns left out: counts as not finished", raw.place))
    ratings = {name: _rating(cell) for name, cell in raw.ratings.items() if cell}
    for name, rating in ratings.items():
        if rating is None or name not in RATINGS:
            notes.append(Note("a session rating that is not a whole number, 1 to 5", raw.place))
    given = Ratings(**{name: ratings.get(name) for name in RATINGS})
    settled = settle(transcript, Decided(raw.coder, finished, raw.mode, codes, raw.extents, given))
    return settled.coding, (*notes, *settled.notes)


def read_turn(raw: RawTurn, speaker: Speaker) -> tuple[TurnValue | None, tuple[str, ...]]:
    """The codes of a turn; None where they break a rule, with every rule they break."""
    fields: dict[str, object] = {name: cell or None for name, cell in raw.cells.items()}
    fields.update({name: list(values) for name, values in raw.lists.items()})
    intensity = raw.cells.get("intensity")
    fields["intensity"] = _whole(intensity) if intensity else None
    if intensity and fields["intensity"] is None:
        return None, ("intensity: 1 to 3",)
    problems: tuple[str, ...] = ()
    try:
        value = from_json(Kind.TURN, fields)
    except RefusedError as error:
        problems, value = error.problems, None
    if not isinstance(value, TurnValue):
        return None, problems
    broken = check_turn(value, speaker)
    return (None, broken) if broken else (value, ())


def code_of(value: TurnValue, utterance_id: str, mode: str | None) -> UtteranceCode:
    """The codes of a turn as corpora hold them."""
    return UtteranceCode(
        utterance_id=utterance_id,
        rupture=value.rupture,
        secondary=value.secondary,
        intensity=value.intensity,
        markers=value.markers,
        strategies=value.strategies,
        process=value.process,
        mode=mode,
        comment=value.comment,
    )


def value_of(code: UtteranceCode) -> TurnValue:
    """The other way round."""
    return TurnValue(
        rupture=code.rupture,
        secondary=code.secondary,
        intensity=code.intensity,
        markers=code.markers,
        strategies=code.strategies,
        process=code.process,
        comment=code.comment,
    )


def _whole(cell: str) -> int | None:
    found = _WHOLE.fullmatch(cell)
    return int(found[1]) if found else None


def _rating(cell: str) -> int | None:
    value = _whole(cell)
    return None if value is None or check_rating(value) else value
