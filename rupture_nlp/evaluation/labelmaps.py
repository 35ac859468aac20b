"""Our codes in the terms of another codebook, one way: from ours to the lab's.

A map names, for each field it holds (`rupture`, `markers`, `strategies`, `processes`), the lab's
label of every code of ours, or drops it in so many words. `~` before a label says that it is only
the nearest one. Several codes may share a label. Presets: `3rs-2015` (markers and strategies) and
`3rs-2022` (four salience ratings of a segment), both from the codebook's crosswalks; `families`;
`rupture`. A lab's own map is a YAML file, see docs/labelmaps.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.counts import FloatArray, IntArray, as_labels, ratio
from rupture_nlp.schema import RUPTURES, Rupture, Speaker

MapField = Literal["rupture", "markers", "strategies", "processes"]
MAP_FIELDS: tuple[MapField, ...] = ("rupture", "markers", "strategies", "processes")
Scale = Literal["interval", "ordinal"]


def codes_of(field: MapField) -> tuple[str, ...]:
    """Our codes of a field, in the order of label ids and columns."""
    book = load_codebook()
    names: dict[MapField, Callable[[], tuple[str, ...]]] = {
        "rupture": lambda: tuple(code.value for code in RUPTURES),
        "markers": lambda: book.marker_names,
        "strategies": lambda: book.strategy_names,
        "processes": lambda: book.process_names,
    }
    return names[field]()


@dataclass(frozen=True, slots=True)
class MappedSets:
    """Indicators in the lab's labels: `given` is (..., labels), 1, 0, -1 where missing."""

    names: tuple[str, ...]
    given: IntArray


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The map of one field. `targets` runs parallel to `codes`: positions in `labels`; () where the
    code is dropped. `near` are pairs of a code and a label that is only the nearest one."""

    field: MapField
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    targets: tuple[tuple[int, ...], ...]
    near: tuple[tuple[str, str], ...] = ()

    @property
    def dropped(self) -> tuple[str, ...]:
        """Our codes that have no label."""
        return tuple(c for c, target in zip(self.codes, self.targets, strict=True) if not target)

    def map_labels(self, ids: IntArray) -> IntArray:
        """Rupture ids of any shape as positions in `labels`; -1 where missing or dropped.

        Raises:
            ValueError: the field holds sets, not one code a turn.
        """
        self._require_rupture()
        lookup = np.array([*(target[0] if target else -1 for target in self.targets), -1])
        return np.asarray(lookup[as_labels(ids)], dtype=np.int64)  # -1 finds the last entry

    def map_probabilities(self, probabilities: FloatArray) -> FloatArray:
        """Probabilities (..., 5) of our codes as those of the labels, (..., labels).

        Where codes are dropped the rest is made to add up to 1: what is left is given that the turn
        is none of those. NaN stays.
        """
        self._require_rupture()
        summed = np.asarray(probabilities, dtype=np.float64) @ self._matrix(self.codes)
        return ratio(summed, summed.sum(axis=-1, keepdims=True)) if self.dropped else summed

    def map_sets(self, given: IntArray, names: Sequence[str]) -> MappedSets:
        """Indicators (..., names) of our codes as indicators of the labels.

        A label is 1 where one of its codes is, 0 where none is, missing where none is 1 and one is
        missing. Labels none of whose codes is among `names` are left out.
        """
        matrix = self._matrix(names)
        columns = np.asarray(given, dtype=np.int64)
        hits = (columns == 1).astype(np.float64) @ matrix
        gaps = (columns < 0).astype(np.float64) @ matrix
        mapped = np.where(hits > 0, 1, np.where(gaps > 0, -1, 0)).astype(np.int64)
        kept = np.flatnonzero(matrix.any(axis=0))
        return MappedSets(tuple(self.labels[place] for place in kept), mapped[..., kept])

    def _matrix(self, names: Sequence[str]) -> FloatArray:
        """(names, labels): 1 where the code has the label."""
        matrix = np.zeros((len(names), len(self.labels)))
        for row, name in enumerate(names):
            matrix[row, list(self.targets[self.codes.index(name)])] = 1.0
        return matrix

    def _require_rupture(self) -> None:
        if self.field != "rupture":
            raise ValueError("only the field rupture holds one code a turn")


@dataclass(frozen=True, slots=True)
class SalienceRating:
    """A rating of a segment, from the highest intensity of these codes of this speaker in it."""

    name: str
    speaker: Speaker
    codes: tuple[Rupture, ...]


@dataclass(frozen=True, slots=True)
class SalienceMap:
    """Ratings of segments. The scales give the rating for the highest intensity 0, 1, 2, 3."""

    ratings: tuple[SalienceRating, ...]
    interval: tuple[float, ...]
    ordinal: tuple[float, ...]

    def rate(self, highest: FloatArray, scale: Scale) -> FloatArray:
        """Highest intensities (rule HIGHEST of `unit_values`) as ratings; NaN stays."""
        values = np.array([*(self.interval if scale == "interval" else self.ordinal), np.nan])
        places = np.where(np.isnan(highest), -1.0, highest).astype(np.int64)
        return np.asarray(values[places], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class LabelMap:
    """A whole map. `signature` changes with its content."""

    name: str
    description: str
    signature: str
    fields: tuple[FieldMap, ...] = ()
    salience: SalienceMap | None = None

    def field(self, name: MapField) -> FieldMap | None:
        """The map of one field; None where the map does not hold it."""
        return next((one for one in self.fields if one.field == name), None)


def field_map(field: MapField, mapping: Mapping[str, Sequence[str]]) -> FieldMap:
    """Build a field's map from each code's labels; a code that is absent is dropped.

    `~` before a label marks it as near. Labels stand in the order in which the codebook's codes
    first lead to them.
    """
    codes = codes_of(field)
    labels = tuple(
        dict.fromkeys(label.removeprefix("~") for code in codes for label in mapping.get(code, ()))
    )
    targets = tuple(
        tuple(labels.index(label.removeprefix("~")) for label in mapping.get(code, ()))
        for code in codes
    )
    near = tuple(
        (code, label.removeprefix("~"))
        for code in codes
        for label in mapping.get(code, ())
        if label.startswith("~")
    )
    return FieldMap(field, codes, labels, targets, near)
