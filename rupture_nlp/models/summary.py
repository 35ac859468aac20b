"""What there is to say of a model in a few lines, from its files alone. Knows no torch."""

import re
from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.errors import BundleError
from rupture_nlp.models.info import BundleInfo, read_info
from rupture_nlp.models.places import CARD, FILES, model_names

_SPEAKERS = ("patient turns", "therapist turns")
_COLUMNS = {
    "kappa, 5 codes": "kappa of 5 codes against AI coders",
    "kappa": "kappa with the codes of the lab that trained it",
}
"""The first column of figures: what a card calls it, and what it is."""

_IN_SAMPLE = "IN-SAMPLE"


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

    The tables are those of the benchmark, or of a lab's training: a first column that says whose
    turns, then kappa, and a row that begins with the model's name and "(out of fold".
    """
    for column, what in _COLUMNS.items():
        found = {speaker: _own_row(card, name, speaker, column) for speaker in _SPEAKERS}
        known = [f"{speaker} {row['figure'].strip()}" for speaker, row in found.items() if row]
        if known:
            seen = any(row and _IN_SAMPLE in row["name"] for row in found.values())
            stamp = f"{_IN_SAMPLE}, " if seen else ""
            return f"{stamp}out of fold, {what}: {', '.join(known)}"
    return "no out-of-fold figures in its card"


def _own_row(card: str, name: str, speaker: str, column: str) -> re.Match[str] | None:
    head = rf"^\| {speaker} \| {re.escape(column)} \|.*\n((?:\|.*\n?)+)"
    table = re.search(head, card, re.MULTILINE)
    if table is None:
        return None
    row = rf"^\| (?P<name>{re.escape(name)} \(out of fold[^|]*)\| (?P<figure>[^|]+) \|"
    return re.search(row, table[1], re.MULTILINE)
