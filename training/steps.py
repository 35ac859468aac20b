"""What the recipes of `small` and `base` do alike, once the networks of their folds are trained."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.io.corpus import read_split
from rupture_nlp.models.store import load_network
from rupture_nlp.pipeline.results import write_results
from rupture_nlp.training.export import Origin, export_predictions
from rupture_nlp.training.outoffold import (
    OutOfFold,
    load_out_of_fold,
    predict_folds,
    save_out_of_fold,
)
from rupture_nlp.training.run import Corpus, refuse_seen
from rupture_nlp.training.sequence import SequenceSettings
from rupture_nlp.training.sequence_run import load_fold_layers, run_sequence, sequence_examples
from rupture_nlp.training.ship import CardSources, make_bundle

HERE = Path(__file__).parent
CONFIGS, CARDS = HERE.parent / "configs", HERE / "cards"
DATA = HERE.parent / "data"
SPLIT = DATA / "splits" / "annomi-3fold-seed0.json"
FOLDS = range(3)
TALK_WEIGHT = 0.5
"""What a session of the authored talk counts for the sequence layer, beside one of AnnoMI."""

Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]
Existing = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


def authored_corpora(corpora: Path) -> list[Corpus]:
    """Both corpora of sessions that were written for this project."""
    return [Corpus.read(corpora / "authored"), Corpus.read(DATA / "authored_mi")]


def part_for_fold(annomi: Corpus, fold: int | None) -> Corpus:
    """What a fold's network learns from; all of it without a fold."""
    if fold is None:
        return annomi
    return annomi.only(read_split(SPLIT, annomi.sessions).folds[fold].train)


def predict_split(runs: Path, corpora: Path) -> None:
    """Let the networks of all folds answer for the sessions they have not seen."""
    corpus = Corpus.read(corpora / "annomi")
    folds = []
    for number, fold in enumerate(read_split(SPLIT, corpus.sessions).folds):
        refuse_seen(runs / f"fold-{number}", corpus.only(fold.test))
        folds.append((_engine(runs / f"fold-{number}"), fold.test))
    predicted = predict_folds(corpus, folds, folds[0][0].network.config.labels)
    save_out_of_fold(runs / "out-of-fold", predicted)


def predict_unread(run: Path, corpus: Corpus, out: Path) -> None:
    """Let one network answer for a corpus that it has not read."""
    refuse_seen(run, corpus)
    engine = _engine(run)
    ids = [session.transcript.session_id for session in corpus.sessions]
    save_out_of_fold(out, predict_folds(corpus, [(engine, ids)], engine.network.config.labels))


def fit_sequence(runs: Path, corpora: Path, talk: Path) -> None:
    """The sequence layer on the out-of-fold answers and, in `talk`, those on the authored talk."""
    annomi, corpus = Corpus.read(corpora / "annomi"), Corpus.read(DATA / "authored_mi")
    further: Sequence[tuple[OutOfFold, Corpus, float]] = [
        (load_out_of_fold(talk), corpus, TALK_WEIGHT)
    ]
    own, more = sequence_examples(load_out_of_fold(runs / "out-of-fold"), annomi, further)
    run_sequence(runs / "sequence", own, more, SequenceSettings())


def export_split(runs: Path, corpora: Path, name: str) -> None:
    """The out-of-fold predictions as a results folder, `out-of-fold/predictions`."""
    engine = _engine(runs / "fold-0")
    lookahead = engine.network.config.windows.lookahead
    origin = Origin(name, SPLIT.stem, engine.name, engine.precision, lookahead)
    rows, corpus = load_out_of_fold(runs / "out-of-fold"), Corpus.read(corpora / "annomi")
    layers = load_fold_layers(runs / "sequence", FOLDS).folds
    out = runs / "out-of-fold" / "predictions"
    export_predictions(rows, corpus, out, origin, write_results, layers)


def ship_bundle(runs: Path, name: str, out: Path, table: Path, sequence_table: Path) -> Path:
    """Make the bundle: final weights, sequence layer, decisions, the card with both tables."""
    rows = load_out_of_fold(runs / "out-of-fold")
    layer = load_fold_layers(runs / "sequence", FOLDS).final
    sources = CardSources(CARDS / f"{name}.md", table, sequence_table)
    return make_bundle(runs / "final", rows, name, sources, out, layer)


def _engine(run: Path) -> TorchEngine:
    return TorchEngine(*load_network(run))
