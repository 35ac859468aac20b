"""What degrades and how fast, as a picture of two panels: `robustness.png` and `robustness.svg`."""

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
LINES = {  # label, colour (told apart without colour by marker and dash), marker, dash
    "recognised": ("words misheard", "#1d4e89", "o", "-"),
    "split": ("turns cut in two", "#b45309", "s", "--"),
    "moved_ends": ("ends moved to next speaker", "#52796f", "^", "-."),
    "wrong_speaker": ("wrong speaker label", "#9d0208", "X", "-"),
    "missing": ("turns missing", "#6b7280", "D", ":"),
    "merged": ("change of speaker not seen", "#7b2d8b", "v", "--"),
}


def draw(result: dict[str, Any], out: Path) -> None:
    """Left: ranking of turns by strength of alteration. Right: figures by length of session."""
    rows = ordered(result["rows"])
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _draw_alterations(left, [row for row in rows if row["kind"] != LENGTH])
    _draw_lengths(right, [row for row in rows if row["kind"] == LENGTH])
    # A picture that is drawn again is the same file.
    with rc_context({"svg.hashsalt": "robustness", "svg.fonttype": "none"}):
        for kind, about in (("png", {"Software": None}), ("svg", {"Date": None})):
            with atomic_path(out / f"robustness.{kind}") as temporary:
                figure.savefig(temporary, format=kind, dpi=150, metadata=about)


def _draw_alterations(axes: Axes, rows: list[Row]) -> None:
    ends: list[tuple[float, float, str, str]] = []
    for kind, (label, colour, marker, dash) in LINES.items():
        points = sorted((row["strength"], _lost(row)) for row in rows if row["kind"] == kind)
        if not points:
            continue
        if points[0][0] > 0:
            points = [(0.0, 0.0), *points]
        strengths, lost = zip(*points, strict=True)
        axes.plot(strengths, lost, color=colour, marker=marker, linestyle=dash, markersize=5)
        ends.append((strengths[-1], lost[-1], label, colour))
    for x, y, label, colour in _apart(ends):
        axes.annotate(label, (x, y), (6, 0), textcoords="offset points", color=colour, va="center")
    together = [row for row in rows if row["kind"] == "together"]
    if together:
        level = _lost(together[0])
        axes.axhline(level, color="#111827", linewidth=1, linestyle=(0, (6, 3)))
        text = "all at once, moderately"
        axes.annotate(text, (0.005, level), (0, 3), textcoords="offset points", fontsize=9)
    axes.axhline(0, color="#9ca3af", linewidth=0.8)
    axes.set(
        title="Ranking of turns, altered against unaltered",
        xlabel="strength (share of words, turns or boundaries)",
        ylabel="change in average precision\n(mean of patient and therapist turns)",
        xlim=(-0.01, 0.66),
    )
    axes.set_xticks([0, 0.1, 0.2, 0.3, 0.4])
    _plain(axes)


def _draw_lengths(axes: Axes, rows: list[Row]) -> None:
    lines = (
        ("therapist", "average_precision", "therapist turns, average precision", "#1d4e89", "o"),
        ("patient", "average_precision", "patient turns, average precision", "#b45309", "s"),
        ("episodes", "layer", "episodes, F1 at IoU ≥ .5", "#52796f", "^"),
    )
    turns = [row["strength"] for row in rows]
    for whose, measure, label, colour, marker in lines:
        figures = [row[whose][measure]["altered"] for row in rows]
        values = np.array([figure["estimate"] for figure in figures])
        # Beside each other, so that the intervals can be told apart.
        places = np.array(turns) * {"o": 0.94, "s": 1.0, "^": 1.06}[marker]
        errors = np.abs([[figure[end] for figure in figures] for end in ("low", "high")] - values)
        axes.errorbar(
            places, values, errors, color=colour, marker=marker, elinewidth=0.8, label=label
        )
        if rows:
            # Of sessions as they are, cut in the same places: the last row joins whole sessions.
            whole = rows[-1][whose][measure]["unaltered"]["estimate"]
            axes.axhline(whole, color=colour, linewidth=0.9, linestyle=":")
    axes.set(
        title="Length of session",
        xlabel="turns read together (from 200: sessions joined)\ndotted: sessions as they are",
        ylabel="figure, with 95 % interval over groups",
        ylim=(0, 0.8),
        xscale="log",
    )
    if turns:
        axes.set_xticks(turns, [f"{turn:,.0f}" for turn in turns])
        axes.minorticks_off()
    axes.legend(frameon=False, loc="upper left", fontsize=8.5)
    _plain(axes)


def _lost(row: Row) -> float:
    of = [row[speaker]["average_precision"]["difference"]["estimate"] for speaker in SPEAKERS]
    return float(np.mean(of))


def _apart(ends: list[tuple[float, float, str, str]]) -> list[tuple[float, float, str, str]]:
    """Labels moved down until no two of them overlap."""
    placed: list[tuple[float, float, str, str]] = []
    step = 0.06 * (
        max((y for _, y, _, _ in ends), default=0) - min((e[1] for e in ends), default=0)
    )
    for x, y, label, colour in sorted(ends, key=lambda end: -end[1]):
        below = min([y, *(p[1] - step for p in placed)])
        placed.append((x, below, label, colour))
    return placed


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.7)
    axes.set_axisbelow(True)
