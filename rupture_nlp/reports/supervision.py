"""Episodes without repair, for supervision: what the therapist did, how far the patient came, and
what the literature describes for such ruptures. Material, not advice: the tables are fixed and know
nothing of the patient."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from rupture_nlp.codebook import load_codebook
from rupture_nlp.reports.paths import PathView, view_path
from rupture_nlp.reports.turns import EpisodeView, TurnView
from rupture_nlp.reports.words import plain
from rupture_nlp.schema import EpisodeKind, Family, Speaker


@dataclass(frozen=True, slots=True)
class Described:
    """One strategy and what it is described to do in this family of ruptures."""

    name: str  # as in the codebook
    central: bool  # nearest to this family, by our reading; else for ruptures of any kind
    what: str  # the codebook's words for it
    described: str
    threers: str
    sources: tuple[str, ...]  # short, such as "Safran & Muran 2000"

    @property
    def words(self) -> str:
        return plain(self.name)


@dataclass(frozen=True, slots=True)
class FamilyTable:
    """What is described for a family: the way of the patient, and the strategies."""

    family: Family
    aim: str
    sources: tuple[str, ...]
    strategies: tuple[Described, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """The fixed tables."""

    notice: str
    ours: str
    families: tuple[FamilyTable, ...]
    stages: tuple[tuple[str, tuple[str, ...]], ...]  # by furthest stage, from 0: words, sources
    sources: tuple[str, ...]  # in full


@dataclass(frozen=True, slots=True)
class Unrepaired:
    """One episode without repair."""

    episode: EpisodeView
    way: PathView
    opening: TurnView
    strategies: tuple[TurnView, ...]  # the therapist's turns with a strategy
    ruptures: tuple[TurnView, ...]  # the therapist's own, the opening one apart
    next_turn: TurnView | None  # the therapist's first turn after the opening
    stage: str  # what the model describes from there
    stage_sources: tuple[str, ...]
    families: tuple[str, ...]
    used: frozenset[str]  # names of strategies


def view_unrepaired(
    episodes: Sequence[EpisodeView], turns: Sequence[TurnView]
) -> tuple[Unrepaired, ...]:
    """Every episode without repair whose way is known. Words are in it where the turns hold them.

    `turns` are those of the whole session.
    """
    return tuple(
        _unrepaired(episode, turns)
        for episode in episodes
        if not episode.repaired and episode.path is not None
    )


def tables_for(episodes: Sequence[Unrepaired]) -> tuple[FamilyTable, ...]:
    """The tables of the families that occur among these episodes."""
    wanted = {family for one in episodes for family in one.families}
    return tuple(table for table in load_material().families if table.family in wanted)


def _unrepaired(episode: EpisodeView, turns: Sequence[TurnView]) -> Unrepaired:
    path = episode.path
    if path is None:
        raise ValueError("the way of the episode is not known")
    inside = turns[episode.first : episode.last + 1]
    after = [turn for turn in inside[1:] if turn.speaker is Speaker.THERAPIST]
    words, sources = load_material().stages[path.furthest]
    both = episode.kind == EpisodeKind.MIXED
    return Unrepaired(
        episode=episode,
        way=view_path(path, episode, turns),
        opening=inside[0],
        strategies=tuple(turn for turn in inside if turn.strategies),
        ruptures=tuple(turn for turn in after if turn.code is not None),
        next_turn=after[0] if after else None,
        stage=words,
        stage_sources=sources,
        families=tuple(f.value for f in Family if both or f == episode.kind),
        used=frozenset(name for turn in inside for name in turn.strategies),
    )


@cache
def load_material() -> Material:
    """Read the packaged tables."""
    text = resources.files("rupture_nlp.resources").joinpath("supervision.json").read_text("utf-8")
    data = json.loads(text)
    sources: dict[str, str] = data["sources"]
    return Material(
        notice=data["notice"],
        ours=data["ours"],
        families=tuple(_family(Family(name), data["families"][name], sources) for name in Family),
        stages=tuple(
            (data["stages"][str(stage)]["described"], _short(data["stages"][str(stage)], sources))
            for stage in range(5)
        ),
        sources=tuple(sources.values()),
    )


def _family(family: Family, entry: dict[str, Any], sources: dict[str, str]) -> FamilyTable:
    codebook = {strategy.name: strategy for strategy in load_codebook().strategies}
    return FamilyTable(
        family=family,
        aim=entry["aim"],
        sources=_short(entry, sources),
        strategies=tuple(
            Described(
                name=one["name"],
                central=one["central"],
                what=codebook[one["name"]].description,
                described=one["described"],
                threers=codebook[one["name"]].threers,
                sources=_short(one, sources),
            )
            for one in entry["strategies"]
        ),
    )


def _short(entry: dict[str, Any], sources: dict[str, str]) -> tuple[str, ...]:
    return tuple(short_source(sources[key]) for key in entry["sources"])


def short_source(full: str) -> str:
    """`Safran & Muran 1996` of a full reference; `et al.` from three authors on."""
    authors, year = full.split(" (", 1)
    names = [part.split(",")[0].strip("& ") for part in authors.split(".,")]
    shown = " & ".join(names) if len(names) <= _MOST_NAMES else f"{names[0]} et al."
    return f"{shown} {year[:4]}"


_MOST_NAMES = 2
