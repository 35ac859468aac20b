"""What a model's JSON files say, read and checked. Knows no torch."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.config import Settings, make_config
from rupture_nlp.errors import BundleError, ConfigError
from rupture_nlp.models.config import NetworkConfig
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.places import BUNDLE

FORMAT = 1


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


def read_info(folder: Path) -> BundleInfo:
    """Read `bundle.json` and check that this version of the package can use the bundle.

    Raises:
        BundleError: not readable, of a later format, or made for another codebook.
    """
    content = read_json(folder / BUNDLE)
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


def read_network_config(path: Path) -> NetworkConfig:
    """Read `network.json`.

    Raises:
        BundleError: missing, or not the description of a network.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise BundleError(f"{path}: missing or not JSON. Is this a model folder?")
    return described(NetworkConfig, content, path)


def described(kind: type[Settings], content: dict[str, object], path: Path) -> Settings:
    """Build `kind` from the JSON of a model's file.

    Raises:
        BundleError: wrong keys or values; all are listed.
    """
    problem = ""
    try:
        return make_config(kind, content, str(path))
    except ConfigError as error:
        problem = str(error)
    raise BundleError(f"{problem} Fetch or build the model again.")


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON object.

    Raises:
        BundleError: missing, or no JSON object.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise BundleError(f"{path}: missing or not JSON. Fetch or build the model again.")
    return content
