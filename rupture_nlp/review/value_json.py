"""Values as JSON, in requests and in the database: one form for both.

A turn is {"rupture": "none" | code | "uncodable", "secondary", "intensity", "markers",
"strategies", "process", "comment"}, an episode {"start", "end", "repair_start", "resolution"},
a rating a whole number; null takes back.
"""

import json
from functools import lru_cache
from typing import TypeGuard, cast

from rupture_nlp.review.errors import RefusedError
from rupture_nlp.review.values import EpisodeValue, Kind, TurnValue, Value
from rupture_nlp.schema import UNCODABLE, Rupture

Json = dict[str, object] | int | None

_TURN = ("rupture", "secondary", "intensity", "markers", "strategies", "process", "comment")
_EPISODE = ("start", "end", "repair_start", "resolution")


def to_json(value: Value | None) -> Json:
    """The value as `json.dumps` takes it; every field is there, empty ones as null or []."""
    if isinstance(value, TurnValue):
        return {
            "rupture": UNCODABLE if value.rupture is None else value.rupture.value,
            "secondary": None if value.secondary is None else value.secondary.value,
            "intensity": value.intensity,
            "markers": list(value.markers),
            "strategies": list(value.strategies),
            "process": value.process,
            "comment": value.comment,
        }
    if isinstance(value, EpisodeValue):
        return {name: getattr(value, name) for name in _EPISODE}
    return value


def from_json(kind: Kind, data: object) -> Value | None:
    """The value of parsed JSON. Fields left out are empty; only `rupture`, `start` and `end` are
    needed. The codebook's rules are not checked here.

    Raises:
        RefusedError: names every field of the wrong type or name, never what it held.
    """
    if data is None:
        return None
    if kind is Kind.RATING:
        if not _is_whole(data):
            raise RefusedError("value: a rating is a whole number")
        return data
    names = _TURN if kind is Kind.TURN else _EPISODE
    if not isinstance(data, dict):
        raise RefusedError(f"value: an object with {', '.join(names)}")
    if not set(data) <= set(names):
        raise RefusedError(f"value: has fields other than {', '.join(names)}")
    return _turn(data) if kind is Kind.TURN else _episode(data)


@lru_cache(maxsize=8192)
def from_stored(kind: Kind, text: str | None) -> Value | None:
    """The value of JSON text from the database. Most turns carry one of few values, so the page of
    a long session decodes a handful."""
    return None if text is None else from_json(kind, json.loads(text))


def _turn(data: dict[str, object]) -> TurnValue:
    problems = []
    if not _is_one_of(data.get("rupture"), (*Rupture, UNCODABLE)):
        problems.append("rupture: one of the five codes, or uncodable")
    if not _is_one_of(data.get("secondary"), (*Rupture, None)):
        problems.append("secondary: a rupture code or null")
    if not _is_whole_or_none(data.get("intensity")):
        problems.append("intensity: a whole number or null")
    problems += [
        f"{name}: a list of names"
        for name in ("markers", "strategies")
        if not _is_names(data.get(name, []))
    ]
    problems += [
        f"{name}: text or null"
        for name in ("process", "comment")
        if not isinstance(data.get(name), str | None)
    ]
    if problems:
        raise RefusedError(*problems)
    rupture, secondary = data["rupture"], data.get("secondary")
    return TurnValue(
        rupture=None if rupture == UNCODABLE else Rupture(cast("str", rupture)),
        secondary=None if secondary is None else Rupture(cast("str", secondary)),
        intensity=cast("int | None", data.get("intensity")),
        markers=tuple(cast("list[str]", data.get("markers", []))),
        strategies=tuple(cast("list[str]", data.get("strategies", []))),
        process=cast("str | None", data.get("process")),
        comment=cast("str | None", data.get("comment")) or None,
    )


def _episode(data: dict[str, object]) -> EpisodeValue:
    start, end = data.get("start"), data.get("end")
    repair_start, resolution = data.get("repair_start"), data.get("resolution")
    problems = []
    if not (_is_whole(start) and _is_whole(end)):
        problems.append("start, end: whole numbers")
    if not (_is_whole_or_none(repair_start) and _is_whole_or_none(resolution)):
        problems.append("repair_start, resolution: whole numbers or null")
    if problems:
        raise RefusedError(*problems)
    return EpisodeValue(
        cast("int", start),
        cast("int", end),
        cast("int | None", repair_start),
        cast("int | None", resolution),
    )


def _is_whole(data: object) -> TypeGuard[int]:
    return isinstance(data, int) and not isinstance(data, bool)


def _is_whole_or_none(data: object) -> bool:
    return data is None or _is_whole(data)


def _is_one_of(data: object, names: tuple[str | None, ...]) -> bool:
    return (data is None or isinstance(data, str)) and data in names


def _is_names(data: object) -> bool:
    return isinstance(data, list) and all(isinstance(name, str) for name in data)
