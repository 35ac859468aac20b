"""Examples that an exporter runs a network on, and quiet while it does."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from rupture_nlp.engines.batches import FIRST, LAST, PADDING
from rupture_nlp.models.config import NetworkConfig

_LOGGERS = ("torch.onnx", "torch.export", "onnxscript", "openvino", "onnx_ir", "transformers")


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
