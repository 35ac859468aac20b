"""Episodes of the rules over a model's out-of-fold codes, against those of the reference coder."""

from collections.abc import Iterator

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import Grouping
from rupture_nlp.evaluation.episode_matching import match_by_overlap, match_counts, match_f1_of
from rupture_nlp.label.decide import Decider
from rupture_nlp.label.sequence import read_session
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.schema import CodedSession, Episode
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import ANSWERS, OutOfFold
from rupture_nlp.training.run import Corpus

Spans = list[tuple[int, int]]


def episode_f1(predicted: OutOfFold, corpus: Corpus, resamples: Resamples) -> Interval:
    """F1 of episodes matched at IoU >= .5, end to end."""
    counts = np.zeros((len(predicted.groups), 3))
    for session, decision, answers in _sessions(predicted, corpus):
        coding = session.coding_by(corpus.reference)
        reference = _spans(session, coding.episodes if coding else ())
        found = _spans(session, _predicted(session, decision, answers))
        group = predicted.groups.index(session.group)
        counts[group] += match_counts(match_by_overlap(reference, found), reference, found)
    return resamples.interval(counts, match_f1_of)


def coder_f1(corpus: Corpus, coders: tuple[str, str], resamples: Resamples) -> Interval:
    """The same between two coders."""
    groups = sorted({session.group for session in corpus.sessions})
    rows, places = [], []
    for session in corpus.sessions:
        one, other = (session.coding_by(coder) for coder in coders)
        if one is None or other is None:
            continue
        first, second = _spans(session, one.episodes), _spans(session, other.episodes)
        rows.append(match_counts(match_by_overlap(first, second), first, second))
        places.append(groups.index(session.group))
    grouping = Grouping(tuple(groups), np.array(places))
    return resamples.interval(grouping.sum(np.array(rows)), match_f1_of)


def _sessions(
    predicted: OutOfFold, corpus: Corpus
) -> Iterator[tuple[CodedSession, Decision, Answers]]:
    by_id = {session.transcript.session_id: session for session in corpus.sessions}
    for fold, decision in cross_fitted(predicted):
        for number in np.unique(predicted.session[fold]):
            rows = predicted.session == number
            answers = Answers(**{name: getattr(predicted.answers, name)[rows] for name in ANSWERS})
            yield by_id[predicted.session_ids[number]], decision, answers


def _predicted(session: CodedSession, decision: Decision, answers: Answers) -> tuple[Episode, ...]:
    codebook = load_codebook()
    decider = Decider(decision, LabelSets.of(codebook), codebook)
    utterances = decider.decide(session.transcript.utterances, answers)
    found = read_session(session.transcript, "out-of-fold", utterances, codebook)
    return tuple(predicted.episode for predicted in found.episodes)


def _spans(session: CodedSession, episodes: tuple[Episode, ...]) -> Spans:
    at = {u.utterance_id: place for place, u in enumerate(session.transcript.utterances)}
    return [(at[episode.start], at[episode.end]) for episode in episodes]
