"""ONNX Runtime answers as the reference engine does."""

from pathlib import Path

import pytest

from rupture_nlp.engines.onnx_runner import PRECISIONS, export, make_runner
from rupture_nlp.engines.packed_engine import PackedEngine
from rupture_nlp.engines.packing import Packer
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.models.config import Lookahead
from tests.engines.test_openvino import furthest, sessions
from tests.tiny_model import make_tiny_network


@pytest.mark.slow
@pytest.mark.parametrize("lookahead", ["window", "none"])
def test_sessions_together_are_answered_as_the_reference_answers_each_alone(
    tmp_path: Path, lookahead: Lookahead
) -> None:
    network, tokenizer = make_tiny_network(lookahead)
    export(network, tokenizer, "float", tmp_path)
    engine = PackedEngine(make_runner(tmp_path, "fp32", 1), Packer(tokenizer, network.config))
    exact = TorchEngine(network, tokenizer)
    assert (engine.name, engine.precision, PRECISIONS) == ("onnx", "fp32", ("fp32",))
    found = engine.run([engine.prepare(session) for session in sessions()])
    expected = [exact.answer(session) for session in sessions()]
    assert [one.rupture.shape for one in found] == [one.rupture.shape for one in expected]
    assert max(furthest(*pair) for pair in zip(found, expected, strict=True)) <= 1e-4
