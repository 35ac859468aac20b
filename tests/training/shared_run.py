"""A training run that may be one of several processes of a launcher: FOLDER [validated].

Nothing is dropped out, so that however many share the work the same is learned.
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch

from rupture_nlp.models.store import save_network
from rupture_nlp.training.processes import is_first, process_count, wait_for_all
from rupture_nlp.training.run import Corpus, train_run
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, coded_session


def start_in(folder: Path) -> Path:
    network, tokenizer = make_tiny_network(window_tokens=64)
    config = replace(network.config, dropout=0.0)
    config.encoder["hidden_dropout_prob"] = 0.0
    again = type(network)(config)
    again.load_state_dict(network.state_dict())
    save_network(folder / "start", again, tokenizer)
    return folder / "start"


def run(folder: Path, *, validated: bool) -> None:
    made = tuple(coded_session(number) for number in range(7))
    start = folder / "start"
    if is_first():
        start_in(folder)
    wait_for_all()
    held_out = Corpus("made", "gold", made[5:]) if validated else None
    settings = replace(SETTINGS, batch_windows=3)
    train_run(folder / "run", [Corpus("made", "gold", made[:5])], start, settings, held_out)


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(Path(sys.argv[1]), validated="validated" in sys.argv[2:])
    if is_first():
        sys.stdout.write(f"{process_count()} processes\n")
