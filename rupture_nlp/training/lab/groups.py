"""Results of each patient (or whatever the groups are): for the lab's own report alone."""

from dataclasses import dataclass

import numpy as np

from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.counts import confusion_by_group
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.score import System


@dataclass(frozen=True, slots=True)
class GroupResult:
    """How ours did out of fold on one group's turns of one speaker."""

    group: str
    speaker: Speaker
    turns: int
    ruptures: int  # of the reference coder
    called: int  # by the model
    found: int  # called, and a rupture
    kappa: float  # NaN where undefined


def group_results(ours: System, labels: LabelSet) -> list[GroupResult]:
    """One row a group and speaker with turns, most ruptures first."""
    results: list[GroupResult] = []
    for speaker in labels.speakers:
        coded = ours.coded(speaker, labels)
        if not len(coded.reference):
            continue
        many = len(coded.classes)
        tables = confusion_by_group(coded.reference, coded.predicted, many, coded.grouping)
        kappas = kappa_of(tables)
        for at, name in enumerate(coded.grouping.names):
            table = tables[at]
            if not table.sum():
                continue
            results.append(
                GroupResult(
                    group=name,
                    speaker=speaker,
                    turns=int(table.sum()),
                    ruptures=int(table[1:].sum()),
                    called=int(table[:, 1:].sum()),
                    found=int(table[1:, 1:].sum()),
                    kappa=float(kappas[at]) if np.isfinite(kappas[at]) else float("nan"),
                )
            )
    return sorted(results, key=lambda r: (r.speaker.value, -r.ruptures, r.group))
