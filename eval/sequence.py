"""Episodes and session ratings on AnnoMI: the sequence layer beside the rules and the coders.

    python -m eval.sequence RUNS --corpora ../shared/corpora --out eval/results

RUNS is the folder of `training/small.py`, or another of its form, with `out-of-fold` and `sequence`
in it. Every row is judged on sessions that neither network nor layer learned from.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import typer

from eval.inputs import (
    CODERS,
    Corpora,
    Out,
    Runs,
    corpus_hash,
    files_hash,
    resample_groups,
    signature_of,
)
from eval.sequence_figures import (
    EpisodeFigures,
    RatingFigures,
    episode_figures,
    overlap_counts,
    rating_figures,
)
from eval.sequence_rows import (
    Reader,
    by_coder,
    by_model,
    described,
    layer_over_codes,
    rules_over_codes,
)
from eval.table import NOTICE, shown
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.episode_matching import match_f1_of
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus.layout import RATINGS
from rupture_nlp.models.sequence_store import TENSORS
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.export import decide_sessions
from rupture_nlp.training.outoffold import ROWS, load_out_of_fold
from rupture_nlp.training.run import Corpus
from rupture_nlp.training.sequence_examples import make_examples
from rupture_nlp.training.sequence_run import load_fold_layers

app = typer.Typer(pretty_exceptions_enable=False)
RULES, LAYER = "rules over predicted codes", "sequence layer (CRF), end to end"
RULES_IN, LAYER_IN = "rules, reference episodes given", "sequence layer, reference episodes given"
RULES_GIVEN, LAYER_GIVEN = "rules over reference codes", "sequence layer over reference codes"


@app.command()
def main(
    runs: Runs,
    corpora: Corpora,
    out: Out,
    name: str = "sequence",
    draws: int = 2000,
    seed: int = 0,
) -> None:
    """Measure every row and write `NAME.json` and `NAME.md`."""
    annomi = Corpus.read(corpora / "annomi")
    groups = sorted({s.group for s in annomi.sessions})
    group_of = {s.transcript.session_id: groups.index(s.group) for s in annomi.sessions}
    resamples = resample_groups(annomi, draws, seed)
    rows = _readers(runs, annomi)
    gold, first = by_coder(annomi.sessions, annomi.reference), by_coder(annomi.sessions, "ai1")
    against = {row: first if row == CODERS else gold for row in rows}
    episodes = {
        row: episode_figures(against[row], reader, group_of, resamples)
        for row, reader in rows.items()
    }
    ratings = {
        row: {r: rating_figures(against[row], reader, r, group_of, resamples) for r in RATINGS}
        for row, reader in rows.items()
        if row not in {RULES_IN, LAYER_IN}  # of episodes alone
    }
    gain = resamples.difference(
        overlap_counts(gold, rows[LAYER], group_of, len(groups)),
        overlap_counts(gold, rows[RULES], group_of, len(groups)),
        match_f1_of,
    )
    signature = _signature(runs, corpora, resamples)
    result = {
        "signature": signature,
        "episodes": {row: asdict(figures) for row, figures in episodes.items()},
        "ratings": {row: {r: asdict(f) for r, f in of.items()} for row, of in ratings.items()},
        "layer minus rules, F1": asdict(gain),
    }
    write_text(out / f"{name}.json", json.dumps(result, indent=1) + "\n")
    write_text(out / f"{name}.md", _markdown(episodes, ratings, gain, signature))
    typer.echo((out / f"{name}.md").read_text(encoding="utf-8"))


def _readers(runs: Path, annomi: Corpus) -> dict[str, Reader]:
    predicted = load_out_of_fold(runs / "out-of-fold")
    fold_of = {
        predicted.session_ids[number]: int(fold)
        for number, fold in zip(predicted.session, predicted.fold, strict=True)
    }
    sessions = tuple(s for s in annomi.sessions if s.transcript.session_id in fold_of)
    layers = load_fold_layers(runs / "sequence", sorted(set(fold_of.values()))).folds
    folds = cross_fitted(predicted)
    examples = make_examples(predicted, annomi, folds)
    layer_of = {session_id: layers[fold] for session_id, fold in fold_of.items()}
    return {
        RULES: by_model(decide_sessions(predicted, annomi, folds, "rules")),
        LAYER: by_model(decide_sessions(predicted, annomi, folds, "layer", layers=layers)),
        RULES_GIVEN: rules_over_codes(sessions, annomi.reference),
        RULES_IN: described(examples, None),
        LAYER_IN: described(examples, layers),
        LAYER_GIVEN: layer_over_codes(sessions, annomi.reference, layer_of),
        CODERS: by_coder(sessions, "ai2"),
    }


def _signature(runs: Path, corpora: Path, resamples: Resamples) -> str:
    layers = sorted((runs / "sequence").glob(f"*/{TENSORS}"))
    model = f"out of fold {files_hash([runs / 'out-of-fold' / ROWS, *layers])[:12]}"
    unit = "episode matched at IoU >= .5; session"
    return signature_of(resamples, unit, corpus_hash(corpora / "annomi"), model).line()


def _markdown(
    episodes: Mapping[str, EpisodeFigures],
    ratings: Mapping[str, Mapping[str, RatingFigures]],
    gain: Interval,
    signature: str,
) -> str:
    lines = [NOTICE, "", f"Episodes, {next(iter(episodes.values())).reference} in gold:", ""]
    lines += [
        "| | found | F1, IoU >= .5 | precision | recall | F1, onset within 2 turns "
        "| matched | repaired or not, kappa | resolution, ICC(A,1) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row, f in episodes.items():
        cells = [f.f1, f.precision, f.recall, f.onset_f1]
        given = [_enough(cell, f.matched) for cell in (f.repaired_kappa, f.resolution_icc)]
        figures = " | ".join(map(shown, cells))
        lines.append(f"| {row} | {f.predicted} | {figures} | {f.matched} | {' | '.join(given)} |")
    lines += ["", f"Sequence layer minus rules, end to end, F1, paired: {shown(gain)}.", ""]
    lines += [
        "Session ratings, 1 to 5: ICC(A,1) with gold over the sessions where both have the rating; "
        "then the mean absolute error, and that of always saying gold's median:",
        "",
        "| | " + " | ".join(name.replace("_", " ") for name in RATINGS) + " |",
        "|---" * (1 + len(RATINGS)) + "|",
    ]
    for row, of in ratings.items():
        cells_of = [
            f"{shown(f.icc)}; {f.error:.2f}, {f.constant_error:.2f}; n {f.sessions}"
            for f in of.values()
        ]
        lines.append(f"| {row} | " + " | ".join(cells_of) + " |")
    return "\n".join([*lines, "", f"`{signature}`", ""])


def _enough(interval: Interval, matched: int) -> str:
    fewest = 10
    return shown(interval) if matched >= fewest else "not estimable"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
