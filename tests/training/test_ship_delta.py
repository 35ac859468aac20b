"""From a bundle to what ships of a large model."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.errors import BundleError, RunError
from rupture_nlp.models.bundle import Bundle, bundle_hash
from rupture_nlp.models.delta import merge_delta
from rupture_nlp.models.store import save_network
from rupture_nlp.training import ship_delta
from rupture_nlp.training.ship_delta import make_delta_bundle
from tests.models.made_delta import RANK, trained_network, write_encoder
from tests.models.made_parts import Shop, make_shop, write_table


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make_shop(tmp_path_factory.mktemp("shop"))
    sample = Path(ship_delta.__file__).parents[1] / "resources" / "sample"
    shutil.copytree(sample, shop.resources / "sample")
    return shop


@pytest.fixture
def shop(original: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    copied = replace(
        original, resources=Path(shutil.copytree(original.resources, tmp_path / "resources"))
    )
    copied.use(monkeypatch)
    return copied


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run as `train_run` leaves it: weights in 32 bits."""
    save_network(tmp_path / "run", *trained_network())
    return tmp_path / "run"


def bundle_of(shop: Shop) -> Path:
    return shop.weights.parents[1] / "whole"


def test_what_ships_makes_the_model_again(shop: Shop, run_folder: Path, tmp_path: Path) -> None:
    encoder = shop.weights.parent
    out = make_delta_bundle(bundle_of(shop), run_folder, encoder, tmp_path / "ships", 8)
    merged = Bundle.from_pretrained(merge_delta(out, encoder, tmp_path / "merged"))
    assert merged.info == Bundle.from_pretrained(bundle_of(shop)).info
    said = json.loads((out / "delta.json").read_bytes())
    assert said["rank"] == RANK
    assert said["encoder"] == "made/encoder"
    assert "made-encoder-part-001 to made-encoder-part-003, version 0.0.1" in said["source"]
    card = (out / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# card\n\n## How the weights are put together\n")
    assert "probability on 5 sessions is 0.0" in card
    assert "of 329 codes differ." in card
    assert (merged.folder / "README.md").read_text(encoding="utf-8") == card
    assert not (out / "model.safetensors").exists()


def test_making_it_twice_replaces_the_first(shop: Shop, run_folder: Path, tmp_path: Path) -> None:
    encoder, hashes = shop.weights.parent, set()
    for number in range(2):
        out = make_delta_bundle(bundle_of(shop), run_folder, encoder, tmp_path / "ships", 8)
        hashes.add(bundle_hash(merge_delta(out, encoder, tmp_path / str(number))))
    assert len(hashes) == 1
    assert not list(tmp_path.glob(".ships*"))


def test_more_than_may_ship_is_refused_and_nothing_is_left(
    shop: Shop, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship_delta, "MOST_BYTES", 1000)
    with pytest.raises(RunError, match="Allow a rank below 3"):
        make_delta_bundle(bundle_of(shop), run_folder, shop.weights.parent, tmp_path / "ships", 8)
    assert not list(tmp_path.glob("*ships*"))


def test_an_encoder_that_is_not_the_pinned_one_is_refused(
    shop: Shop, run_folder: Path, tmp_path: Path
) -> None:
    other = write_encoder(tmp_path / "other", prefix="bert.")  # the same numbers, another file
    with pytest.raises(RunError, match="not the pinned made/encoder"):
        make_delta_bundle(bundle_of(shop), run_folder, other, tmp_path / "ships", 8)


def test_a_name_that_is_not_in_the_table_is_refused(
    shop: Shop, run_folder: Path, tmp_path: Path
) -> None:
    path = shop.resources / "models" / "available.json"
    path.write_text('{"models": {}}', encoding="utf-8")
    with pytest.raises(RunError, match="base: not in the table"):
        make_delta_bundle(bundle_of(shop), run_folder, shop.weights.parent, tmp_path / "ships", 8)


def test_a_folder_that_holds_something_else_is_left_alone(
    shop: Shop, run_folder: Path, tmp_path: Path
) -> None:
    write_table(shop, shop.encoder)
    (tmp_path / "ships").mkdir()
    (tmp_path / "ships" / "thesis.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(BundleError, match="something else"):
        make_delta_bundle(bundle_of(shop), run_folder, shop.weights.parent, tmp_path / "ships", 8)
