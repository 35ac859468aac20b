"""ONNX Runtime: an engine for processors that OpenVINO is not made for."""

from pathlib import Path
from typing import TYPE_CHECKING

from rupture_nlp.engines.exported_runner import ExportedRunner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from rupture_nlp.engines.base import Floats
    from rupture_nlp.engines.exported_runner import Given, Half
    from rupture_nlp.models.network import LabelNetwork

NAME = "onnx"
PACKAGES: tuple[str, ...] = ("onnxruntime", "onnx", "onnxscript")
PRECISIONS: tuple[str, ...] = ("fp32",)
FILES = ("states.onnx", "heads.onnx")
_ERRORS_ONLY = 3


def import_onnxruntime() -> "ModuleType":
    """ONNX Runtime, without the telemetry of its builds for Windows."""
    import onnxruntime  # noqa: PLC0415  # only where it is used

    onnxruntime.disable_telemetry_events()
    module: ModuleType = onnxruntime
    return module


def form_of(precision: str) -> str:  # noqa: ARG001  # what a library is asked
    """There is one."""
    return "float"


def computes_bf16() -> bool:
    """Not by this library."""
    return False


def export(
    network: "LabelNetwork",
    tokenizer: "Tokenizer",  # noqa: ARG001  # what a library is given
    form: str,  # noqa: ARG001
    folder: Path,
) -> None:
    """Write the two halves of a network for `make_runner`."""
    import torch  # noqa: PLC0415  # slow

    from rupture_nlp.engines.export import halves, quiet  # noqa: PLC0415

    for name, half in zip(FILES, halves(network), strict=True):
        shape = dict.fromkeys(range(half.free), torch.export.Dim.DYNAMIC)
        shapes = tuple(shape for _ in half.example)
        with quiet():
            program = torch.onnx.export(
                half.module, half.example, dynamo=True, dynamic_shapes=shapes, verbose=False
            )
            if program is None:
                raise RuntimeError("nothing was exported")
            program.save(folder / name)


def make_runner(folder: Path, precision: str, threads: int) -> ExportedRunner:
    """Load what `export` wrote, to run on this many cores."""
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _ERRORS_ONLY
    states, heads = (
        onnxruntime.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])
        for name in FILES
    )

    def half(session: "InferenceSession") -> "Half":
        names = [given.name for given in session.get_inputs()]

        def run(given: "Sequence[Given]") -> "Sequence[Floats]":
            found: list[Floats] = session.run(None, dict(zip(names, given, strict=True)))
            return found

        return run

    vector_size = int(states.get_outputs()[0].shape[2])
    return ExportedRunner(NAME, precision, (half(states), half(heads)), vector_size)
