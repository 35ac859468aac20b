"""A model as its difference from a public encoder, small enough to ship in the package.

The weights that come of difference and encoder are the same, bit for bit, wherever they are put
together (`delta.json` holds their hash). The folder's files: see `delta_files`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from rupture_nlp.errors import BundleError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.models.delta_files import (
    CHANGES,
    DeltaInfo,
    beside_weights,
    copy_files,
    file_sha256,
    load_tensors,
    read_delta_info,
    to_changes,
    to_tensors,
    weights_hash,
)
from rupture_nlp.models.factors import Change, LowRank, apply_change, find_change
from rupture_nlp.models.info import read_info
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.places import BUNDLE, DELTA, NETWORK, WEIGHTS
from rupture_nlp.models.store import (
    empty_network,
    read_network_config,
    save_weights,
    stored_weights,
)

ENCODER = "encoder."  # how the encoder's tensors are named inside the network


@dataclass(frozen=True, slots=True)
class Delta:
    """What training changed in a network, against a public encoder. `changes` by tensor."""

    changes: dict[str, Change]
    encoder_sha256: str
    prefix: str
    rank: int
    largest_difference: float


def extract_delta(network: LabelNetwork, base_folder: Path, rank: int = 64) -> Delta:
    """Set `network` against the encoder it was trained from; heads are kept whole.

    `rank` is the largest allowed. After training with adapters the change is exact but for 16-bit
    factors; after training the whole encoder it is cut to that rank, see `largest_difference`.

    Raises:
        BundleError: the folder holds no weights, or those of another encoder.
    """
    base = load_tensors(base_folder / WEIGHTS)
    trained = network.state_dict()
    prefix = _prefix(base, trained, base_folder)
    changes: dict[str, Change] = {}
    largest = 0.0
    for name, after in trained.items():
        before = _before(base, prefix, name)
        change = find_change(before, after, rank)
        if change is None:
            continue
        changes[name] = change
        if isinstance(change, LowRank):
            largest = max(largest, float((apply_change(before, change) - after).abs().max()))
    ranks = [change.left.shape[1] for change in changes.values() if isinstance(change, LowRank)]
    return Delta(
        changes, file_sha256(base_folder / WEIGHTS), prefix, max(ranks, default=0), largest
    )


def write_delta(
    folder: Path, delta: Delta, bundle: Path, base_folder: Path, encoder: str, source: str
) -> Path:
    """Write a delta bundle: the files of `bundle` but its weights, and the delta in their place.

    `encoder` is the public encoder's id, `source` says where it comes from.

    Raises:
        BundleError: the bundle or the encoder cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copy_files(bundle, folder)
    save_weights(folder / CHANGES, to_tensors(delta.changes))
    network = _empty(bundle)
    base = load_tensors(base_folder / WEIGHTS)
    _fill(network, base, delta.prefix, delta.changes, folder / CHANGES)
    info = DeltaInfo(
        encoder=encoder,
        source=source,
        encoder_sha256=delta.encoder_sha256,
        prefix=delta.prefix,
        sha256=file_sha256(folder / CHANGES),
        merged_sha256=weights_hash(stored_weights(network, _dtype(folder))),
        rank=delta.rank,
        largest_difference=delta.largest_difference,
    )
    write_text(folder / DELTA, json.dumps(asdict(info), indent=1) + "\n")
    return folder


def apply_delta(delta_folder: Path, base_folder: Path) -> LabelNetwork:
    """Put the delta upon the encoder; the network in 32-bit floats, ready for inference.

    Raises:
        BundleError: a file is missing or damaged, the encoder is another one, or what comes of it
            is not what was measured when the delta was made.
    """
    info = read_delta_info(delta_folder)
    if file_sha256(base_folder / WEIGHTS) != info.encoder_sha256:
        raise BundleError(
            f"{base_folder / WEIGHTS}: not the {info.encoder} that this model needs. "
            "Fetch it again."
        )
    if file_sha256(delta_folder / CHANGES) != info.sha256:
        raise BundleError(f"{delta_folder / CHANGES}: damaged. Install the package again.")
    network = _empty(delta_folder)
    changes = to_changes(load_tensors(delta_folder / CHANGES), delta_folder / CHANGES)
    base = load_tensors(base_folder / WEIGHTS)
    _fill(network, base, info.prefix, changes, delta_folder / CHANGES)
    if weights_hash(stored_weights(network, _dtype(delta_folder))) != info.merged_sha256:
        raise BundleError(
            f"{delta_folder}: the weights put together are not those that were measured. "
            "Please report this with the kind of machine it happened on."
        )
    return network.eval()


def merge_delta(delta_folder: Path, base_folder: Path, folder: Path) -> Path:
    """Write what comes of delta and encoder as a bundle into a new folder.

    Raises:
        BundleError: as for `apply_delta`.
    """
    network = apply_delta(delta_folder, base_folder)
    folder.mkdir(parents=True, exist_ok=True)
    copy_files(delta_folder, folder)
    save_weights(folder / WEIGHTS, stored_weights(network, _dtype(delta_folder)))
    return folder


def is_merged(delta_folder: Path, folder: Path) -> bool:
    """Whether `folder` holds, whole, the bundle that comes of this delta."""
    same = all(
        (folder / name).is_file() and (folder / name).read_bytes() == path.read_bytes()
        for name, path in beside_weights(delta_folder).items()
    )
    if not same or not (folder / WEIGHTS).is_file():
        return False
    try:
        found = weights_hash(load_tensors(folder / WEIGHTS))
    except BundleError:
        return False
    return found == read_delta_info(delta_folder).merged_sha256


def _empty(folder: Path) -> LabelNetwork:
    return empty_network(read_network_config(folder / NETWORK), folder / NETWORK)


def _dtype(folder: Path) -> torch.dtype:
    dtype = getattr(torch, read_info(folder).weights_dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise BundleError(
            f"{folder / BUNDLE}: names no type of weights. Install the package again."
        )
    return dtype


def _fill(
    network: LabelNetwork,
    base: Mapping[str, Tensor],
    prefix: str,
    changes: Mapping[str, Change],
    path: Path,
) -> None:
    try:
        weights = {
            name: apply_change(_before(base, prefix, name), changes.get(name))
            for name in network.state_dict()
        }
        network.load_state_dict(weights)
        fits = set(changes) <= set(weights)
    except (ValueError, RuntimeError):
        fits = False
    if not fits:
        raise BundleError(f"{path}: does not fit {NETWORK} or the encoder. Install it again.")


def _before(base: Mapping[str, Tensor], prefix: str, name: str) -> Tensor | None:
    if not name.startswith(ENCODER):
        return None
    found = base.get(prefix + name.removeprefix(ENCODER))
    return found.float() if found is not None and found.is_floating_point() else found


def _prefix(base: Mapping[str, Tensor], trained: Mapping[str, Tensor], folder: Path) -> str:
    """What a model with a head for its own task puts before the encoder's names."""
    names = [name.removeprefix(ENCODER) for name in trained if name.startswith(ENCODER)]
    prefixes = {key.removesuffix(names[0]) for key in base if key.endswith(names[0])}
    for prefix in sorted(prefixes):
        if all(prefix + name in base for name in names):
            return prefix
    raise BundleError(
        f"{folder / WEIGHTS}: not the encoder this was trained from. Give that one's folder."
    )
