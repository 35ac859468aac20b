"""One session in a few hundred bytes: all that the overview keeps of it."""

from dataclasses import dataclass

from rupture_nlp.schema import (
    RUPTURES,
    Family,
    Ratings,
    SessionPrediction,
    Speaker,
    Transcript,
    UtterancePrediction,
)

STRIP_COLUMNS = 120
"""Most columns of a mini timeline; a longer session is folded into them."""

STRIP_TRACKS = (
    (Speaker.THERAPIST, Family.WITHDRAWAL),
    (Speaker.THERAPIST, Family.CONFRONTATION),
    (Speaker.PATIENT, Family.CONFRONTATION),
    (Speaker.PATIENT, Family.WITHDRAWAL),
)
"""What a strip shows, top to bottom: confrontation points at the other, withdrawal points away."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A mini timeline. Byte `i` of `columns` holds, for track `k` of `STRIP_TRACKS`, the highest
    intensity (0 to 3) of the turns folded into column `i` in its bits `2k` and `2k + 1`.
    `episodes` are first column, last column (inclusive) and whether repaired."""

    columns: bytes
    episodes: tuple[tuple[int, int, bool], ...]

    def intensity(self, column: int, track: int) -> int:
        """The highest intensity, 0 to 3, of a track in a column."""
        return self.columns[column] >> (2 * track) & 3


@dataclass(frozen=True, slots=True)
class SpeakerSummary:
    """What one speaker's turns amount to. `ruptures` counts the four rupture codes in order."""

    turns: int
    ruptures: tuple[int, int, int, int]
    expected: float  # ruptures expected from the probabilities: their sum over the turns
    uncertain: int

    @property
    def total(self) -> int:
        return sum(self.ruptures)

    @property
    def withdrawals(self) -> int:
        return self.ruptures[0] + self.ruptures[1]

    @property
    def confrontations(self) -> int:
        return self.ruptures[2] + self.ruptures[3]

    @property
    def rate(self) -> float | None:
        """Ruptures per 100 turns; None for a speaker without turns."""
        return per_100(self.total, self.turns)


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A row of the overview. Holds no words of the session."""

    session_id: str
    href: str | None  # of the session's page, seen from the overview; None where there is none
    turns: int
    patient: SpeakerSummary
    therapist: SpeakerSummary
    episodes: int
    repaired: int
    ratings: Ratings
    pseudo_alliance: bool
    flags: tuple[str, ...]
    strip: Strip

    @property
    def rate(self) -> float:
        """Ruptures of both per 100 turns of both; 0 without turns."""
        turns = self.patient.turns + self.therapist.turns
        return per_100(self.patient.total + self.therapist.total, turns) or 0.0


def per_100(count: int, turns: int) -> float | None:
    """A rate per 100 turns, or None without turns."""
    return 100.0 * count / turns if turns else None


def check_parallel(transcript: Transcript, prediction: SessionPrediction) -> None:
    """Refuse a prediction that was not made for this transcript.

    Raises:
        ValueError: another number of turns, or an episode at turns that do not exist or in
            the wrong order.
    """
    if len(transcript.utterances) != len(prediction.utterances):
        raise ValueError("a prediction must run parallel to its transcript")
    places = {item.utterance_id: index for index, item in enumerate(transcript.utterances)}
    for found in prediction.episodes:
        if not {found.episode.start, found.episode.end} <= places.keys():
            raise ValueError("an episode starts or ends at a turn that the transcript lacks")
        if places[found.episode.end] < places[found.episode.start]:
            raise ValueError("an episode ends before it starts")


def summarise(
    transcript: Transcript,
    prediction: SessionPrediction,
    flags: tuple[str, ...],
    href: str | None,
) -> SessionSummary:
    """Boil a session down to its row of the overview.

    Raises:
        ValueError: the prediction was not made for this transcript.
    """
    check_parallel(transcript, prediction)
    episodes = prediction.episodes
    return SessionSummary(
        session_id=transcript.session_id,
        href=href,
        turns=len(transcript.utterances),
        patient=speaker_summary(transcript, prediction, Speaker.PATIENT),
        therapist=speaker_summary(transcript, prediction, Speaker.THERAPIST),
        episodes=len(episodes),
        repaired=sum(found.episode.repaired for found in episodes),
        ratings=prediction.ratings,
        pseudo_alliance=prediction.pseudo_alliance,
        flags=flags,
        strip=make_strip(transcript, prediction),
    )


def speaker_summary(
    transcript: Transcript, prediction: SessionPrediction, speaker: Speaker
) -> SpeakerSummary:
    """Count one speaker's turns and codes."""
    made = [
        predicted
        for utterance, predicted in zip(transcript.utterances, prediction.utterances, strict=True)
        if utterance.speaker is speaker
    ]
    labelled = [predicted for predicted in made if predicted is not None]
    counts = [sum(item.code.rupture is code for item in labelled) for code in RUPTURES[1:]]
    return SpeakerSummary(
        turns=len(made),
        ruptures=(counts[0], counts[1], counts[2], counts[3]),
        expected=sum(item.p_rupture for item in labelled),
        uncertain=sum(item.uncertain for item in labelled),
    )


def make_strip(transcript: Transcript, prediction: SessionPrediction) -> Strip:
    """Fold a session into at most `STRIP_COLUMNS` columns."""
    turns = len(transcript.utterances)
    width = max(1, min(turns, STRIP_COLUMNS))
    columns = bytearray(width if turns else 0)
    place = {
        utterance.utterance_id: index * width // turns
        for index, utterance in enumerate(transcript.utterances)
    }
    for utterance, predicted in zip(transcript.utterances, prediction.utterances, strict=True):
        track = _track(utterance.speaker, predicted)
        if track is not None and predicted is not None:
            column = place[utterance.utterance_id]
            strongest = max(columns[column] >> (2 * track) & 3, _intensity(predicted))
            others = columns[column] & ~(3 << (2 * track))
            columns[column] = others | strongest << (2 * track)
    episodes = tuple(
        (place[found.episode.start], place[found.episode.end], found.episode.repaired)
        for found in prediction.episodes
    )
    return Strip(bytes(columns), episodes)


def _track(speaker: Speaker, predicted: UtterancePrediction | None) -> int | None:
    if predicted is None or predicted.code.rupture is None or speaker is Speaker.OTHER:
        return None
    family = predicted.code.rupture.family
    return None if family is None else STRIP_TRACKS.index((speaker, family))


def _intensity(predicted: UtterancePrediction) -> int:
    return min(3, max(1, predicted.code.intensity or 1))
