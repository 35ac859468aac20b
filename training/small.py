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

import typer

from rupture_nlp.config import load_config
from rupture_nlp.training.outoffold import INDEX
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import TrainSettings
from training.steps import (
    CONFIGS,
    DATA,
    Existing,
    Folder,
    authored_corpora,
    export_split,
    fit_sequence,
    part_for_fold,
    predict_split,
    predict_unread,
    ship_bundle,
)

app = typer.Typer(pretty_exceptions_enable=False)


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
    predict_split(runs, corpora)


@app.command()
def sequence(runs: Path, corpora: Folder) -> None:
    """The sequence layer on the out-of-fold answers, and on the counselling talk as read by the
    network of the first stage, which never saw it."""
    if not (runs / "talk" / INDEX).is_file():  # written last
        predict_unread(runs / "authored", Corpus.read(DATA / "authored_mi"), runs / "talk")
    fit_sequence(runs, corpora, runs / "talk")


@app.command()
def export(runs: Path, corpora: Folder) -> None:
    """The out-of-fold predictions as a results folder, `out-of-fold/predictions`."""
    export_split(runs, corpora, "small")


@app.command()
def ship(runs: Path, out: Path, table: Existing, sequence_table: Existing) -> None:
    """Make the bundle: final weights, sequence layer, decisions, the card with both tables."""
    ship_bundle(runs, "small", out, table, sequence_table)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
