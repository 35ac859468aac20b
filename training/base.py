"""The recipe of the `base` model; `training/README.md` has the commands and their times.

authored       all-mpnet-base-v2 with adapters, on both authored corpora
mixed --fold K from there, AnnoMI without fold K, for out-of-fold predictions
mixed          from there, all of AnnoMI: the weights that ship
predict        out-of-fold predictions on AnnoMI
sequence       the sequence layer on these
export         out-of-fold predictions as a results folder, for `rupture-nlp evaluate`
ship           the difference from the public encoder, with the thresholds the folds give
"""

import logging
from pathlib import Path

import typer

from rupture_nlp.config import load_config
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import TrainSettings
from rupture_nlp.training.ship_delta import make_delta_bundle
from training.steps import (
    CONFIGS,
    Existing,
    Folder,
    authored_corpora,
    export_split,
    fit_sequence,
    part_for_fold,
    predict_split,
    ship_bundle,
)

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def authored(runs: Path, corpora: Folder, encoder: Folder) -> None:
    """Train on both authored corpora, from the bare encoder."""
    settings = load_config(TrainSettings, CONFIGS / "train-base-authored.yaml")
    train_run(runs / "authored", authored_corpora(corpora), encoder, settings)


@app.command()
def mixed(runs: Path, corpora: Folder, fold: int | None = None) -> None:
    """Go on with AnnoMI mixed in: without a fold number, or all of it for the final weights."""
    settings = load_config(TrainSettings, CONFIGS / "train-base-mixed.yaml")
    annomi = part_for_fold(Corpus.read(corpora / "annomi"), fold)
    name = "final" if fold is None else f"fold-{fold}"
    train_run(runs / name, [*authored_corpora(corpora), annomi], runs / "authored", settings)


@app.command()
def predict(runs: Path, corpora: Folder) -> None:
    """Out-of-fold predictions on AnnoMI, from the networks of all folds."""
    predict_split(runs, corpora)


@app.command()
def sequence(runs: Path, corpora: Folder, talk: Folder) -> None:
    """The sequence layer on the out-of-fold answers and on those in `talk`, of `small`'s first
    stage: every network of `base` has read the authored talk itself."""
    fit_sequence(runs, corpora, talk)


@app.command()
def export(runs: Path, corpora: Folder) -> None:
    """The out-of-fold predictions as a results folder, `out-of-fold/predictions`."""
    export_split(runs, corpora, "base")


@app.command()
def ship(runs: Path, out: Path, table: Existing, sequence_table: Existing, encoder: Folder) -> None:
    """Make the bundle in `RUNS/bundle`, and of it what the package holds."""
    bundle = ship_bundle(runs, "base", runs / "bundle", table, sequence_table)
    make_delta_bundle(bundle, runs / "final", encoder, out)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
