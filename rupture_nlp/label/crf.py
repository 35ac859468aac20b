"""A session as the sequence layer reads it: episodes from probabilities of tags, and ratings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Answers
from rupture_nlp.episodes import CodedTurn, find_episodes
from rupture_nlp.label.reading import FoundEpisode, Reading
from rupture_nlp.label.spans import find_spans, speaker_runs, stretch_spans
from rupture_nlp.label.summaries import episode_summary, session_summary
from rupture_nlp.label.turn_features import rupture_probabilities, turn_features
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.sequence import Tag
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    Family,
    Ratings,
    Speaker,
    Transcript,
    UtterancePrediction,
)

Floats = NDArray[np.float64]
Turns = Sequence[UtterancePrediction | None]
EPISODE = "episode"
_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class SequenceReader:
    """A sequence layer with what it needs to know of the network whose answers it reads."""

    layer: SequenceLayer
    decision: Decision
    labels: LabelSets

    def read(self, transcript: Transcript, answers: Answers, turns: Turns) -> Reading:
        """Episodes and ratings of one session.

        The layer says where there is an episode; `turns`, the decided codes, say where it opens and
        closes, name its kind and where its repair began. An episode may hold no decided rupture,
        where several turns were each half likely.
        """
        speakers = tuple(utterance.speaker for utterance in transcript.utterances)
        runs = speaker_runs(speakers)
        by_run = self._marginals(speakers, answers, runs)
        found_in = find_spans(by_run, self.layer.info.threshold)
        spans = _trimmed([(runs[a][0], runs[b][1]) for a, b in found_in], speakers)
        spans = stretch_spans(spans, _by_codes(speakers, turns))
        marginals = _each_turn(by_run, runs)
        found = self._describe(spans, _Session(speakers, answers, turns, marginals))
        return Reading(found, self._rate(speakers, answers, has_rupture=bool(found) or _any(turns)))

    def describe(
        self,
        transcript: Transcript,
        answers: Answers,
        turns: Turns,
        spans: Sequence[tuple[int, int]],
    ) -> tuple[FoundEpisode, ...]:
        """Attributes of episodes whose first and last turns are given."""
        speakers = tuple(utterance.speaker for utterance in transcript.utterances)
        runs = speaker_runs(speakers)
        marginals = _each_turn(self._marginals(speakers, answers, runs), runs)
        return self._describe(spans, _Session(speakers, answers, turns, marginals))

    def _marginals(
        self, speakers: tuple[Speaker, ...], answers: Answers, runs: Sequence[tuple[int, int]]
    ) -> Floats:
        """Probabilities of tags of each run of one speaker's turns, (runs, 5).

        A run stands for one turn, that of its likeliest rupture: the layer learned from sessions in
        which speakers alternate, and takes turns cut in two for more strain than there is.
        """
        p_none = rupture_probabilities(speakers, answers, self.decision)[:, 0]
        kept = [first + int(np.argmin(p_none[first : last + 1])) for first, last in runs]
        chosen = np.array(kept, dtype=np.int64)
        named = tuple(speakers[at] for at in kept)
        features = turn_features(named, answers.rows(chosen), self.decision)
        return self.layer.marginals(features)

    def _describe(
        self, spans: Sequence[tuple[int, int]], session: "_Session"
    ) -> tuple[FoundEpisode, ...]:
        return tuple(self._episode(at, span, session) for at, span in enumerate(spans, start=1))

    def _episode(self, number: int, span: tuple[int, int], session: "_Session") -> FoundEpisode:
        inside = session.part(*span)
        ids = [turn.code.utterance_id for turn in inside.turns if turn is not None]
        resolution = float(
            self.layer.rules[EPISODE](
                episode_summary(
                    inside.speakers, inside.answers, self.decision, self.labels, inside.marginals
                )
            )
        )
        repair = _repair_start(inside)
        episode = Episode(
            episode_id=str(number),
            start=ids[0],
            end=ids[-1],
            kind=self._kind(inside),
            initiator=inside.speakers[0],
            repair_start=repair,
            resolution=int(np.floor(resolution + _LIKELY)),
        )
        p_repaired = self.layer.p_repaired(resolution) if repair is not None else 0.0
        return FoundEpisode(episode, *span, p_repaired)

    def _kind(self, inside: "_Session") -> EpisodeKind:
        decided = {turn.code.rupture for turn in inside.turns if turn and turn.code.is_rupture}
        families = {rupture.family for rupture in decided if rupture is not None}
        if {Family.WITHDRAWAL, Family.CONFRONTATION} <= families:
            return EpisodeKind.MIXED
        if families:
            return EpisodeKind(next(family.value for family in families if family))
        p = rupture_probabilities(inside.speakers, inside.answers, self.decision).sum(axis=0)
        is_withdrawal = p[1] + p[2] >= p[3] + p[4]
        return EpisodeKind.WITHDRAWAL if is_withdrawal else EpisodeKind.CONFRONTATION

    def _rate(
        self, speakers: tuple[Speaker, ...], answers: Answers, *, has_rupture: bool
    ) -> Ratings:
        if not any(speaker is not Speaker.OTHER for speaker in speakers):
            return Ratings()
        summary = session_summary(speakers, answers, self.decision)
        given = {n: float(rule(summary)) for n, rule in self.layer.rules.items() if n != EPISODE}
        return Ratings(
            withdrawal_impact=given["withdrawal_impact"],
            confrontation_impact=given["confrontation_impact"],
            resolution=given["resolution"] if has_rupture else None,
            therapist_contribution=given["therapist_contribution"],
        )


@dataclass(frozen=True, slots=True)
class _Session:
    """All that is known of a run of turns; shapes as in the whole session."""

    speakers: tuple[Speaker, ...]
    answers: Answers
    turns: Turns
    marginals: Floats

    def part(self, first: int, last: int) -> "_Session":
        rows = slice(first, last + 1)
        return _Session(
            self.speakers[rows], self.answers.rows(rows), self.turns[rows], self.marginals[rows]
        )


def _each_turn(by_run: Floats, runs: Sequence[tuple[int, int]]) -> Floats:
    return np.repeat(by_run, [last - first + 1 for first, last in runs], axis=0)


def _by_codes(speakers: tuple[Speaker, ...], turns: Turns) -> list[tuple[int, int]]:
    coded = [
        CodedTurn(speaker, None if turn is None else turn.code)
        for speaker, turn in zip(speakers, turns, strict=True)
    ]
    at = {turn.code.utterance_id: place for place, turn in enumerate(turns) if turn is not None}
    return [(at[episode.start], at[episode.end]) for episode in find_episodes(coded)]


def _trimmed(spans: list[tuple[int, int]], speakers: tuple[Speaker, ...]) -> list[tuple[int, int]]:
    # Other speakers take no codes, so no episode begins, ends or consists of them.
    kept = []
    for first, last in spans:
        coded = [at for at in range(first, last + 1) if speakers[at] is not Speaker.OTHER]
        if coded:
            kept.append((coded[0], coded[-1]))
    return kept


def _repair_start(inside: _Session) -> str | None:
    """The first decided strategy; else the first therapist turn that is rather repair than not."""
    coded = [turn.code for turn in inside.turns if turn is not None]
    decided = next((code.utterance_id for code in coded if code.strategies), None)
    if decided is not None:
        return decided
    repairing = inside.marginals[:, Tag.REPAIR] + inside.marginals[:, Tag.ENDED]
    for speaker, turn, p in zip(inside.speakers, inside.turns, repairing, strict=True):
        if speaker is Speaker.THERAPIST and turn is not None and p >= _LIKELY:
            return turn.code.utterance_id
    return None


def _any(turns: Turns) -> bool:
    return any(turn is not None and turn.code.is_rupture for turn in turns)
