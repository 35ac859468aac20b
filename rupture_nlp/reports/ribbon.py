"""Where everything stands in the ribbon of an episode: its way through the four stages.

    4 asserting      │              ●━━━━ ✓ resolution 5
    3 avoidance      │        ◀     ┃
    2 exploring      │    ●━━◆┄┘    ┃        ◆ strategy   ● process   ◀ shift back
    1 attending      │ ◆━━┛                  │ repair starts
    strain         ▲ ━━┛        ▲            patient's ruptures above the line,
                                  ▼          the therapist's below
    turn           12    14   16   18

Upward is onward. A shift back stands at stage 3, beside the avoidance that could be explored, and
is reached by a broken line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.reports import shapes
from rupture_nlp.reports.paths import PathView, StepView, view_path
from rupture_nlp.reports.turns import EpisodeView, TurnView
from rupture_nlp.reports.words import STAGES
from rupture_nlp.schema import Family, Move, Speaker

WIDTH = 1000.0
LEFT = 196.0  # for the lanes' names
RIGHT = 128.0  # for the outcome
HEAD = 24.0
LANE = 30.0
STRAIN = 44.0
AXIS = 24.0
WIDEST_COLUMN = 44.0
NARROWEST_TICK = 34.0
STEP_OF_INTENSITY = 7.0
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)

FLOOR = HEAD + len(STAGES) * LANE  # under the lowest stage
STRAIN_Y = FLOOR + STRAIN / 2
AXIS_Y = FLOOR + STRAIN

FRAME = {
    "width": WIDTH,
    "height": AXIS_Y + AXIS,
    "left": LEFT,
    "strain": STRAIN_Y,
    "axis": AXIS_Y,
}
"""Measures that every ribbon shares, for the template."""


@dataclass(frozen=True, slots=True)
class RibbonMark:
    """One shape that links to a turn. `style` is its style classes."""

    style: str
    path: str
    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class RibbonTick:
    """A turn named under the picture."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The picture of one episode, and the same in words."""

    episode: EpisodeView
    way: PathView
    lanes: tuple[tuple[str, float], ...]  # name, y
    flow: str  # the way onward
    back: str  # the ways to shifts back
    marks: tuple[RibbonMark, ...]
    ticks: tuple[RibbonTick, ...]
    repair_x: float | None
    end_x: float
    end_y: float


def make_ribbon(episode: EpisodeView, turns: Sequence[TurnView]) -> Ribbon | None:
    """Draw an episode; None where its way is not known or has no step.

    `turns` are those of the whole session.
    """
    way = None if episode.path is None else view_path(episode.path, episode, turns)
    if way is None or not way.steps:
        return None
    inside = turns[episode.first : episode.last + 1]
    column = min(WIDEST_COLUMN, (WIDTH - LEFT - RIGHT) / len(inside))
    spots = _spots(way.steps, episode, column)
    flow, back = _lines(way.steps, spots, episode, column)
    repair = episode.repair_position
    return Ribbon(
        episode=episode,
        way=way,
        lanes=tuple((f"{stage} {words}", _lane(stage)) for stage, words in STAGES.items()),
        flow=flow,
        back=back,
        marks=(*_strain(inside, episode, column), *_steps(way.steps, spots, column)),
        ticks=_ticks(inside, episode, column),
        repair_x=None if repair is None else _left(repair, episode, column),
        end_x=_left(episode.last + 1, episode, column),
        end_y=spots[-1][1],
    )


def _lane(stage: int) -> float:
    return FLOOR - (stage - 0.5) * LANE


def _left(position: int, episode: EpisodeView, column: float) -> float:
    return LEFT + (position - episode.first) * column


def _spots(
    steps: Sequence[StepView], episode: EpisodeView, column: float
) -> list[tuple[float, float]]:
    """Where each step stands. A return stands at the height that was reached."""
    spots: list[tuple[float, float]] = []
    y = STRAIN_Y
    for step in steps:
        y = y if step.stage is None else _lane(step.stage)
        spots.append((_left(step.turn.position, episode, column) + column / 2, y))
    return spots


def _lines(
    steps: Sequence[StepView],
    spots: Sequence[tuple[float, float]],
    episode: EpisodeView,
    column: float,
) -> tuple[str, str]:
    """From the first turn over every step to the last turn: the onward way, and those back."""
    flow = [f"M{shapes.n(LEFT)} {shapes.n(STRAIN_Y)}"]
    back = []
    x, y = LEFT, STRAIN_Y
    for step, (next_x, next_y) in zip(steps, spots, strict=True):
        bend = max(x, next_x - column / 2)
        line = f"H{shapes.n(bend)}L{shapes.n(next_x)} {shapes.n(next_y)}"
        if step.move is Move.SHIFTS_BACK:
            back.append(f"M{shapes.n(x)} {shapes.n(y)}{line}")
            flow.append(f"M{shapes.n(next_x)} {shapes.n(next_y)}")
        else:
            flow.append(line)
        x, y = next_x, next_y
    flow.append(f"H{shapes.n(_left(episode.last + 1, episode, column))}")
    return "".join(flow), "".join(back)


def _steps(
    steps: Sequence[StepView], spots: Sequence[tuple[float, float]], column: float
) -> list[RibbonMark]:
    """One mark for all that happened in one turn at one stage."""
    together: dict[tuple[float, float, str], list[StepView]] = {}
    for step, (x, y) in zip(steps, spots, strict=True):
        together.setdefault((x, y, _style(step)), []).append(step)
    radius = min(8.0, max(3.5, column * 0.4))
    drawn = {"shift": shapes.arrow_back, "strategy": shapes.diamond}
    return [
        RibbonMark(
            f"mark {style}",
            drawn.get(style, shapes.disc)(x, y, radius),
            them[0].turn.anchor,
            "; ".join(step.summary for step in them),
        )
        for (x, y, style), them in together.items()
    ]


def _style(step: StepView) -> str:
    if step.move is Move.SHIFTS_BACK:
        return "shift"
    if step.move is Move.RETURNS:
        return "return"
    return "strategy" if step.is_strategy else "process"


def _strain(inside: Sequence[TurnView], episode: EpisodeView, column: float) -> list[RibbonMark]:
    """Ruptures: the patient's above the line, the therapist's below; higher is stronger."""
    width = min(9.0, max(2.5, column * 0.6))
    marks = []
    for turn in inside:
        if turn.code is None or turn.family is None:
            continue
        sign = -1 if turn.speaker is Speaker.PATIENT else 1
        height = sign * STEP_OF_INTENSITY * (turn.intensity or 1)
        draw = shapes.spike if turn.family is Family.CONFRONTATION else shapes.pill
        x = _left(turn.position, episode, column) + (column - width) / 2
        path = draw(x, STRAIN_Y, width, height)
        marks.append(RibbonMark(f"mark strain {turn.code_class}", path, turn.anchor, turn.summary))
    return marks


def _ticks(
    inside: Sequence[TurnView], episode: EpisodeView, column: float
) -> tuple[RibbonTick, ...]:
    gap = max(NARROWEST_TICK, 10.0 * max(len(turn.name) for turn in inside))
    every = next((size for size in STEPS if size * column >= gap), STEPS[-1])
    return tuple(
        RibbonTick(_left(turn.position, episode, column) + column / 2, turn.name, turn.anchor)
        for turn in inside
        if (turn.position - episode.first) % every == 0
    )
