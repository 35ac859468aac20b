"""What a system says of the lab's sessions as a results folder, for the evaluation harness."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rupture_nlp import __version__
from rupture_nlp.codebook import load_codebook
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.training.export import WriteResults, decide_sessions
from rupture_nlp.training.lab.score import System
from rupture_nlp.training.run import Corpus


@dataclass(frozen=True, slots=True)
class How:
    """How the rows of a system came about, for the signature of its results."""

    coder: str  # the name under which it stands in the results
    version: str
    split: str
    thresholds: str
    lookahead: str = "window"


def write_system(
    out: Path,
    system: System,
    corpus: Corpus,
    how: How,
    write: WriteResults,
    layer: SequenceLayer | None = None,
) -> None:
    """Write the results folder `out`. `layer` finds the episodes; without it the rules do.

    The layer must be one that was not fitted on these sessions.
    """
    folds = [int(number) for number in np.unique(system.rows.fold)]
    layers = None if layer is None else dict.fromkeys(folds, layer)
    sessions = decide_sessions(system.rows, corpus, system.decisions, how.coder, "counting", layers)
    answers = np.ascontiguousarray(system.rows.answers.rupture)
    record = {
        "signature": {
            "model_name": how.coder,
            "model_version": how.version,
            "out_of_fold": True,
            "split": how.split,
            "engine": "torch",
            "precision": "fp32",
            "lookahead": how.lookahead,
            "preset": "counting",
            "episodes": "rules" if layer is None else "crf, of the starting model",
            "thresholds": how.thresholds,
            "codebook_sha256": load_codebook().sha256,
            "answers_sha256": hashlib.sha256(answers.tobytes()).hexdigest(),
            "rupture_nlp": __version__,
        },
        "counts": {"sessions": len(sessions), "utterances": len(system.rows.session)},
    }
    write(out, sessions, f"{corpus.name}/utterances.csv", record)
