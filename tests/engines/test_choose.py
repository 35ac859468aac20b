"""Which engine computes, and in which precision."""

import json
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from rupture_nlp.engines import choose, exported_engine, gate, openvino_runner
from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.cache import ENVIRONMENT, cache_folder
from rupture_nlp.engines.choose import make_engine
from rupture_nlp.engines.exported_runner import ExportedRunner
from rupture_nlp.errors import EngineError
from rupture_nlp.models.bundle import Bundle


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "cache"))
    monkeypatch.setattr(choose, "has_graphics_card", lambda: False)


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.from_pretrained(tiny_bundle)


@dataclass
class MadeLibrary:
    """OpenVINO under another name, with faults."""

    NAME: str = "openvino"
    PACKAGES: tuple[str, ...] = ("openvino",)
    PRECISIONS: tuple[str, ...] = ("fp32", "bf16")
    adds: float = 0.0  # to the probabilities of markers
    breaks: bool = False
    bf16: bool = True
    exports: int = 0

    form_of = staticmethod(openvino_runner.form_of)

    def computes_bf16(self) -> bool:
        return self.bf16

    def export(self, network: object, tokenizer: object, form: str, folder: Path) -> None:
        self.exports += 1
        if self.breaks:
            raise RuntimeError("an operator that is not known")
        openvino_runner.export(network, tokenizer, form, folder)  # type: ignore[arg-type]

    def make_runner(self, folder: Path, precision: str, threads: int) -> ExportedRunner:
        runner = openvino_runner.make_runner(folder, precision, threads)
        real = runner.heads

        def heads(vectors: np.ndarray, patients: np.ndarray) -> Answers:
            answers = real(vectors, patients)
            return replace(answers, markers=answers.markers + np.float32(self.adds))

        runner.heads = heads  # type: ignore[method-assign]
        return runner


def use(monkeypatch: pytest.MonkeyPatch, *libraries: MadeLibrary) -> None:
    made = {library.NAME: library for library in libraries}
    for module in (choose, exported_engine):
        monkeypatch.setattr(module, "LIBRARIES", made)
    monkeypatch.setattr(choose, "ENGINES", ("auto", "torch", *made))


def test_auto_takes_the_fastest_and_tells_once_what_takes_long(bundle: Bundle) -> None:
    steps: list[str] = []
    for _ in range(2):
        engine = make_engine(bundle, threads=1, on_step=steps.append)
        assert (engine.name, engine.precision) == ("openvino", "fp32")
    assert [step.split(",")[0] for step in steps] == [
        "preparing the model for openvino",
        "comparing openvino in fp32 with torch",
    ]


def test_what_the_comparison_found_lies_with_the_export(bundle: Bundle) -> None:
    make_engine(bundle, "openvino", "fp32", threads=1)
    [record] = cache_folder().glob("openvino-float-*/parity-fp32-*.json")
    found = json.loads(record.read_text(encoding="utf-8"))
    assert found["passed"] is True
    assert found["largest"] < 1e-4


def test_torch_alone_needs_no_export(bundle: Bundle) -> None:
    engine = make_engine(bundle, "torch", threads=1)
    assert (engine.name, engine.precision) == ("torch", "fp32")
    assert not cache_folder().exists()


def test_with_a_graphics_card_auto_is_torch(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "has_graphics_card", lambda: True)
    # No card here to compute on.
    assert choose._fastest_first(bundle, "auto") == ["torch"]  # noqa: SLF001


def test_without_libraries_auto_is_torch(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "is_installed", lambda _: False)
    assert make_engine(bundle, threads=1).name == "torch"


def test_an_engine_that_answers_wrong_is_refused_by_name_and_passed_over_by_auto(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, steps = MadeLibrary(adds=0.02), list[str]()
    use(monkeypatch, library)
    with pytest.raises(
        EngineError, match=r"does not answer as torch.*by up to 0\.02\..*--engine t"
    ):
        make_engine(bundle, "openvino", "fp32", threads=1)
    assert make_engine(bundle, threads=1, on_step=steps.append).name == "torch"
    assert "Passed over" in steps[-1]
    assert library.exports == 1  # nor is it compared again
    assert len(steps) == 1


def test_a_model_that_cannot_be_exported_is_labelled_by_torch(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, MadeLibrary(breaks=True))
    with pytest.raises(EngineError, match=r"cannot take this model \(RuntimeError\)") as caught:
        make_engine(bundle, "openvino", threads=1)
    assert caught.value.__context__ is None
    assert make_engine(bundle, threads=1).name == "torch"


def test_a_library_that_is_not_installed_is_named_with_what_to_do(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, MadeLibrary(PACKAGES=("not_there_at_all",)))
    with pytest.raises(EngineError, match=r"pip install 'rupture-nlp\[openvino\]'"):
        make_engine(bundle, "openvino", threads=1)
    assert make_engine(bundle, threads=1).name == "torch"


@pytest.mark.parametrize(
    ("engine", "precision", "problem"),
    [
        ("abacus", "auto", "unknown engine; there are auto, torch, "),
        ("auto", "fp7", "unknown precision; there are auto, fp32, "),
    ],
)
def test_unknown_names_are_told_with_those_there_are(
    bundle: Bundle, engine: str, precision: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        make_engine(bundle, engine, precision)


def test_a_precision_that_an_engine_does_not_have_is_refused(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, MadeLibrary(PRECISIONS=("fp32",)))
    with pytest.raises(ValueError, match="openvino does not compute in bf16"):
        make_engine(bundle, "openvino", "bf16")
    assert make_engine(bundle, "auto", "bf16", threads=1).name == "torch"


def allow(monkeypatch: pytest.MonkeyPatch, folder: Path, **row: object) -> None:
    """Let the gate hold one model with one row."""
    sha256 = str(row.pop("sha256"))
    content = {"models": {sha256: [{"engine": "openvino", "precision": "bf16"} | row]}}
    (folder / gate.GATE).write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(resources, "files", lambda _: folder)


@pytest.mark.parametrize(
    ("changed", "able", "expected"),
    [
        ({"passed": True}, True, "bf16"),
        ({"passed": True}, False, "fp32"),
        ({"passed": False}, True, "fp32"),
        ({"passed": True, "engine": "torch"}, True, "fp32"),
        ({"passed": True, "precision": "int8"}, True, "fp32"),
        ({"passed": True, "sha256": "of another model"}, True, "fp32"),
    ],
)
def test_16_bits_are_taken_unasked_only_where_this_model_passed_and_the_processor_computes_them(
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    changed: dict[str, object],
    able: bool,
    expected: str,
) -> None:
    use(monkeypatch, MadeLibrary(bf16=able))
    allow(monkeypatch, tmp_path, **({"sha256": bundle.sha256} | changed))
    assert choose._precision_for(bundle, "openvino") == expected  # noqa: SLF001


@pytest.mark.parametrize(
    ("card", "able", "expected"),
    [(False, True, "bf16"), (False, False, "fp32"), (True, True, "fp32")],
)
def test_torch_takes_16_bits_unasked_on_processors_alone(
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    card: bool,
    able: bool,
    expected: str,
) -> None:
    monkeypatch.setattr(choose, "has_graphics_card", lambda: card)
    monkeypatch.setattr(choose, "computes_bf16", lambda: able)
    allow(monkeypatch, tmp_path, sha256=bundle.sha256, engine="torch", passed=True)
    assert choose._precision_for(bundle, "torch") == expected  # noqa: SLF001


def test_an_engine_that_takes_16_bits_comes_before_one_that_does_not(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(choose, "computes_bf16", lambda: True)
    use(monkeypatch, MadeLibrary(), MadeLibrary(NAME="onnx", PACKAGES=("onnxruntime",)))
    first = choose._fastest_first  # noqa: SLF001
    assert first(bundle, "auto") == ["openvino", "onnx", "torch"]
    allow(monkeypatch, tmp_path, sha256=bundle.sha256, engine="torch", passed=True)
    assert first(bundle, "auto") == ["torch", "openvino", "onnx"]
    assert first(bundle, "fp32") == ["openvino", "onnx", "torch"]


def test_the_gate_that_ships_can_be_read(bundle: Bundle) -> None:
    assert not gate.has_passed(bundle.sha256, "openvino", "bf16")
