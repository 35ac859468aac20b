"""The sequence layer's files: whole again after a round trip, refused when damaged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rupture_nlp.errors import BundleError
from rupture_nlp.models.bundle import Bundle, bundle_hash
from rupture_nlp.models.linear import LinearRule
from rupture_nlp.models.sequence import SequenceTagger
from rupture_nlp.models.sequence_store import (
    SETTINGS,
    TENSORS,
    SequenceInfo,
    SequenceLayer,
    load_sequence,
    save_sequence,
)
from tests.tiny_model import make_tiny_bundle

INFO = SequenceInfo(3, 4, 2, 0.25, 1.5, -4.0, {"episode": 2.5})


def made_layer() -> SequenceLayer:
    taggers = []
    for seed in range(2):
        torch.manual_seed(seed)
        taggers.append(SequenceTagger(3, 4).as_arrays())
    vector = np.array([0.1, 0.2, 0.3])
    return SequenceLayer(
        INFO, tuple(taggers), {"episode": LinearRule(vector, vector + 1, vector * 2, 2.5, 1.0, 5.0)}
    )


def test_a_layer_is_the_same_after_a_round_trip(tmp_path: Path) -> None:
    layer, features = made_layer(), np.random.default_rng(0).normal(size=(7, 3))
    save_sequence(tmp_path, layer)
    again = load_sequence(tmp_path)
    assert again is not None
    assert again.info == layer.info
    np.testing.assert_array_equal(again.marginals(features), layer.marginals(features))
    assert again.rules["episode"](features) == pytest.approx(layer.rules["episode"](features))


def test_probabilities_are_the_mean_of_the_taggers() -> None:
    layer, features = made_layer(), np.random.default_rng(1).normal(size=(4, 3))
    each = [SequenceLayer(INFO, (tagger,), {}).marginals(features) for tagger in layer.taggers]
    np.testing.assert_allclose(layer.marginals(features), np.mean(each, axis=0), atol=1e-6)


def test_the_chance_of_a_repair_is_logistic_in_the_resolution() -> None:
    # 1.5 * 4 - 4 = 2
    assert made_layer().p_repaired(4.0) == pytest.approx(1 / (1 + np.exp(-2)))


def test_a_folder_without_a_layer_has_none(tmp_path: Path) -> None:
    assert load_sequence(tmp_path) is None


@pytest.mark.parametrize("name", [SETTINGS, TENSORS])
def test_one_file_of_two_is_an_error(tmp_path: Path, name: str) -> None:
    save_sequence(tmp_path, made_layer())
    (tmp_path / name).unlink()
    with pytest.raises(BundleError, match="Fetch or build the model again"):
        load_sequence(tmp_path)


def test_damaged_or_foreign_files_are_refused(tmp_path: Path) -> None:
    save_sequence(tmp_path, made_layer())
    content = (tmp_path / TENSORS).read_bytes()
    (tmp_path / TENSORS).write_bytes(content[:-9])
    with pytest.raises(BundleError, match=r"sequence\.safetensors is missing, damaged"):
        load_sequence(tmp_path)
    save_sequence(tmp_path, replace(made_layer(), info=replace(INFO, features=4)))
    with pytest.raises(BundleError, match="does not fit"):
        load_sequence(tmp_path)


def test_a_bundle_knows_its_layer_and_its_hash_changes_with_it(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    bare = bundle_hash(folder)
    assert Bundle.from_pretrained(folder).sequence is None
    save_sequence(folder, made_layer())
    assert Bundle.from_pretrained(folder).sequence is not None
    assert bundle_hash(folder) != bare
