"""The gate of engines: rows worked by hand, and the file that ships."""

import json
from pathlib import Path

import numpy as np
import pytest

from eval.engine_gate import AGREED, KAPPA, Row, compared, for_package, markdown
from rupture_nlp.engines.base import Answers
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


def judged(changed: int) -> list[Row]:
    exact = rows(codes(0))
    decisions = [(np.ones(TURNS, np.bool_), Decision())]
    return compared(("made", "bf16"), exact, rows(codes(changed)), decisions)


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
    found = for_package(path, "new", judged(2))
    expected = {"engine": "made", "precision": "bf16", "passed": False}
    assert found["models"] == {"old": [], "new": [expected]}
    assert for_package(tmp_path / "none", "new", judged(0))["models"] == {
        "new": [expected | {"passed": True}]
    }


def test_the_table_has_a_line_a_row_and_the_signature() -> None:
    shown = markdown(judged(2), "sign")
    assert shown.count("| made | bf16 |") == 2
    assert shown.rstrip().endswith("`sign`")
