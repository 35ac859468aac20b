"""Whether reading altered sessions in training helps on altered sessions: with and without.

    python -m eval.altered_training RUNS --corpora ../shared/corpora --out eval/results

RUNS holds `fold-K` of the shipped recipe and `ablations/altered-fold-K` (`training/ablations.py`),
the same last stage in which a share of the sessions are altered as users' transcripts differ. Both
label the same test sessions of those folds, unaltered and altered by other draws than training's.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray

from eval.ablations import average_precision
from eval.inputs import (
    SPEAKERS,
    Corpora,
    Out,
    Runs,
    load_unseeing,
    resample_groups,
    signature_of,
    words_misheard,
)
from eval.robustness_readings import SETTINGS, Reading, Setting, readings_of
from eval.table import NOTICE, shown
from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answerer
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import data_hash, read_split
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.config import LabelSets
from rupture_nlp.models.decision import SpeakerDecision
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.alterations import AlterationSettings
from rupture_nlp.training.material import marker_owners
from rupture_nlp.training.misheard import Confusions
from rupture_nlp.training.run import Corpus
from rupture_nlp.training.targets import Targets, allowed_markers, make_targets
from training.steps import SPLIT, authored_corpora

app = typer.Typer(pretty_exceptions_enable=False)
log = logging.getLogger("altered training")
UNALTERED = Setting("unaltered", 0.0, AlterationSettings())
KINDS = ("together", "recognised")
SEED = 100  # of the alterations
NETWORKS = VARIANT, SHIPPED = "altered", "shipped"
Rows = list[dict[str, object]]


@app.command()
def main(
    runs: Runs,
    corpora: Corpora,
    out: Out,
    draws: int = 2000,
    seed: int = 0,
) -> None:
    """Write `altered_training.json` and `altered_training.md`."""
    corpus = Corpus.read(corpora / "annomi")
    paths = sorted((runs / "ablations").glob(f"{VARIANT}-fold-*"))
    folds = [int(path.name.rpartition("-")[2]) for path in paths]
    if not folds:
        raise RunError(f"{runs}: no {VARIANT}-fold-K there. See training/ablations.py.")
    held = _held_out(runs, corpus, folds)
    confusions = words_misheard(authored_corpora(corpora))
    resamples = resample_groups(corpus, draws, seed)
    rows: Rows = []
    for setting in (UNALTERED, *(one for one in SETTINGS if one.kind in KINDS)):
        log.info("%s", setting.name)
        rows += compared(setting, held, corpus, confusions, resamples)
    unit = "original utterance, each speaker apart"
    signature = replace(
        signature_of(resamples, unit, data_hash(corpus.sessions)),
        metric="average precision",
        split=f"{SPLIT.stem}, folds {', '.join(map(str, folds))}",
    ).line()
    result = {"signature": signature, "folds": folds, "rows": rows}
    write_text(out / "altered_training.json", json.dumps(result, indent=1) + "\n")
    write_text(out / "altered_training.md", markdown(rows, folds, signature))
    typer.echo((out / "altered_training.md").read_text(encoding="utf-8"))


Held = tuple[dict[str, Answerer], list[CodedSession]]


def _held_out(runs: Path, corpus: Corpus, folds: Sequence[int]) -> list[Held]:
    split = read_split(SPLIT, corpus.sessions).folds
    held: list[Held] = []
    for fold in folds:
        part = corpus.only(split[fold].test)
        places = {
            VARIANT: runs / "ablations" / f"{VARIANT}-fold-{fold}",
            SHIPPED: runs / f"fold-{fold}",
        }
        engines: dict[str, Answerer] = {
            name: load_unseeing(place, part) for name, place in places.items()
        }
        held.append((engines, list(part.sessions)))
    return held


def compared(
    setting: Setting,
    held: Sequence[Held],
    corpus: Corpus,
    confusions: Confusions,
    resamples: Resamples,
) -> Rows:
    """Average precision of both networks and their difference, for each kind of speaker."""
    sessions = [session for _, of in held for session in of]
    targets, groups = _targets(sessions, corpus)
    told = _told(setting, held, confusions, len(groups))
    rows: Rows = []
    for speaker in SPEAKERS:
        of_speaker = targets.is_patient == (speaker == "patient")
        kept = targets.ask_rupture & of_speaker & ~np.isnan(told[SHIPPED])
        truth = (targets.rupture[kept, 0] < 0.5).astype(int)  # noqa: PLR2004  # one code
        own, other = (
            average_precision(told[n][kept], truth, groups[kept], resamples) for n in NETWORKS
        )
        many = len(np.unique(groups[kept]))
        of = [resamples.interval_of(values, many) for values in (own, other, own - other)]
        named = zip((*NETWORKS, "difference"), map(asdict, of), strict=True)
        about = {"kind": setting.kind, "strength": setting.strength, "speaker": speaker}
        rows.append({**about, "ruptures": int(truth.sum()), **dict(named)})
    return rows


def _told(
    setting: Setting, held: Sequence[Held], confusions: Confusions, rows: int
) -> dict[str, FloatArray]:
    told = {name: np.full(rows, np.nan) for name in NETWORKS}
    first = 0
    for engines, sessions in held:
        placed: list[tuple[CodedSession, int]] = []
        for session in sessions:
            placed.append((session, first))
            first += len(session.transcript.utterances)
        readings = readings_of(setting, placed, SEED, confusions)
        for name, engine in engines.items():
            tell(told[name], engine, readings)
    return told


def _targets(sessions: Sequence[CodedSession], corpus: Corpus) -> tuple[Targets, NDArray[np.int64]]:
    codebook = load_codebook()
    labels = LabelSets.of(codebook)
    allowed = allowed_markers(labels, marker_owners(codebook))
    names = sorted({session.group for session in corpus.sessions})
    each = [make_targets(s, corpus.reference, labels, allowed, 0.0) for s in sessions]
    sizes = [len(one.is_patient) for one in each]
    joined = Targets(
        **{n: np.concatenate([getattr(t, n) for t in each]) for n in Targets.__slots__}
    )
    return joined, np.repeat([names.index(s.group) for s in sessions], sizes)


def tell(p_rupture: FloatArray, engine: Answerer, readings: Sequence[Reading]) -> None:
    """Put into `p_rupture` (rows,) what is said of each row: the surest of the turns that stand
    for it. A row that no turn stands for stays as it is."""
    for reading in readings:
        logits = engine.answer(reading.utterances).rupture
        p = 1.0 - calibrated(logits, SpeakerDecision())[:, 0]
        for rows, value in zip(reading.rows, p.tolist(), strict=True):
            for row in rows:
                p_rupture[row] = np.fmax(p_rupture[row], value)


def markdown(rows: Rows, folds: Sequence[int], signature: str) -> str:
    """The table, under the notice of who coded, above the signature."""
    lines = [
        f"{NOTICE} Average precision on fold {', '.join(map(str, folds))}.",
        "",
        "| read as | speaker | trained on altered sessions too | shipped recipe | difference |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [_name(row), row["speaker"]]
        cells += [shown(Interval(**row[n])) for n in (VARIANT, SHIPPED, "difference")]  # type: ignore[arg-type]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, "", f"`{signature}`", ""])


def _name(row: dict[str, object]) -> str:
    names = {"unaltered": "as it is", "together": "all at once"}
    return names.get(str(row["kind"]), f"recognised, word error rate {row['strength']:g}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
