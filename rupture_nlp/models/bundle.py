"""A model as one folder that labels by itself, and the names of those that ship with the package.

network.json  model.safetensors  tokenizer.json      the network (see `store`)
bundle.json      name, version, codebook, decision, precision of the stored weights
codebook.json    the codebook it was trained for
training.json    the signature of its training: sessions by id and hash of their words, settings
README.md        the model card
sequence.json  sequence.safetensors     the sequence layer, where it has one
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import BundleError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.models.config import NetworkConfig
from rupture_nlp.models.find import find_bundle
from rupture_nlp.models.info import BundleInfo, read_info, read_json, read_network_config
from rupture_nlp.models.places import (
    BUNDLE,
    CARD,
    CODEBOOK,
    HASHED,
    NETWORK,
    OPTIONAL,
    TOKENIZER,
    TRAINING,
)
from rupture_nlp.models.replacing import put_in_place, refuse_foreign
from rupture_nlp.models.sequence_store import SequenceLayer, load_sequence, save_sequence
from rupture_nlp.models.tokens import load_tokenizer
from rupture_nlp.schema import Transcript

if TYPE_CHECKING:
    from rupture_nlp.models.network import LabelNetwork

__all__ = ["Bundle", "BundleInfo", "bundle_hash", "find_bundle", "read_info", "write_bundle"]


@dataclass(frozen=True)  # no slots: the network is kept once it is loaded
class Bundle:
    """A loaded bundle, its network perhaps not yet: an engine that has its own copy needs none."""

    folder: Path
    info: BundleInfo
    sha256: str  # over all files that can change an output
    config: NetworkConfig
    tokenizer: Tokenizer
    trained_on: frozenset[str]  # hashes of the words of every training session
    sequence: SequenceLayer | None = None  # None: episodes and ratings by rule

    @cached_property
    def network(self) -> "LabelNetwork":
        """The network, loaded when it is first asked for, and torch with it.

        Raises:
            BundleError: its files are damaged or do not fit each other.
        """
        from rupture_nlp.models.store import load_network  # noqa: PLC0415  # torch takes seconds

        return load_network(self.folder)[0]

    def has_seen(self, transcript: Transcript) -> bool:
        """Whether the model was trained on a session with these words."""
        return transcript.text_hash() in self.trained_on

    @classmethod
    def from_pretrained(cls, model: str | Path, *, network_later: bool = False) -> "Bundle":
        """Load a bundle by folder, or by the name of one that ships with the package.

        With `network_later` damaged weights are found when the network is first asked for.

        Raises:
            BundleError: not there, incomplete, damaged, or made for another codebook.
        """
        folder = find_bundle(model)
        info = read_info(folder)
        config = read_network_config(folder / NETWORK)
        _check_names(folder, config)
        bundle = cls(
            folder=folder,
            info=info,
            sha256=bundle_hash(folder),
            config=config,
            tokenizer=load_tokenizer(folder / TOKENIZER),
            trained_on=_text_hashes(folder / TRAINING),
            sequence=load_sequence(folder),
        )
        if not network_later:
            _ = bundle.network
        return bundle


def _check_names(folder: Path, config: NetworkConfig) -> None:
    ours = load_codebook()
    unknown = (
        (set(config.labels.markers) - set(ours.marker_names))
        | (set(config.labels.strategies) - set(ours.strategy_names))
        | (set(config.labels.processes) - set(ours.process_names))
    )
    if unknown:
        raise BundleError(
            f"{folder}: gives {len(unknown)} codes that this package's codebook does not have. "
            "Use the version of rupture-nlp that made the model."
        )


def bundle_hash(folder: Path) -> str:
    """SHA-256 over the files of a bundle that can change an output.

    Raises:
        BundleError: one of them is missing.
    """
    digest = hashlib.sha256()
    for name in (*HASHED, *(name for name in OPTIONAL if (folder / name).is_file())):
        path = folder / name
        if not path.is_file():
            raise BundleError(f"{path}: missing. Fetch or build the model again.")
        digest.update(f"{name}\n".encode())
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def write_bundle(  # noqa: PLR0913  # the parts of a bundle, one each
    folder: Path,
    network: "LabelNetwork",
    tokenizer: Tokenizer,
    info: BundleInfo,
    training: dict[str, object],
    card: str,
    *,
    sequence: SequenceLayer | None = None,
) -> Path:
    """Write a bundle; the folder appears whole or not at all. An old one there is replaced.

    Raises:
        BundleError: the folder holds something that is no bundle, which stays as it is.
    """
    import torch  # noqa: PLC0415  # takes seconds, for which reading a bundle need not wait

    from rupture_nlp.models.store import save_network  # noqa: PLC0415

    refuse_foreign(folder)
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    save_network(building, network, tokenizer, getattr(torch, info.weights_dtype))
    write_text(building / BUNDLE, json.dumps(asdict(info), indent=1) + "\n")
    write_text(building / TRAINING, json.dumps(training, indent=1) + "\n")
    write_text(building / CARD, card)
    if sequence is not None:
        save_sequence(building, sequence)
    source = resources.files("rupture_nlp.resources").joinpath("codebook.json")
    write_text(building / CODEBOOK, source.read_text(encoding="utf-8"))
    put_in_place(building, folder)
    return folder


def _text_hashes(path: Path) -> frozenset[str]:
    sessions = read_json(path).get("sessions", {})
    if not isinstance(sessions, dict) or not all(isinstance(v, str) for v in sessions.values()):
        raise BundleError(f"{path}: 'sessions' is damaged. Fetch or build the model again.")
    return frozenset(sessions.values())
