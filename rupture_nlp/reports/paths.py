"""An episode's way through the stages in words: for a ribbon's caption and for supervision."""

from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.codebook import load_codebook
from rupture_nlp.repair import PROGRESSIONS, main_pathway
from rupture_nlp.reports.turns import EpisodeView, TurnView
from rupture_nlp.reports.words import STAGES, plain
from rupture_nlp.schema import Family, Move, RepairPath

_STEPS_OF_A_LINE = {
    "withdrawn": "withdrawal",
    "self_assertion": "self-assertion",
}

_MOVES = {
    Move.ENTERS: "stage {stage}",
    Move.SUPPORTS: "at stage {stage}",
    Move.SHIFTS_BACK: "shift back",
    Move.RETURNS: "back in the work",
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the way, at the turn where it was taken."""

    turn: TurnView
    name: str  # as in the codebook
    is_strategy: bool
    stage: int | None
    move: Move

    @property
    def words(self) -> str:
        return plain(self.name)

    @property
    def meaning(self) -> str:
        """What the step does on the way."""
        return _MOVES[self.move].format(stage=self.stage)

    @property
    def summary(self) -> str:
        """All in one line, for a tooltip."""
        return f"Turn {self.turn.name}, {self.turn.who}: {self.words} ({self.meaning})"


@dataclass(frozen=True, slots=True)
class PathView:
    """Everything that a page says of a way, each as words."""

    steps: tuple[StepView, ...]
    stages: str  # "" where none was taken
    furthest: str
    progressions: tuple[str, ...]
    shifts_back: str
    pathways: str  # "" without a strategy

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Name and value of what is known, in the order shown."""
        return (
            ("Furthest stage", self.furthest),
            *([("Patient", ", ".join(self.progressions))] if self.progressions else []),
            ("Shifts back", self.shifts_back),
            ("Pathway", self.pathways or "no strategy"),
        )


def view_path(path: RepairPath, episode: EpisodeView, turns: Sequence[TurnView]) -> PathView:
    """Put a way into words. `turns` are those of the whole session, the steps' among them."""
    inside = {turn.utterance_id: turn for turn in turns[episode.first : episode.last + 1]}
    strategies = load_codebook().strategy_names
    return PathView(
        steps=tuple(
            StepView(inside[s.utterance_id], s.name, s.name in strategies, s.stage, s.move)
            for s in path.steps
            if s.utterance_id in inside
        ),
        stages=" → ".join(str(stage) for stage in path.stages),
        furthest=stage_words(path.furthest),
        progressions=tuple(
            _progression_words(family, reached)
            for family, reached in (
                (Family.WITHDRAWAL, path.withdrawal),
                (Family.CONFRONTATION, path.confrontation),
            )
            if reached is not None
        ),
        shifts_back=str(path.shifts_back or "none"),
        pathways=_pathway_words(path),
    )


def stage_words(stage: int) -> str:
    """`2, exploring the rupture`; 0 is no stage."""
    return f"{stage}, {STAGES[stage]}" if stage else "none entered"


def _progression_words(family: Family, reached: str) -> str:
    names = [name for name, _ in PROGRESSIONS[family]]
    words = [_STEPS_OF_A_LINE.get(name, name) for name in names]
    at = names.index(reached)
    way = f"from {words[0]} to {words[at]}" if at else f"{words[0]} alone"
    beyond = " or ".join(words[at + 1 :])
    return f"{way} (no {beyond})" if beyond else way


def _pathway_words(path: RepairPath) -> str:
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in path.pathways)
    return f"mixed: {shares}" if main_pathway(path) == "mixed" else shares
