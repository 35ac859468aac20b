"""The two halves of a network for exporters, with examples that they run them on, in quiet."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rupture_nlp.engines.batches import FIRST, LAST, PADDING
from rupture_nlp.engines.packed_network import HeadAnswers, TokenStates
from rupture_nlp.models.config import NetworkConfig
from rupture_nlp.models.network import LabelNetwork

_LOGGERS = ("torch.onnx", "torch.export", "onnxscript", "openvino", "onnx_ir", "transformers")


@dataclass(frozen=True, slots=True)
class Half:
    """A part of a network, and inputs to run it on. `free` of each one's first axes may vary."""

    module: nn.Module
    example: tuple[Tensor, ...]
    free: int


def halves(network: LabelNetwork) -> tuple[Half, Half]:
    """Token states, then the heads: what an `ExportedRunner` runs."""
    return (
        Half(TokenStates(network).eval(), example_batch(network.config), 2),
        Half(HeadAnswers(network).eval(), example_vectors(network.vector_size), 1),
    )


def example_batch(config: NetworkConfig) -> tuple[Tensor, Tensor, Tensor]:
    """Two windows of made tokens, the second padded: arrays as in `BatchArrays`."""
    tokens, padded = min(48, config.windows.window_tokens), 5
    token_ids = torch.full((2, tokens), config.tokens.patient)
    token_ids[:, 0], token_ids[:, -1] = config.tokens.open, config.tokens.close
    place = torch.arange(tokens).div(4, rounding_mode="floor").repeat(2, 1)
    place[:, 0], place[:, -1] = FIRST, LAST
    place[1, -padded:], token_ids[1, -padded:] = PADDING, config.tokens.pad
    return token_ids, place, torch.arange(3, 10).repeat(2, 1)


def example_vectors(size: int) -> tuple[Tensor, Tensor]:
    """Three vectors and who speaks, as the heads read them."""
    return torch.linspace(-1, 1, 3 * size).reshape(3, size), torch.tensor([True, False, True])


@contextmanager
def quiet() -> Iterator[None]:
    """Keep exporters from telling users about their inner life.

    What they warn of, a shape taken for fixed, would show in the parity check, which tells other
    shapes and which every exported network has to pass.
    """
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
