"""How fast we label, beside what users pick instead, on the same weights.

    python -m eval.benchmark_speed --out eval/results [--json FILE] [--quick] [--long]

All in one process with the same threads, interleaved, five rounds, medians. What is slow runs on a
fixed part of the utterances that has the mean length of all. Takes some twenty minutes, and wants
the machine for itself.
"""

import json as json_format
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from eval.benchmark_speed_corpus import (
    MOST_TURNS,
    describe,
    make_sessions,
    read_source,
    write_sessions,
)
from eval.benchmark_speed_flops import measure_peak
from eval.benchmark_speed_fresh import Start, measure_memory, measure_start
from eval.benchmark_speed_growth import LONG_SIZE, measure_growth
from eval.benchmark_speed_machine import Watch, describe_machine
from eval.benchmark_speed_ours import load_ours
from eval.benchmark_speed_picture import draw
from eval.benchmark_speed_plan import QUICK, Plan, make_parts, our_option, rival_option
from eval.benchmark_speed_result import Measured, make_result
from eval.benchmark_speed_rivals import Rivals, all_rivals, write_rival
from eval.benchmark_speed_rounds import measure_rounds
from eval.benchmark_speed_table import markdown
from rupture_nlp.engines.processor import usable_cores
from rupture_nlp.io.atomic import write_text
from rupture_nlp.schema import Transcript

log = logging.getLogger("benchmark_speed")
app = typer.Typer(pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured."""

    plan: Plan
    model: str
    threads: int
    only: tuple[str, ...] = ()  # engines with their precision; () for all


@app.command()
def main(  # noqa: PLR0913  # one parameter an option
    out: Annotated[Path, typer.Option(help="Folder for benchmark_speed.{json,md,svg,png}.")],
    *,
    json: Annotated[Path | None, typer.Option(help="Another place for the JSON.")] = None,
    model: Annotated[str, typer.Option(help="Name or folder.")] = "small",
    threads: Annotated[int | None, typer.Option(min=1, show_default="all")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, show_default="5")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="An engine and precision, as 'openvino bf16'.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A little of everything.")] = False,
    long: Annotated[bool, typer.Option("--long", help="Growth up to 1,000 sessions.")] = False,
) -> None:
    """Measure and write the results."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    plan = QUICK if quick else Plan()
    growth = (*plan.growth, LONG_SIZE) if long else plan.growth
    plan = replace(plan, rounds=rounds or plan.rounds, growth=growth)
    asked = Asked(plan, model, threads or usable_cores(), tuple(only or ()))
    command = " ".join(("python -m eval.benchmark_speed", *sys.argv[1:]))
    result = measure(asked) | {"command": command}
    write_text(json or out / "benchmark_speed.json", json_format.dumps(result, indent=1) + "\n")
    write_text(out / "benchmark_speed.md", markdown(result))
    draw(result, out)
    typer.echo((out / "benchmark_speed.md").read_text(encoding="utf-8"))


def measure(asked: Asked) -> dict[str, object]:
    """Measure everything: the content of `benchmark_speed.json`."""
    load, watch, plan = os.getloadavg(), Watch.begin(), asked.plan
    sessions = make_sessions(read_source(), plan.utterances, plan.seed)
    with TemporaryDirectory() as folder:
        measured = _measure(asked, sessions, Path(folder))
    bundle = measured.found.default.labeller.bundle
    return make_result(measured) | {
        "corpus": describe(sessions, bundle.tokenizer) | {"seed": plan.seed},
        "rounds": plan.rounds,
        "machine": describe_machine(asked.threads),
        "load": {"before": load[0], "cores_of_others": watch.others()},
    }


def _measure(asked: Asked, sessions: Sequence[Transcript], folder: Path) -> Measured:
    plan = asked.plan
    found = load_ours(asked.model, asked.threads, asked.only)
    rivals = Rivals(write_rival(found.default.labeller.bundle, folder / "rival"))
    settings, parts = all_rivals(plan.batches), make_parts(plan, rivals, sessions)
    options = [our_option(plan, ours, sessions) for ours in found.options]
    options += [rival_option(plan, rivals, r, parts[r.recipe, r.context]) for r in settings]
    peaks: dict[str, list[float]] = {ours.precision: [] for ours in found.options}

    def measure_peaks() -> None:
        for precision, of_precision in peaks.items():
            peak = measure_peak(precision)
            if peak is not None:
                of_precision.append(peak)

    timed = measure_rounds(options, plan.rounds, asked.threads, plan.seed, measure_peaks)
    log.info("growth")
    growth = measure_growth(found.default.label, _many_sessions(plan), plan.growth)
    memory, starts = _measure_processes(asked, sessions, folder)
    return Measured(
        found=found,
        sessions=sessions,
        timed={one.option.name: one for one in timed},
        rivals=settings,
        parts=parts,
        peaks=peaks,
        growth=growth,
        memory_mb=memory,
        starts=starts,
    )


def _many_sessions(plan: Plan) -> Sequence[Transcript]:
    most = max(plan.growth)
    return make_sessions(read_source(), MOST_TURNS * most, plan.seed + 1)[:most]


def _measure_processes(
    asked: Asked, sessions: Sequence[Transcript], folder: Path
) -> tuple[float, tuple[Start, ...]]:
    options = ("--model", asked.model, "--threads", str(asked.threads))
    log.info("memory of a fresh process")
    memory = measure_memory(write_sessions(sessions, folder / "all"), options)
    # The engine's cache is warm from here on, if it was not before.
    turns = sessions[0].utterances[: asked.plan.start_turns]
    short = write_sessions([Transcript("short", turns)], folder / "short")
    log.info("starts of fresh processes")
    return memory, tuple(measure_start(short, options) for _ in range(asked.plan.starts))


if __name__ == "__main__":
    app()
