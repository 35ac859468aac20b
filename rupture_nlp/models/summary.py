"""What there is to say of a model in a few lines, from its files alone. Knows no torch."""

import re
from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.errors import BundleError
from rupture_nlp.models.info import BundleInfo, read_info
from rupture_nlp.models.places import CARD, FILES, model_names

_SPEAKERS = ("patient turns", "therapist turns")


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model on this machine. `problem` says why it cannot be used; then `info` is None."""

    name: str  # of its folder, by which it is found
    folder: Path
    bytes: int
    info: BundleInfo | None
    figures: str
    problem: str = ""


def summarise(folder: Path) -> ModelSummary:
    """Describe the model in `folder`, also one that cannot be used."""
    size = sum((folder / name).stat().st_size for name in FILES if (folder / name).is_file())
    info: BundleInfo | None = None
    problem = ""
    try:
        info = read_info(folder)
    except BundleError as error:
        problem = str(error).splitlines()[0]
    card = read_card(folder)
    figures = headline(card, info.name) if info else ""
    return ModelSummary(folder.name, folder, size, info, figures, problem)


def summarise_all(models: Path) -> list[ModelSummary]:
    """Describe every model in a folder of models."""
    return [summarise(models / name) for name in model_names(models)]


def read_card(folder: Path) -> str:
    """The model card; empty where there is none."""
    path = folder / CARD
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def headline(card: str, name: str) -> str:
    """How good the model is, in one line: the first figure of its own row in the card's tables.

    The tables are those of the benchmark: a first column that says whose turns, a row that begins
    with the model's name and "(out of fold".
    """
    found = {speaker: _own_figure(card, name, speaker) for speaker in _SPEAKERS}
    known = [f"{speaker} {figure}" for speaker, figure in found.items() if figure]
    if not known:
        return "no out-of-fold figures in its card"
    return f"out of fold, kappa of 5 codes against AI coders: {', '.join(known)}"


def _own_figure(card: str, name: str, speaker: str) -> str:
    table = re.search(rf"^\| {speaker} \| kappa, 5 codes \|.*\n((?:\|.*\n?)+)", card, re.MULTILINE)
    if table is None:
        return ""
    row = re.search(
        rf"^\| {re.escape(name)} \(out of fold[^|]*\| ([^|]+) \|", table[1], re.MULTILINE
    )
    return row[1].strip() if row else ""
