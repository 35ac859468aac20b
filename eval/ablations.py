"""Variants of the recipe beside the shipped one, on the same folds, with paired differences.

    python -m eval.ablations RUNS --corpora ../shared/corpora --out eval/results

RUNS holds `fold-K` of the shipped recipe and `ablations/NAME-fold-K` (`training/ablations.py`). A
variant is compared on the folds that it was trained for. Rankings only: no threshold is fitted.
"""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.evaluation.bootstrap import Interval, Resamples, resample
from rupture_nlp.evaluation.counts import FloatArray, Grouping
from rupture_nlp.evaluation.ranking import rank_rows
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import data_hash, read_split
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.decision import SpeakerDecision
from rupture_nlp.models.store import load_network
from rupture_nlp.training.outoffold import OutOfFold, predict_folds
from rupture_nlp.training.run import Corpus, refuse_seen

app = typer.Typer(pretty_exceptions_enable=False)
log = logging.getLogger("ablations")
SPLIT = Path(__file__).parents[1] / "data" / "splits" / "annomi-3fold-seed0.json"
SHIPPED = "shipped"
SPEAKERS = {"patient": True, "therapist": False}


@app.command()
def main(
    runs: Annotated[Path, typer.Argument()],
    corpora: Annotated[Path, typer.Option(exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option()],
    draws: int = 2000,
    seed: int = 0,
) -> None:
    """Write `ablations.json` and `ablations.md`."""
    corpus = Corpus.read(corpora / "annomi")
    found = [path.name for path in sorted((runs / "ablations").glob("*-fold-*"))]
    variants: dict[str, list[int]] = {}
    for name, _, fold in (one.rpartition("-fold-") for one in found):
        variants.setdefault(name, []).append(int(fold))
    resamples = resample(len({s.group for s in corpus.sessions}), draws, seed)
    rows = []
    for name, folds in variants.items():
        own = _predicted(runs / "ablations", f"{name}-fold-", folds, corpus)
        shipped = _predicted(runs, "fold-", folds, corpus)
        for speaker in SPEAKERS:
            log.info("%s, %s", name, speaker)
            which = {"variant": name, "folds": folds}
            rows.append(which | _compared(own, shipped, speaker, resamples))
    signature = Signature(
        metric="average_precision",
        unit="utterance, each speaker apart",
        coders=("gold", "row"),
        codebook_hash=load_codebook().sha256,
        split=SPLIT.stem,
        draws=draws,
        seed=seed,
        data_hash=data_hash(corpus.sessions),
    ).line()
    write_text(out / "ablations.json", json.dumps({"signature": signature, "rows": rows}, indent=1))
    write_text(out / "ablations.md", _markdown(rows, signature))
    typer.echo((out / "ablations.md").read_text(encoding="utf-8"))


def _predicted(folder: Path, prefix: str, folds: list[int], corpus: Corpus) -> OutOfFold:
    split = read_split(SPLIT, corpus.sessions).folds
    engines = []
    for fold in folds:
        run = folder / f"{prefix}{fold}"
        refuse_seen(run, corpus.only(split[fold].test))
        engines.append((TorchEngine(*load_network(run)), split[fold].test))
    return predict_folds(corpus, engines, engines[0][0].network.config.labels)


def _compared(
    own: OutOfFold, shipped: OutOfFold, speaker: str, resamples: Resamples
) -> dict[str, object]:
    drawn = [_drawn(one, SPEAKERS[speaker], resamples) for one in (own, shipped)]
    groups = len(set(own.group.tolist()))
    of = [resamples.interval_of(values, groups) for values in (*drawn, drawn[0] - drawn[1])]
    return {
        "speaker": speaker,
        **{k: asdict(v) for k, v in zip(("own", SHIPPED, "difference"), of, strict=True)},
    }


def _drawn(predicted: OutOfFold, is_patient: bool, resamples: Resamples) -> FloatArray:
    rows = predicted.targets.ask_rupture & (predicted.targets.is_patient == is_patient)
    p = 1.0 - calibrated(predicted.answers.rupture[rows], SpeakerDecision())[:, 0]
    truth = (predicted.targets.rupture[rows, 0] < 0.5).astype(int)  # noqa: PLR2004  # one code
    # Draws are of all groups of the corpus, the same for every variant; those of other folds add
    # nothing.
    names = tuple(f"{number:04}" for number in range(resamples.groups))
    grouping = Grouping(names, np.asarray(predicted.group[rows], dtype=np.int64))
    ranking = rank_rows(p, truth, grouping)
    return resamples.values(ranking.figures, 3 * ranking.steps + 1)[:, 0]


def _markdown(rows: list[dict[str, object]], signature: str) -> str:
    lines = [
        "Codes by AI coders, not by people. In brackets 95 % intervals over groups.",
        "",
        "| variant | folds | speaker | average precision | shipped recipe | difference |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row["variant"], ", ".join(map(str, row["folds"])), row["speaker"]]  # type: ignore[call-overload]  # JSON-like rows
        cells += [_shown(Interval(**row[name])) for name in ("own", SHIPPED, "difference")]  # type: ignore[arg-type]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, "", f"`{signature}`", ""])


def _shown(interval: Interval) -> str:
    return f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
