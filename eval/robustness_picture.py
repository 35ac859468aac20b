"""What degrades and how fast, as a picture: `robustness.png` and `robustness.svg`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.robustness_readings import LENGTH
from eval.robustness_table import ordered
from rupture_nlp.io.atomic import atomic_path

Row = dict[str, Any]
SPEAKERS = ("patient", "therapist")
LINES = {  # label, colour, marker, dash: told apart in grey too
    "recognised": ("words misheard", "#1d4e89", "o", "-"),
    "wrong_speaker": ("wrong speaker label", "#9d0208", "X", "-"),
    "moved_ends": ("ends moved to the next speaker", "#52796f", "^", "-."),
    "merged": ("change of speaker not seen", "#7b2d8b", "v", "--"),
    "split": ("turns cut in two", "#b45309", "s", "--"),
    "missing": ("turns missing", "#6b7280", "D", ":"),
}
BY_LENGTH = (
    ("therapist", "average_precision", "therapist turns, AP", "#1d4e89", "o"),
    ("patient", "average_precision", "patient turns, AP", "#b45309", "s"),
    ("episodes", "layer", "episodes, F1", "#52796f", "^"),
)


def draw(result: dict[str, Any], out: Path) -> None:
    """Turns and episodes by strength of alteration, and both by length of session."""
    rows = ordered(result["rows"])
    altered = [row for row in rows if row["kind"] != LENGTH]
    figure = Figure(figsize=(11.5, 4.6), layout="constrained")
    turns, episodes, lengths = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
    episodes.sharey(turns)
    _draw_alterations(turns, altered, _of_turns)
    turns.set(title="Ranking of turns", ylabel="change in average precision, mean of speakers")
    _draw_alterations(episodes, altered, _of_episodes)
    episodes.set(title="Episodes", ylabel="change in F1 at IoU ≥ .5")
    _draw_lengths(lengths, [row for row in rows if row["kind"] == LENGTH])
    figure.legend(
        *turns.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
    )
    # A picture that is drawn again is the same file.
    with rc_context({"svg.hashsalt": "robustness", "svg.fonttype": "none"}):
        for kind, about in (("png", {"Software": None}), ("svg", {"Date": None})):
            with atomic_path(out / f"robustness.{kind}") as temporary:
                figure.savefig(temporary, format=kind, dpi=130, metadata=about)


def _draw_alterations(axes: Axes, rows: list[Row], lost: Callable[[Row], float]) -> None:
    axes.axhline(0, color="#9ca3af", linewidth=0.8)
    for kind, (label, colour, marker, dash) in LINES.items():
        points = sorted((row["strength"], lost(row)) for row in rows if row["kind"] == kind)
        if points and points[0][0] > 0:
            points = [(0.0, 0.0), *points]
        strengths, values = np.array(points).reshape(-1, 2).T
        axes.plot(
            strengths,
            values,
            color=colour,
            marker=marker,
            linestyle=dash,
            markersize=5,
            label=label,
        )
    level = [lost(row) for row in rows if row["kind"] == "together"]
    axes.axhline(
        level[0] if level else np.nan,
        color="#111827",
        linewidth=1,
        linestyle=(0, (6, 3)),
        label="all at once, moderately",
    )
    axes.set(xlabel="strength (share of words, turns or boundaries)")
    _plain(axes)


def _draw_lengths(axes: Axes, rows: list[Row]) -> None:
    turns = [row["strength"] for row in rows]
    for whose, measure, label, colour, marker in BY_LENGTH:
        figures = [row[whose][measure]["altered"] for row in rows]
        values = np.array([figure["estimate"] for figure in figures])
        # Beside each other, so that the intervals can be told apart.
        places = np.array(turns) * {"o": 0.9, "s": 1.0, "^": 1.1}[marker]
        errors = np.abs([[figure[end] for figure in figures] for end in ("low", "high")] - values)
        axes.errorbar(
            places, values, errors, color=colour, marker=marker, elinewidth=0.8, label=label
        )
        if rows:
            whole = rows[-1][whose][measure]["unaltered"]["estimate"]
            axes.axhline(whole, color=colour, linewidth=0.9, linestyle=":")
    axes.set(
        title="Length of session",
        xlabel="turns read together (200, 2,000: joined)\ndotted: sessions as they are",
        ylabel="figure, 95 % interval over groups",
        ylim=(0, 0.95),
    )
    if turns:
        axes.set_xscale("log")
        axes.set_xticks(turns, [f"{turn:,.0f}" for turn in turns])
        axes.minorticks_off()
    axes.legend(frameon=False, loc="upper left", fontsize=9)
    _plain(axes)


def _of_turns(row: Row) -> float:
    of = [row[speaker]["average_precision"]["difference"]["estimate"] for speaker in SPEAKERS]
    return float(np.mean(of))


def _of_episodes(row: Row) -> float:
    return float(row["episodes"]["layer"]["difference"]["estimate"])


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.7)
    axes.set_axisbelow(True)
