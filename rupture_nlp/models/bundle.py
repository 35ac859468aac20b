"""A model as one folder that labels by itself, and the names of those that ship with the package.

network.json  model.safetensors  tokenizer.json      the network (see `store`)
bundle.json      name, version, codebook, decision, precision of the stored weights
codebook.json    the codebook it was trained for
training.json    the signature of its training: sessions by id and hash of their words, settings
README.md        the model card
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path

import torch
from tokenizers import Tokenizer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import BundleError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.models.config import NetworkConfig
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.models.store import (
    NETWORK,
    TOKENIZER,
    WEIGHTS,
    described,
    load_network,
    save_network,
)
from rupture_nlp.schema import Transcript

FORMAT = 1
BUNDLE, CODEBOOK, TRAINING, CARD = "bundle.json", "codebook.json", "training.json", "README.md"
_HASHED = (BUNDLE, CODEBOOK, NETWORK, TOKENIZER, WEIGHTS)  # what changes an output


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What `bundle.json` says."""

    name: str
    version: str
    codebook_version: str
    codebook_sha256: str
    decision: Decision = field(default_factory=Decision)
    format: int = FORMAT
    weights_dtype: str = "float16"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A loaded bundle."""

    folder: Path
    info: BundleInfo
    sha256: str  # over all files that can change an output
    network: LabelNetwork
    tokenizer: Tokenizer
    trained_on: frozenset[str]  # hashes of the words of every training session

    @property
    def config(self) -> NetworkConfig:
        return self.network.config

    def has_seen(self, transcript: Transcript) -> bool:
        """Whether the model was trained on a session with these words."""
        return transcript.text_hash() in self.trained_on

    @classmethod
    def from_pretrained(cls, model: str | Path) -> "Bundle":
        """Load a bundle by folder, or by the name of one that ships with the package.

        Raises:
            BundleError: not there, incomplete, damaged, or made for another codebook.
        """
        folder = find_bundle(model)
        info = read_info(folder)
        network, tokenizer = load_network(folder)
        _check_names(folder, network.config)
        return cls(
            folder=folder,
            info=info,
            sha256=bundle_hash(folder),
            network=network,
            tokenizer=tokenizer,
            trained_on=_text_hashes(folder / TRAINING),
        )


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


def find_bundle(model: str | Path) -> Path:
    """The folder of a bundle; a packaged name is looked up before the working folder.

    Raises:
        BundleError: neither a packaged model nor a model folder.
    """
    packaged = Path(str(resources.files("rupture_nlp.resources"))) / "models"
    names = sorted(path.parent.name for path in packaged.glob(f"[!.]*/{BUNDLE}"))
    if str(model) in names:
        return packaged / str(model)
    if (Path(model) / BUNDLE).is_file():
        return Path(model)
    known = ", ".join(names) or "none"
    raise BundleError(
        f"{model}: no such model. Give a folder that holds {BUNDLE}, or a packaged name: {known}."
    )


def read_info(folder: Path) -> BundleInfo:
    """Read `bundle.json` and check that this version of the package can use the bundle.

    Raises:
        BundleError: not readable, of a later format, or made for another codebook.
    """
    content = _json(folder / BUNDLE)
    made_for = content.get("format")  # looked at first: a later format may have keys of its own
    if isinstance(made_for, int) and made_for > FORMAT:
        raise BundleError(f"{folder}: made by a later version of rupture-nlp. Update the package.")
    info = described(BundleInfo, content, folder / BUNDLE)
    ours = load_codebook().version
    if info.codebook_version != ours:
        raise BundleError(
            f"{folder}: made for codebook {info.codebook_version}, this package has {ours}. "
            "Use the version of rupture-nlp that made the model, or train it anew."
        )
    return info


def bundle_hash(folder: Path) -> str:
    """SHA-256 over the files of a bundle that can change an output.

    Raises:
        BundleError: one of them is missing.
    """
    digest = hashlib.sha256()
    for name in _HASHED:
        path = folder / name
        if not path.is_file():
            raise BundleError(f"{path}: missing. Fetch or build the model again.")
        digest.update(f"{name}\n".encode())
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def write_bundle(
    folder: Path,
    network: LabelNetwork,
    tokenizer: Tokenizer,
    info: BundleInfo,
    training: dict[str, object],
    card: str,
) -> Path:
    """Write a bundle; the folder appears whole or not at all. An old one there is replaced.

    Raises:
        BundleError: the folder holds something that is no bundle, which stays as it is.
    """
    if folder.exists() and not (folder / BUNDLE).is_file() and any(folder.iterdir()):
        raise BundleError(f"{folder}: holds something else than a model. Give another folder.")
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    save_network(building, network, tokenizer, getattr(torch, info.weights_dtype))
    write_text(building / BUNDLE, json.dumps(asdict(info), indent=1) + "\n")
    write_text(building / TRAINING, json.dumps(training, indent=1) + "\n")
    write_text(building / CARD, card)
    source = resources.files("rupture_nlp.resources").joinpath("codebook.json")
    write_text(building / CODEBOOK, source.read_text(encoding="utf-8"))
    _put_in_place(building, folder)
    return folder


def _put_in_place(building: Path, folder: Path) -> None:
    # The old bundle is moved, not deleted, until the new one stands in its place.
    aside = folder.with_name(f".{folder.name}.old")
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)
        folder.replace(aside)
    try:
        building.replace(folder)
    except OSError:
        if aside.exists():
            aside.replace(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _text_hashes(path: Path) -> frozenset[str]:
    sessions = _json(path).get("sessions", {})
    if not isinstance(sessions, dict) or not all(isinstance(v, str) for v in sessions.values()):
        raise BundleError(f"{path}: 'sessions' is damaged. Fetch or build the model again.")
    return frozenset(sessions.values())


def _json(path: Path) -> dict[str, object]:
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise BundleError(f"{path}: missing or not JSON. Fetch or build the model again.")
    return content
