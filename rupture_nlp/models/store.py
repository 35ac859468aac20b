"""A network on disk: `network.json`, `model.safetensors`, `tokenizer.json`. Never pickle."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from rupture_nlp.errors import BundleError
from rupture_nlp.io.atomic import atomic_path, write_text
from rupture_nlp.models.config import LabelSets, NetworkConfig, WindowConfig
from rupture_nlp.models.info import read_network_config
from rupture_nlp.models.network import LabelNetwork, without_pooler
from rupture_nlp.models.places import NETWORK, TOKENIZER, WEIGHTS
from rupture_nlp.models.tokens import add_markers, as_plain, load_tokenizer, special_tokens

__all__ = [
    "NETWORK",
    "TOKENIZER",
    "WEIGHTS",
    "empty_network",
    "load_network",
    "read_network_config",
    "save_network",
    "save_weights",
    "start_network",
    "stored_weights",
]


def start_network(
    encoder: str | Path,
    labels: LabelSets,
    windows: WindowConfig,
    dropout: float = 0.1,
    encoder_dropout: float = 0.1,
) -> tuple[LabelNetwork, Tokenizer]:
    """A pretrained encoder with new heads.

    `encoder` is a folder, or the name of a model on a hub where one is reached and the process is
    not set offline. Draws the heads from torch's global generator: seed it first.

    Raises:
        BundleError: no encoder or tokenizer there.
    """
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    # Attention dropout keeps the CPU from its fused attention and halves the speed.
    off = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": encoder_dropout}
    try:
        pretrained = without_pooler(AutoModel.from_pretrained(str(encoder), **off))
        tokenizer = as_plain(AutoTokenizer.from_pretrained(str(encoder)).backend_tokenizer)
    except Exception:  # noqa: BLE001  # each library below raises its own kinds
        pretrained, tokenizer = None, None
    if pretrained is None or tokenizer is None:
        raise BundleError(f"{encoder}: no encoder found. Give a folder in Hugging Face's layout.")
    if 2 * tokenizer.get_vocab_size() < pretrained.config.vocab_size:
        # Without its files transformers makes a tokenizer that knows no word.
        raise BundleError(f"{encoder}: the encoder's tokenizer is missing. Add its files.")
    vocabulary = add_markers(tokenizer)
    if vocabulary > pretrained.config.vocab_size:
        pretrained.resize_token_embeddings(vocabulary)
    config = NetworkConfig(
        encoder=_plain_config(pretrained.config.to_dict()),
        labels=labels,
        windows=windows,
        tokens=special_tokens(tokenizer),
        dropout=dropout,
    )
    network = LabelNetwork(config)
    network.encoder.load_state_dict(pretrained.state_dict())
    return network, tokenizer


def save_network(
    folder: Path, network: LabelNetwork, tokenizer: Tokenizer, dtype: torch.dtype = torch.float32
) -> None:
    """Write a network whole or not at all; `dtype` is that of the stored weights."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / TOKENIZER, tokenizer.to_str())
    write_text(folder / NETWORK, json.dumps(asdict(network.config), indent=1) + "\n")
    save_weights(folder / WEIGHTS, stored_weights(network, dtype))


def stored_weights(network: LabelNetwork, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """The network's tensors by name, those of floats as `dtype`."""
    return {
        name: value.to(dtype).contiguous() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }


def save_weights(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Write tensors as safetensors, whole or not at all."""
    with atomic_path(path) as temporary:
        save_file(tensors, temporary)
        temporary.chmod(0o644)  # safetensors leaves it to its owner alone; a wheel would keep that


def load_network(folder: Path) -> tuple[LabelNetwork, Tokenizer]:
    """Read a network in 32-bit floats, ready for inference.

    Raises:
        BundleError: a file is missing, damaged, or does not fit the others.
    """
    config = read_network_config(folder / NETWORK)
    tokenizer = load_tokenizer(folder / TOKENIZER)
    network = empty_network(config, folder / NETWORK)
    if tokenizer.get_vocab_size() > network.encoder.config.vocab_size:
        raise BundleError(
            f"{folder / TOKENIZER} does not fit {NETWORK}. Fetch or build the model again."
        )
    problem = ""
    try:
        tensors = {name: value.float() for name, value in load_file(folder / WEIGHTS).items()}
        network.load_state_dict(tensors)
    except OSError:
        problem = "is missing or cannot be read"
    except Exception:  # noqa: BLE001  # safetensors raises its own kind, load_state_dict RuntimeError
        problem = "is damaged or does not fit network.json"
    if problem:
        raise BundleError(f"{folder / WEIGHTS} {problem}. Fetch or build the model again.")
    return network.eval(), tokenizer


def empty_network(config: NetworkConfig, path: Path) -> LabelNetwork:
    """A network of this shape, its weights not yet loaded; `path` says where `config` came from.

    Raises:
        BundleError: there is no such encoder.
    """
    network: LabelNetwork | None = None
    try:
        network = LabelNetwork(config)
    except Exception:  # noqa: BLE001  # encoders answer a wrong setting with errors of every kind
        network = None
    if network is None:
        raise BundleError(f"{path}: describes no known encoder. Fetch or build the model again.")
    return network


def _plain_config(config: dict[str, object]) -> dict[str, object]:
    # Only what shapes the network; paths and versions of the machine it came from stay behind.
    dropped = {"_name_or_path", "transformers_version", "architectures", "dtype", "torch_dtype"}
    kind = str(config["model_type"])
    defaults = AutoConfig.for_model(kind).to_dict()
    return {
        name: value
        for name, value in config.items()
        if name == "model_type" or (name not in dropped and value != defaults.get(name))
    }
