"""The recipe of the shipped `small` model; `training/README.md` has the commands and their times.

authored: a network that has read the authored corpus alone
fold K:   from there, the AnnoMI sessions outside fold K, for out-of-fold predictions
final:    from there, all AnnoMI sessions; the weights that ship
"""

import logging
from pathlib import Path
from typing import Annotated

import typer

from rupture_nlp.config import load_config
from rupture_nlp.io.corpus import read_split
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import TrainSettings

app = typer.Typer(pretty_exceptions_show_locals=False)
HERE = Path(__file__).parent
CONFIGS = HERE.parent / "configs"
SPLIT = HERE.parent / "data" / "splits" / "annomi-3fold-seed0.json"
Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]


@app.command()
def authored(runs: Path, corpora: Folder, encoder: Folder) -> None:
    """Train on the authored corpus alone, from the bare encoder."""
    settings = load_config(TrainSettings, CONFIGS / "train-authored.yaml")
    train_run(runs / "authored", [Corpus.read(corpora / "authored")], encoder, settings)


@app.command()
def mixed(runs: Path, corpora: Folder, fold: int | None = None) -> None:
    """Go on with AnnoMI mixed in: without a fold number, or all of it for the final weights."""
    settings = load_config(TrainSettings, CONFIGS / "train-mixed.yaml")
    annomi = Corpus.read(corpora / "annomi")
    if fold is not None:
        annomi = annomi.only(read_split(SPLIT).folds[fold].train)
    name = "final" if fold is None else f"fold-{fold}"
    both = [Corpus.read(corpora / "authored"), annomi]
    train_run(runs / name, both, runs / "authored", settings)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
