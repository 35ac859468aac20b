"""Engines of libraries that run a network which torch has exported to them.

An export is taken from the cache or made, then the engine proves on this processor that it answers
as torch does in 32 bits, once for each precision.
"""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from rupture_nlp.engines import onnx_runner, openvino_runner
from rupture_nlp.engines.cache import ExportKey, OnStep, exported
from rupture_nlp.engines.packed_engine import PackedEngine, Runner
from rupture_nlp.engines.packing import Packer
from rupture_nlp.engines.parity import (
    Parity,
    compare,
    parity_sessions,
    read_parity,
    write_parity,
)
from rupture_nlp.engines.processor import processor_name
from rupture_nlp.errors import EngineError
from rupture_nlp.models.bundle import Bundle

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from rupture_nlp.models.network import LabelNetwork


class Library(Protocol):
    """What a module offers that runs exported networks."""

    NAME: str
    PACKAGES: tuple[str, ...]
    """Must be installed, the one that runs first."""
    PRECISIONS: tuple[str, ...]

    def form_of(self, precision: str) -> str:
        """The export that a precision needs; several may share one."""
        ...

    def export(
        self, network: "LabelNetwork", tokenizer: "Tokenizer", form: str, folder: Path
    ) -> None:
        """Write a network to a folder."""
        ...

    def make_runner(self, folder: Path, precision: str, threads: int) -> Runner:
        """Load it. The folder may go afterwards."""
        ...

    def computes_bf16(self) -> bool:
        """Whether the processor does, so that it is faster."""
        ...


LIBRARIES: dict[str, Library] = {
    openvino_runner.NAME: openvino_runner,
    onnx_runner.NAME: onnx_runner,
}
"""The fastest first."""


def is_installed(library: Library) -> bool:
    """Whether the packages that it needs are there."""
    return all(find_spec(package) is not None for package in library.PACKAGES)


def make_exported(
    bundle: Bundle, library: Library, precision: str, threads: int, on_step: OnStep
) -> PackedEngine:
    """The engine of a library for a model.

    Raises:
        EngineError: the library is not installed, cannot take this model, or answers wrong.
    """
    name = library.NAME
    if not is_installed(library):
        raise EngineError(f"{name} is not installed: pip install 'rupture-nlp[{name}]'.")
    form = library.form_of(precision)
    key = ExportKey(name, version(library.PACKAGES[0]), form, bundle.sha256)
    with exported(key, lambda folder: _write(bundle, library, form, folder), on_step) as folder:
        runner = library.make_runner(folder, precision, threads)
        engine = PackedEngine(runner, Packer(bundle.tokenizer, bundle.config))
        record = folder / f"parity-{precision}-{processor_name()}.json"
        parity = read_parity(record)
        if parity is None:
            on_step(f"comparing {name} in {precision} with torch, once")
            parity = _measure(bundle, engine, threads)
            _keep(record, parity)
    if not parity.passed:
        raise EngineError(
            f"{name} in {precision} does not answer as torch does on this machine: probabilities "
            f"differ by up to {parity.largest:.2g}. Use --engine torch, and report it."
        )
    return engine


def make_uncached(
    network: "LabelNetwork", tokenizer: "Tokenizer", library: Library, precision: str, threads: int
) -> PackedEngine:
    """The engine for a network that is no model yet: exported for this process, not compared."""
    with TemporaryDirectory(prefix="rupture-nlp-") as folder:
        library.export(network, tokenizer, library.form_of(precision), Path(folder))
        runner = library.make_runner(Path(folder), precision, threads)
    return PackedEngine(runner, Packer(tokenizer, network.config))


def _write(bundle: Bundle, library: Library, form: str, folder: Path) -> None:
    network = bundle.network
    try:
        library.export(network, bundle.tokenizer, form, folder)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  # exporters raise errors of every kind
        problem = type(error).__name__
    else:
        return
    raise EngineError(f"{library.NAME} cannot take this model ({problem}). Use --engine torch.")


def _measure(bundle: Bundle, engine: PackedEngine, threads: int) -> Parity:
    from rupture_nlp.engines.torch_engine import TorchEngine, use_threads  # noqa: PLC0415  # torch

    use_threads(threads)
    sessions = parity_sessions()
    exact = TorchEngine(bundle.network, bundle.tokenizer)
    ours = engine.run([engine.prepare(session) for session in sessions])
    return compare(ours, [exact.answer(session) for session in sessions], engine.precision)


def _keep(record: Path, parity: Parity) -> None:
    try:
        write_parity(record, parity)
    except OSError:  # a cache that others keep: measured again next time
        return
