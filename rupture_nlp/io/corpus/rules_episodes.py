"""Rules for episodes.csv, held against the codes of the same coder (codebook, section 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rupture_nlp.io.corpus.index import CodingKey, Index
from rupture_nlp.io.corpus.problems import Problem
from rupture_nlp.io.corpus.rules_codes import RUPTURE_NAMES
from rupture_nlp.io.corpus.tables import Row
from rupture_nlp.schema import EpisodeKind, Family, Rupture, Speaker

LIVE_GAP = 10
"""So many turns in a row without rupture, strategy or process end an episode."""

WORK_RESUMED = "re_engages"


@dataclass(frozen=True, slots=True)
class CodedTurn:
    """What a coder's row says of one turn."""

    utterance_id: str
    speaker: Speaker | None
    family: Family | None  # of the primary code; None without a rupture
    strategy: bool
    process: str
    row: Row | None  # None where the sparse file has none

    @property
    def strained(self) -> bool:
        return self.family is not None or self.strategy or bool(self.process)


@dataclass(frozen=True, slots=True)
class Placed:
    """An episode whose first and last turn are known. Positions from 0, both inclusive."""

    row: Row
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Coding:
    """One coder's turns and episodes of one session. `episodes` is in order of their start."""

    turns: tuple[CodedTurn, ...]
    episodes: tuple[Placed, ...]

    def inside(self, episode: Placed) -> tuple[CodedTurn, ...]:
        """The turns of an episode."""
        return self.turns[episode.start : episode.end + 1]


def check_episodes(index: Index) -> Iterator[Problem]:
    """Every episode that contradicts the codes, and every code that no episode holds."""
    tables = index.tables
    if not (tables.utterances.usable and tables.codes.usable and tables.coverage.usable):
        return  # every episode would seem to stand in empty turns
    for key in index.codings:
        if key[0] not in index.utterances:
            continue
        for row in index.episodes.get(key, ()):
            yield from _direction(row, index)
        coding = _coding(key, index)
        yield from _overlaps(coding)
        coverage = index.coverage.get(key)
        fields_needed = {"episodes", "rupture", "strategies", "process"}
        if coverage is None or (coverage.complete and fields_needed <= coverage.fields):
            for episode in coding.episodes:
                yield from _content(episode, coding)
                yield from _extent(episode, coding)
            yield from _outside(coding)
            yield from _splits(coding)


def _direction(row: Row, index: Index) -> Iterator[Problem]:
    start, end = index.turn_of(row, "start"), index.turn_of(row, "end")
    repair = index.turn_of(row, "repair_start") if row["repair_start"] else None
    if start and end and end.position < start.position:
        yield row.problem("end", "episode-order", "comes before start")
    elif start and end and repair and not start.position <= repair.position <= end.position:
        yield row.problem("repair_start", "episode-order", "lies outside the episode")


def _coding(key: CodingKey, index: Index) -> Coding:
    codes = index.codes.get(key, {})
    turns = []
    for utterance in index.utterances[key[0]]:
        code = codes.get(utterance["utterance_id"])
        turn = index.turns[key[0], utterance["utterance_id"]]
        rupture = code["rupture"] if code else ""
        turns.append(
            CodedTurn(
                utterance_id=utterance["utterance_id"],
                speaker=turn.speaker,
                family=Rupture(rupture).family if rupture in RUPTURE_NAMES else None,
                strategy=bool(code and code["strategies"]),
                process=code["process"] if code else "",
                row=code,
            )
        )
    placed = []
    for row in index.episodes.get(key, ()):
        start, end = index.turn_of(row, "start"), index.turn_of(row, "end")
        if start and end and start.position <= end.position:
            placed.append(Placed(row, start.position, end.position))
    placed.sort(key=lambda episode: (episode.start, episode.end))
    return Coding(tuple(turns), tuple(placed))


def _overlaps(coding: Coding) -> Iterator[Problem]:
    latest = -1
    for episode in coding.episodes:
        if episode.start <= latest:
            message = "overlaps another episode of the same coder"
            yield episode.row.problem("start", "episode-overlap", message)
        latest = max(latest, episode.end)


def _content(episode: Placed, coding: Coding) -> Iterator[Problem]:
    row, inside = episode.row, coding.inside(episode)
    families = {turn.family for turn in inside} - {None}
    if not families:
        yield row.problem("start", "episode-rupture", "no rupture inside the episode")
        return
    if inside[0].family is None:
        yield row.problem("start", "episode-rupture", "the episode does not open on a rupture")
    kind = EpisodeKind.MIXED if len(families) > 1 else EpisodeKind(str(families.pop()))
    if row["kind"] in set(EpisodeKind) and row["kind"] != kind:
        message = "does not match the primary codes of the ruptures inside"
        yield row.problem("kind", "episode-kind", message)
    if row["initiator"] in set(Speaker) and row["initiator"] != inside[0].speaker:
        message = "is not the speaker of the opening turn"
        yield row.problem("initiator", "episode-initiator", message)
    first = next((turn.utterance_id for turn in inside if turn.strategy), "")
    if row["repair_start"] != first:
        message = "is not the first strategy inside" if first else "no strategy stands inside"
        yield row.problem("repair_start", "episode-repair", message)


def _extent(episode: Placed, coding: Coding) -> Iterator[Problem]:
    inside = coding.inside(episode)
    strained = [position for position, turn in enumerate(inside) if turn.strained]
    if strained and not inside[-1].strained:
        message = "not a turn with a rupture, a strategy or a process"
        yield episode.row.warning("end", "episode-end", message)
    if any(later - earlier > LIVE_GAP for earlier, later in pairwise(strained)):
        message = f"{LIVE_GAP} or more turns in a row inside carry nothing; it may have ended there"
        yield episode.row.warning("end", "episode-gap", message)


def _outside(coding: Coding) -> Iterator[Problem]:
    held = {
        position
        for episode in coding.episodes
        for position in range(episode.start, episode.end + 1)
    }
    for position, turn in enumerate(coding.turns):
        if position in held or turn.row is None:
            continue
        if turn.family is not None:
            yield turn.row.problem("rupture", "outside", "a rupture outside every episode")
        if turn.process:
            yield turn.row.problem("process", "outside", "a process outside every episode")


def _splits(coding: Coding) -> Iterator[Problem]:
    for earlier, later in pairwise(coding.episodes):
        ruptures = [p for p in range(earlier.end + 1) if coding.turns[p].family is not None]
        if not ruptures or later.start <= earlier.end:
            continue
        between = coding.turns[ruptures[-1] : later.start]
        resumed = any(turn.process == WORK_RESUMED for turn in between)
        if not resumed and sum(not turn.strained for turn in between) < LIVE_GAP:
            message = (
                f"fewer than {LIVE_GAP} unstrained turns since the last rupture and no "
                f"{WORK_RESUMED}: one episode with the one before"
            )
            yield later.row.warning("start", "episode-split", message)
