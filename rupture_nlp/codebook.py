"""The codebook as data: codes, markers, strategies, processes, ratings and crosswalks.

One resource file, `resources/codebook.json`, is the only place that holds these names outside the
enums of the schema. `load_codebook().sha256` stands in every bundle and every run.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from rupture_nlp.schema import Rupture, Speaker


@dataclass(frozen=True, slots=True)
class RuptureCode:
    """One of the five codes. `direction` is None for `none`."""

    code: Rupture
    abbreviation: str
    direction: str | None
    description: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A sign by which a rupture shows. It belongs to one code; `threers`: nearest 3RS name."""

    name: str
    code: Rupture
    therapist_only: bool
    description: str
    threers: str | None


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a therapist turn does for the alliance. `stage` is that of the four-stage model."""

    name: str
    description: str
    pathway: str
    type: str
    threers: str
    stage: int


@dataclass(frozen=True, slots=True)
class Process:
    """What a patient turn does inside a repair. `stage` is None for `re_engages`, which ends it."""

    name: str
    description: str
    stage: int | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A value of a scale and its meaning."""

    value: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Rating:
    """A session rating, 1 to 5, with the meaning of its ends."""

    name: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Codebook:
    """All names in their order, which is the order of every column and probability vector."""

    version: str
    sha256: str
    ruptures: tuple[RuptureCode, ...]
    intensities: tuple[Anchor, ...]
    markers: tuple[Marker, ...]
    strategies: tuple[Strategy, ...]
    processes: tuple[Process, ...]
    resolutions: tuple[Anchor, ...]
    ratings: tuple[Rating, ...]
    crosswalks: dict[str, Any]  # as in the resource file; read by the label maps

    @property
    def marker_names(self) -> tuple[str, ...]:
        return tuple(marker.name for marker in self.markers)

    @property
    def strategy_names(self) -> tuple[str, ...]:
        return tuple(strategy.name for strategy in self.strategies)

    @property
    def process_names(self) -> tuple[str, ...]:
        return tuple(process.name for process in self.processes)

    @property
    def pathways(self) -> tuple[str, ...]:
        """Pathways of the strategies, in the order of the table."""
        return tuple(dict.fromkeys(strategy.pathway for strategy in self.strategies))

    def markers_of(self, code: Rupture, speaker: Speaker) -> tuple[str, ...]:
        """The markers that this speaker's turn may take under this code."""
        return tuple(
            marker.name
            for marker in self.markers
            if marker.code is code and (speaker is Speaker.THERAPIST or not marker.therapist_only)
        )


@cache
def load_codebook() -> Codebook:
    """Read the packaged codebook. The hash is that of the file's bytes."""
    content = resources.files("rupture_nlp.resources").joinpath("codebook.json").read_bytes()
    data = json.loads(content)
    return Codebook(
        version=data["version"],
        sha256=hashlib.sha256(content).hexdigest(),
        ruptures=tuple(
            RuptureCode(Rupture(r["name"]), r["abbreviation"], r["direction"], r["description"])
            for r in data["ruptures"]
        ),
        intensities=tuple(Anchor(**a) for a in data["intensities"]),
        markers=tuple(Marker(**{**m, "code": Rupture(m["code"])}) for m in data["markers"]),
        strategies=tuple(Strategy(**s) for s in data["strategies"]),
        processes=tuple(Process(**p) for p in data["processes"]),
        resolutions=tuple(Anchor(**a) for a in data["resolutions"]),
        ratings=tuple(Rating(r["name"], r["low"], r["high"]) for r in data["ratings"]),
        crosswalks=data["crosswalks"],
    )
