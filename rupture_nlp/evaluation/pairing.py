"""A reference coder beside a system, or beside another coder: the same rows on both sides.

The rules are those of DESIGN, section 5. A reference session that the predictions do not have is an
error, never `none`. Sessions that the model was trained on are refused. Whatever else falls out is
counted with its reason. The reference coder is the caller's choice (`io.corpus.reference_coder`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rupture_nlp.errors import EvaluationError
from rupture_nlp.evaluation.alignment import (
    PROBLEMS,
    Aligned,
    align,
    refuse_sessions,
)
from rupture_nlp.evaluation.dropped import (
    Dropped,
    Reason,
    What,
    dropped_other_speakers,
    dropped_session,
    dropped_turns,
)
from rupture_nlp.evaluation.episode_sets import episode_set, has_episodes
from rupture_nlp.evaluation.paired import (
    Paired,
    PairedEpisodes,
    PairedRatings,
    PairedTurns,
    rating_table,
)
from rupture_nlp.evaluation.turns import (
    CODED_SPEAKERS,
    Side,
    session_groups,
    side_of,
    turns_of,
)
from rupture_nlp.evidence import Predictions
from rupture_nlp.schema import CodedSession, Speaker


def pair(
    sessions: Sequence[CodedSession],
    reference: str,
    predicted: Predictions | str,
    *,
    allow_missing: bool = False,
    allow_seen: bool = False,
) -> Paired:
    """Put the reference coder beside a system's predictions, or beside another coder.

    `allow_missing` drops sessions and turns that the predictions do not have; `allow_seen` lets
    sessions through that the model was trained on: their ids are then in `in_sample`, and every
    figure must say so.

    Raises:
        EvaluationError: no session is left; or, of predictions, sessions or turns are missing, were
            seen in training, or do not fit the reference's transcripts.
    """
    coded = tuple(s for s in sessions if s.coding_by(reference) is not None)
    dropped = [
        dropped_session(s, Reason.NOT_BY_REFERENCE)
        for s in sessions
        if s.coding_by(reference) is None
    ]
    if isinstance(predicted, str):
        others, reason = _other_coder(coded, predicted), Reason.NOT_BY_OTHER
    else:
        others, reason = _system(coded, predicted), Reason.NOT_PREDICTED
        if not allow_missing:
            _refuse_absent(sessions, coded, predicted)
        _refuse(sessions, others, allow_missing=allow_missing, allow_seen=allow_seen)
        dropped += _beyond_reference(sessions, predicted)
    dropped += [dropped_session(s, reason) for s in coded if _id(s) not in others]
    kept = tuple(s for s in coded if _id(s) in others)
    if not kept:
        raise EvaluationError(
            "no session is left to compare: the two sides have no session id in common."
        )
    aligned = tuple(others[_id(session)] for session in kept)
    sides = _Sides(
        kept,
        side_of(kept, reference),
        Side(
            predicted if isinstance(predicted, str) else predicted.coder,
            tuple(one.coding for one in aligned),
            tuple(one.probabilities for one in aligned),
        ),
        tuple(one.p_repaired for one in aligned),
    )
    seen = tuple(_id(s) for s, one in zip(kept, aligned, strict=True) if one.seen_in_training)
    signature = () if isinstance(predicted, str) else predicted.signature
    return sides.paired(tuple(dropped), seen, signature)


def pair_coders(sessions: Sequence[CodedSession], reference: str, other: str) -> Paired:
    """Put two coders side by side over all of the sessions; what one did not code is missing.

    Unlike `pair` it leaves no session out, so that its rows are those of another comparison.
    """
    sides = _Sides(
        tuple(sessions),
        side_of(sessions, reference),
        side_of(sessions, other),
        tuple(
            (float("nan"),) * (len(coding.episodes) if coding else 0)
            for coding in (session.coding_by(other) for session in sessions)
        ),
    )
    return sides.paired((), (), ())


_Others = dict[str, Aligned]
"""The predicted side by session id."""


def _id(session: CodedSession) -> str:
    return session.transcript.session_id


def _other_coder(sessions: Sequence[CodedSession], coder: str) -> _Others:
    return {
        _id(session): Aligned(
            coding=coding,
            probabilities=(None,) * len(coding.codes),
            p_repaired=(float("nan"),) * len(coding.episodes),
        )
        for session in sessions
        if (coding := session.coding_by(coder)) is not None
    }


def _system(sessions: Sequence[CodedSession], predictions: Predictions) -> _Others:
    results = {result.session_id: result for result in predictions.sessions}
    return {
        _id(session): align(session, results[_id(session)], predictions)
        for session in sessions
        if _id(session) in results
    }


def _refuse_absent(
    sessions: Sequence[CodedSession], coded: Sequence[CodedSession], predictions: Predictions
) -> None:
    given = {result.session_id for result in predictions.sessions}
    places = {_id(session): place for place, session in enumerate(sessions, start=1)}
    absent = [places[_id(session)] for session in coded if _id(session) not in given]
    fix = (
        f"Ids of the predictions that are ids of the reference: {len(given & set(places))} of "
        f"{len(given)}. If too few, give both sides the same ids; else label the missing sessions, "
        "or drop them with --allow-missing."
    )
    refuse_sessions(absent, "missing from the predictions", fix)


def _refuse(
    sessions: Sequence[CodedSession],
    others: _Others,
    *,
    allow_missing: bool,
    allow_seen: bool,
) -> None:
    """Everything that no figure may be computed over, unless it is allowed."""
    places = {_id(session): place for place, session in enumerate(sessions, start=1)}
    found = {places[session]: one for session, one in others.items()}
    gaps = [place for place, one in found.items() if one.missing]
    seen = [place for place, one in found.items() if one.seen_in_training]
    for problem in PROBLEMS:
        bad = [place for place, one in found.items() if problem in one.problems]
        refuse_sessions(bad, problem, "Label the reference's own transcripts.")
    if not allow_missing:
        fix = "Label all turns, or drop those with --allow-missing."
        refuse_sessions(gaps, "turns without a prediction", fix)
    if not allow_seen:
        fix = "Score unseen sessions, or stamp every figure IN-SAMPLE with --allow-seen."
        refuse_sessions(seen, "the model was trained on them", fix)


def _beyond_reference(
    sessions: Sequence[CodedSession], predictions: Predictions
) -> Iterator[Dropped]:
    known = {_id(session) for session in sessions}
    for result in predictions.sessions:
        if result.session_id not in known:
            turns = len(result.turns)
            yield Dropped(What.SESSION, Reason.NOT_IN_REFERENCE, result.session_id, turns)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The sessions compared and both sides of them."""

    sessions: tuple[CodedSession, ...]
    reference: Side
    predicted: Side
    p_repaired: tuple[tuple[float, ...], ...]  # of the predicted episodes of each session

    def paired(
        self,
        dropped: tuple[Dropped, ...],
        seen: tuple[str, ...],
        signature: tuple[tuple[str, str], ...],
    ) -> Paired:
        patient, therapist = (self._turns(speaker) for speaker in CODED_SPEAKERS)
        return Paired(
            reference=self.reference.coder,
            predicted=self.predicted.coder,
            sessions=self.sessions,
            groups=session_groups(self.sessions),
            patient=patient,
            therapist=therapist,
            episodes=self._episodes(),
            ratings=PairedRatings(*(rating_table(s) for s in (self.reference, self.predicted))),
            reference_side=self.reference,
            predicted_side=self.predicted,
            dropped=(*dropped, *self._dropped(patient, therapist)),
            in_sample=seen,
            signature=signature,
        )

    def _turns(self, speaker: Speaker) -> PairedTurns:
        return PairedTurns(
            turns_of(self.sessions, speaker),
            self.reference.over(self.sessions, speaker),
            self.predicted.over(self.sessions, speaker),
        )

    def _episodes(self) -> tuple[PairedEpisodes, ...]:
        rows = zip(
            self.sessions,
            self.reference.codings,
            self.predicted.codings,
            self.p_repaired,
            strict=True,
        )
        return tuple(
            PairedEpisodes(
                session=number,
                turns=len(session.transcript.utterances),
                reference=episode_set(session, reference),
                predicted=episode_set(session, predicted, chances),
            )
            for number, (session, reference, predicted, chances) in enumerate(rows)
            if has_episodes(reference) and has_episodes(predicted)
        )

    def _dropped(self, patient: PairedTurns, therapist: PairedTurns) -> Iterator[Dropped]:
        yield from dropped_other_speakers(self.sessions)
        for side in (patient, therapist):
            yield from dropped_turns(side.turns, side.reference, side.predicted)
        ratings = np.stack([rating_table(side) for side in (self.reference, self.predicted)])
        unrated = np.isnan(ratings).min(axis=2).max(axis=0)
        for number, session in enumerate(self.sessions):
            turns = len(session.transcript.utterances)
            sides = (self.reference.codings[number], self.predicted.codings[number])
            if not all(map(has_episodes, sides)):
                yield Dropped(What.EPISODES, Reason.EPISODES_MISSING, _id(session), turns)
            if unrated[number]:
                yield Dropped(What.RATINGS, Reason.RATINGS_MISSING, _id(session), turns)
