"""OpenVINO: the fastest engine on the processors of Intel and AMD."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rupture_nlp.engines.base import Answers, Bools, Floats
from rupture_nlp.engines.batches import BatchArrays
from rupture_nlp.privacy import keep_silent

if TYPE_CHECKING:
    from types import ModuleType

    from tokenizers import Tokenizer

    from rupture_nlp.models.network import LabelNetwork

NAME = "openvino"
PACKAGES: tuple[str, ...] = ("openvino",)
PRECISIONS: tuple[str, ...] = ("fp32", "bf16")
STATES, HEADS = "states.xml", "heads.xml"
_HINTS = {"fp32": "f32", "bf16": "bf16"}
_HEAD_OUTPUTS = 5


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
    """Write the two halves of a network for `OpenVinoRunner`."""
    from rupture_nlp.engines.export import (  # noqa: PLC0415  # loads torch
        example_batch,
        example_vectors,
        quiet,
    )
    from rupture_nlp.engines.packed_network import HeadAnswers, TokenStates  # noqa: PLC0415

    openvino = import_openvino()
    halves = (
        (STATES, TokenStates(network).eval(), example_batch(network.config)),
        (HEADS, HeadAnswers(network).eval(), example_vectors(network.vector_size)),
    )
    for name, module, example in halves:
        with quiet():
            model = openvino.convert_model(module, example_input=example)
        openvino.save_model(model, folder / name, compress_to_fp16=False)


def make_runner(folder: Path, precision: str, threads: int) -> "OpenVinoRunner":
    """Load what `export` wrote."""
    return OpenVinoRunner(folder, precision, threads)


class OpenVinoRunner:
    """Runs an exported network on this many cores."""

    name = NAME

    def __init__(self, folder: Path, precision: str, threads: int) -> None:
        openvino = import_openvino()
        self.precision = precision
        core = openvino.Core()
        core.set_property({"ENABLE_MMAP": False})  # the folder may be gone before the engine
        options: dict[str, object] = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": threads,
        }
        exact = options | {"INFERENCE_PRECISION_HINT": _HINTS["fp32"]}
        asked = options | {"INFERENCE_PRECISION_HINT": _HINTS[precision]}
        states = core.compile_model(folder / STATES, "CPU", asked)
        heads = core.compile_model(folder / HEADS, "CPU", exact)
        self.vector_size = int(states.output(0).partial_shape[2].get_length())
        self._states = states.create_infer_request()
        self._heads = heads.create_infer_request()

    def states(self, arrays: BatchArrays) -> Floats:
        """Token states of one batch; see `Runner.states`."""
        given = [arrays.token_ids, arrays.place, arrays.queries]
        found = self._states.infer(given, share_inputs=True)
        return np.asarray(found[0], dtype=np.float32)

    def heads(self, vectors: Floats, patients: Bools) -> Answers:
        """The heads' answers; see `Runner.heads`."""
        found = self._heads.infer([vectors, patients], share_inputs=True)
        rupture, intensity, markers, strategies, processes = (
            np.array(found[at], dtype=np.float32) for at in range(_HEAD_OUTPUTS)
        )
        return Answers(rupture, intensity, markers, strategies, processes, vectors)
