"""OpenVINO answers as the reference engine does, and tells nobody that it is used."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.openvino_runner import export, make_runner
from rupture_nlp.engines.packed_engine import PackedEngine
from rupture_nlp.engines.packing import Packer
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.models.config import Lookahead
from rupture_nlp.schema import Utterance
from tests.models.made import WORDS, talk
from tests.tiny_model import make_tiny_network

REPOSITORY = Path(__file__).parents[2]


def sessions() -> list[tuple[Utterance, ...]]:
    """Short, long, with turns longer than a window's piece, empty ones, and none at all."""
    said = [" ".join(WORDS[(at * n) % 18] for at in range(n % 37)) for n in range(90)]
    return [talk("why", "fine"), talk(*said), (), talk("so angry at you " * 40, "", "okay")]


def furthest(ours: Answers, exact: Answers) -> float:
    """The largest difference of any answer, logits and vectors included."""
    return float(
        max(
            abs(getattr(ours, name) - getattr(exact, name)).max(initial=0.0)
            for name in Answers.__slots__
        )
    )


@pytest.mark.parametrize("model_type", ["bert", "mpnet"])  # mpnet: masks are added to scores
@pytest.mark.parametrize("lookahead", ["window", "none"])
@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("bf16", 0.2)])
def test_sessions_together_are_answered_as_the_reference_answers_each_alone(
    tmp_path: Path, model_type: str, lookahead: Lookahead, precision: str, tolerance: float
) -> None:
    # Made of shapes that the exporter has not seen: it runs the network on two windows of 48.
    network, tokenizer = make_tiny_network(lookahead, model_type=model_type)
    export(network, tokenizer, "float", tmp_path)
    runner = make_runner(tmp_path, precision, threads=1)
    engine = PackedEngine(runner, Packer(tokenizer, network.config))
    exact = TorchEngine(network, tokenizer)
    assert (engine.name, engine.precision) == ("openvino", precision)
    found = engine.run([engine.prepare(session) for session in sessions()])
    expected = [exact.answer(session) for session in sessions()]
    assert [one.rupture.shape for one in found] == [one.rupture.shape for one in expected]
    assert max(furthest(*pair) for pair in zip(found, expected, strict=True)) <= tolerance


def test_what_is_computed_with_a_session_hardly_changes_its_answers(tmp_path: Path) -> None:
    network, tokenizer = make_tiny_network()
    export(network, tokenizer, "float", tmp_path)
    engine = PackedEngine(
        make_runner(tmp_path, "fp32", threads=1), Packer(tokenizer, network.config)
    )
    alone = engine.answer(sessions()[1])
    together = engine.run([engine.prepare(session) for session in sessions()])[1]
    assert furthest(together, alone) <= 1e-4
    assert np.isfinite(alone.vectors).all()


def test_telemetry_is_neither_imported_nor_leaves_a_file(tmp_path: Path) -> None:
    # A package of that name lies first on the path; importing it would leave a file.
    decoy = tmp_path / "path" / "openvino_telemetry"
    decoy.mkdir(parents=True)
    told = tmp_path / "told"
    (decoy / "__init__.py").write_text(f"open({str(told)!r}, 'w').close()\n", encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "from rupture_nlp.engines.openvino_runner import import_openvino\n"
        "assert import_openvino().convert_model"
    )
    places = (str(decoy.parent), str(REPOSITORY))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join(places),
    }
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=home, check=True)
    assert not told.exists()
    assert list(home.rglob("*")) == []
