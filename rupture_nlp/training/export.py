"""Out-of-fold rows as a results folder, which `evaluate` scores like that of any other system.

The rows are decided by the code that decides in use, each fold by thresholds from the other folds.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rupture_nlp import __version__
from rupture_nlp.codebook import Codebook, load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.errors import RunError
from rupture_nlp.label.crf import SequenceReader
from rupture_nlp.label.decide import Decider
from rupture_nlp.label.sequence import read_session
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.sequence_store import SequenceLayer
from rupture_nlp.schema import SessionPrediction, Speaker, Transcript
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import ANSWERS, OutOfFold
from rupture_nlp.training.run import Corpus

Folds = Sequence[tuple[NDArray[np.bool_], Decision]]
Layers = Mapping[int, SequenceLayer]
Labelled = tuple[Transcript, SessionPrediction]
WriteResults = Callable[[Path, Iterable[Labelled], str, Mapping[str, object]], None]
"""Folder, sessions, where their transcripts lie, content of `run.json`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How the rows came about; all of it stands in the signature of `run.json`."""

    model: str  # name of the model that stands as coder
    split: str
    engine: str
    precision: str
    lookahead: str
    preset: str = "counting"


def export_predictions(
    predicted: OutOfFold,
    corpus: Corpus,
    out: Path,
    origin: Origin,
    write: WriteResults,
    layers: Layers | None = None,
) -> None:
    """Write the results folder `out` of out-of-fold rows of `corpus`.

    `layers` holds the sequence layer of each fold; without it episodes and ratings are by rule.

    `write` is `rupture_nlp.pipeline.results.write_results`; it is given from outside because
    training and pipeline do not know each other.

    Raises:
        RunError: the rows are not those of the corpus, or were made with another codebook.
    """
    folds = cross_fitted(predicted)
    sessions = decide_sessions(predicted, corpus, folds, origin.model, origin.preset, layers)
    record = {
        "signature": _signature(
            predicted, origin, "rules" if layers is None else "crf, cross-fitted"
        ),
        "folds": [
            {"sessions": len(np.unique(predicted.session[rows])), "decision": asdict(decision)}
            for rows, decision in folds
        ],
        "counts": {"sessions": len(sessions), "utterances": len(predicted.session)},
    }
    write(out, sessions, f"{corpus.name}/utterances.csv", record)


def decide_sessions(
    predicted: OutOfFold,
    corpus: Corpus,
    folds: Folds,
    coder: str,
    preset: str = "counting",
    layers: Layers | None = None,
) -> list[Labelled]:
    """Every session with what the model says of it, in the order of `predicted.session_ids`.

    `folds` is what `cross_fitted` gives; `coder` the name that the model bears in the results;
    `layers` the sequence layer of each fold by its number, None for the rules.

    Raises:
        RunError: as in `export_predictions`.
    """
    codebook = load_codebook()
    _refuse_other_codebook(predicted.answers, codebook)
    transcripts = {s.transcript.session_id: s.transcript for s in corpus.sessions}
    labels = LabelSets.of(codebook)
    sessions: dict[int, Labelled] = {}
    for chosen, decision in folds:
        decider = Decider(decision, labels, codebook, preset)
        for number in np.unique(predicted.session[chosen]):
            rows = predicted.rows(predicted.session == number)
            transcript = transcripts.get(predicted.session_ids[number])
            if transcript is None or not _is_of(rows, transcript):
                raise RunError(
                    f"{corpus.name}: out-of-fold rows of other sessions, or of other turns. "
                    "Predict the folds again."
                )
            turns = decider.decide(transcript.utterances, rows.answers)
            reading = None
            if layers is not None:
                reader = SequenceReader(layers[int(rows.fold[0])], decision, labels)
                reading = reader.read(transcript, rows.answers, turns)
            found = read_session(transcript, coder, turns, codebook, reading)
            sessions[int(number)] = transcript, found
    return [sessions[number] for number in sorted(sessions)]


def _is_of(rows: OutOfFold, transcript: Transcript) -> bool:
    patients = [u.speaker is Speaker.PATIENT for u in transcript.utterances]
    return np.array_equal(rows.targets.is_patient, patients)


def _refuse_other_codebook(answers: Answers, codebook: Codebook) -> None:
    labels = LabelSets.of(codebook)
    widths = (len(labels.markers), len(labels.strategies), len(labels.processes) + 1)
    given = tuple(
        part.shape[1] for part in (answers.markers, answers.strategies, answers.processes)
    )
    if given != widths:
        raise RunError("out-of-fold rows of another codebook. Predict the folds again.")


def _signature(predicted: OutOfFold, origin: Origin, episodes: str) -> dict[str, str | bool]:
    digest = hashlib.sha256()
    for name in ANSWERS:
        digest.update(np.ascontiguousarray(getattr(predicted.answers, name)).tobytes())
    answers = digest.hexdigest()
    return {
        "model_name": origin.model,
        "model_version": f"out of fold {answers[:8]}",
        "out_of_fold": True,
        "split": origin.split,
        "engine": origin.engine,
        "precision": origin.precision,
        "lookahead": origin.lookahead,
        "preset": origin.preset,
        "episodes": episodes,
        "thresholds": "cross-fitted: each fold's from the other folds",
        "codebook_sha256": load_codebook().sha256,
        "answers_sha256": answers,
        "rupture_nlp": __version__,
    }
