"""What a session amounts to: counts, rates and expectations, speaker by speaker."""

from collections.abc import Iterable
from dataclasses import dataclass

from rupture_nlp.schema import (
    RUPTURES,
    PredictedEpisode,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    UtterancePrediction,
)

SECONDS_PER_10_MINUTES = 600.0


@dataclass(frozen=True, slots=True)
class LabelledSession:
    """One session with everything the tables and the report say of it."""

    session_id: str  # unique over the run
    file: str
    transcript: Transcript  # its `session_id` is the one above
    prediction: SessionPrediction
    flags: tuple[str, ...]  # those of `input_flags`, and `seen_in_training`


@dataclass(frozen=True, slots=True)
class SpeakerFigures:
    """One speaker's part in a session. The tuples follow `RUPTURES` without `none`."""

    turns: int
    by_code: tuple[int, ...]
    per_100_turns: float | None  # None without turns
    per_10_minutes: float | None  # of the session, not of the speaker's talk; None if untimed
    episodes: int  # that the speaker opened
    episodes_repaired: int
    expected: tuple[float, ...]  # summed probabilities: what to count on average, no threshold

    @property
    def ruptures(self) -> int:
        return sum(self.by_code)

    @property
    def expected_ruptures(self) -> float:
        return sum(self.expected)


def duration_s(transcript: Transcript) -> float | None:
    """Seconds from the first known time to the last; None where that is nothing or not known."""
    known = [
        moment
        for utterance in transcript.utterances
        for moment in (utterance.start_s, utterance.end_s)
        if moment is not None
    ]
    length = max(known) - min(known) if known else 0.0
    return length if length > 0 else None


def speaker_figures(session: LabelledSession, speaker: Speaker) -> SpeakerFigures:
    """Count the codes of one speaker's turns and the episodes the speaker opened."""
    own = [
        predicted
        for utterance, predicted in zip(
            session.transcript.utterances, session.prediction.utterances, strict=True
        )
        if predicted is not None and utterance.speaker is speaker
    ]
    by_code = tuple(_count(own, code) for code in RUPTURES[1:])
    ruptures = sum(by_code)
    length = duration_s(session.transcript)
    opened = _opened_by(session.prediction.episodes, speaker)
    return SpeakerFigures(
        turns=len(own),
        by_code=by_code,
        per_100_turns=100.0 * ruptures / len(own) if own else None,
        per_10_minutes=None if length is None else ruptures * SECONDS_PER_10_MINUTES / length,
        episodes=len(opened),
        episodes_repaired=sum(found.episode.repaired for found in opened),
        expected=tuple(
            sum(predicted.probabilities[place] for predicted in own)
            for place in range(1, len(RUPTURES))
        ),
    )


def _count(predictions: Iterable[UtterancePrediction], code: Rupture) -> int:
    return sum(predicted.code.rupture is code for predicted in predictions)


def _opened_by(
    episodes: Iterable[PredictedEpisode], speaker: Speaker
) -> tuple[PredictedEpisode, ...]:
    return tuple(found for found in episodes if found.episode.initiator is speaker)
