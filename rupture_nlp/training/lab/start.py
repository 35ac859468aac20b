"""What a lab's training starts from: our model, another trained network, or a bare encoder."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rupture_nlp.errors import BundleError
from rupture_nlp.models.bundle import Bundle, find_bundle
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.hub import OFFLINE, hub_allowed, is_hub_name
from rupture_nlp.models.places import BUNDLE, NETWORK, WEIGHTS
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.training.run import DONE

Kind = Literal["model", "network", "encoder"]
CONFIG = "config.json"
ENCODER_FILES = (CONFIG, WEIGHTS, "tokenizer.json", "tokenizer_config.json", "vocab.txt")
"""What is fetched of an encoder on a hub: no code, and never a pickle."""


@dataclass(frozen=True, slots=True)
class Start:
    """A starting point on this machine."""

    folder: Path
    kind: Kind
    sha256: str  # of its weights
    name: str = ""  # of a model, as its bundle has it; folders may be named after people
    decision: Decision | None = None  # of a model; a network alone has none
    sequence: SequenceLayer | None = None
    trained_on: frozenset[str] = frozenset()  # hashes of the words of sessions that it has seen

    @property
    def labels(self) -> bool:
        """Whether it labels as it is, so that a training can be compared with it."""
        return self.kind != "encoder"

    @property
    def title(self) -> str:
        """How reports and cards name it."""
        return f"{self.name or f'a {self.kind}'} ({self.sha256[:8]})"


@dataclass(frozen=True, slots=True)
class Base:
    """What is started from, and what the learning curve compares it with (None: nothing)."""

    start: Start
    bare: Start | None = None

    @property
    def bare_sha256(self) -> str:
        """Hash of the bare encoder's weights; empty where there is none."""
        return "" if self.bare is None else self.bare.sha256


def find_start(base: str | Path) -> Start:
    """Find a model by name or folder, a run folder, an encoder's folder, or an encoder on a hub.

    A hub is reached only where the user set HF_HUB_OFFLINE=0, and weights are safetensors alone.

    Raises:
        BundleError: there is nothing of the kind, or it is damaged.
    """
    folder = Path(base)
    if (folder / NETWORK).is_file() and not (folder / BUNDLE).is_file():
        return Start(folder, "network", _sha256(folder / WEIGHTS), trained_on=_seen_by(folder))
    if (folder / CONFIG).is_file():
        return _encoder(folder)
    if is_hub_name(str(base)) and hub_allowed() and not folder.exists():
        return _on_hub(str(base))
    return _model(base)


def _model(base: str | Path) -> Start:
    folder = find_bundle(base)
    bundle = Bundle.from_pretrained(folder)
    return Start(
        folder=folder,
        kind="model",
        sha256=_sha256(folder / WEIGHTS),
        name=bundle.info.name,
        decision=bundle.info.decision,
        sequence=bundle.sequence,
        trained_on=bundle.trained_on,
    )


def _encoder(folder: Path) -> Start:
    if not (folder / WEIGHTS).is_file():
        raise BundleError(f"{folder}: has no {WEIGHTS}. Only weights in that form are read.")
    return Start(folder, "encoder", _sha256(folder / WEIGHTS))


def _on_hub(name: str) -> Start:
    repository, _, revision = name.partition("@")
    folder: Path | None = None
    problem = ""
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415  # slow, and rarely needed

        wanted = [*ENCODER_FILES, BUNDLE]
        found = snapshot_download(repository, revision=revision or None, allow_patterns=wanted)
        folder = Path(str(found))
    except Exception as error:  # noqa: BLE001  # the client raises errors of many libraries
        problem = f"the hub did not give it ({type(error).__name__})"
    if folder is None:
        raise BundleError(f"{name}: {problem}. Check name and connection, or unset {OFFLINE}.")
    return _model(name) if (folder / BUNDLE).is_file() else _encoder(folder)


def _seen_by(folder: Path) -> frozenset[str]:
    """Sessions that a run folder's network learned from; none where it does not say."""
    path = folder / DONE
    if not path.is_file():
        return frozenset()
    sessions = json.loads(path.read_text(encoding="utf-8")).get("sessions", {})
    return frozenset(str(value) for value in sessions.values())


def _sha256(path: Path) -> str:
    problem = ""
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        problem = f"{path}: missing or cannot be read. Fetch or build the model again."
    raise BundleError(problem)
