"""Variants of the recipe beside the shipped one, on the same folds, with paired differences.

    python -m eval.ablations RUNS --corpora ../shared/corpora --out eval/results

RUNS holds `fold-K` of the shipped recipe and `ablations/NAME-fold-K` (`training/ablations.py`). A
variant is compared on the folds that it was trained for: its ranking, and from two folds on its
codes, each fold decided by a threshold from the other, for the recipe alike. What trained under the
limit of three epochs is set against the recipe under that limit.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray

from eval.inputs import SPEAKERS, Corpora, Out, Runs, load_unseeing, resample_groups, signature_of
from eval.table import NOTICE, shown
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import FloatArray, Grouping, confusion_by_group
from rupture_nlp.evaluation.ranking import rank_rows
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import data_hash, read_split
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.decision import SpeakerDecision
from rupture_nlp.schema import RUPTURES
from rupture_nlp.training.figures import decided
from rupture_nlp.training.outoffold import OutOfFold, predict_folds
from rupture_nlp.training.run import DONE, Corpus
from training.ablations import PARTS, SHORT
from training.steps import SPLIT

app = typer.Typer(pretty_exceptions_enable=False)
log = logging.getLogger("ablations")
SHIPPED = "shipped"
FIGURES = ("own", "others", "difference")


@app.command()
def main(
    runs: Runs,
    corpora: Corpora,
    out: Out,
    draws: int = 2000,
    seed: int = 0,
) -> None:
    """Write `ablations.json` and `ablations.md`."""
    corpus = Corpus.read(corpora / "annomi")
    # What is still being trained has none.
    found = [done.parent.name for done in sorted((runs / "ablations").glob(f"*-fold-*/{DONE}"))]
    variants: dict[str, list[int]] = {}
    for name, _, fold in (one.rpartition("-fold-") for one in found):
        variants.setdefault(name, []).append(int(fold))
    resamples = resample_groups(corpus, draws, seed)
    rows: list[dict[str, object]] = []

    @cache
    def predicted(of: str, folds: tuple[int, ...]) -> OutOfFold:
        start = "fold-" if of == SHIPPED else f"ablations/{of}-fold-"
        return _predicted(runs, start, folds, corpus)

    for name, folds in variants.items():
        beside = SHORT if name in PARTS and name != SHORT else SHIPPED
        own, recipe = (predicted(of, tuple(folds)) for of in (name, beside))
        for speaker in SPEAKERS:
            log.info("%s, %s", name, speaker)
            measured = compared(own, recipe, speaker, resamples)
            rows += [
                row_of((name, beside), folds, speaker, metric, of)
                for metric, of in measured.items()
            ]
    unit = "utterance, each speaker apart"
    signature = signature_of(resamples, unit, data_hash(corpus.sessions)).line()
    write_text(out / "ablations.json", json.dumps({"signature": signature, "rows": rows}, indent=1))
    write_text(out / "ablations.md", markdown(rows, signature))
    typer.echo((out / "ablations.md").read_text(encoding="utf-8"))


def _predicted(folder: Path, prefix: str, folds: Sequence[int], corpus: Corpus) -> OutOfFold:
    split = read_split(SPLIT, corpus.sessions).folds
    engines = []
    for fold in folds:
        test = split[fold].test
        engines.append((load_unseeing(folder / f"{prefix}{fold}", corpus.only(test)), test))
    return predict_folds(corpus, engines, engines[0][0].network.config.labels)


def row_of(
    names: tuple[str, str], folds: list[int], speaker: str, metric: str, of: Sequence[Interval]
) -> dict[str, object]:
    """A line of the table: of the variant and of what it is set against, `of` as in `compared`."""
    figures = dict(zip(FIGURES, map(asdict, of), strict=True))
    about = {"variant": names[0], "beside": names[1], "folds": folds}
    return {**about, "speaker": speaker, "metric": metric, **figures}


def compared(
    own: OutOfFold, other: OutOfFold, speaker: str, resamples: Resamples
) -> dict[str, tuple[Interval, Interval, Interval]]:
    """Each measure of both on the same rows, and the first minus the second, paired."""
    measures = {"average precision": _ranked}
    if len(set(own.fold.tolist())) > 1:  # a threshold needs another fold
        measures["kappa, 5 codes"] = _agreed
    groups = len(set(own.group.tolist()))
    found: dict[str, tuple[Interval, Interval, Interval]] = {}
    for metric, drawn_of in measures.items():
        one, two = (drawn_of(rows, speaker == "patient", resamples) for rows in (own, other))
        first, second, difference = (
            resamples.interval_of(values, groups) for values in (one, two, one - two)
        )
        found[metric] = first, second, difference
    return found


def _ranked(predicted: OutOfFold, is_patient: bool, resamples: Resamples) -> FloatArray:
    rows = predicted.targets.ask_rupture & (predicted.targets.is_patient == is_patient)
    p = 1.0 - calibrated(predicted.answers.rupture[rows], SpeakerDecision())[:, 0]
    truth = (predicted.targets.rupture[rows, 0] < 0.5).astype(int)  # noqa: PLR2004  # one code
    return average_precision(p, truth, predicted.group[rows], resamples)


def average_precision(
    p_rupture: NDArray[np.floating],
    truth: NDArray[np.int64],
    group: NDArray[np.int64],
    resamples: Resamples,
) -> FloatArray:
    """In the sample and in every draw.

    Shapes: p_rupture, truth (1 a rupture), group (rows,); result (1 + draws,).
    """
    ranking = rank_rows(p_rupture, truth, _grouping(group, resamples))
    return resamples.values(ranking.figures, 3 * ranking.steps + 1)[:, 0]


def _agreed(predicted: OutOfFold, is_patient: bool, resamples: Resamples) -> FloatArray:
    coded = decided(predicted, patient=is_patient)
    grouping = _grouping(coded.grouping.index, resamples)
    tables = confusion_by_group(coded.reference, coded.predicted, len(RUPTURES), grouping)
    return resamples.values(lambda weights: kappa_of(np.tensordot(weights, tables, axes=1)))


def _grouping(group: NDArray[np.int64], resamples: Resamples) -> Grouping:
    # Draws are of all groups of the corpus, the same for every variant; those of other folds add
    # nothing.
    names = tuple(f"{number:04}" for number in range(resamples.groups))
    return Grouping(names, np.asarray(group, dtype=np.int64))


def markdown(rows: list[dict[str, object]], signature: str) -> str:
    """The table, under the notice of who coded, above the signature."""
    lines = [
        NOTICE,
        "",
        "| variant | beside | folds | speaker | measure | variant's | the other's | difference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row["variant"], row["beside"]]
        cells += [", ".join(map(str, row["folds"]))]  # type: ignore[call-overload]  # JSON-like rows
        cells += [row["speaker"], row["metric"]]
        cells += [shown(Interval(**row[name])) for name in FIGURES]  # type: ignore[arg-type]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, "", f"`{signature}`", ""])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
