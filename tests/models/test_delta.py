"""A model as its difference from a public encoder."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.errors import BundleError
from rupture_nlp.models.bundle import Bundle, bundle_hash, find_bundle
from rupture_nlp.models.delta import apply_delta, extract_delta, is_merged, merge_delta
from rupture_nlp.models.delta_files import read_delta_info, weights_hash
from rupture_nlp.models.factors import LowRank, Rows, Whole
from tests.models.made import talk
from tests.models.made_delta import ADAPTED, RANK, Made, make_delta, trained_network, write_encoder

TALK = talk("how do you feel", "fine. okay", "", "so angry at you " * 30)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_delta(tmp_path_factory.mktemp("delta"))


@pytest.fixture
def made(original: Made, tmp_path: Path) -> Made:
    """A copy to be damaged."""
    root = Path(shutil.copytree(original.encoder.parent, tmp_path / "made"))
    return Made(root / "encoder", root / "delta", root / "whole", original.network)


def test_what_was_trained_comes_back(original: Made) -> None:
    merged = apply_delta(original.delta, original.encoder)
    trained = original.network.state_dict()
    assert not merged.training
    assert merged.config == original.network.config
    for name, weight in merged.state_dict().items():
        # Differences up to 0.2, in factors of 11 bits; all else has every bit.
        tolerance = 5e-4 if name.endswith(ADAPTED) else 0.0
        torch.testing.assert_close(weight, trained[name], atol=tolerance, rtol=0, msg=name)
    largest = max(float((w - trained[n]).abs().max()) for n, w in merged.state_dict().items())
    assert read_delta_info(original.delta).largest_difference == pytest.approx(largest)
    assert largest > 0.0


def test_a_merged_bundle_labels_like_the_one_that_was_trained(
    original: Made, tmp_path: Path
) -> None:
    merged = Bundle.from_pretrained(
        merge_delta(original.delta, original.encoder, tmp_path / "merged")
    )
    whole = Bundle.from_pretrained(original.bundle)
    assert merged.info == whole.info
    assert merged.trained_on == whole.trained_on
    answers = [TorchEngine(b.network, b.tokenizer).answer(TALK).rupture for b in (merged, whole)]
    assert abs(answers[0] - answers[1]).max() < 0.02
    names = sorted(path.name for path in whole.folder.iterdir())
    assert sorted(path.name for path in merged.folder.iterdir()) == names
    for name in set(names) - {"model.safetensors"}:
        assert (merged.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_a_sequence_layer_travels_with_the_delta_and_counts_in_the_hash(
    made: Made, tmp_path: Path
) -> None:
    plain = bundle_hash(merge_delta(made.delta, made.encoder, tmp_path / "plain"))
    for name in ("sequence.json", "sequence.safetensors"):
        (made.delta / name).write_bytes(b"made")
    merged = merge_delta(made.delta, made.encoder, tmp_path / "merged")
    assert (merged / "sequence.json").read_bytes() == b"made"
    assert (merged / "sequence.safetensors").read_bytes() == b"made"
    assert bundle_hash(merged) != plain


def test_each_tensor_is_kept_in_the_way_that_suits_it(original: Made) -> None:
    delta = extract_delta(original.network, original.encoder, rank=8)
    kinds = {name: type(change) for name, change in delta.changes.items()}
    adapted = [name for name in kinds if name.endswith(ADAPTED)]
    assert {kinds[name] for name in adapted} == {LowRank}
    assert len(adapted) == 2
    assert delta.rank == RANK
    assert kinds.pop("encoder.embeddings.word_embeddings.weight") is Rows
    rest = {kind for name, kind in kinds.items() if name not in adapted}
    assert rest == {Whole}
    assert all(name.startswith("heads.") for name in kinds if name not in adapted)
    assert set(load_file(original.delta / "delta.safetensors")) >= {
        f"{adapted[0]}#left",
        f"{adapted[0]}#right",
        "encoder.embeddings.word_embeddings.weight#ids",
    }


def test_names_of_an_encoder_with_another_head_are_found(tmp_path: Path) -> None:
    encoder = write_encoder(tmp_path / "encoder", prefix="bert.")
    network, _ = trained_network()
    assert extract_delta(network, encoder).prefix == "bert."


def test_merging_twice_gives_the_same_bytes_on_any_number_of_threads(
    original: Made, tmp_path: Path
) -> None:
    hashes = set()
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            folder = merge_delta(original.delta, original.encoder, tmp_path / str(threads))
            hashes.add(bundle_hash(folder))
    finally:
        torch.set_num_threads(before)
    assert len(hashes) == 1


def test_a_merged_bundle_is_known_again_until_something_in_it_changes(
    original: Made, tmp_path: Path
) -> None:
    folder = merge_delta(original.delta, original.encoder, tmp_path / "merged")
    assert is_merged(original.delta, folder)
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert not is_merged(original.delta, folder), path.name
        path.write_bytes(content[:-20])
        assert not is_merged(original.delta, folder), path.name
        path.unlink()
        assert not is_merged(original.delta, folder), path.name
        path.write_bytes(content)
    assert is_merged(original.delta, folder)
    assert not is_merged(original.delta, tmp_path / "nowhere")


def test_another_encoder_is_refused(made: Made) -> None:
    path = made.encoder / "model.safetensors"
    weights = load_file(path)
    next(iter(weights.values())).flatten()[0] += 1
    save_file(weights, path)
    with pytest.raises(BundleError, match="not the made/encoder that this model needs"):
        apply_delta(made.delta, made.encoder)


def test_a_folder_that_holds_no_such_encoder_is_refused_when_the_delta_is_made(
    tmp_path: Path,
) -> None:
    network, _ = trained_network()
    (tmp_path / "other").mkdir()
    save_file({"weight": torch.ones(2)}, tmp_path / "other" / "model.safetensors")
    with pytest.raises(BundleError, match="not the encoder this was trained from"):
        extract_delta(network, tmp_path / "other")
    with pytest.raises(BundleError, match="missing or damaged"):
        extract_delta(network, tmp_path)


@pytest.mark.parametrize(
    "name", ["delta.json", "delta.safetensors", "network.json", "bundle.json", "encoder"]
)
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_part_is_named(made: Made, name: str, damage: str) -> None:
    path = made.encoder / "model.safetensors" if name == "encoder" else made.delta / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BundleError, match=path.name.replace(".", r"\.")) as caught:
        apply_delta(made.delta, made.encoder)
    assert caught.value.__context__ is None


def change_info(made: Made, **values: object) -> None:
    path = made.delta / "delta.json"
    path.write_text(
        json.dumps(json.loads(path.read_text(encoding="utf-8")) | values), encoding="utf-8"
    )


def rehash(made: Made, weights: dict[str, torch.Tensor]) -> None:
    """Replace the delta's tensors, with a hash that fits."""
    import hashlib  # noqa: PLC0415

    path = made.delta / "delta.safetensors"
    save_file(weights, path)
    change_info(made, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def test_weights_that_are_not_those_that_were_measured_are_refused(made: Made) -> None:
    weights = load_file(made.delta / "delta.safetensors")
    next(value for name, value in weights.items() if name.endswith("#whole")).flatten()[0] += 1
    rehash(made, weights)
    with pytest.raises(BundleError, match="not those that were measured"):
        apply_delta(made.delta, made.encoder)


@pytest.mark.parametrize(
    "change",
    [
        {"heads.mix.1.weight#odd": torch.ones(2)},
        {"heads.nothing#whole": torch.ones(2)},
        {"heads.mix.1.weight#whole": torch.ones(2)},
        {"heads.mix.1.weight#left": torch.ones(2)},
    ],
)
def test_changes_that_do_not_fit_the_network_are_refused(
    made: Made, change: dict[str, torch.Tensor]
) -> None:
    rehash(made, load_file(made.delta / "delta.safetensors") | change)
    with pytest.raises(BundleError, match=r"delta\.safetensors") as caught:
        apply_delta(made.delta, made.encoder)
    assert caught.value.__context__ is None


def test_a_delta_given_as_a_model_says_what_it_is(original: Made) -> None:
    with pytest.raises(BundleError, match="difference from a public encoder"):
        find_bundle(original.delta)


def test_the_hash_of_weights_knows_names_types_and_shapes() -> None:
    one = torch.arange(4, dtype=torch.float16)
    hashes = {
        weights_hash({"a": one}),
        weights_hash({"b": one}),
        weights_hash({"a": one.reshape(2, 2)}),
        weights_hash({"a": one.view(torch.int16)}),
        weights_hash({"a": one, "b": one}),
    }
    assert len(hashes) == 5
    assert weights_hash({"a": one, "b": one}) == weights_hash({"b": one, "a": one.clone()})
