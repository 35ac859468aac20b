"""A session as the sequence layer reads it: episodes from probabilities of tags, and ratings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Answers
from rupture_nlp.episodes import CodedTurn, find_episodes, kind_of
from rupture_nlp.label.reading import FoundEpisode, Reading, Turns, coded_turns
from rupture_nlp.label.spans import each_turn, find_spans, speaker_runs, stretch_spans
from rupture_nlp.label.summaries import episode_summary, session_summary
from rupture_nlp.label.turn_features import run_features, rupture_probabilities
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.models.tagging import Tag
from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    Ratings,
    Speaker,
    Transcript,
)

Floats = NDArray[np.float64]
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
        coded = coded_turns(transcript, turns)
        runs, by_run = self._marginals(transcript, answers)
        found_in = find_spans(by_run, self.layer.info.threshold)
        spans = _trimmed([(runs[a][0], runs[b][1]) for a, b in found_in], coded)
        spans = stretch_spans(spans, _by_codes(transcript, coded))
        found = self._describe(spans, _Session(coded, answers, each_turn(by_run, runs)))
        has_rupture = bool(found) or any(turn.is_rupture for turn in coded)
        return Reading(found, self._rate(transcript, answers, has_rupture=has_rupture))

    def describe(
        self,
        transcript: Transcript,
        answers: Answers,
        turns: Turns,
        spans: Sequence[tuple[int, int]],
    ) -> tuple[FoundEpisode, ...]:
        """Attributes of episodes whose first and last turns are given."""
        runs, by_run = self._marginals(transcript, answers)
        coded = coded_turns(transcript, turns)
        return self._describe(spans, _Session(coded, answers, each_turn(by_run, runs)))

    def _marginals(
        self, transcript: Transcript, answers: Answers
    ) -> tuple[list[tuple[int, int]], Floats]:
        speakers = transcript.speakers
        runs = speaker_runs(speakers)
        return runs, self.layer.marginals(run_features(speakers, answers, self.decision, runs))

    def _describe(
        self, spans: Sequence[tuple[int, int]], session: "_Session"
    ) -> tuple[FoundEpisode, ...]:
        return tuple(self._episode(at, span, session) for at, span in enumerate(spans, start=1))

    def _episode(self, number: int, span: tuple[int, int], session: "_Session") -> FoundEpisode:
        inside = session.part(*span)
        speakers = tuple(turn.speaker for turn in inside.coded)
        ids = [turn.code.utterance_id for turn in inside.coded if turn.code is not None]
        summary = episode_summary(
            speakers, inside.answers, self.decision, self.labels, inside.marginals
        )
        resolution = float(self.layer.rules[EPISODE](summary))
        repair = _repair_start(inside)
        episode = Episode(
            episode_id=str(number),
            start=ids[0],
            end=ids[-1],
            kind=kind_of(inside.coded) or self._likelier_kind(speakers, inside.answers),
            initiator=speakers[0],
            repair_start=repair,
            resolution=int(np.floor(resolution + _LIKELY)),
        )
        p_repaired = self.layer.p_repaired(resolution) if repair is not None else 0.0
        return FoundEpisode(episode, *span, p_repaired)

    def _likelier_kind(self, speakers: tuple[Speaker, ...], answers: Answers) -> EpisodeKind:
        p = rupture_probabilities(speakers, answers, self.decision).sum(axis=0)
        is_withdrawal = p[1] + p[2] >= p[3] + p[4]
        return EpisodeKind.WITHDRAWAL if is_withdrawal else EpisodeKind.CONFRONTATION

    def _rate(self, transcript: Transcript, answers: Answers, *, has_rupture: bool) -> Ratings:
        if all(speaker is Speaker.OTHER for speaker in transcript.speakers):
            return Ratings()
        summary = session_summary(transcript.speakers, answers, self.decision)
        given = {n: float(rule(summary)) for n, rule in self.layer.rules.items() if n != EPISODE}
        ratings = Ratings(**given)
        return ratings if has_rupture else replace(ratings, resolution=None)


@dataclass(frozen=True, slots=True)
class _Session:
    """All that is known of a run of turns; marginals (turns, 5)."""

    coded: Sequence[CodedTurn]
    answers: Answers
    marginals: Floats

    def part(self, first: int, last: int) -> "_Session":
        rows = slice(first, last + 1)
        return _Session(self.coded[rows], self.answers.rows(rows), self.marginals[rows])


def _by_codes(transcript: Transcript, coded: Sequence[CodedTurn]) -> list[tuple[int, int]]:
    at = {u.utterance_id: place for place, u in enumerate(transcript.utterances)}
    return [(at[episode.start], at[episode.end]) for episode in find_episodes(coded)]


def _trimmed(spans: list[tuple[int, int]], coded: Sequence[CodedTurn]) -> list[tuple[int, int]]:
    # Other speakers take no codes, so no episode begins, ends or consists of them.
    kept = []
    for first, last in spans:
        inside = [at for at in range(first, last + 1) if coded[at].speaker is not Speaker.OTHER]
        if inside:
            kept.append((inside[0], inside[-1]))
    return kept


def _repair_start(inside: _Session) -> str | None:
    """The first decided strategy; else the first therapist turn that is rather repair than not."""
    coded = [turn.code for turn in inside.coded if turn.code is not None]
    decided = next((code.utterance_id for code in coded if code.strategies), None)
    if decided is not None:
        return decided
    repairing = inside.marginals[:, Tag.REPAIR] + inside.marginals[:, Tag.ENDED]
    for turn, p in zip(inside.coded, repairing, strict=True):
        if turn.speaker is Speaker.THERAPIST and turn.code is not None and p >= _LIKELY:
            return turn.code.utterance_id
    return None
