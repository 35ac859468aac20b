"""The recipe of the `base` model; `training/README.md` has the commands and their times.

authored       all-mpnet-base-v2 with adapters, on both authored corpora
mixed --fold K from there, AnnoMI without fold K, for out-of-fold predictions
mixed          from there, all of AnnoMI: the weights that ship
"""

import logging
from pathlib import Path
from typing import Annotated

import typer

from rupture_nlp.config import load_config
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import TrainSettings
from training.small import CONFIGS, authored_corpora, part_for_fold

app = typer.Typer(pretty_exceptions_enable=False)
Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]


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


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
