"""OpenVINO: the fastest engine on the processors of Intel and AMD."""

from pathlib import Path
from typing import TYPE_CHECKING

from rupture_nlp.engines.exported_runner import ExportedRunner
from rupture_nlp.privacy import keep_silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from openvino import CompiledModel
    from tokenizers import Tokenizer

    from rupture_nlp.engines.base import Floats
    from rupture_nlp.engines.exported_runner import Given, Half
    from rupture_nlp.models.network import LabelNetwork

NAME = "openvino"
PACKAGES: tuple[str, ...] = ("openvino",)
PRECISIONS: tuple[str, ...] = ("fp32", "bf16")
FILES = ("states.xml", "heads.xml")
_HINTS = {"fp32": "f32", "bf16": "bf16"}


def import_openvino() -> "ModuleType":
    """OpenVINO, without the telemetry that it would send on being imported."""
    keep_silent()
    import openvino  # noqa: PLC0415  # only where it is used

    module: ModuleType = openvino
    return module


def form_of(precision: str) -> str:  # noqa: ARG001  # what a library is asked
    """One export serves all precisions."""
    return "float"


def computes_bf16() -> bool:
    """Whether the processor does."""
    able = import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "BF16" in able


def export(
    network: "LabelNetwork",
    tokenizer: "Tokenizer",  # noqa: ARG001  # what a library is given
    form: str,  # noqa: ARG001
    folder: Path,
) -> None:
    """Write the two halves of a network for `make_runner`."""
    from rupture_nlp.engines.export import halves, quiet  # noqa: PLC0415  # loads torch

    openvino = import_openvino()
    for name, half in zip(FILES, halves(network), strict=True):
        with quiet():
            model = openvino.convert_model(half.module, example_input=half.example)
        openvino.save_model(model, folder / name, compress_to_fp16=False)


def make_runner(folder: Path, precision: str, threads: int) -> ExportedRunner:
    """Load what `export` wrote, to run on this many cores."""
    core = import_openvino().Core()
    core.set_property({"ENABLE_MMAP": False})  # the folder may be gone before the engine
    options: dict[str, object] = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": threads,
    }
    hints = (_HINTS[precision], _HINTS["fp32"])  # the heads cost nothing: exact
    states, heads = (
        core.compile_model(folder / name, "CPU", options | {"INFERENCE_PRECISION_HINT": hint})
        for name, hint in zip(FILES, hints, strict=True)
    )

    def half(model: "CompiledModel") -> "Half":
        request, outputs = model.create_infer_request(), range(len(model.outputs))

        def run(given: "Sequence[Given]") -> "Sequence[Floats]":
            found = request.infer(list(given), share_inputs=True)
            return [found[at] for at in outputs]

        return run

    vector_size = int(states.output(0).partial_shape[2].get_length())
    return ExportedRunner(NAME, precision, (half(states), half(heads)), vector_size)
