"""Cut a corpus into folds so that no group stands on both sides, and keep the cut in a file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pydantic

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.schema import CodedSession, SessionCoding, Speaker

MINIMUM_FOLDS = 2
DRAWS = 20
"""How many orders of the groups a split tries."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Session ids to train on and to test on, each sorted."""

    name: str  # `fold-1` and so on, or the group that is left out
    train: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Folds and what they were made from, as a split file holds them."""

    scheme: str  # `groups` or `leave-one-group-out`
    seed: int | None  # None where nothing was drawn
    data_sha256: str  # see `data_hash`
    folds: tuple[Fold, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What folds should share evenly."""

    turns: float = 0.0
    patient_ruptures: float = 0.0
    therapist_ruptures: float = 0.0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.turns + other.turns,
            self.patient_ruptures + other.patient_ruptures,
            self.therapist_ruptures + other.therapist_ruptures,
        )

    def cost(self, total: "Load") -> float:
        """Sum of squared shares of the total: least over all folds if the shares are equal."""
        pairs = (
            (self.turns, total.turns),
            (self.patient_ruptures, total.patient_ruptures),
            (self.therapist_ruptures, total.therapist_ruptures),
        )
        return sum((own / of) ** 2 for own, of in pairs if of)


def split_groups(sessions: Sequence[CodedSession], folds: int, seed: int) -> tuple[Fold, ...]:
    """Cut into `folds` parts, each the test side once; the same for the same sessions and seed.

    Turns and ruptures of patients and of therapists (the mean over a session's coders) are shared
    as evenly as whole groups allow: heavy groups go first, each to the fold where it adds least
    unevenness. The seed varies that order a little; of several orders the evenest cut is taken.

    Raises:
        CorpusError: fewer than two folds, or fewer groups than folds.
    """
    loads: dict[str, Load] = {}
    for session in sessions:
        loads[session.group] = loads.get(session.group, Load()) + _load(session)
    if not MINIMUM_FOLDS <= folds <= len(loads):
        raise CorpusError(
            f"{folds} folds cannot be cut from {len(loads)} groups. "
            f"Ask for {MINIMUM_FOLDS} folds or more, and for no more than there are groups."
        )
    cuts = [_cut(loads, folds, f"{seed}:{draw}") for draw in range(DRAWS)]
    best = min(cuts, key=lambda cut: cut.cost)
    return tuple(
        _fold(sessions, groups, f"fold-{number}")
        for number, groups in enumerate(best.members, start=1)
    )


def leave_one_group_out(sessions: Sequence[CodedSession]) -> tuple[Fold, ...]:
    """One fold a group, in order of the groups' names.

    Raises:
        CorpusError: there are fewer than two groups.
    """
    groups = sorted({session.group for session in sessions})
    if len(groups) < MINIMUM_FOLDS:
        raise CorpusError(f"leaving one group out needs two groups; there are {len(groups)}.")
    return tuple(_fold(sessions, frozenset({group}), group) for group in groups)


def data_hash(sessions: Sequence[CodedSession]) -> str:
    """SHA-256 of the sessions' ids, groups and normalised words, in whatever order they come."""
    lines = sorted(
        json.dumps([s.transcript.session_id, s.group, s.transcript.text_hash()]) for s in sessions
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def write_split(split: Split, path: Path) -> None:
    """Write a split list as JSON, whole or not at all."""
    write_text(path, json.dumps({"format": 1, **asdict(split)}, indent=1) + "\n")


def read_split(path: Path, sessions: Sequence[CodedSession] | None = None) -> Split:
    """Read a split list; with `sessions`, check that it was made from them.

    Raises:
        CorpusError: the file is no split list, or it was made from other sessions or groups.
    """
    content: Any = None
    split: Split | None = None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and content.pop("format", None) == 1:
            split = pydantic.TypeAdapter(Split).validate_python(content)
    except (OSError, ValueError):  # a decoding or validation error is a ValueError too
        split = None
    if split is None:
        raise CorpusError(f"{path}: not a split list. `rupture-nlp corpus split` makes one.")
    if sessions is not None and split.data_sha256 != data_hash(sessions):
        raise CorpusError(
            f"{path}: made from other sessions, groups or words than those of this corpus. "
            "Take the corpus it was made from, or split this one anew."
        )
    return split


@dataclass(frozen=True, slots=True)
class Cut:
    """The groups of each fold, and how uneven they are."""

    members: tuple[frozenset[str], ...]
    cost: float


def _cut(loads: Mapping[str, Load], folds: int, key: str) -> Cut:
    total = sum(loads.values(), Load())
    order = sorted(
        sorted(loads), key=lambda group: -loads[group].cost(total) * _uniform(f"{key}:{group}")
    )
    filled = [Load()] * folds
    members: list[set[str]] = [set() for _ in range(folds)]
    for group in order:
        added = [(load + loads[group]).cost(total) - load.cost(total) for load in filled]
        # An empty fold comes first, so that none is left without sessions.
        open_to = [fold for fold in range(folds) if not members[fold]] or range(folds)
        chosen = min(open_to, key=added.__getitem__)
        filled[chosen] += loads[group]
        members[chosen].add(group)
    return Cut(tuple(map(frozenset, members)), sum(load.cost(total) for load in filled))


def _uniform(key: str) -> float:
    # From 0.5 to 1. A hash draws the same on every machine and in every version of Python.
    digest = hashlib.sha256(key.encode()).digest()
    return 0.5 + int.from_bytes(digest[:4], "big") / 2**33


def _fold(sessions: Sequence[CodedSession], groups: frozenset[str], name: str) -> Fold:
    train = (s.transcript.session_id for s in sessions if s.group not in groups)
    test = (s.transcript.session_id for s in sessions if s.group in groups)
    return Fold(name, tuple(sorted(train)), tuple(sorted(test)))


def _load(session: CodedSession) -> Load:
    ruptures = {Speaker.PATIENT: 0, Speaker.THERAPIST: 0, Speaker.OTHER: 0}
    for coding in session.codings:
        for speaker in _speakers_of_ruptures(session, coding):
            ruptures[speaker] += 1
    coders = max(len(session.codings), 1)
    return Load(
        turns=len(session.transcript.utterances),
        patient_ruptures=ruptures[Speaker.PATIENT] / coders,
        therapist_ruptures=ruptures[Speaker.THERAPIST] / coders,
    )


def _speakers_of_ruptures(session: CodedSession, coding: SessionCoding) -> list[Speaker]:
    pairs = zip(session.transcript.utterances, coding.codes, strict=True)
    return [utterance.speaker for utterance, code in pairs if code is not None and code.is_rupture]
