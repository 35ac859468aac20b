"""A training run in a process of its own that a test can kill: FOLDER."""

import sys
from pathlib import Path

import torch

from rupture_nlp.training.loop import Progress, train_network
from tests.tiny_model import make_tiny_network
from tests.training.made import SETTINGS, training_sessions


def say(progress: Progress) -> None:
    sys.stdout.write(f"{progress.step} of {progress.steps}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    train_network(make_tiny_network()[0], training_sessions(), SETTINGS, folder, say)
    (folder / "finished").touch()
