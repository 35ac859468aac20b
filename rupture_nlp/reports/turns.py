"""Turns and episodes as a page shows them: everything in words, nothing left to look up."""

from dataclasses import dataclass

from rupture_nlp.reports.words import (
    SHORT_CODES,
    SPEAKERS,
    clock,
    intensity_words,
    plain,
    probability_words,
    resolution_words,
)
from rupture_nlp.schema import (
    RUPTURES,
    Family,
    PredictedEpisode,
    RepairPath,
    Rupture,
    SessionPrediction,
    Speaker,
    Transcript,
    Utterance,
    UtterancePrediction,
)

LONGEST_NAME = 6
"""Longest utterance id that names a turn in the picture; else turns are named by position."""

BAR_WIDTH = 120.0
THINNEST = 0.5  # a share that would be thinner is left white


@dataclass(frozen=True, slots=True)
class Chip:
    """One label of a turn. `name` is the codebook's, `words` what is shown."""

    kind: str  # rupture, secondary, marker, strategy, process
    name: str
    words: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One code's share of a turn's bar of probabilities."""

    style: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class EpisodeView:
    """An episode with the positions of its turns."""

    name: str  # counted from 1 in the session
    anchor: str
    first: int  # positions, both inclusive
    last: int
    repair_position: int | None
    kind: str
    initiator: str
    resolution: int | None
    resolution_meaning: str
    repaired: bool
    p_repaired: float
    path: RepairPath | None  # None: not known

    @property
    def stages(self) -> str:
        """In the order taken; "" for none."""
        return "" if self.path is None else " → ".join(str(stage) for stage in self.path.stages)

    @property
    def summary(self) -> str:
        ending = "repaired" if self.repaired else "not repaired"
        return (
            f"Episode {self.name}: {self.kind}, begun by the {self.initiator}; "
            f"{self.resolution_meaning}; {ending} (repair score {self.p_repaired:.2f})"
        )


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn. `text` is None where the page shows no words."""

    position: int
    anchor: str
    name: str  # in the picture
    utterance_id: str
    speaker: Speaker
    text: str | None
    words: int
    start_s: float | None
    labelled: bool
    code: Rupture | None  # None for `none`, uncodable, and turns of other speakers
    intensity: int | None
    chips: tuple[Chip, ...]
    strategies: tuple[str, ...]
    process: str | None
    p_rupture: float
    probabilities: str  # in words
    segments: tuple[Segment, ...]
    uncertain: bool
    episode: EpisodeView | None
    opens: tuple[EpisodeView, ...]  # episodes that start here

    @property
    def who(self) -> str:
        return SPEAKERS[self.speaker]

    @property
    def time(self) -> str:
        return "" if self.start_s is None else clock(self.start_s)

    @property
    def family(self) -> Family | None:
        return None if self.code is None else self.code.family

    @property
    def code_class(self) -> str:
        return "" if self.code is None else SHORT_CODES[self.code]

    def labels(self, *kinds: str) -> tuple[str, ...]:
        """Words of the labels of these kinds."""
        return tuple(chip.words for chip in self.chips if chip.kind in kinds)

    @property
    def summary(self) -> str:
        """All labels in one line, for the picture's tooltips."""
        labels = "; ".join(chip.words for chip in self.chips) or "none"
        doubt = ", uncertain" if self.uncertain else ""
        return f"Turn {self.name}, {self.who}: {labels} (p rupture {self.p_rupture:.2f}{doubt})"


def view_episodes(transcript: Transcript, prediction: SessionPrediction) -> tuple[EpisodeView, ...]:
    """All episodes in the order of their first turns."""
    places = {item.utterance_id: index for index, item in enumerate(transcript.utterances)}
    ordered = sorted(prediction.episodes, key=lambda found: places[found.episode.start])
    return tuple(_episode(number, found, places) for number, found in enumerate(ordered, start=1))


def _episode(number: int, found: PredictedEpisode, places: dict[str, int]) -> EpisodeView:
    episode = found.episode
    repair = None if episode.repair_start is None else places.get(episode.repair_start)
    return EpisodeView(
        name=str(number),
        anchor=f"e{number}",
        first=places[episode.start],
        last=places[episode.end],
        repair_position=repair,
        kind=episode.kind.value,
        initiator=episode.initiator.value,
        resolution=episode.resolution,
        resolution_meaning=resolution_words(episode.resolution),
        repaired=episode.repaired,
        p_repaired=found.p_repaired,
        path=found.path,
    )


def view_turns(
    transcript: Transcript,
    prediction: SessionPrediction,
    episodes: tuple[EpisodeView, ...],
    with_text: bool,
) -> tuple[TurnView, ...]:
    """All turns in order; the words only `with_text`."""
    short = all(len(item.utterance_id) <= LONGEST_NAME for item in transcript.utterances)
    inside: dict[int, tuple[EpisodeView, ...]] = {}
    for episode in episodes:
        for position in range(episode.first, episode.last + 1):
            inside[position] = (*inside.get(position, ()), episode)
    views = []
    pairs = zip(transcript.utterances, prediction.utterances, strict=True)
    for position, (utterance, predicted) in enumerate(pairs):
        name = utterance.utterance_id if short else str(position + 1)
        text = utterance.text if with_text else None
        views.append(_turn(utterance, predicted, (position, name, text), inside.get(position, ())))
    return tuple(views)


def _turn(
    utterance: Utterance,
    predicted: UtterancePrediction | None,
    place: tuple[int, str, str | None],
    episodes: tuple[EpisodeView, ...],
) -> TurnView:
    position, name, text = place
    code = None if predicted is None else predicted.code
    is_rupture = code is not None and code.is_rupture
    return TurnView(
        position=position,
        anchor=f"t{position}",
        name=name,
        utterance_id=utterance.utterance_id,
        speaker=utterance.speaker,
        text=text,
        words=len(utterance.text.split()),
        start_s=utterance.start_s,
        labelled=predicted is not None,
        code=code.rupture if code is not None and is_rupture else None,
        intensity=code.intensity if code is not None and is_rupture else None,
        chips=() if predicted is None else _chips(predicted),
        strategies=() if code is None else code.strategies,
        process=None if code is None else code.process,
        p_rupture=0.0 if predicted is None else predicted.p_rupture,
        probabilities="" if predicted is None else probability_words(predicted.probabilities),
        segments=() if predicted is None else _segments(predicted.probabilities),
        uncertain=predicted is not None and predicted.uncertain,
        episode=episodes[0] if episodes else None,  # the first of two that overlap
        opens=tuple(episode for episode in episodes if episode.first == position),
    )


def _chips(predicted: UtterancePrediction) -> tuple[Chip, ...]:
    code = predicted.code
    chips = []
    if code.is_rupture and code.rupture is not None:
        strength = "" if code.intensity is None else f" · {intensity_words(code.intensity)}"
        words = plain(code.rupture) + strength
        chips.append(Chip("rupture", code.rupture, words, SHORT_CODES[code.rupture]))
    if code.secondary is not None and code.secondary is not Rupture.NONE:
        style = SHORT_CODES[code.secondary]
        chips.append(Chip("secondary", code.secondary, f"also {plain(code.secondary)}", style))
    chips += [Chip("marker", name, plain(name)) for name in code.markers]
    chips += [Chip("strategy", name, plain(name)) for name in code.strategies]
    if code.process is not None:
        chips.append(Chip("process", code.process, plain(code.process)))
    return tuple(chips)


def _segments(probabilities: tuple[float, ...]) -> tuple[Segment, ...]:
    """The four ruptures from the left, `none` as the rest: the filled part is `p_rupture`."""
    segments = []
    x = 0.0
    for code, share in zip(RUPTURES[1:], probabilities[1:], strict=True):
        width = BAR_WIDTH * min(1.0, max(0.0, share))
        if width >= THINNEST:
            segments.append(Segment(SHORT_CODES[code], x, width))
        x += width
    return tuple(segments)
