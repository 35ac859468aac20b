"""How far the lab's coders agree with each other: what a model's figures are to be read against."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from rupture_nlp.evaluation.bootstrap import Resamples
from rupture_nlp.evaluation.counts import Grouping
from rupture_nlp.schema import RUPTURES, CodedSession, SessionCoding, Speaker
from rupture_nlp.training.figures import Coded, in_classes, measure
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.score import Measured


def coders_with_each_other(
    sessions: Sequence[CodedSession],
    coders: Sequence[str],
    labels: LabelSet,
    groups: tuple[str, ...],
    resamples: Resamples,
) -> Measured:
    """Figures of all pairs of coders over the turns that both coded, the pairs taken together.

    Empty where no session was coded twice.
    """
    found: Measured = {}
    for speaker in labels.speakers:
        rows = [
            row
            for session in sessions
            for pair in combinations(coders, 2)
            for row in _rows(session, pair, speaker, groups)
        ]
        if rows:
            first, second, owner = np.array(rows, dtype=np.int64).T
            coded = Coded(first, second, None, Grouping(groups, owner))
            found[speaker] = measure(in_classes(coded, labels.classes, labels.class_of), resamples)
    return found


def _rows(
    session: CodedSession, pair: tuple[str, str], speaker: Speaker, groups: tuple[str, ...]
) -> list[tuple[int, int, int]]:
    codings = [session.coding_by(coder) for coder in pair]
    if any(coding is None or "rupture" not in coding.fields for coding in codings):
        return []
    owner = groups.index(session.group)
    codes = [_places(coding) for coding in codings if coding is not None]
    return [
        (one, two, owner)
        for turn, one, two in zip(session.transcript.utterances, *codes, strict=True)
        if turn.speaker is speaker and one >= 0 and two >= 0
    ]


def _places(coding: SessionCoding) -> list[int]:
    return [
        -1 if code is None or code.rupture is None else RUPTURES.index(code.rupture)
        for code in coding.codes
    ]
