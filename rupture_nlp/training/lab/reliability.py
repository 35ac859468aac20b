"""Whether ours means what it says: stated probabilities beside the share of ruptures there were."""

from dataclasses import dataclass

from rupture_nlp.evaluation.calibration import (
    calibration_statistics,
    equal_mass_edges,
    reliability_table,
)
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.schema import Speaker
from rupture_nlp.training.lab.labels import LabelSet
from rupture_nlp.training.lab.score import System

BINS = 5


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """About a fifth of one speaker's turns, those with the lowest probabilities first."""

    speaker: Speaker
    turns: int
    stated: float  # mean probability of a rupture
    observed: float  # share of turns that the reference calls one


def reliability_rows(ours: System, labels: LabelSet) -> list[ReliabilityRow]:
    """Out-of-fold rows by probability; none of a speaker with too few ruptures for figures."""
    rows: list[ReliabilityRow] = []
    for speaker in labels.speakers:
        coded = ours.coded(speaker, labels)
        outcomes = (coded.reference > 0).astype(int)
        if coded.p_rupture is None or outcomes.sum() < ESTIMABLE_FROM:
            continue
        edges = equal_mass_edges(coded.p_rupture, BINS)
        table = reliability_table(calibration_statistics(coded.p_rupture, outcomes, edges)[0])
        rows += [
            ReliabilityRow(speaker, int(turns), float(stated), float(observed))
            for turns, stated, observed in zip(
                table.rows, table.mean_probability, table.observed_share, strict=True
            )
        ]
    return rows
