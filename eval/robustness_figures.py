"""Labels of altered sessions, told of the original turns again, and figures beside the unaltered.

Everything is scored on the turns that are left, of both: a rupture that was cut away is no error of
the labels. An original turn is answered by the altered turns that stand for it (`Altered.homes`);
of several by the one that is most likely a rupture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.robustness_readings import Reading
from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.classification import f1_of
from rupture_nlp.evaluation.counts import FloatArray, Grouping, confusion_by_group
from rupture_nlp.evaluation.episode_matching import match_by_overlap, match_counts, match_f1_of
from rupture_nlp.evaluation.ranking import rank_rows
from rupture_nlp.label.crf import SequenceReader
from rupture_nlp.label.decide import Decider
from rupture_nlp.label.sequence import read_session
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import RUPTURES, SessionPrediction, Transcript, UtterancePrediction
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import Corpus

CODES = len(RUPTURES)
MEASURES = ("average_precision", "kappa", "f1")
Span = tuple[int, int]  # first and last row of an episode
Labelled = tuple[Reading, Answers, SequenceReader]
LAYER, RULES = "layer", "rules"
"""Who finds episodes: the sequence layer, as in use, and the rules over the codes."""


@dataclass(frozen=True, slots=True)
class Told:
    """What labels say of the original turns.

    Shapes: p_rupture, code (rows,), over the rows of the out-of-fold table; NaN and -1 for a turn
    that is gone. `parts` are the rows of one session that were read together, in order.
    """

    p_rupture: FloatArray
    code: NDArray[np.int64]
    episodes: dict[str, list[Span]]  # of the sequence layer, by the rules
    parts: list[NDArray[np.int64]]

    @property
    def left(self) -> NDArray[np.bool_]:
        return np.asarray(self.code >= 0)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the altered and of the unaltered sessions, and the first minus the second."""

    altered: Interval
    unaltered: Interval
    difference: Interval


def told_of(labelled: Sequence[Labelled], session: NDArray[np.int64]) -> Told:
    """Tell the labels of readings of the rows, whose sessions are `session` (rows,)."""
    codebook = load_codebook()
    rows = len(session)
    told = Told(np.full(rows, np.nan), np.full(rows, -1), {LAYER: [], RULES: []}, [])
    for reading, answers, reader in labelled:
        decider = Decider(reader.decision, LabelSets.of(codebook), codebook)
        transcript = Transcript("altered", reading.utterances)
        turns = decider.decide(transcript.utterances, answers)
        _tell_turns(told, reading, turns)
        by_layer = reader.read(transcript, answers, turns)
        for name, episodes in ((LAYER, by_layer), (RULES, None)):
            found = read_session(transcript, name, turns, codebook, episodes)
            told.episodes[name].extend(_spans(found, reading, session))
        held = np.unique([row for of in reading.rows for row in of]).astype(np.int64)
        told.parts.extend(held[session[held] == number] for number in np.unique(session[held]))
    return told


def _tell_turns(told: Told, reading: Reading, turns: Sequence[UtterancePrediction | None]) -> None:
    for rows, turn in zip(reading.rows, turns, strict=True):
        for row in rows:
            if turn is not None and not turn.p_rupture <= told.p_rupture[row]:
                told.p_rupture[row] = turn.p_rupture
                told.code[row] = RUPTURES.index(turn.code.rupture or RUPTURES[0])


def _spans(found: SessionPrediction, reading: Reading, session: NDArray[np.int64]) -> list[Span]:
    place = {u.utterance_id: at for at, u in enumerate(reading.utterances)}
    spans = [(place[one.episode.start], place[one.episode.end]) for one in found.episodes]
    inside = (reading.rows[first : last + 1] for first, last in spans)
    return [span for rows in inside for span in _within_one(rows, session)]


def _within_one(inside: Sequence[Sequence[int]], session: NDArray[np.int64]) -> list[Span]:
    # Of joined sessions an episode belongs to the one in which it opens.
    rows = [row for of in inside for row in of]
    if not rows:
        return []
    own = [row for row in rows if session[row] == session[rows[0]]]
    return [(min(own), max(own))]


def reference_episodes(predicted: OutOfFold, corpus: Corpus) -> list[Span]:
    """The reference coder's episodes as rows."""
    sessions = {s.transcript.session_id: s for s in corpus.sessions}
    spans: list[Span] = []
    for number, name in enumerate(predicted.session_ids):
        first = int(np.flatnonzero(predicted.session == number)[0])
        session = sessions[name]
        coding = session.coding_by(corpus.reference)
        place = {u.utterance_id: first + at for at, u in enumerate(session.transcript.utterances)}
        spans += [(place[e.start], place[e.end]) for e in (coding.episodes if coding else ())]
    return spans


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores what was told of altered sessions beside what was told of the unaltered ones."""

    predicted: OutOfFold
    unaltered: Told
    episodes: Sequence[Span]  # the reference coder's
    resamples: Resamples

    def turns(self, altered: Sequence[Told], *, patient: bool) -> dict[str, Compared]:
        """Average precision, kappa of five codes and F1 of ruptures; means over repeats."""
        asked = self.predicted.targets.ask_rupture
        rows = [
            asked & told.left & (self.predicted.targets.is_patient == patient) for told in altered
        ]
        own = [self._drawn(told, at) for told, at in zip(altered, rows, strict=True)]
        base = [self._drawn(self.unaltered, at) for at in rows]
        groups = len(np.unique(self.predicted.group[np.any(rows, axis=0)]))
        return dict(zip(MEASURES, self._compared(own, base, groups), strict=True))

    def found_episodes(self, altered: Sequence[Told]) -> dict[str, Compared]:
        """F1 of episodes matched at IoU >= .5, of layer and rules; means over repeats."""
        groups = len(np.unique(self.predicted.group))
        figures = {}
        for name in (LAYER, RULES):
            own = [self._matched(told, told.parts, name) for told in altered]
            base = [self._matched(self.unaltered, told.parts, name) for told in altered]
            figures[name] = self._compared(own, base, groups)[0]
        return figures

    def episodes_found(self, altered: Sequence[Told]) -> dict[str, dict[str, float]]:
        """How many episodes layer and rules find, altered and unaltered; means over repeats."""
        return {
            name: {
                "altered": float(np.mean([self._count(told, told, name) for told in altered])),
                "unaltered": float(
                    np.mean([self._count(self.unaltered, told, name) for told in altered])
                ),
            }
            for name in (LAYER, RULES)
        }

    def _count(self, told: Told, of: Told, finder: str) -> int:
        return sum(len(in_part(told.episodes[finder], p, told.code > 0)) for p in of.parts)

    def gone(self, altered: Sequence[Told]) -> tuple[float, float]:
        """Shares of the turns, and of those with a rupture, that no altered turn holds."""
        asked = self.predicted.targets.ask_rupture
        ruptures = asked & (self.predicted.targets.rupture[:, 0] < 0.5)  # noqa: PLR2004  # one code
        shares = [[1 - told.left[rows].mean() for rows in (asked, ruptures)] for told in altered]
        turns, with_rupture = np.mean(shares, axis=0)
        return float(turns), float(with_rupture)

    def _drawn(self, told: Told, rows: NDArray[np.bool_]) -> FloatArray:
        """(1 + draws, 3), in the order of MEASURES."""
        reference = self.predicted.targets.rupture[rows].argmax(axis=1)
        truth, called = (reference > 0).astype(int), (told.code[rows] > 0).astype(int)
        grouping = Grouping(self.predicted.groups, self.predicted.group[rows])
        ranking = rank_rows(told.p_rupture[rows], truth, grouping)
        tables = confusion_by_group(reference, told.code[rows], CODES, grouping)
        binary = confusion_by_group(truth, called, 2, grouping)
        cells = 3 * ranking.steps + 1
        return np.stack(
            [
                self.resamples.values(ranking.figures, cells)[:, 0],
                self._values(tables, kappa_of),
                self._values(binary, lambda sums: f1_of(sums)[..., 1]),
            ],
            axis=1,
        )

    def _matched(self, told: Told, parts: Sequence[NDArray[np.int64]], finder: str) -> FloatArray:
        """(1 + draws, 1)."""
        ruptures = self.predicted.targets.rupture[:, 0] < 0.5  # noqa: PLR2004  # one code a row
        counts = np.zeros((len(self.predicted.groups), 3))
        for rows in parts:
            reference = in_part(self.episodes, rows, ruptures)
            found = in_part(told.episodes[finder], rows, told.code > 0)
            pairs = match_by_overlap(reference, found)
            counts[self.predicted.group[rows[0]]] += match_counts(pairs, reference, found)
        return self._values(counts, match_f1_of)[:, None]

    def _values(
        self, statistics: FloatArray, estimate: Callable[[FloatArray], FloatArray]
    ) -> FloatArray:
        def of_weights(weights: FloatArray) -> FloatArray:
            return estimate(np.tensordot(weights, statistics, axes=1))[:, None]

        return self.resamples.values(of_weights, statistics[0].size)[:, 0]

    def _compared(
        self, own: Sequence[FloatArray], base: Sequence[FloatArray], groups: int
    ) -> list[Compared]:
        one, other = np.mean(own, axis=0), np.mean(base, axis=0)
        return [
            Compared(
                *(
                    self.resamples.interval_of(values, groups)
                    for values in (one[:, at], other[:, at], one[:, at] - other[:, at])
                )
            )
            for at in range(one.shape[1])
        ]


def in_part(
    episodes: Sequence[Span], rows: NDArray[np.int64], ruptures: NDArray[np.bool_]
) -> list[Span]:
    """Episodes as far as `rows` hold them.

    One whose first turn is not among them opens at its next rupture; without any it is no episode
    any more. It closes with its last turn there.
    """
    kept: list[Span] = []
    for first, last in episodes:
        inside = rows[(rows >= first) & (rows <= last)]
        opening = inside if len(inside) and inside[0] == first else inside[ruptures[inside]]
        if len(opening):
            kept.append((int(opening[0]), int(inside[-1])))
    return kept


def as_reading(predicted: OutOfFold, corpus: Corpus, number: int) -> tuple[Reading, Answers]:
    """One session as it is, with the answers that are stored for it."""
    rows = np.flatnonzero(predicted.session == number)
    name = predicted.session_ids[number]
    session = next(s for s in corpus.sessions if s.transcript.session_id == name)
    part = predicted.rows(predicted.session == number)
    reading = Reading(session.transcript.utterances, tuple((int(row),) for row in rows))
    return reading, part.answers
