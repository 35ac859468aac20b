"""The sequence layer of a bundle: `sequence.json`, `sequence.safetensors`. Never pickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from rupture_nlp.errors import BundleError
from rupture_nlp.io.atomic import atomic_path, write_text
from rupture_nlp.models.info import described, read_json
from rupture_nlp.models.linear import LinearRule
from rupture_nlp.models.places import OPTIONAL
from rupture_nlp.models.tagging import Arrays, Tag, tag_probabilities

SETTINGS, TENSORS = OPTIONAL
_LOW, _HIGH = 1.0, 5.0
_VECTORS = ("mean", "spread", "weights")


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What `sequence.json` says."""

    features: int  # numbers a turn
    hidden: int
    taggers: int  # trained alike from other seeds; their probabilities are averaged
    threshold: float  # turns that are inside an episode with this probability make one
    repaired_slope: float  # log-odds of a repair: slope * resolution + intercept
    repaired_intercept: float
    intercepts: dict[str, float]  # of the linear rules, by what they give
    format: int = 1


@dataclass(frozen=True, slots=True)
class SequenceLayer:
    """Finds episodes, rates how they were resolved, and rates sessions."""

    info: SequenceInfo
    taggers: tuple[Arrays, ...]
    rules: dict[str, LinearRule]  # `episode` for an episode's resolution, and a rating's name each

    def marginals(self, features: np.ndarray) -> np.ndarray:
        """Probabilities of the tags, (turns, 5), from features (turns, features)."""
        return tag_probabilities(self.taggers, features)

    def p_repaired(self, resolution: float) -> float:
        """The chance that an episode of this resolution, a fraction from 1 to 5, was repaired."""
        score = self.info.repaired_slope * resolution + self.info.repaired_intercept
        return float(1.0 / (1.0 + np.exp(-score)))


def save_sequence(folder: Path, layer: SequenceLayer) -> None:
    """Write the layer's two files into a bundle's folder."""
    tensors: dict[str, np.ndarray] = {}
    for number, tagger in enumerate(layer.taggers):
        tensors |= {f"tagger.{number}.{name}": value for name, value in tagger.items()}
    for name, rule in layer.rules.items():
        tensors |= {f"rule.{name}.{part}": _vector(rule, part) for part in _VECTORS}
    tensors = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    with atomic_path(folder / TENSORS) as temporary:
        save_file(tensors, temporary)
        temporary.chmod(0o644)
    write_text(folder / SETTINGS, json.dumps(asdict(layer.info), indent=1) + "\n")


def load_sequence(folder: Path) -> SequenceLayer | None:
    """Read the layer of a bundle; None where it has none.

    Raises:
        BundleError: a file is missing, damaged, or does not fit the other.
    """
    if not any((folder / name).is_file() for name in OPTIONAL):
        return None
    info = described(SequenceInfo, read_json(folder / SETTINGS), folder / SETTINGS)
    layer: SequenceLayer | None = None
    try:
        layer = _build(info, load_file(folder / TENSORS))
    except Exception:  # noqa: BLE001  # safetensors raises its own kind, a missing name KeyError
        layer = None
    if layer is None:
        raise BundleError(
            f"{folder / TENSORS} is missing, damaged, or does not fit {SETTINGS}. "
            "Fetch or build the model again."
        )
    return layer


def _build(info: SequenceInfo, tensors: dict[str, np.ndarray]) -> SequenceLayer:
    taggers = []
    for number in range(info.taggers):
        start = f"tagger.{number}."
        shapes = _shapes(info.features, info.hidden)
        tagger = {name: tensors[start + name] for name in shapes}
        if any(tagger[name].shape != shape for name, shape in shapes.items()):
            raise ValueError("a tensor of another shape")
        taggers.append(tagger)
    rules = {}
    for name, intercept in info.intercepts.items():
        mean, spread, weights = (
            tensors[f"rule.{name}.{part}"].astype(np.float64) for part in _VECTORS
        )
        rules[name] = LinearRule(mean, spread, weights, intercept, _LOW, _HIGH)
    return SequenceLayer(info, tuple(taggers), rules)


def _shapes(features: int, hidden: int) -> dict[str, tuple[int, ...]]:
    tags = len(Tag)
    return {
        "mean": (features,),
        "spread": (features,),
        "own.weight": (hidden, features),
        "own.bias": (hidden,),
        "near.weight": (hidden, hidden, 5),
        "near.bias": (hidden,),
        "far.weight": (hidden, hidden, 5),
        "far.bias": (hidden,),
        "score.weight": (tags, 2 * hidden),
        "score.bias": (tags,),
        "crf.start_transitions": (tags,),
        "crf.end_transitions": (tags,),
        "crf.transitions": (tags, tags),
    }


def _vector(rule: LinearRule, part: str) -> np.ndarray:
    return np.asarray(getattr(rule, part), dtype=np.float64)
