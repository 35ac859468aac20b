"""What the networks are given to read: sessions altered, cut short or joined, and whose turns."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rupture_nlp.schema import CodedSession, Utterance
from rupture_nlp.training.alterations import AlterationSettings, alter_session
from rupture_nlp.training.misheard import Confusions


@dataclass(frozen=True, slots=True)
class Setting:
    """One alteration at one strength, or one length of session in turns."""

    kind: str
    strength: float
    alterations: AlterationSettings | None = None  # None: cut or joined to `strength` turns

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.strength:g}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is labelled in one go. `rows` says for each turn for which rows of the out-of-fold
    table it stands; none for a fragment whose turn has a home of its own."""

    utterances: tuple[Utterance, ...]
    rows: tuple[tuple[int, ...], ...]

    def digest(self) -> bytes:
        """Changes with every speaker and every word, and with what they stand for."""
        lines = [f"{u.speaker} {u.text}" for u in self.utterances]
        return hashlib.sha256(("\n".join(lines) + repr(self.rows)).encode()).digest()


LENGTH = "length"
CUT = (5, 20)
JOINED = (200, 2000)
_RECOGNISED = AlterationSettings(bare=True, fillers_dropped=0.5)
_TOGETHER = AlterationSettings(
    missing=0.05,
    merged=0.05,
    moved_ends=0.1,
    split=0.1,
    wrong_speaker=0.05,
    bare=True,
    fillers_dropped=0.5,
    misheard=0.15,
)

SETTINGS = (
    Setting("together", 1.0, _TOGETHER),
    Setting("recognised", 0.0, _RECOGNISED),
    Setting("recognised", 0.2, replace(_RECOGNISED, misheard=0.2)),
    Setting("split", 0.4, AlterationSettings(split=0.4)),
    Setting("moved_ends", 0.4, AlterationSettings(moved_ends=0.4)),
    Setting("wrong_speaker", 0.2, AlterationSettings(wrong_speaker=0.2)),
    Setting("missing", 0.4, AlterationSettings(missing=0.4)),
    Setting("merged", 0.2, AlterationSettings(merged=0.2)),
    *(Setting(LENGTH, turns) for turns in (5, 2000, 20, 200)),
    Setting("recognised", 0.1, replace(_RECOGNISED, misheard=0.1)),
    Setting("recognised", 0.4, replace(_RECOGNISED, misheard=0.4)),
    Setting("split", 0.2, AlterationSettings(split=0.2)),
    Setting("moved_ends", 0.2, AlterationSettings(moved_ends=0.2)),
    Setting("wrong_speaker", 0.1, AlterationSettings(wrong_speaker=0.1)),
    Setting("missing", 0.2, AlterationSettings(missing=0.2)),
    Setting("merged", 0.1, AlterationSettings(merged=0.1)),
    Setting("truncated", 0.5, AlterationSettings(truncated=0.5)),
)
"""In the order in which they are run, so that a run that is stopped has each kind once."""


def readings_of(
    setting: Setting,
    sessions: Sequence[tuple[CodedSession, int]],
    seed: int,
    confusions: Confusions,
) -> list[Reading]:
    """The sessions of one fold, each given with the row of its first turn, as `setting` has them.

    Sessions cut come in parts of equal length, at most `strength` turns; joined ones come in an
    order drawn by `seed` until they are at least so long, the last as it falls. A session that is
    longer than that stays whole: only joins are artificial.
    """
    if setting.alterations is not None:
        readings = []
        for session, first in sessions:
            altered = alter_session(session, setting.alterations, seed, confusions)
            readings.append(
                Reading(
                    altered.session.transcript.utterances,
                    stands_for(altered.homes, len(altered.origins), first),
                )
            )
        return readings
    whole = [_whole(session, first) for session, first in sessions]
    turns = int(setting.strength)
    return _cut(whole, turns) if turns in CUT else _joined(whole, turns, seed)


def stands_for(
    homes: Sequence[Sequence[int]], turns: int, first: int
) -> tuple[tuple[int, ...], ...]:
    """From the homes of original turns to the rows that each altered turn stands for."""
    rows: list[list[int]] = [[] for _ in range(turns)]
    for origin, of in enumerate(homes):
        for turn in of:
            rows[turn].append(first + origin)
    return tuple(map(tuple, rows))


def _whole(session: CodedSession, first: int) -> Reading:
    utterances = session.transcript.utterances
    return Reading(utterances, tuple((first + at,) for at in range(len(utterances))))


def _cut(whole: Sequence[Reading], turns: int) -> list[Reading]:
    parts = []
    for reading in whole:
        size = len(reading.utterances)
        edges = np.linspace(0, size, -(-size // turns) + 1).round().astype(int).tolist()
        parts += [
            Reading(reading.utterances[begin:end], reading.rows[begin:end])
            for begin, end in pairwise(edges)
        ]
    return parts


def _joined(whole: Sequence[Reading], turns: int, seed: int) -> list[Reading]:
    joined: list[Reading] = []
    open_until = 0
    for number in np.random.default_rng(seed).permutation(len(whole)):
        reading = whole[int(number)]
        if joined and open_until < turns:
            before = joined[-1]
            joined[-1] = Reading(before.utterances + reading.utterances, before.rows + reading.rows)
        else:
            joined.append(reading)
        open_until = len(joined[-1].utterances)
    return [_numbered(reading) for reading in joined]


def _numbered(reading: Reading) -> Reading:
    # Sessions that are joined have ids in common.
    turns = enumerate(reading.utterances)
    return Reading(tuple(replace(u, utterance_id=str(at)) for at, u in turns), reading.rows)
