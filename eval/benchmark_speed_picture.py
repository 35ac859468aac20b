"""Speeds beside each other, and how cost grows: `benchmark_speed.png` and `benchmark_speed.svg`."""

from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rupture_nlp.io.atomic import atomic_path

Result = dict[str, Any]  # as in benchmark_speed.json
OURS, ALONE, NEIGHBOURS = "#1d4e89", "#9ca3af", "#b45309"


def draw(result: Result, out: Path) -> None:
    """Draw what `benchmark_speed.json` holds."""
    figure = Figure(figsize=(11.5, 5.2), layout="constrained")
    speeds, growth = figure.subplots(1, 2, width_ratios=(1.5, 1))
    _draw_speeds(speeds, _shown(result["options"]))
    _draw_growth(growth, result["growth"])
    # A picture that is drawn again is the same file.
    with rc_context({"svg.hashsalt": "benchmark_speed", "svg.fonttype": "none"}):
        for kind, about in (("png", {"Software": None}), ("svg", {"Date": None})):
            with atomic_path(out / f"benchmark_speed.{kind}") as temporary:
                figure.savefig(temporary, format=kind, dpi=130, metadata=about)


def _shown(rows: list[Result]) -> list[Result]:
    """Ours, and of each recipe the fastest batch in each precision; the fastest of all first."""
    best: dict[tuple[str, str], Result] = {}
    for row in rows:
        key = (row["name"] if row["ours"] else row["family"], row["precision"])
        if key not in best or row["utterances_a_second"] > best[key]["utterances_a_second"]:
            best[key] = row
    return sorted(best.values(), key=lambda row: -float(row["utterances_a_second"]))


def _draw_speeds(axes: Axes, rows: list[Result]) -> None:
    places = np.arange(len(rows))
    rates = [row["utterances_a_second"] for row in rows]
    axes.barh(places, rates, color=[_colour(row) for row in rows], height=0.7)
    for place, row in zip(places, rows, strict=True):
        axes.plot((row["slowest"], row["fastest"]), (place, place), color="#111827", linewidth=1)
        rate = row["utterances_a_second"]
        axes.annotate(
            f"{rate:,.0f}", (row["fastest"], place), (5, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(places, [row["name"] for row in rows], fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set(title="Utterances a second, from text to labels")
    axes.set_xlabel(
        "median; line: slowest to fastest round\n"
        "blue: ours, with context; orange: eight neighbours joined; grey: without context",
        fontsize=9,
    )
    _plain(axes, "x")


def _colour(row: Result) -> str:
    if row["ours"]:
        return OURS
    return NEIGHBOURS if row["context"] else ALONE


def _draw_growth(axes: Axes, growth: Result) -> None:
    utterances = np.array([point["utterances"] for point in growth["points"]])
    seconds = [median(point["seconds"]) for point in growth["points"]]
    line = growth["fixed_s"] + growth["ms_an_utterance"] / 1000 * utterances
    axes.plot(utterances, line, color="#9ca3af", linestyle="--", label="least squares")
    axes.plot(utterances, seconds, color=OURS, marker="o", linestyle="", label="measured")
    for point, at, took in zip(growth["points"], utterances, seconds, strict=True):
        one = point["sessions"] == 1
        name = f"{point['sessions']:,} session{'' if one else 's'}"
        axes.annotate(name, (at, took), (-6, 6), textcoords="offset points", ha="right")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.margins(0.15)
    axes.set(title="Time by amount", xlabel="utterances", ylabel="seconds")
    axes.legend(frameon=False, loc="lower right")
    _plain(axes, "both")


def _plain(axes: Axes, grid: Literal["both", "x"]) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color="#e5e7eb", linewidth=0.7)
    axes.set_axisbelow(True)
