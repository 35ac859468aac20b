"""A made public encoder, and a network that was trained from it as adapters would."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.models.bundle import BundleInfo, write_bundle
from rupture_nlp.models.delta import extract_delta, write_delta
from rupture_nlp.models.network import LabelNetwork
from tests.tiny_model import make_tiny_network

ADAPTED = "attention.self.query.weight"
RANK = 3


@dataclass(frozen=True, slots=True)
class Made:
    """Folders of an encoder and of the delta of the network that was trained from it."""

    encoder: Path
    delta: Path
    bundle: Path  # of the whole network, not put together
    network: LabelNetwork


def write_encoder(folder: Path, prefix: str = "") -> Path:
    """The encoder of the tiny network, as the file of weights that a hub has."""
    folder.mkdir(parents=True)
    network, _ = make_tiny_network()
    weights = {prefix + k: v.contiguous() for k, v in network.encoder.state_dict().items()}
    extra = {"pooler.dense.weight": torch.ones(2, 2), "ids": torch.arange(4)}
    save_file(weights | extra, folder / "model.safetensors")
    return folder


def trained_network(rank: int = RANK, seed: int = 1) -> tuple[LabelNetwork, Tokenizer]:
    """The tiny network after differences of low rank, new marker rows and other heads."""
    network, tokenizer = make_tiny_network()
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith(ADAPTED):
                rows, columns = weight.shape
                left, right = (
                    torch.randn(rows, rank, generator=draw),
                    torch.randn(rank, columns, generator=draw),
                )
                weight.add_(0.02 * left @ right)
            elif name.startswith("heads"):
                weight.add_(torch.randn(weight.shape, generator=draw))
        network.encoder.get_input_embeddings().weight[4:7] += 0.5
    return network, tokenizer


def make_delta(folder: Path, name: str = "made") -> Made:
    """Write encoder, whole bundle and delta bundle into `folder`."""
    encoder = write_encoder(folder / "encoder")
    network, tokenizer = trained_network()
    book = load_codebook()
    info = BundleInfo(name, "1", book.version, book.sha256)
    training: dict[str, object] = {"sessions": {"s1": "0" * 64}}
    bundle = write_bundle(folder / "whole", network, tokenizer, info, training, "# card\n")
    # A small rank, or rows would be fewer numbers in matrices this small.
    delta = extract_delta(network, encoder, rank=8)
    write_delta(folder / "delta", delta, bundle, encoder, "made/encoder", "made, part by part")
    return Made(encoder, folder / "delta", bundle, network)
