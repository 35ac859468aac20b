"""`rupture-nlp train` on a made lab, as a command of its own process that a test can kill."""

from pathlib import Path

import torch

from rupture_nlp.cli.main import main
from tests.training.lab.made_lab import made_lab
from tests.training.shared_run import start_in

QUICK = """
folds: 2
choose_epochs: false
memorisation: false
draws: 50
train: {epochs: 2, batch_windows: 2, bf16: false, context_tokens: 24, checkpoint_steps: 3}
"""


def write_lab(folder: Path) -> None:
    """Corpus, start (which drops nothing out) and settings; the training is to be quick."""
    made_lab(folder / "coded")
    start_in(folder)
    (folder / "quick.yaml").write_text(QUICK, encoding="utf-8")


def command(folder: Path, out: Path) -> list[str]:
    """The words of the command; the same from whatever process."""
    given = ("--base", folder / "start", "--config", folder / "quick.yaml", "--out", out)
    return ["train", str(folder / "coded"), *map(str, given), "--yes", "--threads", "1"]


def train(folder: Path, out: Path) -> None:
    """The command in this process, which it ends."""
    torch.set_num_threads(1)
    main(command(folder, out))


def files_of(out: Path) -> dict[str, bytes]:
    """Every file of model and report by its path, the name of the model left out."""
    found: dict[str, bytes] = {}
    for root in (out, out.with_name(f"{out.name}-report")):
        found |= {
            f"{root.name.removeprefix(out.name)}/{path.relative_to(root)}": path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }
    return found
