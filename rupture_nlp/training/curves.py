"""The course of a training run as a picture, `curves.png` in its run folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rupture_nlp.io.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMOOTHING_STEPS = 25


def draw_curves(run_folder: Path) -> Path:
    """Draw the loss of every step, its running mean and where epochs begin; the picture's path."""
    # Here, since it writes a list of the machine's fonts to the user's cache.
    from matplotlib.figure import Figure  # noqa: PLC0415

    lines = (run_folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    everything = [json.loads(line) for line in lines]
    records = [record for record in everything if "loss" in record]
    steps = np.array([record["step"] for record in records])
    losses = np.array([record["loss"] for record in records])
    epochs = np.array([record["epoch"] for record in records])
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(steps, losses, color="#9aa5b1", linewidth=0.7, label="loss of a step")
    width = min(SMOOTHING_STEPS, len(losses))
    mean = np.convolve(losses, np.ones(width) / width, mode="valid")
    label = f"mean of {width} steps"
    axes.plot(steps[width - 1 :], mean, color="#1d4e89", linewidth=1.8, label=label)
    for begin in steps[1:][np.diff(epochs) > 0]:
        axes.axvline(begin, color="#c8ccd1", linewidth=0.8, linestyle=":")
    axes.set(
        xlabel="optimiser step (dotted: an epoch begins)", ylabel="training loss", ylim=(0, None)
    )
    scored = [record for record in everything if "validation" in record]
    if scored:
        _draw_validation(axes, scored, [steps[epochs == r["epoch"]].max() for r in scored])
    axes.legend(frameon=False, loc="upper right")
    path = run_folder / "curves.png"
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
    return path


def _draw_validation(axes: "Axes", scored: list[dict[str, float]], ends: list[float]) -> None:
    # On its own scale; the best epoch, whose weights are kept, is filled.
    scores = [record["validation"] for record in scored]
    right = axes.twinx()
    right.plot(ends, scores, color="#b45309", linewidth=1.2, marker="o", markerfacecolor="white")
    best = int(np.argmax(scores))
    right.plot(ends[best], scores[best], color="#b45309", marker="o", linestyle="none")
    right.set(ylabel="validation: average precision (filled: best)", ylim=(0, 1))
