"""Out-of-fold rows as examples for the sequence layer: a session's features, tags, judgements."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rupture_nlp.engines.base import Answers
from rupture_nlp.errors import RunError
from rupture_nlp.label.spans import speaker_runs
from rupture_nlp.label.turn_features import run_features
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.tagging import Tag
from rupture_nlp.schema import REPAIRED_FROM, Episode, Ratings, SessionCoding, Transcript
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import Corpus


@dataclass(frozen=True, slots=True)
class Span:
    """A reference episode by its first and last turn, both inclusive."""

    first: int
    last: int
    episode: Episode


@dataclass(frozen=True, slots=True)
class SequenceExample:
    """One session. Shapes: features (runs, features), tags (runs,), a run being the turns that one
    speaker has in a row."""

    transcript: Transcript
    group: str
    fold: int
    weight: float  # how much it counts in training
    decision: Decision  # that calibrated its features
    answers: Answers
    runs: tuple[tuple[int, int], ...]  # first and last turn, inclusive
    features: NDArray[np.float64]
    tags: NDArray[np.int64]
    spans: tuple[Span, ...]
    ratings: Ratings


def make_examples(
    predicted: OutOfFold,
    corpus: Corpus,
    decisions: Sequence[tuple[NDArray[np.bool_], Decision]],
    weight: float = 1.0,
) -> list[SequenceExample]:
    """Every session of `predicted` whose episodes the reference coded, in its order.

    `decisions` gives rows and what calibrates them, as `cross_fitted` does.

    Raises:
        RunError: the rows are not those of the corpus.
    """
    sessions = {s.transcript.session_id: s for s in corpus.sessions}
    examples: dict[int, SequenceExample] = {}
    for chosen, decision in decisions:
        for number in np.unique(predicted.session[chosen]):
            session = sessions.get(predicted.session_ids[number])
            rows = predicted.rows(predicted.session == number)
            if session is None or len(rows.session) != len(session.transcript.utterances):
                raise RunError(
                    f"{corpus.name}: out-of-fold rows of other sessions, or of other turns. "
                    "Predict the folds again."
                )
            coding = session.coding_by(corpus.reference)
            if coding is None or "episodes" not in coding.fields or not coding.complete:
                continue
            spans = reference_spans(session.transcript, coding)
            speakers = session.transcript.speakers
            runs = speaker_runs(speakers)
            examples[int(number)] = SequenceExample(
                transcript=session.transcript,
                group=session.group,
                fold=int(rows.fold[0]),
                weight=weight,
                decision=decision,
                answers=rows.answers,
                runs=tuple(runs),
                features=run_features(speakers, rows.answers, decision, runs),
                tags=tag_runs(runs, spans, session.transcript),
                spans=spans,
                ratings=coding.ratings if "ratings" in coding.fields else Ratings(),
            )
    return [examples[number] for number in sorted(examples)]


def reference_spans(transcript: Transcript, coding: SessionCoding) -> tuple[Span, ...]:
    """Where a coder's episodes lie, in the order of their first turns."""
    at = {u.utterance_id: place for place, u in enumerate(transcript.utterances)}
    spans = [Span(at[e.start], at[e.end], e) for e in coding.episodes]
    return tuple(sorted(spans, key=lambda span: span.first))


def tag_runs(
    runs: Sequence[tuple[int, int]], spans: Sequence[Span], transcript: Transcript
) -> NDArray[np.int64]:
    """Tags of a session's runs, (runs,), see `models.tagging`.

    An episode has every run that it shares a turn with; where two share one, it is the later's.
    """
    at = {u.utterance_id: place for place, u in enumerate(transcript.utterances)}
    run_of = [number for number, (first, last) in enumerate(runs) for _ in range(first, last + 1)]
    tags = np.full(len(runs), Tag.OUTSIDE, dtype=np.int64)
    for span in spans:
        first, last = run_of[span.first], run_of[span.last]
        tags[first : last + 1] = Tag.LIVE
        if span.episode.repair_start is not None:
            tags[run_of[at[span.episode.repair_start]] : last + 1] = Tag.REPAIR
        if (span.episode.resolution or 0) >= REPAIRED_FROM:
            tags[last] = Tag.ENDED
        tags[first] = Tag.BEGINNING  # last: an episode of one run only begins
    return tags
