"""A network on disk."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.errors import BundleError
from rupture_nlp.models.config import LabelSets, WindowConfig
from rupture_nlp.models.store import load_network, save_network, start_network
from tests.models.made import talk
from tests.models.test_tokens import published_tokenizer, roberta_like
from tests.tiny_model import make_tiny_network, make_tiny_tokenizer

TALK = talk("how do you feel", "fine. [SEP] okay", "", "so angry at you " * 30)
LABELS, WINDOWS = LabelSets.of(load_codebook()), WindowConfig(96, 8, 48)


def rupture_scores(folder: Path) -> torch.Tensor:
    return torch.from_numpy(TorchEngine(*load_network(folder)).answer(TALK).rupture)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "network"
    save_network(folder, *make_tiny_network())
    return folder


def test_a_network_in_32_bits_comes_back_with_every_bit(saved: Path) -> None:
    network, tokenizer = make_tiny_network()
    loaded, words = load_network(saved)
    assert loaded.config == network.config
    assert words.to_str() == tokenizer.to_str()
    assert not loaded.training
    expected = torch.from_numpy(TorchEngine(network, tokenizer).answer(TALK).rupture)
    assert torch.equal(rupture_scores(saved), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_16_bits_take_half_the_room_and_give_nearly_the_same(
    saved: Path, tmp_path: Path, dtype: torch.dtype
) -> None:
    half = tmp_path / "half"
    save_network(half, *make_tiny_network(), dtype)
    size = [(folder / "model.safetensors").stat().st_size for folder in (saved, half)]
    assert size[1] < 0.6 * size[0]
    assert {v.dtype for v in load_file(half / "model.safetensors").values()} == {dtype}
    assert {p.dtype for p in load_network(half)[0].parameters()} == {torch.float32}
    exact, rounded = (rupture_scores(folder).softmax(dim=-1) for folder in (saved, half))
    assert not torch.equal(exact, rounded)
    tolerance = 0.01 if dtype is torch.float16 else 0.1
    torch.testing.assert_close(rounded, exact, atol=tolerance, rtol=0)


def test_nothing_is_pickled(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [
        "model.safetensors",
        "network.json",
        "tokenizer.json",
    ]
    pickled = (b"\x80", b"PK")  # how pickles and torch's zip files begin
    assert not any(path.read_bytes().startswith(pickled) for path in saved.iterdir())
    described = json.loads((saved / "network.json").read_text(encoding="utf-8"))
    assert described == json.loads(json.dumps(asdict(make_tiny_network()[0].config)))


def set_key(*keys: str, value: object) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        described = json.loads(content)
        inner = described
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value
        return json.dumps(described).encode()

    return change


def garble(content: bytes) -> bytes:
    return b"\x00garbled" + content[8:]


def without_network(content: bytes) -> bytes:
    described = json.loads(content)
    del described["windows"]
    return json.dumps(described).encode()


DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "cut off": ("model.safetensors", lambda content: content[:-100]),
    "empty weights": ("model.safetensors", lambda _: b""),
    "garbled weights": ("model.safetensors", garble),
    "weights of other shape": ("network.json", set_key("encoder", "hidden_size", value=64)),
    "empty description": ("network.json", lambda _: b""),
    "description cut off": ("network.json", lambda content: content[:50]),
    "a list": ("network.json", lambda _: b"[1, 2]"),
    "not UTF-8": ("network.json", lambda _: b"\xff\xfe\x00"),
    "a key too many": ("network.json", set_key("pickle", value="x")),
    "a nested key too many": ("network.json", set_key("windows", "stride", value=3)),
    "a key too few": ("network.json", without_network),
    "a wrong value": ("network.json", set_key("windows", "lookahead", value="far")),
    "no room": ("network.json", set_key("windows", "context_tokens", value=9999)),
    "no encoder": ("network.json", set_key("encoder", value={})),
    "unknown encoder": ("network.json", set_key("encoder", "model_type", value="nonesuch")),
    "odd heads": ("network.json", set_key("encoder", "num_attention_heads", value=5)),
    "garbled words": ("tokenizer.json", garble),
    "foreign words": ("tokenizer.json", lambda _: _bigger_tokenizer().to_str().encode()),
}


def _bigger_tokenizer() -> Tokenizer:
    tokenizer = make_tiny_tokenizer()
    tokenizer.add_tokens(["therapeutic", "alliance"])
    return tokenizer


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_network_is_an_error_that_names_the_file(saved: Path, damage: str) -> None:
    name, change = DAMAGES[damage]
    path = saved / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BundleError) as caught:
        load_network(saved)
    named = name if damage != "weights of other shape" else "model.safetensors"
    assert str(saved / named) in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["network.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        load_network(saved)


def hub_folder(folder: Path) -> tuple[Path, BertModel]:
    """A bare encoder as Hugging Face lays it out."""
    torch.manual_seed(3)
    size = make_tiny_tokenizer().get_vocab_size()
    model = BertModel(
        BertConfig(
            vocab_size=size,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=48,
            max_position_embeddings=96,
        )
    )
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=published_tokenizer()).save_pretrained(folder)
    return folder, model.eval()


def test_a_pretrained_encoder_keeps_its_weights_and_settings(tmp_path: Path) -> None:
    folder, pretrained = hub_folder(tmp_path / "hub")
    network, tokenizer = start_network(folder, LABELS, WINDOWS, dropout=0.2, encoder_dropout=0.3)
    theirs, ours = pretrained.state_dict(), network.encoder.state_dict()
    assert set(ours) == {name for name in theirs if "pooler" not in name}
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert network.config.encoder["hidden_dropout_prob"] == 0.3
    assert network.config.encoder["attention_probs_dropout_prob"] == 0.0
    assert network.config.dropout == 0.2
    save_network(tmp_path / "ours", network, tokenizer)
    again, _ = load_network(tmp_path / "ours")
    assert again.config == network.config
    assert str(tmp_path) not in (tmp_path / "ours" / "network.json").read_text(encoding="utf-8")


def test_an_encoder_without_unused_tokens_gets_room_for_markers(tmp_path: Path) -> None:
    words = roberta_like()
    settings = RobertaConfig(
        vocab_size=words.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=96,
        pad_token_id=3,
    )
    RobertaModel(settings).save_pretrained(tmp_path / "hub")
    PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(tmp_path / "hub")
    save_network(
        tmp_path / "ours", *start_network(tmp_path / "hub", LABELS, WindowConfig(80, 8, 40))
    )
    network, tokenizer = load_network(tmp_path / "ours")
    assert network.encoder.config.vocab_size == words.get_vocab_size() + 3
    answers = TorchEngine(network, tokenizer).answer(talk("a<s>b", "<|patient|> [pad]"))
    assert answers.rupture.shape == (2, 5)


@pytest.mark.parametrize("damage", ["missing", "empty", "no words", "garbled weights"])
def test_where_there_is_no_encoder_the_error_says_so(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "hub"
    if damage != "missing":
        folder.mkdir()
    if damage in ("no words", "garbled weights"):
        hub_folder(folder)
    if damage == "no words":
        for path in folder.glob("tokenizer*"):
            path.unlink()
    if damage == "garbled weights":
        (folder / "model.safetensors").write_bytes(b"garbled" * 20)
    problem = "tokenizer is missing" if damage == "no words" else "no encoder found"
    with pytest.raises(BundleError, match=problem) as caught:
        start_network(folder, LABELS, WINDOWS)
    assert str(folder) in str(caught.value)
