"""What parts of the recipe of `small` are worth: the same training without them, on two folds.

    python training/ablations.py NAME FOLD RUNS --corpora ../shared/corpora --encoder ENCODER

`eval/ablations.py` sets what came of it against the shipped recipe.
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from rupture_nlp.io.corpus import read_split
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import TrainSettings

app = typer.Typer(pretty_exceptions_enable=False)
SPLIT = Path(__file__).parents[1] / "data" / "splits" / "annomi-3fold-seed0.json"
SETTINGS = TrainSettings(epochs=8, encoder_learning_rate=1e-4, head_learning_rate=5e-4)
WEIGHTS: dict[str, dict[str, float]] = {
    "annomi-only": {},  # from the bare encoder
    "no-counselling": {"authored": 0.0, "annomi": 1.0},  # from the authored stage
    "joint": {"authored": 0.25, "annomi": 1.0},  # from the bare encoder, both at once
}
Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]


@app.command()
def run(name: str, fold: int, runs: Path, corpora: Folder, encoder: Folder) -> None:
    """Train one variant without the sessions of one fold."""
    annomi = Corpus.read(corpora / "annomi")
    annomi = annomi.only(read_split(SPLIT, annomi.sessions).folds[fold].train)
    authored = [Corpus.read(corpora / "authored")] if name == "joint" else []
    start = runs / "authored" if name == "no-counselling" else encoder
    settings = replace(SETTINGS, corpus_weights=WEIGHTS[name])
    train_run(runs / "ablations" / f"{name}-fold-{fold}", [*authored, annomi], start, settings)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
