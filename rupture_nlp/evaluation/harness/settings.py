"""What a report measures: units, thresholds, draws. Everything here stands in the signatures."""

from dataclasses import dataclass

from rupture_nlp.evaluation.bootstrap import DRAWS
from rupture_nlp.evaluation.units import HIGHEST_INTENSITY


@dataclass(frozen=True, slots=True)
class HarnessSettings:
    """Settings of `evaluate` and `agreement`. A YAML file may override them."""

    draws: int = DRAWS
    seed: int = 0
    segments_s: tuple[float, ...] = (60.0, 300.0)  # as the 3RS is coded
    segments_turns: tuple[int, ...] = (10, 50)  # parallel; where a session has no times
    alerts: tuple[int, ...] = (3, 5, 10)  # a session may raise so many
    iou: float = 0.5  # of episodes: shared turns over all turns
    onset_turns: int = 2  # of episodes: how far their first turns may lie apart
    min_intensity: int = 1  # ruptures below it do not count in segments and sessions
    min_known: float = 0.5  # a unit with a smaller share of its turns coded is missing
    recall: float = 0.7  # alerts on sessions without a rupture are counted at this recall
    worst: int = 50  # disagreements listed
    reference_coder: str = ""  # "": gold, else the only coder

    def __post_init__(self) -> None:
        if len(self.segments_s) != len(self.segments_turns):
            raise ValueError("segments_s and segments_turns must be of one length")
        if min((*self.segments_s, *self.segments_turns), default=1) <= 0:
            raise ValueError("segments must be longer than nothing")
        if self.draws < 1 or self.worst < 0 or min(self.alerts, default=1) < 1:
            raise ValueError("draws and alerts must be 1 or more, worst 0 or more")
        if len({*zip(self.segments_s, self.segments_turns, strict=True)}) < len(self.segments_s):
            raise ValueError("segments must differ from each other")
        if self.min_intensity not in range(1, HIGHEST_INTENSITY + 1) or not 0 < self.min_known <= 1:
            raise ValueError("min_intensity must be 1 to 3, min_known above 0 and at most 1")
        if self.seed < 0:
            raise ValueError("seed must be 0 or more")
        if not 0 < self.iou <= 1 or not 0 < self.recall <= 1 or self.onset_turns < 0:
            raise ValueError("iou and recall must be above 0 and at most 1, onset_turns 0 or more")
