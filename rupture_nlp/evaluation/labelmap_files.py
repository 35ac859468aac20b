"""Label maps by name: the presets, and a lab's own YAML file (docs/labelmaps.md)."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.config import load_config
from rupture_nlp.errors import ConfigError
from rupture_nlp.evaluation.labelmaps import (
    MAP_FIELDS,
    LabelMap,
    MapField,
    SalienceMap,
    SalienceRating,
    codes_of,
    field_map,
)
from rupture_nlp.schema import RUPTURES, Rupture, Speaker

THREERS_2015, THREERS_2022 = "3rs-2015", "3rs-2022"
PACKAGED = ("families", "rupture")
PRESETS = (THREERS_2015, THREERS_2022, *PACKAGED)

Labels = str | list[str]


@dataclass(frozen=True, slots=True)
class RatingEntry:
    """One salience rating as a file has it."""

    speaker: Speaker
    codes: list[Rupture]


@dataclass(frozen=True, slots=True)
class SalienceEntry:
    """Salience ratings as a file has them: the scales for the highest intensity 0, 1, 2, 3."""

    ratings: dict[str, RatingEntry]
    interval: list[float]
    ordinal: list[float]


@dataclass(frozen=True, slots=True)
class LabelMapEntry:
    """A label map as a file has it."""

    name: str
    description: str = ""
    rupture: dict[str, Labels] = field(default_factory=dict)
    markers: dict[str, Labels] = field(default_factory=dict)
    strategies: dict[str, Labels] = field(default_factory=dict)
    processes: dict[str, Labels] = field(default_factory=dict)
    drop: dict[str, list[str]] = field(default_factory=dict)  # by field
    salience: SalienceEntry | None = None


def load_label_map(name: str) -> LabelMap:
    """A preset by its name, or a lab's map by the path of its file.

    Raises:
        ConfigError: neither a preset nor a file, or the file is wrong; all problems are listed.
    """
    if name == THREERS_2015:
        return _threers_2015()
    if name == THREERS_2022:
        return _threers_2022()
    if name in PACKAGED:
        packaged = resources.files("rupture_nlp.resources").joinpath("labelmaps", f"{name}.yaml")
        with resources.as_file(packaged) as path:
            return read_label_map(path)
    if not Path(name).is_file():
        raise ConfigError(f"no label map of this name: use {', '.join(PRESETS)}, or a YAML file.")
    return read_label_map(Path(name))


def read_label_map(path: Path) -> LabelMap:
    """Read and check a lab's map.

    Raises:
        ConfigError: no YAML mapping, wrong keys or values, codes that are unknown, not mapped,
            mapped and dropped; all are listed at once.
    """
    entry = load_config(LabelMapEntry, path)
    problems = [*_field_problems(entry), *_salience_problems(entry.salience)]
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigError(
            f"{path}: {len(problems)} problems in the label map:\n{listed}\n"
            "Every code of a field is mapped, or listed under drop."
        )
    return _label_map(entry)


def _label_map(entry: LabelMapEntry) -> LabelMap:
    given = {name: _mapping(entry, name) for name in MAP_FIELDS}
    return LabelMap(
        name=entry.name,
        description=entry.description,
        signature=_signature(entry),
        fields=tuple(field_map(name, mapping) for name, mapping in given.items() if mapping),
        salience=None if entry.salience is None else _salience(entry.salience),
    )


def _signature(entry: LabelMapEntry) -> str:
    """The name and a hash of what the file says, whatever its order and comments."""
    content = json.dumps(asdict(entry) | {"description": ""}, sort_keys=True)
    return f"{entry.name}@{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _mapping(entry: LabelMapEntry, name: MapField) -> dict[str, list[str]]:
    given: dict[str, Labels] = getattr(entry, name)
    return {code: [label] if isinstance(label, str) else label for code, label in given.items()}


def _salience(entry: SalienceEntry) -> SalienceMap:
    return SalienceMap(
        tuple(
            SalienceRating(name, rating.speaker, tuple(rating.codes))
            for name, rating in entry.ratings.items()
        ),
        tuple(entry.interval),
        tuple(entry.ordinal),
    )


def _field_problems(entry: LabelMapEntry) -> Iterator[str]:
    if not any(_mapping(entry, name) for name in MAP_FIELDS) and entry.salience is None:
        yield f"nothing is mapped; a map holds one of {', '.join(MAP_FIELDS)}, salience"
    if any(name not in MAP_FIELDS for name in entry.drop):
        yield f"drop: unknown field; use {', '.join(MAP_FIELDS)}"
    for name in MAP_FIELDS:
        dropped = entry.drop.get(name, [])
        mapping = _mapping(entry, name)
        if mapping:
            yield from _coverage(name, list(mapping), dropped)
            yield from _labels(name, mapping)
        elif dropped:
            yield f"drop.{name}: the map does not hold this field"


def _coverage(name: MapField, mapped: Sequence[str], dropped: Sequence[str]) -> Iterator[str]:
    # Unknown codes are shown: they are the lab's terms, in a file about terms.
    known = codes_of(name)
    for code in dict.fromkeys((*mapped, *dropped)):
        if code not in known:
            yield f"{name}: {code!r} is no code of ours"
    for code in known:
        if code in mapped and code in dropped:
            yield f"{name}: {code} is mapped and dropped"
        elif code not in mapped and code not in dropped:
            yield f"{name}: {code} is neither mapped nor dropped"


def _labels(name: MapField, mapping: dict[str, list[str]]) -> Iterator[str]:
    for code, labels in mapping.items():
        bare = [label.removeprefix("~").strip() for label in labels]
        if not bare or not all(bare):
            yield f"{name}: {code} has an empty label; to leave it out, list it under drop"
        elif len(set(bare)) < len(bare):
            yield f"{name}: {code} has the same label twice"
        if name == "rupture" and len(labels) > 1:
            yield f"rupture: {code} has several labels; a turn has one rupture code"


def _salience_problems(entry: SalienceEntry | None) -> Iterator[str]:
    if entry is None:
        return
    if not entry.ratings:
        yield "salience.ratings: empty"
    for scale in ("interval", "ordinal"):
        values: list[float] = getattr(entry, scale)
        steps = len(load_codebook().intensities) + 1
        if len(values) != steps or sorted(values) != values:
            yield f"salience.{scale}: {steps} numbers that do not fall, for intensity 0 to 3"
    for name, rating in entry.ratings.items():
        if rating.speaker is Speaker.OTHER or Rupture.NONE in rating.codes or not rating.codes:
            yield f"salience.ratings.{name}: takes a coded speaker and codes of ruptures"


def _threers_2015() -> LabelMap:
    kinds: dict[str, MapField] = {"marker": "markers", "strategy": "strategies"}
    mapped: dict[MapField, dict[str, Labels]] = {"markers": {}, "strategies": {}}
    for row in load_codebook().crosswalks["threers_2015"]:
        for code in row["codes"]:
            label = ("~" if code["near"] else "") + row["name"]
            mapped[kinds[row["kind"]]].setdefault(code["name"], [])
            labels = mapped[kinds[row["kind"]]][code["name"]]
            if isinstance(labels, list):
                labels.append(label)
    return _label_map(
        LabelMapEntry(
            name=THREERS_2015,
            description="Markers and resolution strategies of the 3RS (2015), as cited in the "
            "literature. Markers for therapists' turns alone have no counterpart.",
            markers=mapped["markers"],
            strategies=mapped["strategies"],
        )
    )


def _threers_2022() -> LabelMap:
    table = load_codebook().crosswalks["threers_2022"]
    scales = {
        scale: [float(table[f"{scale}_map"][str(step)]) for step in range(4)]
        for scale in ("interval", "ordinal")
    }
    ratings = {
        rating["name"]: RatingEntry(
            Speaker(rating["speaker"]),
            [c for c in RUPTURES if c.family is not None and c.family == rating["family"]],
        )
        for rating in table["ratings"]
    }
    return _label_map(
        LabelMapEntry(
            name=THREERS_2022,
            description="Four salience ratings of a segment, 1 to 5, from the highest intensity of "
            "each family and speaker. Not fitted to certified 3RS coders.",
            salience=SalienceEntry(ratings, scales["interval"], scales["ordinal"]),
        )
    )
