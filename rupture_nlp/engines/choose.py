"""From the name of an engine and a precision to an engine for a model."""

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from rupture_nlp.engines.base import Engine
from rupture_nlp.engines.openvino_runner import NAME, OpenVinoRunner, export
from rupture_nlp.engines.packed_engine import PackedEngine
from rupture_nlp.engines.packing import Packer
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.models.bundle import Bundle

ENGINES = ("auto", "torch", NAME)
PRECISIONS = ("fp32", "bf16")


def make_engine(bundle: Bundle, name: str, precision: str, threads: int) -> Engine:
    """The engine of this name for a model; `auto` is torch, the reference.

    Raises:
        ValueError: an unknown engine or precision, or one that is not installed.
    """
    if name not in ENGINES:
        raise ValueError(f"unknown engine; there are {', '.join(ENGINES)}")
    if precision not in PRECISIONS:
        raise ValueError(f"unknown precision; there are {', '.join(PRECISIONS)}")
    if name == NAME:
        return _openvino_engine(bundle, precision, threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    bf16 = precision == "bf16"
    return TorchEngine(bundle.network, bundle.tokenizer, bf16=bf16, device=device)


def _openvino_engine(bundle: Bundle, precision: str, threads: int) -> Engine:
    if find_spec(NAME) is None:
        raise ValueError("openvino is not installed: pip install 'rupture-nlp[openvino]'")
    with TemporaryDirectory() as folder:
        export(bundle.network, Path(folder))
        runner = OpenVinoRunner(Path(folder), precision, threads)
    return PackedEngine(runner, Packer(bundle.tokenizer, bundle.config))
