"""What was to be reached, and whether it was."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.benchmark_speed_rivals import PIPELINE, SORTED, Rival
from eval.benchmark_speed_rounds import Timed, ratio


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its bound."""

    key: str  # in the JSON
    name: str
    bound: float
    at_least: bool = True  # else at most
    unit: str = ""
    decimals: int = 1

    def shown(self) -> str:
        """The goal in words."""
        return f"{'at least' if self.at_least else 'at most'} {self.bound:,g}{self.unit}"

    def value(self, measured: float | None) -> str:
        """The figure in words."""
        if measured is None or math.isnan(measured):
            return "not measured"
        return f"{measured:,.{self.decimals}f}{self.unit}"

    def verdict(self, measured: float | None) -> str:
        """`met`, `missed`, or `not measured`. The bound itself meets the goal."""
        if measured is None or math.isnan(measured):
            return "not measured"
        met = measured >= self.bound if self.at_least else measured <= self.bound
        return "met" if met else "missed"


TO_PIPELINE = Goal(
    "ratio_to_pipeline", "times the pipeline on each utterance alone", 10, unit=" times"
)
TO_CONTEXT = Goal(
    "ratio_to_context_pipeline",
    "times the pipeline with eight neighbours joined",
    30,
    unit=" times",
)
TO_SORTED = Goal(
    "ratio_to_sorted_context",
    "times length-sorted batches with eight neighbours joined",
    20,
    unit=" times",
)
OF_PEAK = Goal(
    "fraction_of_peak",
    "share of the measured matrix-multiply peak in the engine's own precision",
    0.6,
    decimals=2,
)
MEMORY = Goal(
    "peak_rss_mb",
    "memory of a fresh process that labels the whole corpus",
    1000,
    at_least=False,
    unit=" MB",
    decimals=0,
)
START = Goal(
    "cold_start_s",
    "start of a fresh process to its first label",
    3,
    at_least=False,
    unit=" s",
    decimals=2,
)
RATIOS: tuple[tuple[Goal, str, bool], ...] = (
    (TO_PIPELINE, PIPELINE, False),
    (TO_CONTEXT, PIPELINE, True),
    (TO_SORTED, SORTED, True),
)
"""Each with the recipe and the context of what it is measured against."""

GOALS = (TO_PIPELINE, TO_CONTEXT, TO_SORTED, OF_PEAK, MEMORY, START)


@dataclass(frozen=True, slots=True)
class Against:
    """How many times a recipe with one of its settings."""

    ratio: float
    rival: Rival


def against(
    ours: Timed, rivals: Sequence[tuple[Rival, Timed]], recipe: str, *, context: bool
) -> tuple[Against, Against]:
    """Against the recipe in fp32 with its best batch, and with its fastest setting of all."""
    those = [(r, t) for r, t in rivals if (r.recipe, r.context) == (recipe, context)]
    usual = [(r, t) for r, t in those if r.precision == "fp32"]
    return _against(ours, usual), _against(ours, those)


def _against(ours: Timed, rivals: Sequence[tuple[Rival, Timed]]) -> Against:
    rival, timed = max(rivals, key=lambda one: one[1].rate)
    return Against(ratio(ours, timed), rival)


def goal_rows(
    measured: Mapping[str, float | None], fastest: Mapping[str, Against]
) -> list[dict[str, object]]:
    """Each goal, what was measured and whether that meets it; ratios with their harder case too."""
    rows: list[dict[str, object]] = []
    for goal in GOALS:
        value = measured.get(goal.key)
        rows.append(_row(goal, goal.name, value))
        harder = fastest.get(goal.key)
        if harder is not None:
            name = f"the same, its fastest setting ({harder.rival.setting})"
            rows.append(_row(goal, name, harder.ratio))
    return rows


def _row(goal: Goal, name: str, value: float | None) -> dict[str, object]:
    return {
        "key": goal.key,
        "name": name,
        "goal": goal.shown(),
        "measured": goal.value(value),
        "verdict": goal.verdict(value),
    }
