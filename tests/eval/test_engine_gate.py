"""The gate of engines: rows worked by hand, and the file that ships."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from eval import engine_gate
from eval.engine_gate import ways
from eval.engine_gate_rows import (
    AGREED,
    KAPPA,
    Measured,
    Row,
    compared,
    for_package,
    markdown,
    merged,
    read_rows,
)
from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.gate import GATE
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.models.decision import Decision
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.targets import Targets

TURNS = 200


def rows(codes: list[int]) -> OutOfFold:
    """Turns of patient and therapist by turns, with one code each that is all but certain."""
    count = len(codes)
    scores = np.full((count, 5), -9.0, np.float32)
    scores[np.arange(count), codes] = 9.0
    width = {"rupture": 5, "intensity": 3, "processes": 2}
    others = {
        name: np.zeros((count, width.get(name, 1)), np.float32)
        for name in Answers.__slots__
        if name != "rupture"
    }
    ones = np.ones(count, np.bool_)
    values: dict[str, object] = dict.fromkeys(Targets.__slots__, ones)
    values |= {"rupture": scores > 0, "is_patient": np.arange(count) % 2 == 0}
    numbers = np.zeros(count, np.int64)
    targets = Targets(**values)  # type: ignore[arg-type]  # the other fields are not looked at
    answers = Answers(rupture=scores, **others)
    return OutOfFold(answers, targets, numbers, numbers, numbers, ("s",), ("g",))


def codes(changed: int) -> list[int]:
    """Of each speaker's hundred turns forty are ruptures; some of the patient's change code."""
    made = [1 if turn % 10 < 4 else 0 for turn in range(TURNS)]
    for turn in [t for t in range(0, TURNS, 2) if made[t]][:changed]:
        made[turn] = 2
    return made


def judged(
    changed: int, engine: str = "made", precision: str = "bf16", model: str = "m", sha: str = "new"
) -> list[Row]:
    exact = rows(codes(0))
    decisions = [(np.ones(TURNS, np.bool_), Decision())]
    measured = Measured(model, sha, engine, precision, "made 1.0", f"sign {model}")
    return compared(measured, exact, rows(codes(changed)), decisions)


def test_the_same_codes_pass() -> None:
    for row in judged(0):
        assert (row.kappa, row.agreed, row.argmax, row.largest) == (1.0, 1.0, 1.0, 0.0)
        assert (row.turns, row.ruptures, row.passed) == (100, 40, True)
        assert row.kappa_reference == 1.0


def test_changed_ruptures_of_one_speaker_are_that_speakers() -> None:
    patient, therapist = judged(2)
    assert therapist.passed
    assert patient.agreed == pytest.approx(38 / 40)
    assert patient.argmax == pytest.approx(0.98)
    table = np.zeros((5, 5))
    table[0, 0], table[1, 1], table[1, 2] = 60, 38, 2
    assert patient.kappa == pytest.approx(float(kappa_of(table)))
    assert patient.agreed < AGREED
    assert not patient.passed


def test_kappa_alone_can_fail_it() -> None:
    patient, _ = judged(1)
    assert patient.agreed == pytest.approx(0.975)
    assert patient.agreed >= AGREED
    assert (patient.kappa >= KAPPA) is patient.passed


def test_the_file_that_ships_holds_what_passed_for_both_speakers(tmp_path: Path) -> None:
    path = tmp_path / "gate.json"
    path.write_text(json.dumps({"models": {"old": []}}), encoding="utf-8")
    found = for_package(path, judged(2))
    expected = {"engine": "made", "precision": "bf16", "passed": False}
    assert found["models"] == {"old": [], "new": [expected]}
    assert for_package(tmp_path / "none", judged(0))["models"] == {
        "new": [expected | {"passed": True}]
    }


def test_of_what_ships_the_same_model_engine_and_precision_alone_are_replaced(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gate.json"
    for measured in (judged(0), judged(0, "other"), judged(0, sha="base"), judged(2)):
        path.write_text(json.dumps(for_package(path, measured)), encoding="utf-8")
    models = json.loads(path.read_text(encoding="utf-8"))["models"]
    assert {
        (sha, row["engine"]): row["passed"] for sha, listed in models.items() for row in listed
    } == {("new", "made"): False, ("new", "other"): True, ("base", "made"): True}


def test_rows_of_other_models_engines_and_precisions_stay() -> None:
    held = [
        *judged(0),
        *judged(0, "other"),
        *judged(0, precision="fp32"),
        *judged(0, model="base", sha="its own"),
    ]
    found = merged(held, judged(2))
    assert len(found) == len(held)
    assert {(row.model, row.engine, row.precision) for row in found if not row.passed} == {
        ("m", "made", "bf16")
    }
    assert [row.model for row in found] == ["m"] * 6 + ["base"] * 2


def test_rows_of_weights_that_a_model_no_longer_has_go() -> None:
    held = [*judged(0, "other", sha="old"), *judged(0, model="base", sha="its own")]
    found = merged(held, judged(0))
    assert {(row.model, row.sha256) for row in found} == {("m", "new"), ("base", "its own")}


def test_rows_are_read_as_they_were_written_and_rows_of_another_form_are_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.json"
    assert read_rows(path) == []
    listed = [asdict(row) for row in judged(2)]
    path.write_text(json.dumps({"rows": listed}), encoding="utf-8")
    assert read_rows(path) == judged(2)
    path.write_text(json.dumps({"rows": [{"engine": "made"}]}), encoding="utf-8")
    with pytest.raises(RunError, match="another version"):
        read_rows(path)


def test_a_run_that_was_stopped_goes_on_with_the_fold_it_was_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def predict(_corpus: object, made: list[tuple[str, tuple[str, ...]]], _: object) -> OutOfFold:
        [(engine, sessions)] = made
        asked.append(engine)
        if asked == ["fold-0", "fold-1"]:
            raise KeyboardInterrupt
        return replace(rows(codes(0)), session_ids=sessions)

    network = SimpleNamespace(config=SimpleNamespace(labels=None))
    monkeypatch.setattr(engine_gate, "load_network", lambda _: (network, None))
    monkeypatch.setattr(engine_gate, "_make", lambda run, _way, _threads: run.name)
    monkeypatch.setattr(engine_gate, "predict_folds", predict)
    parts = ((tmp_path / "fold-0", ("a",)), (tmp_path / "fold-1", ("b",)))
    folds = engine_gate.Folds(None, parts, "hash")  # type: ignore[arg-type]  # it is only passed on
    way = ("torch", "bf16")
    with pytest.raises(KeyboardInterrupt):
        engine_gate._answers(folds, way, tmp_path / "kept", 1)  # noqa: SLF001
    engine_gate._answers(folds, way, tmp_path / "kept", 1)  # noqa: SLF001
    found, with_what = engine_gate._answers(folds, way, tmp_path / "kept", 1)  # noqa: SLF001
    assert asked == ["fold-0", "fold-1", "fold-1"]
    assert found.session_ids == ("a", "b")
    assert np.bincount(found.fold).tolist() == [TURNS, TURNS]
    assert with_what.count("torch") == 1
    other = replace(folds, sha256="of other networks")
    engine_gate._answers(other, way, tmp_path / "kept", 1)  # noqa: SLF001
    assert asked[3:] == ["fold-0", "fold-1"]


def test_engines_and_precisions_can_be_named() -> None:
    assert ways(["torch"]) == [("torch", "bf16")]
    assert ways(["torch"], ["fp32"]) == []  # the reference itself
    assert ways(["openvino"], ["fp32"]) == [("openvino", "fp32")]


def test_the_table_has_a_line_a_row_and_each_signature_once() -> None:
    shown = markdown([*judged(2), *judged(0, model="base", sha="its own")])
    assert shown.count("| made | bf16 |") == 4
    assert shown.count("* m made bf16: made 1.0; new") == 1
    assert shown.count("`sign m`") == shown.count("`sign base`") == 1


def test_what_ships_is_what_the_results_say(tmp_path: Path) -> None:
    results = Path(engine_gate.__file__).parent / "results" / GATE
    measured = for_package(tmp_path / "none", read_rows(results))
    shipped = json.loads(engine_gate.SHIPPED.read_text(encoding="utf-8"))

    def listed(content: dict[str, object]) -> set[tuple[str, str, str, bool]]:
        models: dict[str, list[dict[str, object]]] = content["models"]  # type: ignore[assignment]  # JSON
        return {
            (sha, str(row["engine"]), str(row["precision"]), bool(row["passed"]))
            for sha, rows_of in models.items()
            for row in rows_of
        }

    assert listed(shipped) == listed(measured)
