"""How many epochs: chosen for each fold inside its training side, for the final model by them all.

The score is the mean over speakers of the average precision of a rupture (see `validation`).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median_low

import numpy as np

from rupture_nlp.training.lab.bench import Bench, scores_of
from rupture_nlp.training.lab.schedule import Schedule
from rupture_nlp.training.lab.work import CHOICES


def epochs_of_fold(bench: Bench, schedule: Schedule, fold: int) -> int:
    """The epochs after which the inner held-out sessions of a fold were ranked best.

    Where nothing could be held out, or nothing is to be chosen, those of the settings.
    """
    scores = [scores_of(bench, run) for run in schedule.of("choice", fold)]
    return best_epoch(scores) if scores else bench.train.epochs


def epochs_before(places: Sequence[Path], schedule: Schedule) -> dict[int | None, int]:
    """The epochs of the folds whose choosing runs all left their scores in one of `places`, and
    under None those of the final model where all folds have."""
    known: dict[int | None, int] = {}
    folds = range(len(schedule.folds)) if schedule.of("choice") else ()
    for fold in folds:
        runs = schedule.of("choice", fold)
        files = [[place / CHOICES / f"{run.name}.json" for run in runs] for place in places]
        whole = next((kept for kept in files if all(path.is_file() for path in kept)), [])
        if whole:
            scores = [json.loads(path.read_text(encoding="utf-8")) for path in whole]
            known[fold] = best_epoch(scores)
    if known and len(known) == len(folds):
        known[None] = final_epochs([*known.values()])
    return known


def best_epoch(scores: Sequence[Sequence[float]]) -> int:
    """From the scores of one or several runs after each epoch to the best epoch, from 1.

    Runs are averaged as far as all of them went; of equals the earlier is taken.
    """
    shortest = min(len(of_run) for of_run in scores)
    mean = np.mean([list(of_run)[:shortest] for of_run in scores], axis=0)
    return 1 + int(np.argmax(mean))


def final_epochs(of_folds: Sequence[int]) -> int:
    """The median of the folds' choices; of two in the middle the smaller."""
    return median_low(of_folds)
