"""ONNX Runtime: an engine for processors that OpenVINO is not made for."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rupture_nlp.engines.base import Answers, Bools, Floats
from rupture_nlp.engines.batches import BatchArrays

if TYPE_CHECKING:
    from types import ModuleType

    from tokenizers import Tokenizer

    from rupture_nlp.models.network import LabelNetwork

NAME = "onnx"
PACKAGES: tuple[str, ...] = ("onnxruntime", "onnx", "onnxscript")
PRECISIONS: tuple[str, ...] = ("fp32",)
STATES, HEADS = "states.onnx", "heads.onnx"
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
    """Write the two halves of a network for `OnnxRunner`."""
    import torch  # noqa: PLC0415  # slow

    from rupture_nlp.engines.export import example_batch, example_vectors, quiet  # noqa: PLC0415
    from rupture_nlp.engines.packed_network import HeadAnswers, TokenStates  # noqa: PLC0415

    changes = torch.export.Dim.DYNAMIC
    both, first = {0: changes, 1: changes}, {0: changes}
    halves = (
        (STATES, TokenStates(network).eval(), example_batch(network.config), (both, both, both)),
        (HEADS, HeadAnswers(network).eval(), example_vectors(network.vector_size), (first, first)),
    )
    for name, module, example, shapes in halves:
        with quiet(), torch.no_grad():
            program = torch.onnx.export(
                module, example, dynamo=True, dynamic_shapes=shapes, verbose=False
            )
            if program is None:
                raise RuntimeError("nothing was exported")
            program.save(folder / name)


def make_runner(folder: Path, precision: str, threads: int) -> "OnnxRunner":
    """Load what `export` wrote."""
    return OnnxRunner(folder, precision, threads)


class OnnxRunner:
    """Runs an exported network on this many cores."""

    name = NAME

    def __init__(self, folder: Path, precision: str, threads: int) -> None:
        onnxruntime = import_onnxruntime()
        self.precision = precision
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = _ERRORS_ONLY
        self._states, self._heads = (
            onnxruntime.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])
            for name in (STATES, HEADS)
        )
        self._state_names, self._head_names = (
            [given.name for given in session.get_inputs()]
            for session in (self._states, self._heads)
        )
        self.vector_size = int(self._states.get_outputs()[0].shape[2])

    def states(self, arrays: BatchArrays) -> Floats:
        """Token states of one batch; see `Runner.states`."""
        given = (arrays.token_ids, arrays.place, arrays.queries)
        feed = dict(zip(self._state_names, given, strict=True))
        return np.asarray(self._states.run(None, feed)[0], dtype=np.float32)

    def heads(self, vectors: Floats, patients: Bools) -> Answers:
        """The heads' answers; see `Runner.heads`."""
        feed = dict(zip(self._head_names, (vectors, patients), strict=True))
        rupture, intensity, markers, strategies, processes = self._heads.run(None, feed)
        return Answers(rupture, intensity, markers, strategies, processes, vectors)
