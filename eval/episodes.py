"""Episodes of the rules over a model's out-of-fold codes, against those of the reference coder."""

import numpy as np

from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import Grouping
from rupture_nlp.evaluation.episode_matching import match_by_overlap, match_counts, match_f1_of
from rupture_nlp.schema import CodedSession, Episode
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.export import decide_sessions
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import Corpus

Spans = list[tuple[int, int]]


def episode_f1(predicted: OutOfFold, corpus: Corpus, resamples: Resamples) -> Interval:
    """F1 of episodes matched at IoU >= .5, end to end."""
    counts = np.zeros((len(predicted.groups), 3))
    sessions = {session.transcript.session_id: session for session in corpus.sessions}
    decided = decide_sessions(predicted, corpus, cross_fitted(predicted), "out-of-fold")
    for transcript, prediction in decided:
        session = sessions[transcript.session_id]
        coding = session.coding_by(corpus.reference)
        reference = _spans(session, coding.episodes if coding else ())
        found = _spans(session, tuple(one.episode for one in prediction.episodes))
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


def _spans(session: CodedSession, episodes: tuple[Episode, ...]) -> Spans:
    at = {u.utterance_id: place for place, u in enumerate(session.transcript.utterances)}
    return [(at[episode.start], at[episode.end]) for episode in episodes]
