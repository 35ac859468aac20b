"""Labels and episodes of `small` on transcripts altered as users' differ, beside the unaltered.

    python -m eval.robustness RUNS --corpora ../shared/corpora --out eval/results

RUNS is the folder of `training/small.py`: each AnnoMI session is labelled by the network of the
fold that has not seen it, with the thresholds and the sequence layer of the other folds. What was
labelled is kept in RUNS/robustness, so that a run that was stopped goes on and `--score-only` shows
what there is.
"""

import hashlib
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from eval.inputs import (
    SPEAKERS,
    Corpora,
    Out,
    Runs,
    answers_hash,
    files_hash,
    signature_of,
    words_misheard,
)
from eval.robustness_figures import Labelled, Scorer, Told, as_reading, reference_episodes, told_of
from eval.robustness_picture import draw
from eval.robustness_readings import SETTINGS, Reading, Setting, readings_of
from eval.robustness_table import markdown
from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.io.atomic import atomic_path, write_text
from rupture_nlp.io.corpus import data_hash, read_split
from rupture_nlp.label.crf import SequenceReader
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.store import WEIGHTS, load_network
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.misheard import Confusions
from rupture_nlp.training.outoffold import ANSWERS, OutOfFold, load_out_of_fold
from rupture_nlp.training.run import Corpus, refuse_seen
from rupture_nlp.training.sequence_run import load_fold_layers
from training.steps import SPLIT, authored_corpora

app = typer.Typer(pretty_exceptions_enable=False)
log = logging.getLogger("robustness")
CLOSE = 1e-3  # logits: the same network on another machine or number of threads


@dataclass(frozen=True, slots=True)
class Fold:
    """A network and the sessions that it has not seen, each with the row of its first turn."""

    number: int
    run: Path
    weights: str  # short hash
    sessions: list[tuple[CodedSession, int]]
    reader: SequenceReader  # with the thresholds of the other folds


@dataclass(frozen=True, slots=True)
class Cost:
    """What labelling took: turns read, seconds of the processor and on the wall."""

    turns: int
    processor_s: float
    wall_s: float


@app.command()
def main(
    runs: Runs,
    corpora: Corpora,
    out: Out,
    threads: int = 1,
    repeats: Annotated[int, typer.Option(help="Seeds of the alteration `together`.")] = 1,
    score_only: Annotated[bool, typer.Option("--score-only")] = False,
) -> None:
    """Label what is not labelled yet; write `robustness.json`, `.md`, `.png` and `.svg`."""
    torch.set_num_threads(threads)
    corpus = Corpus.read(corpora / "annomi")
    predicted = load_out_of_fold(runs / "out-of-fold")
    folds = _folds(runs, corpus, predicted)
    confusions = words_misheard(authored_corpora(corpora))
    jobs = [
        (setting, seed)
        for setting in SETTINGS
        for seed in range(repeats if setting.kind == "together" else 1)
    ]
    if not score_only:
        _label_all(runs / "robustness", jobs, folds, confusions)
    result = _score_all(runs / "robustness", jobs, folds, confusions, (predicted, corpus))
    write_text(out / "robustness.json", json.dumps(result, indent=1) + "\n")
    write_text(out / "robustness.md", markdown(result))
    draw(result, out)
    typer.echo((out / "robustness.md").read_text(encoding="utf-8"))


def _folds(runs: Path, corpus: Corpus, predicted: OutOfFold) -> list[Fold]:
    sessions = {s.transcript.session_id: s for s in corpus.sessions}
    decisions = [decision for _, decision in cross_fitted(predicted)]
    split = read_split(SPLIT, corpus.sessions).folds
    layers = load_fold_layers(runs / "sequence", range(len(split))).folds
    labels = LabelSets.of(load_codebook())
    folds = []
    for number, fold in enumerate(split):
        run = runs / f"fold-{number}"
        refuse_seen(run, corpus.only(fold.test))
        numbers = np.unique(predicted.session[predicted.fold == number]).tolist()
        held = {predicted.session_ids[at]: at for at in numbers}
        if set(held) != set(fold.test):
            raise RunError(f"{runs}: predictions of another split. Run `predict` again.")
        first = {name: int(np.flatnonzero(predicted.session == at)[0]) for name, at in held.items()}
        weights = files_hash([run / WEIGHTS])[:12]
        unseen = [(sessions[name], row) for name, row in first.items()]
        reader = SequenceReader(layers[number], decisions[number], labels)
        folds.append(Fold(number, run, weights, unseen, reader))
        _refuse_other_network(folds[-1], predicted)
    return folds


def _refuse_other_network(fold: Fold, predicted: OutOfFold) -> None:
    session, first = min(fold.sessions, key=lambda one: len(one[0].transcript.utterances))
    answers = TorchEngine(*load_network(fold.run)).answer(session.transcript.utterances)
    stored = predicted.answers.rupture[first : first + len(answers.rupture)]
    if not np.allclose(answers.rupture, stored, atol=CLOSE):
        raise RunError(f"{fold.run}: not the network of the predictions. Run `predict` again.")


def _label_all(
    folder: Path, jobs: Sequence[tuple[Setting, int]], folds: Sequence[Fold], confusions: Confusions
) -> None:
    began, done = time.monotonic(), 0
    engines = {fold.number: TorchEngine(*load_network(fold.run)) for fold in folds}
    todo = [(job, fold) for job in jobs for fold in folds]
    for at, ((setting, seed), fold) in enumerate(todo):
        readings = readings_of(setting, fold.sessions, seed, confusions)
        path, key = _place(folder, setting, seed, fold), _key(readings, fold)
        if _cost(path, key) is None:
            _label(engines[fold.number], readings, path, key)
            done += 1
        left = (time.monotonic() - began) / max(done, 1) * (len(todo) - at - 1)
        log.info("%s, %d of %d, %.0f min left", path.stem, at + 1, len(todo), left / 60)


def _place(folder: Path, setting: Setting, seed: int, fold: Fold) -> Path:
    return folder / f"{setting.name}-seed-{seed}-fold-{fold.number}.safetensors"


def _key(readings: Sequence[Reading], fold: Fold) -> str:
    digest = hashlib.sha256(fold.weights.encode())
    for reading in readings:
        digest.update(reading.digest())
    return digest.hexdigest()


def _label(engine: TorchEngine, readings: Sequence[Reading], path: Path, key: str) -> None:
    wall, processor = time.monotonic(), time.process_time()
    answers = [engine.answer(reading.utterances) for reading in readings]
    cost = Cost(
        sum(len(reading.utterances) for reading in readings),
        time.process_time() - processor,
        time.monotonic() - wall,
    )
    arrays = {n: np.concatenate([getattr(a, n) for a in answers]) for n in ANSWERS}
    # Kept for a sequence layer that reads them; half the digits are enough.
    arrays["vectors"] = arrays["vectors"].astype(np.float16)
    with atomic_path(path) as temporary:
        save_file(arrays, temporary, {"key": key, "cost": json.dumps(asdict(cost))})


def _cost(path: Path, key: str) -> Cost | None:
    """What labelling took, if the file holds the answers to these readings."""
    if not path.exists():
        return None
    with safe_open(path, "numpy") as file:
        about = file.metadata() or {}
    return Cost(**json.loads(about["cost"])) if about.get("key") == key else None


def _score_all(
    folder: Path,
    jobs: Sequence[tuple[Setting, int]],
    folds: Sequence[Fold],
    confusions: Confusions,
    reference: tuple[OutOfFold, Corpus],
) -> dict[str, object]:
    predicted, corpus = reference
    scorer = _scorer(predicted, corpus, folds)
    told: dict[Setting, list[Told]] = {}
    costs: dict[Setting, list[Cost]] = {}
    for setting, seed in jobs:
        labelled: list[Labelled] = []
        for fold in folds:
            readings = readings_of(setting, fold.sessions, seed, confusions)
            path = _place(folder, setting, seed, fold)
            cost = _cost(path, _key(readings, fold))
            if cost is None:
                break
            costs.setdefault(setting, []).append(cost)
            labelled += _with_answers(readings, path, fold.reader)
        else:
            log.info("scoring %s", setting.name)
            told.setdefault(setting, []).append(told_of(labelled, predicted.session))
    return {
        "signature": _signature(folder.parent, corpus, scorer),
        "not_run": sorted({setting.name for setting, _ in jobs if setting not in told}),
        "rows": [_row(scorer, setting, told[setting], costs[setting]) for setting in told],
    }


def _scorer(predicted: OutOfFold, corpus: Corpus, folds: Sequence[Fold]) -> Scorer:
    labelled: list[Labelled] = []
    for fold in folds:
        numbers = np.unique(predicted.session[predicted.fold == fold.number]).tolist()
        labelled += [(*as_reading(predicted, corpus, at), fold.reader) for at in numbers]
    unaltered = told_of(labelled, predicted.session)
    resamples = resample(len(predicted.groups))
    return Scorer(predicted, unaltered, reference_episodes(predicted, corpus), resamples)


def _with_answers(
    readings: Sequence[Reading], path: Path, reader: SequenceReader
) -> list[Labelled]:
    arrays = load_file(path)
    ends = np.cumsum([len(reading.utterances) for reading in readings])
    labelled: list[Labelled] = []
    for read, end in zip(readings, ends.tolist(), strict=True):
        rows = slice(end - len(read.utterances), end)
        answers = Answers(**{name: arrays[name][rows] for name in ANSWERS})
        labelled.append((read, answers, reader))
    return labelled


def _row(
    scorer: Scorer, setting: Setting, told: Sequence[Told], costs: Sequence[Cost]
) -> dict[str, object]:
    turns, ruptures = scorer.gone(told)
    speakers = {name: scorer.turns(told, patient=name == "patient") for name in SPEAKERS}
    read = sum(cost.turns for cost in costs)
    return {
        "kind": setting.kind,
        "strength": setting.strength,
        "seeds": len(told),
        "gone": {"turns": turns, "ruptures": ruptures},
        **{
            speaker: {measure: asdict(figure) for measure, figure in of.items()}
            for speaker, of in speakers.items()
        },
        "episodes": {n: asdict(figure) for n, figure in scorer.found_episodes(told).items()},
        "episodes_found": scorer.episodes_found(told),
        "turns_read": read,
        "processor_ms_per_turn": 1000 * sum(cost.processor_s for cost in costs) / read,
        "wall_ms_per_turn": 1000 * sum(cost.wall_s for cost in costs) / read,
    }


def _signature(runs: Path, corpus: Corpus, scorer: Scorer) -> str:
    unit = "original utterance, each speaker apart; threshold counting, cross-fitted"
    model = f"small out of fold {answers_hash(runs)}"
    signature = signature_of(scorer.resamples, unit, data_hash(corpus.sessions), model)
    return replace(signature, coders=("gold", "small")).line()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
