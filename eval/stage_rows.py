"""Ways through the repair of reference and predicted episodes, side by side, summed by group."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.episodes import CodedTurn
from rupture_nlp.evaluation.counts import FloatArray, IntArray
from rupture_nlp.evaluation.episode_matching import attribute_table, match_by_overlap
from rupture_nlp.repair import MIXED, PROGRESSIONS, main_pathway, trace_repair
from rupture_nlp.schema import (
    CodedSession,
    Episode,
    Family,
    Move,
    RepairPath,
    RepairStep,
    UtteranceCode,
)

STAGES = 4
PATHWAYS = load_codebook().pathways
MAIN = (None, *PATHWAYS, MIXED)
LINES = {family: [name for name, _ in line] for family, line in PROGRESSIONS.items()}
Codes = Mapping[str, UtteranceCode]


@dataclass(frozen=True, slots=True)
class Ways:
    """One coder's episodes of one session: first and last positions, and their ways."""

    spans: tuple[tuple[int, int], ...]
    paths: tuple[RepairPath, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Reference and predicted ways of one session. `pairs` (pairs, 2) are positions in both."""

    group: int
    reference: Ways
    predicted: Ways
    pairs: IntArray


def ways_of(session: CodedSession, codes: Codes, episodes: Sequence[Episode]) -> Ways:
    """The ways of these episodes, read from these codes; a turn without a code is passed over."""
    utterances = session.transcript.utterances
    place = {utterance.utterance_id: at for at, utterance in enumerate(utterances)}
    coded = [CodedTurn(one.speaker, codes.get(one.utterance_id)) for one in utterances]
    spans = tuple((place[episode.start], place[episode.end]) for episode in episodes)
    book = load_codebook()
    paths = tuple(trace_repair(coded[first : last + 1], book) for first, last in spans)
    return Ways(spans, paths)


def given_episodes(group: int, reference: Ways, predicted: Ways) -> Pair:
    """The same episodes on both sides: each answers itself."""
    same = np.repeat(np.arange(len(reference.spans))[:, None], 2, axis=1)
    return Pair(group, reference, predicted, same)


def end_to_end(group: int, reference: Ways, predicted: Ways) -> Pair:
    """Episodes of each side; those with an IoU of .5 or more answer each other."""
    return Pair(group, reference, predicted, match_by_overlap(reference.spans, predicted.spans))


def attribute_tables(
    rows: Sequence[Pair], groups: int, label: Callable[[RepairPath], int], labels: int
) -> FloatArray:
    """(groups, labels + 1, labels + 1) as `attribute_table`, summed over sessions."""
    tables = np.zeros((groups, labels + 1, labels + 1))
    for row in rows:
        one, other = (np.array([label(path) for path in side.paths], int) for side in _sides(row))
        tables[row.group] += attribute_table(row.pairs, one, other, labels)
    return tables


def set_statistics(
    rows: Sequence[Pair], groups: int, held: Callable[[RepairPath], Sequence[bool]], labels: int
) -> FloatArray:
    """(groups, labels, 3): hits, reference and predicted. What is in an episode without a
    counterpart is missed, or invented."""
    statistics = np.zeros((groups, labels, 3))
    for row in rows:
        one, other = (
            np.array([held(path) for path in side.paths], bool).reshape(-1, labels)
            for side in _sides(row)
        )
        hits = one[row.pairs[:, 0]] & other[row.pairs[:, 1]]
        counts = (hits.sum(axis=0), one.sum(axis=0), other.sum(axis=0))
        statistics[row.group] += np.stack(counts, axis=-1)
    return statistics


def furthest(path: RepairPath) -> int:
    """0 to 4."""
    return path.furthest


def pathway(path: RepairPath) -> int:
    """Position in MAIN: none, a pathway, or mixed."""
    return MAIN.index(main_pathway(path))


def progression(family: Family) -> Callable[[RepairPath], int]:
    """How far the patient came on this line, -1 where the patient is not on it."""

    def reached(path: RepairPath) -> int:
        name = path.withdrawal if family is Family.WITHDRAWAL else path.confrontation
        return -1 if name is None else LINES[family].index(name)

    return reached


def stages_entered(path: RepairPath) -> list[bool]:
    """For stages 1 to 4."""
    return [stage in path.stages for stage in range(1, STAGES + 1)]


def pathways_taken(path: RepairPath) -> list[bool]:
    """For each of PATHWAYS, whatever its share."""
    return [name in dict(path.pathways) for name in PATHWAYS]


def always_attended(row: Pair) -> Pair:
    """The baseline: every episode of the reference was attended to, by alliance-building."""
    step = RepairStep("", "validates_position", 1, Move.ENTERS)
    path = RepairPath(steps=(step,), pathways=((PATHWAYS[0], 1.0),))
    constant = Ways(row.reference.spans, (path,) * len(row.reference.spans))
    return given_episodes(row.group, row.reference, constant)


def _sides(row: Pair) -> Iterator[Ways]:
    yield row.reference
    yield row.predicted
