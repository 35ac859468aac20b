"""The recipe of the shipped `small` model; `training/README.md` has the commands and their times.

authored       a network that has read the authored corpus alone
counselling    from there, the authored counselling talk (`data/authored_mi`)
mixed --fold K from there, AnnoMI without fold K, for out-of-fold predictions
mixed          from there, all of AnnoMI: the weights that ship
predict, ship  out-of-fold predictions; the bundle with the thresholds they give
export         out-of-fold predictions as a results folder, for `rupture-nlp evaluate`
"""

import logging
from pathlib import Path
from typing import Annotated

import typer

from rupture_nlp.config import load_config
from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.io.corpus import read_split
from rupture_nlp.models.store import load_network
from rupture_nlp.pipeline.results import write_results
from rupture_nlp.training.export import Origin, export_predictions
from rupture_nlp.training.outoffold import (
    INDEX,
    load_out_of_fold,
    predict_folds,
    save_out_of_fold,
)
from rupture_nlp.training.run import Corpus, refuse_seen, train_run
from rupture_nlp.training.sequence import SequenceSettings
from rupture_nlp.training.sequence_run import load_fold_layers, run_sequence, sequence_examples
from rupture_nlp.training.settings import TrainSettings
from rupture_nlp.training.ship import SequencePart, make_bundle

app = typer.Typer(pretty_exceptions_enable=False)
HERE = Path(__file__).parent
CONFIGS = HERE.parent / "configs"
DATA = HERE.parent / "data"
SPLIT = DATA / "splits" / "annomi-3fold-seed0.json"
Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]


@app.command()
def authored(runs: Path, corpora: Folder, encoder: Folder) -> None:
    """Train on the authored corpus alone, from the bare encoder."""
    settings = load_config(TrainSettings, CONFIGS / "train-authored.yaml")
    train_run(runs / "authored", [Corpus.read(corpora / "authored")], encoder, settings)


@app.command()
def counselling(runs: Path, corpora: Folder) -> None:
    """Go on with sessions written in the manner of recorded counselling talk."""
    settings = load_config(TrainSettings, CONFIGS / "train-counselling.yaml")
    train_run(runs / "counselling", authored_corpora(corpora), runs / "authored", settings)


@app.command()
def mixed(runs: Path, corpora: Folder, fold: int | None = None) -> None:
    """Go on with AnnoMI mixed in: without a fold number, or all of it for the final weights."""
    settings = load_config(TrainSettings, CONFIGS / "train-mixed.yaml")
    annomi = part_for_fold(Corpus.read(corpora / "annomi"), fold)
    name = "final" if fold is None else f"fold-{fold}"
    train_run(runs / name, [*authored_corpora(corpora), annomi], runs / "counselling", settings)


@app.command()
def predict(runs: Path, corpora: Folder) -> None:
    """Out-of-fold predictions on AnnoMI, from the networks of all folds."""
    corpus = Corpus.read(corpora / "annomi")
    folds = []
    for number, fold in enumerate(read_split(SPLIT, corpus.sessions).folds):
        refuse_seen(runs / f"fold-{number}", corpus.only(fold.test))
        folds.append((TorchEngine(*load_network(runs / f"fold-{number}")), fold.test))
    predicted = predict_folds(corpus, folds, folds[0][0].network.config.labels)
    save_out_of_fold(runs / "out-of-fold", predicted)


@app.command()
def sequence(runs: Path, corpora: Folder) -> None:
    """The sequence layer on the out-of-fold answers, and on the counselling talk as read by the
    network of the first stage, which never saw it."""
    annomi, talk = Corpus.read(corpora / "annomi"), Corpus.read(DATA / "authored_mi")
    refuse_seen(runs / "authored", talk)
    if not (runs / "talk" / INDEX).is_file():  # written last
        engine = TorchEngine(*load_network(runs / "authored"))
        ids = [s.transcript.session_id for s in talk.sessions]
        save_out_of_fold(
            runs / "talk", predict_folds(talk, [(engine, ids)], engine.network.config.labels)
        )
    further = [(load_out_of_fold(runs / "talk"), talk, 0.5)]
    own, more = sequence_examples(load_out_of_fold(runs / "out-of-fold"), annomi, further)
    run_sequence(runs / "sequence", own, more, SequenceSettings())


@app.command()
def export(runs: Path, corpora: Folder) -> None:
    """The out-of-fold predictions as a results folder, `out-of-fold/predictions`."""
    engine = TorchEngine(*load_network(runs / "fold-0"))
    lookahead = engine.network.config.windows.lookahead
    origin = Origin("small", SPLIT.stem, engine.name, engine.precision, lookahead)
    rows, corpus = load_out_of_fold(runs / "out-of-fold"), Corpus.read(corpora / "annomi")
    layers = load_fold_layers(runs / "sequence", range(3)).folds
    out = runs / "out-of-fold" / "predictions"
    export_predictions(rows, corpus, out, origin, write_results, layers)


@app.command()
def ship(runs: Path, out: Path, table: Path, sequence_table: Path) -> None:
    """Make the bundle: final weights, sequence layer, decisions, the card with both tables."""
    rows = load_out_of_fold(runs / "out-of-fold")
    layer = load_fold_layers(runs / "sequence", range(3)).final
    part = SequencePart(layer, sequence_table)
    make_bundle(runs / "final", rows, "small", table, out, part)


def authored_corpora(corpora: Path) -> list[Corpus]:
    """Both corpora of sessions that were written for this project."""
    return [Corpus.read(corpora / "authored"), Corpus.read(DATA / "authored_mi")]


def part_for_fold(annomi: Corpus, fold: int | None) -> Corpus:
    """What a fold's network learns from; all of it without a fold."""
    if fold is None:
        return annomi
    return annomi.only(read_split(SPLIT, annomi.sessions).folds[fold].train)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
