"""The sequence layer of a bundle: `sequence.json`, `sequence.safetensors`. Never pickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from rupture_nlp.errors import BundleError
from rupture_nlp.io.atomic import atomic_path, write_text
from rupture_nlp.models.info import described, read_json
from rupture_nlp.models.linear import LinearRule
from rupture_nlp.models.places import OPTIONAL
from rupture_nlp.models.sequence import SequenceTagger

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
    taggers: tuple[SequenceTagger, ...]
    rules: dict[str, LinearRule]  # `episode` for an episode's resolution, and a rating's name each

    def marginals(self, features: np.ndarray) -> np.ndarray:
        """Probabilities of the tags, (turns, 5), from features (turns, features)."""
        turns = torch.from_numpy(np.asarray(features, dtype=np.float32))
        with torch.inference_mode():
            rows = torch.stack([tagger.marginals(turns) for tagger in self.taggers])
        return np.asarray(rows.mean(dim=0).numpy(), dtype=np.float64)

    def p_repaired(self, resolution: float) -> float:
        """The chance that an episode of this resolution, a fraction from 1 to 5, was repaired."""
        score = self.info.repaired_slope * resolution + self.info.repaired_intercept
        return float(1.0 / (1.0 + np.exp(-score)))


def save_sequence(folder: Path, layer: SequenceLayer) -> None:
    """Write the layer's two files into a bundle's folder."""
    tensors: dict[str, Tensor] = {}
    for number, tagger in enumerate(layer.taggers):
        state = tagger.state_dict().items()
        tensors |= {f"tagger.{number}.{name}": value.contiguous() for name, value in state}
    for name, rule in layer.rules.items():
        tensors |= {f"rule.{name}.{part}": _vector(rule, part) for part in _VECTORS}
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
    except Exception:  # noqa: BLE001  # safetensors raises its own kind, load_state_dict RuntimeError
        layer = None
    if layer is None:
        raise BundleError(
            f"{folder / TENSORS} is missing, damaged, or does not fit {SETTINGS}. "
            "Fetch or build the model again."
        )
    return layer


def _build(info: SequenceInfo, tensors: dict[str, Tensor]) -> SequenceLayer:
    taggers = []
    for number in range(info.taggers):
        tagger = SequenceTagger(info.features, info.hidden)
        start = f"tagger.{number}."
        tagger.load_state_dict(
            {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
        )
        taggers.append(tagger.eval())
    rules = {}
    for name, intercept in info.intercepts.items():
        mean, spread, weights = (
            tensors[f"rule.{name}.{part}"].numpy().astype(np.float64) for part in _VECTORS
        )
        rules[name] = LinearRule(mean, spread, weights, intercept, _LOW, _HIGH)
    return SequenceLayer(info, tuple(taggers), rules)


def _vector(rule: LinearRule, part: str) -> Tensor:
    values: np.ndarray = getattr(rule, part)
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float64))
