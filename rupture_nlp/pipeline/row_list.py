"""The rows of the overview for any number of sessions, packed: some 100 bytes a session."""

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, overload

from rupture_nlp.reports.summary import SessionSummary, SpeakerSummary, Strip
from rupture_nlp.schema import Ratings

_TOGETHER = 128
"""Rows that are packed together."""


class RowList(Sequence[SessionSummary]):
    """Rows in the order in which they were added. Fast to go through, slow to jump about in."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: list[SessionSummary] = []

    def append(self, row: SessionSummary) -> None:
        """Add a row behind the others."""
        self._last.append(row)
        if len(self._last) == _TOGETHER:
            self._packed.append(_pack(self._last))
            self._last = []

    def __len__(self) -> int:
        return len(self._packed) * _TOGETHER + len(self._last)

    def __iter__(self) -> Iterator[SessionSummary]:
        for packed in self._packed:
            yield from _unpack(packed)
        yield from self._last

    @overload
    def __getitem__(self, at: int) -> SessionSummary: ...
    @overload
    def __getitem__(self, at: slice) -> list[SessionSummary]: ...
    def __getitem__(self, at: int | slice) -> SessionSummary | list[SessionSummary]:
        if isinstance(at, slice):
            return [self[one] for one in range(len(self))[at]]
        block, place = divmod(range(len(self))[at], _TOGETHER)
        return (_unpack(self._packed[block]) if block < len(self._packed) else self._last)[place]


def _pack(rows: Sequence[SessionSummary]) -> bytes:
    return zlib.compress(json.dumps([_record(row) for row in rows]).encode())


def _record(row: SessionSummary) -> list[object]:
    return [
        *(row.session_id, row.href, row.turns),
        *([one.turns, one.ruptures, one.expected, one.uncertain] for one in _speakers(row)),
        *(row.episodes, row.repaired),
        [getattr(row.ratings, name) for name in Ratings.__slots__],
        *(row.pseudo_alliance, row.flags),
        *(row.strip.columns.hex(), row.strip.episodes),
    ]


def _speakers(row: SessionSummary) -> tuple[SpeakerSummary, SpeakerSummary]:
    return row.patient, row.therapist


def _unpack(packed: bytes) -> list[SessionSummary]:
    return [_row(*record) for record in json.loads(zlib.decompress(packed))]


def _row(session_id: str, href: str | None, turns: int, *rest: Any) -> SessionSummary:  # noqa: ANN401
    patient, therapist, episodes, repaired, ratings, pseudo_alliance, flags, columns, spans = rest
    return SessionSummary(
        session_id=session_id,
        href=href,
        turns=turns,
        patient=_speaker(*patient),
        therapist=_speaker(*therapist),
        episodes=episodes,
        repaired=repaired,
        ratings=Ratings(*ratings),
        pseudo_alliance=pseudo_alliance,
        flags=tuple(flags),
        strip=Strip(
            bytes.fromhex(columns),
            tuple((start, end, ends_well) for start, end, ends_well in spans),
        ),
    )


def _speaker(turns: int, ruptures: list[int], expected: float, uncertain: int) -> SpeakerSummary:
    first, second, third, fourth = ruptures
    return SpeakerSummary(turns, (first, second, third, fourth), expected, uncertain)
