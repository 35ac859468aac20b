"""What parts of the recipe of `small` are worth: the same training without them, or with one more.

    python -m training.ablations NAME FOLD RUNS --corpora ../shared/corpora --encoder ENCODER

`eval/ablations.py` sets what came of it against the shipped recipe, and the parts of the last stage
against that stage under the same limit of three epochs; `altered` is read by
`eval/altered_training.py`, too.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import typer

from rupture_nlp.config import load_config
from rupture_nlp.models.config import WindowConfig
from rupture_nlp.models.store import load_network, save_network
from rupture_nlp.training.alterations import AlterationSettings
from rupture_nlp.training.run import Corpus, train_run
from rupture_nlp.training.settings import LoraSettings, LossSettings, TrainSettings
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

SHORT = "three-epochs"  # the last stage of the recipe, half as long: what its parts are set against
SHORT_EPOCHS = 3
PARTS: dict[str, Callable[[TrainSettings], TrainSettings]] = {
    SHORT: lambda settings: settings,
    "plain-losses": lambda settings: replace(
        settings, losses=LossSettings(focal_gamma=0.0, class_balance=0.0, positive_weight=1.0)
    ),
    "reference-alone": lambda settings: replace(settings, losses=LossSettings(coder_share=0.0)),
    "quiet-half": lambda settings: replace(settings, quiet_sessions=0.5),
    "no-lookahead": lambda settings: replace(settings, windows=WindowConfig(lookahead="none")),
    # As many tokens a step, in windows of a quarter that open with a quarter of the context.
    "short-context": lambda settings: replace(
        settings, windows=WindowConfig(128, 8, 64), context_tokens=32, batch_windows=24
    ),
    # The rate of `base`, whose encoder learns by adapters, too.
    "adapters": lambda settings: replace(
        settings, lora=LoraSettings(rank=16), encoder_learning_rate=4e-4
    ),
}


@app.command()
def run(name: str, fold: int, runs: Path, corpora: Folder, encoder: Folder) -> None:
    """Train one variant without the sessions of one fold."""
    annomi = part_for_fold(Corpus.read(corpora / "annomi"), fold)
    out = runs / "ablations" / f"{name}-fold-{fold}"
    if name == ALTERED or name in PARTS:
        start, settings = _last_stage(name, runs)
        train_run(out, [*authored_corpora(corpora), annomi], start, settings)
        return
    authored = [Corpus.read(corpora / "authored")] if name == "joint" else []
    start = runs / "authored" if name == "no-counselling" else encoder
    settings = replace(SETTINGS, corpus_weights=WEIGHTS[name])
    train_run(out, [*authored, annomi], start, settings)


def _last_stage(name: str, runs: Path) -> tuple[Path, TrainSettings]:
    """Where the variant starts and how it is trained."""
    start, settings = runs / "counselling", load_config(TrainSettings, CONFIGS / "train-mixed.yaml")
    if name == ALTERED:
        return start, replace(settings, altered_share=ALTERED_SHARE, alterations=AS_BROUGHT)
    settings = PARTS[name](replace(settings, epochs=SHORT_EPOCHS))
    if settings.windows == WindowConfig():
        return start, settings
    # A network reads in windows of its own; those of the settings are for training alone.
    network, tokenizer = load_network(start)
    network.config = replace(network.config, windows=settings.windows)
    save_network(runs / "ablations" / "starts" / name, network, tokenizer)
    return runs / "ablations" / "starts" / name, settings


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
