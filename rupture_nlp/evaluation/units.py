"""What is counted as one: an utterance, a segment, a session, a treatment. And how.

Base rates and reliability change tenfold with the unit, so a unit is a `UnitSpec`, which stands in
the signature of every figure. Units are cut from the rows of one speaker (`Turns`), so that both
sides of a comparison have the same ones.

    turn          0    1    2    3    4    5        windows of 60 s, half open
    starts at     0   20   59   60  100  200
    segment       0    0    0    1    1    3        a turn belongs to the segment it starts in;
                                                    segment 2, in which no turn starts, is no unit
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from rupture_nlp.evaluation.counts import BoolArray, FloatArray, Grouping, IntArray, ratio
from rupture_nlp.evaluation.turns import CodedTurns, Turns
from rupture_nlp.schema import RUPTURES, Rupture


class Unit(StrEnum):
    """What is counted as one."""

    UTTERANCE = "utterance"
    SEGMENT = "segment"
    EPISODE = "episode"  # matched by `evaluation.episode_matching`, not cut here
    SESSION = "session"
    TREATMENT = "treatment"


class Rule(StrEnum):
    """What a unit's value is, given some codes (one code, a family, all ruptures)."""

    ANY = "any"  # 1 if a turn has one of the codes, else 0
    COUNT = "count"  # how many turns have
    RATE = "rate"  # per 100 turns of the speaker
    HIGHEST = "highest"  # highest intensity, 0 where no turn has one of the codes


@dataclass(frozen=True, slots=True)
class UnitSpec:
    """Unit, counting rule and thresholds: all that changes a unit's value."""

    unit: Unit
    rule: Rule = Rule.ANY
    window_s: float | None = None  # of segments, where the session is timed
    window_turns: int | None = None  # of segments, where it is not: turns of all speakers
    from_sheet: bool = False  # segments as a segment sheet has them
    min_intensity: int = 1  # ruptures below it do not count
    min_known: float = 0.5  # a unit with a smaller share of its turns coded is missing
    iou: float | None = None  # of episodes: shared turns over all turns
    onset_turns: int | None = None  # of episodes: how far their first turns may lie apart

    def __post_init__(self) -> None:
        windows = (self.window_s, self.window_turns)
        if self.unit is Unit.SEGMENT and self.from_sheet == any(windows):
            raise ValueError("a segment needs window_s, window_turns or both, or from_sheet")
        if any(window is not None and window <= 0 for window in windows):
            raise ValueError("windows must be longer than nothing")
        if not 1 <= self.min_intensity <= HIGHEST_INTENSITY or not 0 < self.min_known <= 1:
            raise ValueError("min_intensity must be 1 to 3, min_known above 0 and at most 1")

    def __str__(self) -> str:
        """One word for signatures, such as `segment(60s,10turns,any,intensity>=1,known>=0.5)`."""
        intensity = f"intensity>={self.min_intensity}"
        settings: tuple[str, ...]
        if self.unit is Unit.EPISODE:
            settings = (_shown("iou>=", self.iou), _shown("onset<=", self.onset_turns, "turns"))
        elif self.unit is Unit.UTTERANCE:
            settings = (intensity,)
        else:
            settings = (
                "sheet" if self.from_sheet else "",
                _shown("", self.window_s, "s"),
                _shown("", self.window_turns, "turns"),
                self.rule,
                intensity,
                _shown("known>=", self.min_known),
            )
        return f"{self.unit}({','.join(filter(None, settings))})"


HIGHEST_INTENSITY = 3

UTTERANCE = UnitSpec(Unit.UTTERANCE)
ONE_MINUTE = UnitSpec(Unit.SEGMENT, window_s=60.0, window_turns=10)
FIVE_MINUTES = UnitSpec(Unit.SEGMENT, window_s=300.0, window_turns=50)
"""As the 3RS is coded. Untimed sessions are cut by turns: about ten fall on a minute of AnnoMI."""
SESSION = UnitSpec(Unit.SESSION)
TREATMENT = UnitSpec(Unit.TREATMENT)


def _shown(before: str, value: float | None, after: str = "") -> str:
    return "" if value is None else f"{before}{value:g}{after}"


@dataclass(frozen=True, slots=True)
class Units:
    """Units cut from rows. Arrays are (units,) but for `of_row`.

    `number` is a segment's place in its session: it starts at `number * window`. `by_time` is False
    where it was cut by turns.
    """

    spec: UnitSpec
    of_row: IntArray  # (rows,), the unit of each row; -1 for rows in none
    session: IntArray  # positions in the turns' `session_ids`; -1 for a treatment
    number: IntArray
    by_time: BoolArray
    groups: Grouping

    def __len__(self) -> int:
        return len(self.session)


def cut(turns: Turns, spec: UnitSpec) -> Units:
    """Cut one speaker's rows into utterances, segments or sessions.

    Units in which the speaker has no turn do not arise. A session is cut by time if every patient's
    and therapist's turn has a start and the spec has `window_s`, else by turns.

    Raises:
        ValueError: the unit is an episode, a treatment or a sheet's segment; or sessions are
            untimed and the spec has no `window_turns`.
    """
    if spec.unit is Unit.UTTERANCE:
        number, by_time = turns.position, np.zeros(len(turns), dtype=bool)
    elif spec.unit is Unit.SESSION:
        number, by_time = np.zeros(len(turns), np.int64), np.zeros(len(turns), dtype=bool)
    elif spec.unit is Unit.SEGMENT and not spec.from_sheet:
        number, by_time = _windows(turns, spec)
    else:
        raise ValueError("only utterances, segments by window and sessions are cut from turns")
    keys = turns.session * (number.max(initial=0) + 1) + number
    _, first, of_row = np.unique(keys, return_index=True, return_inverse=True)
    return Units(
        spec=spec,
        of_row=of_row.reshape(-1).astype(np.int64),
        session=turns.session[first],
        number=number[first],
        by_time=by_time[first],
        groups=turns.groups.take(first),
    )


def _windows(turns: Turns, spec: UnitSpec) -> tuple[IntArray, BoolArray]:
    # A spec with one kind of window cuts every session by it.
    timed = turns.timed[turns.session] if spec.window_s else np.zeros(len(turns), dtype=bool)
    if spec.window_turns is None and not timed.all():
        raise ValueError("some sessions are untimed; the spec needs window_turns for them")
    number = turns.position // (spec.window_turns or 1)
    if spec.window_s:
        number = np.where(
            timed, np.floor(np.where(timed, turns.start_s, 0) / spec.window_s), number
        )
    return number.astype(np.int64), timed


def unit_values(
    coded: CodedTurns,
    units: Units,
    codes: Collection[Rupture] = RUPTURES[1:],
    known: BoolArray | None = None,
) -> FloatArray:
    """The value of each unit by the spec's rule, (units,); NaN where missing.

    `codes` are those that count, as primary code. `known` (rows,) leaves rows out: of two coders
    give each the rows that both coded (`PairedTurns.known`), or turns that only one judged count
    against the other. A rupture whose intensity is missing counts as not coded where the rule or a
    threshold asks for it.
    """
    spec = units.spec
    counted = np.isin(coded.rupture, [RUPTURES.index(code) for code in codes])
    used = coded.rupture >= 0
    if spec.min_intensity > 1 or spec.rule is Rule.HIGHEST:
        used &= ~(counted & (coded.intensity < 0))
        counted &= coded.intensity >= spec.min_intensity
    if known is not None:
        used &= known
    inside = units.of_row >= 0
    rows = _sum(units, inside)
    hits = _sum(units, inside & used & counted)
    turns = _sum(units, inside & used)
    if spec.rule is Rule.HIGHEST:
        values = _highest(units, np.where(inside & used & counted, coded.intensity, 0))
    else:
        values = {
            Rule.ANY: np.minimum(hits, 1.0),
            Rule.COUNT: hits,
            Rule.RATE: 100.0 * ratio(hits, turns),
        }[spec.rule]
    enough = (turns > 0) & (turns >= spec.min_known * rows)
    return np.where(enough, values, np.nan)


def _sum(units: Units, rows: BoolArray) -> FloatArray:
    counts = np.bincount(units.of_row[rows], minlength=len(units))
    return counts.astype(np.float64)


def _highest(units: Units, intensity: IntArray) -> FloatArray:
    highest = np.zeros(len(units), dtype=np.int64)
    inside = units.of_row >= 0
    np.maximum.at(highest, units.of_row[inside], intensity[inside])
    return highest.astype(np.float64)
