"""What a lab's reference codes hold, class by class, and how its coders differ in using them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.coders import CoderTable, coder_table
from rupture_nlp.evaluation.counts import IntArray
from rupture_nlp.schema import GOLD, CodedSession, Speaker
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.labels import BOTH, NO_CLASS, RUPTURE, LabelSet

LEARNABLE_FROM = 5
"""With fewer examples a class is not told from the accidents of these few turns."""

SEVERAL = 2


class Learnable(StrEnum):
    """What so many examples can carry."""

    YES = "can be learned and measured"
    THIN = "may be learned, cannot be measured"  # fewer than ESTIMABLE_FROM
    NO = "cannot be learned"  # fewer than LEARNABLE_FROM
    UNUSED = "no turn has it, not learned"


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How often the reference gives one class to one speaker's turns."""

    speaker: Speaker
    name: str  # a class of the label set, or `rupture`: any of them
    positives: int
    turns: int  # that have a code
    groups: int  # with at least one positive
    largest: float  # share of the positives that lies in one group; 0 without positives

    @property
    def learnable(self) -> Learnable:
        """By the number of examples alone."""
        if self.positives >= ESTIMABLE_FROM:
            return Learnable.YES
        if self.positives >= LEARNABLE_FROM:
            return Learnable.THIN
        return Learnable.NO if self.positives else Learnable.UNUSED

    @property
    def taught(self) -> bool:
        """Whether there is enough to learn it at all."""
        return self.positives >= LEARNABLE_FROM


@dataclass(frozen=True, slots=True)
class CoderRate:
    """How often one coder gives each class, where another coder judged the same turns."""

    coder: str
    speaker: Speaker
    turns: int
    given: tuple[int, ...]  # by class of the label set, `none` first
    others: tuple[float, ...]  # what the other coders gave the same turns, mean of them

    @property
    def rate(self) -> float:
        """Share of turns that this coder calls a rupture."""
        return sum(self.given[1:]) / self.turns

    @property
    def others_rate(self) -> float:
        """The same of the other coders."""
        return sum(self.others[1:]) / self.turns


@dataclass(frozen=True, slots=True)
class PairKappa:
    """Cohen's kappa of two coders over the turns that both coded; NaN where undefined."""

    first: str
    second: str
    speaker: Speaker
    turns: int
    classes: float
    rupture: float


def class_counts(data: LabData) -> tuple[ClassCount, ...]:
    """Counts of every class of the label set, any rupture first, patients before therapists."""
    found = []
    for speaker in BOTH:
        given = _given(data, speaker)
        wanted = [(RUPTURE, list(data.labels.classes[1:]))]
        if len(data.labels.classes) > SEVERAL:
            wanted += [(cls, [cls]) for cls in data.labels.classes[1:]]
        for name, classes in wanted:
            places = Counter(group for cls, group in given if cls in classes)
            total = places.total()
            largest = max(places.values(), default=0) / max(total, 1)
            found.append(ClassCount(speaker, name, total, len(given), len(places), largest))
    return tuple(found)


def coder_rates(data: LabData) -> tuple[CoderRate, ...]:
    """Every coder's use of the classes on turns that another coder judged too."""
    return tuple(
        rate
        for table, labels in _doubly_coded(data)
        for at in range(len(table.coders))
        if (rate := _rate(table, labels, at, data.labels)) is not None
    )


def pair_kappas(data: LabData) -> tuple[PairKappa, ...]:
    """Agreement of every pair of coders who coded turns in common."""
    found = []
    for table, labels in _doubly_coded(data):
        for one, other in combinations(range(len(table.coders)), 2):
            first, second = labels[:, one], labels[:, other]
            both = (first >= 0) & (second >= 0)
            if both.any():
                # Above 0 is a rupture of any class; -1 stays missing.
                one_any, other_any = np.minimum(first, 1), np.minimum(second, 1)
                found.append(
                    PairKappa(
                        table.coders[one],
                        table.coders[other],
                        table.turns.speaker,
                        int(both.sum()),
                        cohen_kappa(first, second),
                        cohen_kappa(one_any, other_any),
                    )
                )
    return tuple(found)


def _given(data: LabData, speaker: Speaker) -> list[tuple[str, str]]:
    """Class and group of every turn of the speaker that the reference coded."""
    given = []
    for session in data.sessions:
        coding = session.coding_by(data.reference)
        for utterance, code in zip(
            session.transcript.utterances, coding.codes if coding else (), strict=False
        ):
            if utterance.speaker is speaker and code is not None and code.rupture is not None:
                given.append((data.labels.class_of_code(code.rupture) or "", session.group))
    return given


def _doubly_coded(data: LabData) -> list[tuple[CoderTable, IntArray]]:
    """For each speaker the coders side by side, and their codes as classes (rows, coders)."""
    shared = [session for session in data.sessions if len(_own(session)) >= SEVERAL]
    if not shared or len(data.coders) < SEVERAL:
        return []
    classes = np.array([*data.labels.class_of, NO_CLASS])
    tables = [coder_table(shared, speaker, data.coders) for speaker in data.labels.speakers]
    return [(table, classes[table.labels()]) for table in tables if len(table.turns)]


def _own(session: CodedSession) -> Sequence[str]:
    return [coding.coder for coding in session.codings if coding.coder != GOLD]


def _rate(table: CoderTable, labels: IntArray, at: int, known: LabelSet) -> CoderRate | None:
    others = np.delete(labels, at, axis=1)
    shared = (labels[:, at] >= 0) & (others >= 0).any(axis=1)
    if not shared.any():
        return None
    size = len(known.classes)
    # Each turn counts once among the others, however many of them judged it.
    weight = 1.0 / (others[shared] >= 0).sum(axis=1)
    means = [float(((others[shared] == c).sum(axis=1) * weight).sum()) for c in range(size)]
    return CoderRate(
        coder=table.coders[at],
        speaker=table.turns.speaker,
        turns=int(shared.sum()),
        given=tuple(int((labels[shared, at] == c).sum()) for c in range(size)),
        others=tuple(means),
    )
