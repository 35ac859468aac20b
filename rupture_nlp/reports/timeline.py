"""Where everything stands in the timeline picture of a session.

A long session is broken into rows like a line of music, each drawn as one picture:

    episodes    ┌1 repaired────┐        brackets over a band
    Therapist      ▂ ▂ ▂ ▂ ▂ ▂          blocks, high as the turn is long; ruptures up or down
    Repair           ◆ ●                strategies above, processes below
    Patient       ▂ ▂ ▂ ▂ ▂ ▂
    turns       0        10        20

All turns are equally wide: a rupture is often a turn of one word. A bar that points at the other
speaker is confrontation, one that points away is withdrawal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.reports import shapes
from rupture_nlp.reports.turns import EpisodeView, TurnView
from rupture_nlp.reports.words import SPEAKERS, clock
from rupture_nlp.schema import Family, Speaker

WIDTH = 1000.0
LEFT = 86.0  # for the lanes' names
RIGHT = 14.0
ROW_TURNS = 200  # most turns in a row
WIDEST_COLUMN = 90.0  # a session of five turns is not blown up to the page's width
UNITS = (14.0, 10.0)  # height of one step of intensity: in one row, in several
BLOCK = 12.0  # height of the band of blocks
HEAD = 24.0
REPAIR = 30.0
OTHER = 16.0
AXIS = 22.0
CLOCK = 16.0  # a second line under the axis, where the session is timed
LONGEST = 120  # words that fill a block's height
TICK_GAP = 58.0  # least room between two ticks
STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Mark:
    """One shape that links to a turn. `kind` and `style` are style classes."""

    kind: str  # rupture, strategy, process, unsure
    style: str
    path: str
    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Band:
    """An episode's stretch of one row."""

    x: float
    width: float
    bracket: str
    label: str  # "" where there is no room
    label_x: float
    repaired: bool
    repair_x: float | None  # where repair starts, if in this row
    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A turn named under the picture."""

    x: float
    label: str
    time: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A speaker's line: its name, the middle of its band, its blocks as one path."""

    name: str
    speaker: str
    y: float
    blocks: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture."""

    first: int
    height: float
    end: float  # x where the last turn of the row ends
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    repair_y: float
    axis_y: float
    title: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Heights that all rows share, counted from the top of a row."""

    column: float
    unit: float
    has_other: bool
    timed: bool

    @property
    def therapist(self) -> float:
        return HEAD + 3 * self.unit

    @property
    def repair(self) -> float:
        return self.therapist + BLOCK + 3 * self.unit

    @property
    def patient(self) -> float:
        return self.repair + REPAIR + 3 * self.unit

    @property
    def other(self) -> float:
        return self.patient + BLOCK + 3 * self.unit

    @property
    def axis(self) -> float:
        return self.other + (OTHER if self.has_other else 2.0)

    @property
    def height(self) -> float:
        return self.axis + AXIS + (CLOCK if self.timed else 0.0)

    def top(self, speaker: Speaker) -> float:
        """The upper edge of a speaker's band of blocks."""
        tops = {Speaker.THERAPIST: self.therapist, Speaker.PATIENT: self.patient}
        return tops.get(speaker, self.other + 2.0)


def make_rows(turns: Sequence[TurnView], episodes: Sequence[EpisodeView]) -> tuple[Row, ...]:
    """Draw a session: no row without turns, else rows of nearly equal length."""
    count = len(turns)
    if not count:
        return ()
    rows = math.ceil(count / ROW_TURNS)
    per_row = math.ceil(count / rows)
    layout = Layout(
        column=min(WIDEST_COLUMN, (WIDTH - LEFT - RIGHT) / per_row),
        unit=UNITS[rows > 1],
        has_other=any(turn.speaker is Speaker.OTHER for turn in turns),
        timed=any(turn.start_s is not None for turn in turns),
    )
    return tuple(
        _row(turns[first : first + per_row], episodes, layout) for first in range(0, count, per_row)
    )


def _row(turns: Sequence[TurnView], episodes: Sequence[EpisodeView], layout: Layout) -> Row:
    first, last = turns[0].position, turns[-1].position
    return Row(
        first=first,
        height=layout.height,
        end=LEFT + len(turns) * layout.column,
        lanes=_lanes(turns, layout),
        marks=tuple(mark for turn in turns for mark in _marks(turn, first, layout)),
        bands=_bands(episodes, first, last, layout),
        ticks=_ticks(turns, layout),
        repair_y=layout.repair + REPAIR / 2,
        axis_y=layout.axis,
        title=f"Turns {turns[0].name} to {turns[-1].name}",
    )


def _x(position: int, first: int, layout: Layout) -> float:
    return LEFT + (position - first) * layout.column


def _lanes(turns: Sequence[TurnView], layout: Layout) -> tuple[Lane, ...]:
    shown = [Speaker.THERAPIST, Speaker.PATIENT, *([Speaker.OTHER] if layout.has_other else [])]
    lanes = []
    for speaker in shown:
        middle = layout.top(speaker) + BLOCK / 2
        rectangles = []
        for turn in turns:
            if turn.speaker is speaker:
                share = min(1.0, math.log1p(turn.words) / math.log1p(LONGEST))
                height = 2.0 + (BLOCK - 2.0) * share
                x = _x(turn.position, turns[0].position, layout)
                rectangles.append((x, middle - height / 2, layout.column * 0.86, height))
        lanes.append(Lane(SPEAKERS[speaker], speaker.value, middle, shapes.boxes(rectangles)))
    return tuple(lanes)


def _marks(turn: TurnView, first: int, layout: Layout) -> list[Mark]:
    x = _x(turn.position, first, layout)
    middle = x + layout.column * 0.43
    radius = min(6.0, max(3.0, layout.column * 0.5))
    marks = []
    if turn.code is not None and turn.family is not None:
        marks.append(_rupture(turn, x, layout))
    elif turn.uncertain:
        y = layout.top(turn.speaker) + BLOCK / 2
        marks.append(_mark(turn, "unsure", "", shapes.disc(middle, y, min(4.0, radius))))
    if turn.strategies:
        path = shapes.diamond(middle, layout.repair + REPAIR * 0.28, radius)
        marks.append(_mark(turn, "strategy", "", path))
    if turn.process is not None:
        path = shapes.disc(middle, layout.repair + REPAIR * 0.74, radius * 0.8)
        marks.append(_mark(turn, "process", "", path))
    return marks


def _rupture(turn: TurnView, x: float, layout: Layout) -> Mark:
    """Confrontation points at the other speaker, withdrawal away: the lanes mirror each other."""
    inward = turn.family is Family.CONFRONTATION
    downward = inward is (turn.speaker is Speaker.THERAPIST)
    height = layout.unit * (turn.intensity or 1)
    base = layout.top(turn.speaker) + (BLOCK if downward else 0.0)
    draw = shapes.spike if inward else shapes.pill
    width = min(15.0, max(3.0, layout.column * 0.86))
    path = draw(
        x + (layout.column * 0.86 - width) / 2, base, width, height if downward else -height
    )
    style = f"{turn.code_class}{' doubt' if turn.uncertain else ''}"
    return _mark(turn, "rupture", style, path)


def _mark(turn: TurnView, kind: str, style: str, path: str) -> Mark:
    return Mark(kind, style, path, turn.anchor, turn.summary)


def _bands(
    episodes: Sequence[EpisodeView], first: int, last: int, layout: Layout
) -> tuple[Band, ...]:
    bands = []
    free_from = 0.0  # labels are left out where they would run into each other
    for episode in episodes:
        if episode.last < first or episode.first > last:
            continue
        x = _x(max(episode.first, first), first, layout)
        end = _x(min(episode.last, last) + 1, first, layout)
        label = _label(episode, end - x) if x >= free_from else ""
        free_from = max(free_from, x + 9.0 * len(label))
        repair = episode.repair_position
        here = repair is not None and first <= repair <= last
        bands.append(
            Band(
                x=x,
                width=end - x,
                bracket=_bracket(x, end, episode.first >= first, episode.last <= last),
                label=label,
                label_x=min(x + 2.0, WIDTH - 9.0 * len(label)),
                repaired=episode.repaired,
                repair_x=_x(repair, first, layout) if here and repair is not None else None,
                anchor=episode.anchor,
                title=episode.summary,
            )
        )
    return tuple(bands)


def _label(episode: EpisodeView, room: float) -> str:
    word = "repaired" if episode.repaired else "not repaired"
    long = f"{episode.name} {word}"
    return long if room >= 8.5 * len(long) else f"{episode.name} {'✓' if episode.repaired else '✗'}"


def _bracket(x: float, end: float, opens: bool, closes: bool) -> str:
    """A line over the stretch, with a foot at each end that lies in this row."""
    top = HEAD - 4.0
    foot = shapes.n(top + 8.0)
    left = (
        f"M{shapes.n(x + 1)} {foot}V{shapes.n(top)}" if opens else f"M{shapes.n(x)} {shapes.n(top)}"
    )
    right = f"H{shapes.n(end - 1)}V{foot}" if closes else f"H{shapes.n(end)}"
    return left + right


def _ticks(turns: Sequence[TurnView], layout: Layout) -> tuple[Tick, ...]:
    gap = max(TICK_GAP if layout.timed else 30.0, 10.0 * max(len(turn.name) for turn in turns))
    step = next((size for size in STEPS if size * layout.column >= gap), STEPS[-1])
    return tuple(
        Tick(
            x=_x(turn.position, turns[0].position, layout) + layout.column * 0.43,
            label=turn.name,
            time="" if turn.start_s is None else clock(turn.start_s),
            anchor=turn.anchor,
        )
        for turn in turns
        if turn.position % step == 0
    )
