"""From run folders to sequence layers, kept beside the out-of-fold rows they were fitted on."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.sequence_store import SequenceLayer, load_sequence, save_sequence
from rupture_nlp.training.calibrate import cross_fitted, fit_decision
from rupture_nlp.training.outoffold import OutOfFold
from rupture_nlp.training.run import Corpus
from rupture_nlp.training.sequence import SequenceSettings
from rupture_nlp.training.sequence_examples import SequenceExample, make_examples
from rupture_nlp.training.sequence_folds import FoldLayers, fit_fold_layers

log = logging.getLogger(__name__)

DONE, FINAL = "run.json", "final"


def sequence_examples(
    predicted: OutOfFold, corpus: Corpus, further: Sequence[tuple[OutOfFold, Corpus, float]]
) -> tuple[list[SequenceExample], list[SequenceExample]]:
    """Examples of `corpus`, calibrated fold by fold, and those of further corpora with weights.

    A further corpus was predicted by a network that never saw it, and is calibrated by itself.
    """
    own = make_examples(predicted, corpus, cross_fitted(predicted))
    more: list[SequenceExample] = []
    for rows, other, weight in further:
        everything = np.ones(len(rows.session), dtype=bool)
        more += make_examples(rows, other, [(everything, fit_decision(rows))], weight)
    return own, more


def run_sequence(
    folder: Path,
    examples: Sequence[SequenceExample],
    further: Sequence[SequenceExample],
    settings: SequenceSettings,
) -> FoldLayers:
    """Fit the layers of all folds and the final one into `folder`; done before, they are read.

    Raises:
        RunError: the folder holds layers of other examples or settings.
    """
    signature = {
        "settings": asdict(settings),
        "examples": _hash(examples),
        "further": _hash(further),
        "codebook_sha256": load_codebook().sha256,
    }
    numbers = sorted({example.fold for example in examples})
    if (folder / DONE).is_file():
        done = json.loads((folder / DONE).read_text(encoding="utf-8"))
        if done != json.loads(json.dumps(signature)):
            raise RunError(
                f"{folder}: holds sequence layers of other settings or sessions. "
                "Use another folder, or delete this one to start over."
            )
        return load_fold_layers(folder, numbers)
    labels = LabelSets.of(load_codebook())
    layers = fit_fold_layers(examples, further, labels, settings, _say)
    for number, layer in layers.folds.items():
        save_sequence(folder / f"fold-{number}", layer)
    save_sequence(folder / FINAL, layers.final)
    write_text(folder / DONE, json.dumps(signature, indent=1) + "\n")
    return layers


def load_fold_layers(folder: Path, numbers: Sequence[int]) -> FoldLayers:
    """Read what `run_sequence` wrote.

    Raises:
        RunError: a layer is missing.
    """
    return FoldLayers({n: _load(folder / f"fold-{n}") for n in numbers}, _load(folder / FINAL))


def _load(folder: Path) -> SequenceLayer:
    layer = load_sequence(folder)
    if layer is None:
        raise RunError(f"{folder}: no sequence layer there. Fit the layers again.")
    return layer


def _hash(examples: Sequence[SequenceExample]) -> str:
    digest = sha256()
    for example in examples:
        digest.update(f"{example.transcript.session_id} {example.fold} {example.weight}".encode())
        digest.update(np.round(example.features, 6).tobytes())
        digest.update(example.tags.tobytes())
        ratings = [(s.episode.resolution, s.episode.repaired) for s in example.spans]
        digest.update(repr((ratings, example.ratings)).encode())
    return digest.hexdigest()


def _say(done: int, steps: int) -> None:
    log.info("sequence layer: tagger %d of %d", done, steps)
