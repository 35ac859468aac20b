"""One run of a training: learn from some sessions, answer for others, keep the answers.

A run that is done is known by what it left in the work folder and is not done again; its weights,
but for those of the final model, are not kept.
"""

import itertools
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.io.atomic import write_text
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.places import NETWORK
from rupture_nlp.models.store import load_network, read_network_config
from rupture_nlp.training.lab.clock import Clock
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.plan import LabSettings
from rupture_nlp.training.lab.schedule import PlannedRun
from rupture_nlp.training.lab.start import Start
from rupture_nlp.training.lab.work import CHOICES, ROWS
from rupture_nlp.training.outoffold import (
    INDEX,
    OutOfFold,
    load_out_of_fold,
    predict_folds,
    save_out_of_fold,
)
from rupture_nlp.training.processes import is_first, told_by_first, wait_for_all
from rupture_nlp.training.run import Corpus, refuse_seen, train_run
from rupture_nlp.training.settings import LabelRules, TrainSettings
from rupture_nlp.training.silence import FLOOR

RUNS = "runs"
"""The folder of runs that are not done, in the work folder."""

CORPUS = "lab"
"""The name of every lab's corpus in what training writes: folders may be named after people."""

STAGES = {
    "choice": "choosing how long to train",
    "fold": "cross-validation",
    "curve": "learning curve",
    "final": "final model",
    "memorisation": "measuring memorisation",
}


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs of a training share."""

    data: LabData
    corpus: Corpus
    start: Start
    bare: Start | None  # for the lower line of the learning curve
    settings: LabSettings
    train: TrainSettings
    work: Path
    clock: Clock

    def source(self, run: PlannedRun) -> Start:
        """Where this run starts from."""
        return self.bare if run.source == "bare" and self.bare is not None else self.start


def lab_settings(data: LabData, start: Start, settings: LabSettings) -> TrainSettings:
    """The settings of training with what data and starting network say put in."""
    train = settings.train
    if start.labels:
        windows = read_network_config(start.folder / NETWORK).windows
        context = min(train.context_tokens, windows.context_tokens)
        train = replace(train, windows=windows, context_tokens=context)
    return replace(
        train,
        corpus_weights={},
        losses=replace(train.losses, coder_share=data.coder_share),
        labels=LabelRules(data.labels.class_of, data.labels.speakers),
    )


def lab_corpus(data: LabData) -> Corpus:
    """The sessions as training takes them."""
    return Corpus(CORPUS, data.reference, data.sessions)


def train_planned(bench: Bench, run: PlannedRun, epochs: int, corpus: Corpus | None = None) -> Path:
    """Do the run, or go on with it; its folder. `corpus` stands in for the lab's own."""
    bench.clock.begin(run.name, STAGES[run.purpose])
    folder = bench.work / RUNS / run.name
    learned = corpus or bench.corpus.only(run.learn)
    settings = replace(bench.train, epochs=epochs)
    if bench.settings.nested and run.purpose == "choice":
        settings = replace(settings, patience=0)  # curves of one length, to be averaged
    validation = bench.corpus.only(run.held_out) if run.held_out else None
    start = bench.source(run).folder
    train_run(folder, [learned], start, settings, validation, bench.clock.step)
    return folder


def rows_of(bench: Bench, run: PlannedRun, epochs: int) -> OutOfFold:
    """What the run's network answers for its test sessions, none of which it saw."""
    kept = bench.work / ROWS / run.name
    if not told_by_first((kept / INDEX).is_file()):
        folder = train_planned(bench, run, epochs)
        if is_first():
            refuse_seen(folder, bench.corpus.only(run.test))
            engine = TorchEngine(*load_network(folder), device=_device())
            save_out_of_fold(kept, answers_of(bench, engine, run.test))
        wait_for_all()
        _discard(folder)
    bench.clock.finish(run.name, STAGES[run.purpose])
    return load_out_of_fold(kept)


def scores_of(bench: Bench, run: PlannedRun) -> list[float]:
    """The validation score after each epoch of a run that chooses."""
    kept = bench.work / CHOICES / f"{run.name}.json"
    if not told_by_first(kept.is_file()):
        folder = train_planned(bench, run, bench.train.epochs)
        if is_first():
            write_text(kept, json.dumps(_validation(folder)) + "\n")
        wait_for_all()
        _discard(folder)
    bench.clock.finish(run.name, STAGES[run.purpose])
    scores: list[float] = json.loads(kept.read_text(encoding="utf-8"))
    return scores


def answers_of(bench: Bench, engine: TorchEngine, ids: tuple[str, ...]) -> OutOfFold:
    """The answers of any engine for sessions of the lab, in one fold."""
    labels = LabelSets.of(load_codebook())
    done = itertools.count()

    def tell(_: str = "") -> None:
        bench.clock.part(f"{next(done)} of {len(ids)} sessions that it has not seen are labelled")

    tell()
    return predict_folds(
        bench.corpus,
        [(engine, ids)],
        labels,
        on_session=tell,
        speakers=bench.train.labels.speakers,
    )


def without_unlearned(rows: OutOfFold, rules: LabelRules) -> OutOfFold:
    """The rows of a model that knows more codes than the lab used, which it is not asked for."""
    gone = [code for code, place in enumerate(rules.class_of) if place < 0]
    logits = rows.answers.rupture.copy()
    logits[:, gone] = np.float32(FLOOR)
    return replace(rows, answers=replace(rows.answers, rupture=logits))


def _validation(folder: Path) -> list[float]:
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [float(record["validation"]) for record in records if "validation" in record]


def _discard(folder: Path) -> None:
    if is_first():
        shutil.rmtree(folder, ignore_errors=True)
    wait_for_all()


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
