"""Low-rank adaptation (Hu et al., 2022): large encoders learn little matrices beside their own.

While a run trains, its encoder is frozen but for the adapters, which peft puts in; afterwards they
are merged, so a finished run folder holds an ordinary network. Adapters in the upper layers alone
spare the way back through the lower ones.
"""

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from tokenizers import Tokenizer
from torch import nn

from rupture_nlp.errors import RunError
from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.schema import Speaker
from rupture_nlp.training.settings import LoraSettings

_WORDS = {
    Speaker.THERAPIST: "therapist",
    Speaker.PATIENT: "patient",
    Speaker.OTHER: "someone",
}


def add_adapters(network: LabelNetwork, settings: LoraSettings) -> None:
    """Freeze the encoder and put adapters into the linear maps of its last `settings.layers`.

    Raises:
        RunError: the encoder has fewer layers, or none under a known name.
    """
    encoder = network.encoder
    names = _linear_maps(encoder, settings.layers)
    for parameter in encoder.parameters():
        parameter.requires_grad_(requires_grad=False)
    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, target_modules=names, lora_dropout=0.0
    )
    inject_adapter_in_model(config, encoder)


def merge_adapters(network: LabelNetwork) -> None:
    """Add each adapter to the weights beside it and take it out again."""
    for name, module in list(network.encoder.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent, _, leaf = name.rpartition(".")
            setattr(network.encoder.get_submodule(parent), leaf, module.get_base_layer())
    for parameter in network.encoder.parameters():
        parameter.requires_grad_(requires_grad=True)


def name_markers(network: LabelNetwork, tokenizer: Tokenizer) -> None:
    """Let the speaker markers begin as the words they stand for.

    A frozen table of embeddings would leave them what they are in the pretrained encoder: noise.
    """
    table = network.encoder.get_input_embeddings().weight
    with torch.no_grad():
        for speaker, word in _WORDS.items():
            ids = tokenizer.encode(word, add_special_tokens=False).ids
            table[network.config.tokens.marker(speaker)] = table[ids].mean(dim=0)


def _linear_maps(encoder: nn.Module, layers: int) -> list[str]:
    stack = next(
        (
            (name, module)
            for name, module in encoder.named_modules()
            if isinstance(module, nn.ModuleList) and name.endswith("layer")
        ),
        None,
    )
    if stack is None or len(stack[1]) < layers:
        raise RunError(
            f"This encoder has no {layers} layers for adapters. Set lora.layers to fewer, or "
            "lora.rank to 0 to train the whole encoder."
        )
    name, modules = stack[0], stack[1]
    return [
        f"{name}.{number}.{leaf}"
        for number in range(len(modules) - layers, len(modules))
        for leaf, module in modules[number].named_modules()
        if isinstance(module, nn.Linear)
    ]
