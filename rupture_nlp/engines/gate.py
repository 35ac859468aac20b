"""In which precisions a shipped model gives the codes that it gives in 32 bits.

`resources/engine_gate.json` holds what `eval/engine_gate.py` measured, on sessions that the
networks had not seen. A model or a precision that does not stand there has not passed.
"""

import json
from importlib import resources

GATE = "engine_gate.json"


def has_passed(model_sha256: str, engine: str, precision: str) -> bool:
    """Whether this very model may be run so without being asked to."""
    file = resources.files("rupture_nlp.resources").joinpath(GATE)
    models = json.loads(file.read_text(encoding="utf-8"))["models"]
    rows = models.get(model_sha256, [])
    return any(
        row["engine"] == engine and row["precision"] == precision and row["passed"] for row in rows
    )
