"""Golden files of the evaluation: cases and answers of other programs, read where they lie."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "golden" / "evaluation"


def golden_cases(name: str) -> list[dict[str, Any]]:
    """Cases of one file; they are plain JSON, so their values have any type."""
    held = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert held["made_by"].endswith("tests/golden/make_oracles.py")
    cases: list[dict[str, Any]] = held["cases"]
    return cases
