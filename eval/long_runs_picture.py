"""Cost of a session and memory by the number of sessions: `long_runs.png`, `long_runs.svg`."""

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.long_runs_table import peak
from rupture_nlp.io.atomic import atomic_path

LINES = {  # label, colour, marker, dash: told apart in grey too
    "labelling": ("labelling", "#1d4e89", "o", "-"),
    "writing": ("writing tables and report", "#b45309", "s", "--"),
    "reading": ("reading", "#52796f", "^", "-."),
}
FIRST, AGAIN = ("#1d4e89", "o", "-"), ("#b45309", "s", "--")


def draw(result: dict[str, Any], out: Path) -> None:
    """Time and memory, beside each other."""
    figure = Figure(figsize=(9.5, 4.2), layout="constrained")
    times, memory = figure.subplots(1, 2)
    _draw_times(times, result["runs"])
    _draw_memory(memory, result["runs"])
    # A picture that is drawn again is the same file.
    with rc_context({"svg.hashsalt": "long_runs", "svg.fonttype": "none"}):
        for kind, about in (("png", {"Software": None}), ("svg", {"Date": None})):
            with atomic_path(out / f"long_runs.{kind}") as temporary:
                figure.savefig(temporary, format=kind, dpi=130, metadata=about)


def _draw_times(axes: Axes, runs: list[dict[str, Any]]) -> None:
    sizes = [run["sessions"] for run in runs]
    for name, (label, colour, marker, dash) in LINES.items():
        costs = [1000 * run["first"]["stages"][name]["cpu"] / run["sessions"] for run in runs]
        axes.plot(
            sizes, costs, color=colour, marker=marker, linestyle=dash, markersize=5, label=label
        )
    axes.set(title="Processor time of a session", ylabel="milliseconds, logarithmic", yscale="log")
    _plain(axes, sizes)


def _draw_memory(axes: Axes, runs: list[dict[str, Any]]) -> None:
    sizes = [run["sessions"] for run in runs]
    for name, label, (colour, marker, dash) in (
        ("first", "first run", FIRST),
        ("again", "run again, all finished", AGAIN),
    ):
        known = [run for run in runs if run[name]]
        axes.plot(
            [run["sessions"] for run in known],
            [peak(run[name]) for run in known],
            color=colour,
            marker=marker,
            linestyle=dash,
            markersize=5,
            label=label,
        )
    axes.set(title="Peak memory of the process", ylabel="MB")
    axes.set_ylim(bottom=0)
    _plain(axes, sizes)


def _plain(axes: Axes, sizes: list[int]) -> None:
    axes.set_xscale("log")
    decades = [10**n for n in range(len(str(max(sizes)))) if 10**n >= min(sizes)]
    axes.set_xticks(decades, [f"{size:,}" for size in decades])
    axes.minorticks_off()
    axes.set_xlabel("sessions of a run")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc="best", fontsize=9)
