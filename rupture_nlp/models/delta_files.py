"""The files of a delta bundle: those of a bundle, and two that stand in for its weights.

delta.json          the encoder it is a difference from, and hashes of all that is put together
delta.safetensors   what training changed (see `factors`), under NAME#left, #right, #ids, #rows
                    or #whole; names are those of the network's tensors
"""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from rupture_nlp.errors import BundleError
from rupture_nlp.models.factors import Change, LowRank, Rows, Whole
from rupture_nlp.models.info import described, read_json
from rupture_nlp.models.places import DELTA, FILES, WEIGHTS

CHANGES = "delta.safetensors"
_KINDS: dict[type[Change], tuple[str, ...]] = {
    LowRank: ("left", "right"),
    Rows: ("ids", "rows"),
    Whole: ("whole",),
}


@dataclass(frozen=True, slots=True)
class DeltaInfo:
    """What `delta.json` says."""

    encoder: str  # id of the public encoder
    source: str  # where that comes from
    encoder_sha256: str  # of its model.safetensors
    prefix: str  # before the names of its tensors there
    sha256: str  # of delta.safetensors
    merged_sha256: str  # of the weights that must come of it, see `weights_hash`
    rank: int  # the largest in use
    largest_difference: float  # of a weight from what was trained, before rounding to 16 bits
    format: int = 1


def read_delta_info(folder: Path) -> DeltaInfo:
    """Read `delta.json`.

    Raises:
        BundleError: missing, or not the description of a delta.
    """
    return described(DeltaInfo, read_json(folder / DELTA), folder / DELTA)


def weights_hash(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes, whatever file they stand in."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def copy_files(source: Path, folder: Path) -> None:
    """Copy a bundle's files but the weights."""
    for name, path in beside_weights(source).items():
        shutil.copyfile(path, folder / name)


def beside_weights(folder: Path) -> dict[str, Path]:
    """The files of a bundle that are there, but the weights, by name."""
    return {name: folder / name for name in FILES if name != WEIGHTS and (folder / name).is_file()}


def to_tensors(changes: Mapping[str, Change]) -> dict[str, Tensor]:
    """Changes as the tensors of `delta.safetensors`."""
    return {
        f"{name}#{kind}": value.contiguous()
        for name, change in changes.items()
        for kind, value in zip(_KINDS[type(change)], _values(change), strict=True)
    }


def _values(change: Change) -> tuple[Tensor, ...]:
    if isinstance(change, LowRank):
        return change.left, change.right
    return (change.ids, change.values) if isinstance(change, Rows) else (change.values,)


def to_changes(tensors: Mapping[str, Tensor], path: Path) -> dict[str, Change]:
    """The way back.

    Raises:
        BundleError: a change of no known kind.
    """
    by_name: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        name, _, kind = key.rpartition("#")
        by_name.setdefault(name, {})[kind] = tensor
    found: dict[str, Change] = {}
    for name, values in by_name.items():
        for make, kinds in _KINDS.items():
            if set(values) == set(kinds):
                found[name] = make(*(values[kind] for kind in kinds))
    if len(found) != len(by_name):
        raise BundleError(f"{path}: holds changes of no known kind. Update the package.")
    return found


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file.

    Raises:
        BundleError: missing or damaged.
    """
    tensors: dict[str, Tensor] | None = None
    try:
        tensors = load_file(path)
    except Exception:  # noqa: BLE001  # safetensors raises its own kind
        tensors = None
    if tensors is None:
        raise BundleError(f"{path}: missing or damaged. Fetch or build it again.")
    return tensors


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Raises:
        BundleError: there is no such file.
    """
    if not path.is_file():
        raise BundleError(f"{path}: missing. Fetch or build it again.")
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
