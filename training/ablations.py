"""What parts of the recipe of `small` are worth: the same training without them, or with one more.

    python -m training.ablations NAME FOLD RUNS --corpora ../shared/corpora --encoder ENCODER

`eval/ablations.py` sets what came of it against the shipped recipe; `altered` is read by
`eval/altered_training.py`, too.
"""

import logging
from dataclasses import replace
from pathlib import Path

import typer

from rupture_nlp.config import load_config
from rupture_nlp.training.alterations import AlterationSettings
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import TrainSettings
from training.steps import CONFIGS, Folder, authored_corpora, part_for_fold

app = typer.Typer(pretty_exceptions_enable=False)
SETTINGS = TrainSettings(epochs=8, encoder_learning_rate=1e-4, head_learning_rate=5e-4)
WEIGHTS: dict[str, dict[str, float]] = {
    "annomi-only": {},  # from the bare encoder
    "no-counselling": {"authored": 0.0, "annomi": 1.0},  # from the authored stage
    "joint": {"authored": 0.25, "annomi": 1.0},  # from the bare encoder, both at once
}
ALTERED = "altered"  # the last stage of the recipe, some of whose sessions are as users bring them
AS_BROUGHT = AlterationSettings(
    missing=0.05,
    merged=0.05,
    moved_ends=0.1,
    split=0.1,
    wrong_speaker=0.02,
    bare=True,
    fillers_dropped=0.5,
    misheard=0.15,
)
ALTERED_SHARE = 0.4


@app.command()
def run(name: str, fold: int, runs: Path, corpora: Folder, encoder: Folder) -> None:
    """Train one variant without the sessions of one fold."""
    annomi = part_for_fold(Corpus.read(corpora / "annomi"), fold)
    out = runs / "ablations" / f"{name}-fold-{fold}"
    if name == ALTERED:
        settings = load_config(TrainSettings, CONFIGS / "train-mixed.yaml")
        settings = replace(settings, altered_share=ALTERED_SHARE, alterations=AS_BROUGHT)
        train_run(out, [*authored_corpora(corpora), annomi], runs / "counselling", settings)
        return
    authored = [Corpus.read(corpora / "authored")] if name == "joint" else []
    start = runs / "authored" if name == "no-counselling" else encoder
    settings = replace(SETTINGS, corpus_weights=WEIGHTS[name])
    train_run(out, [*authored, annomi], start, settings)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
