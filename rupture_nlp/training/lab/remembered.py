"""What was measured of memorisation, kept in the work folder."""

import json
from dataclasses import asdict
from pathlib import Path

from rupture_nlp.config import make_config
from rupture_nlp.io.atomic import write_text
from rupture_nlp.training.lab.memorise import Memorisation


def save_memorisation(path: Path, found: Memorisation) -> None:
    """Write it as JSON, whole or not at all."""
    write_text(path, json.dumps(asdict(found)) + "\n")


def load_memorisation(path: Path) -> Memorisation:
    """Read what `save_memorisation` wrote."""
    return make_config(Memorisation, json.loads(path.read_text(encoding="utf-8")), str(path))
