"""How long the harness takes on a large corpus, beside a loop over calls of other libraries.

    python -m eval.harness_speed --sessions 1000 --utterances 300 --draws 2000 --out eval/results

Both compute the same figures under the same draws of groups; the loop does as many draws as fit in
its time, and its time for all draws is extrapolated from them. `eval/README.md` says how to have
krippendorff in it.
"""

import json
import logging
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from eval.speed_corpus import CODERS, GROUP, MadeCorpus, make_corpus
from eval.speed_loop import (
    KRIPPENDORFF,
    Named,
    OfRows,
    Values,
    code_values,
    group_rows_of,
    probability_values,
    rows_of_draw,
    set_values,
)
from eval.speed_table import markdown
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.harness.codes import code_figures
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.compose import Request, coder_report, system_report
from rupture_nlp.evaluation.harness.probabilities import probability_figures
from rupture_nlp.evaluation.harness.quantities import Drawn
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.evaluation.harness.sets import set_figures
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import PairedTurns
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.io.atomic import write_text

log = logging.getLogger("harness_speed")
app = typer.Typer(pretty_exceptions_enable=False)
RUNS = 3  # of each section; the middle one counts
TOLERANCE = 1e-9  # between the figures of the two ways
Section = Callable[[Comparison], list[Drawn]]


@dataclass(slots=True)
class Clock:
    """Seconds of the processor, which other work changes little, and on the wall."""

    cpu: float = 0.0
    wall: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Add the time of the block."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall


@dataclass(slots=True)
class Part:
    """Some figures, both ways."""

    name: str
    section: Section
    by_hand: Callable[[PairedTurns], OfRows]
    comparison: Comparison
    harness: Clock = field(default_factory=Clock)  # all draws
    loop: Clock = field(default_factory=Clock)  # the loop's draws, the sample among them
    figures: int = 0  # of the harness
    shared: int = 0  # of them in the loop too
    greatest_difference: float = 0.0


def measure_harness(part: Part) -> dict[tuple[str, *Named], Drawn]:
    """Run the section; the numbers by speaker, variable, metric and label."""
    clocks = []
    found: list[Drawn] = []
    for _ in range(RUNS):
        clock = Clock()
        with clock.running():
            found = part.section(part.comparison)
        clocks.append(clock)
    part.harness = sorted(clocks, key=lambda clock: clock.cpu)[RUNS // 2]
    part.figures = len(found)
    return {(d.key.speaker, d.key.variable, d.key.metric, d.key.label): d for d in found}


def measure_loop(parts: list[Part], seconds: float) -> tuple[int, list[list[Values]]]:
    """Do draws until the time is over: how many, and for each part and draw the values.

    Values of both speakers are under one name each, patients' first.
    """
    weights = parts[0].comparison.resamples.weights
    # Both comparisons have the same rows. What needs doing once only is not in the loop's time.
    speakers = [parts[0].comparison.paired.turns(speaker) for speaker in CODED_SPEAKERS]
    groups = [group_rows_of(turns) for turns in speakers]
    by_hand = [
        [part.by_hand(part.comparison.paired.turns(speaker)) for speaker in CODED_SPEAKERS]
        for part in parts
    ]
    values: list[list[Values]] = [[] for _ in parts]
    done = 0
    while done < len(weights) and sum(part.loop.cpu for part in parts) < seconds:
        for part, of_speakers, kept in zip(parts, by_hand, values, strict=True):
            with part.loop.running():
                for of_rows, rows in zip(of_speakers, groups, strict=True):
                    kept.append(of_rows(rows_of_draw(rows, weights[done])))
        done += 1
        log.info("draw %d, %.0f s", done, sum(part.loop.cpu for part in parts))
    return done, values


def compare(part: Part, drawn: dict[tuple[str, *Named], Drawn], values: list[Values]) -> None:
    """Set every value of the loop against the harness's under the same draw.

    A value that one way has and the other has not is an infinite difference.

    Raises:
        KeyError: the loop has a figure that the harness has not.
    """
    names = set()
    for place, found in enumerate(values):
        at, speaker = divmod(place, len(CODED_SPEAKERS))
        for name, value in found.items():
            key = (str(CODED_SPEAKERS[speaker]), *name)
            ours = float(drawn[key].values[at])
            names.add(key)
            if np.isnan(ours) != np.isnan(value):
                part.greatest_difference = np.inf
            elif not np.isnan(ours):
                part.greatest_difference = max(part.greatest_difference, abs(ours - value))
    part.shared = len(names)


@app.command()
def main(
    out: Annotated[Path, typer.Option()],
    sessions: int = 1000,
    utterances: int = 300,
    draws: int = 2000,
    loop_seconds: float = 60.0,
    seed: int = 0,
) -> None:
    """Measure, compare, and write `harness_speed.json` and `harness_speed.md`."""
    if KRIPPENDORFF is None:
        typer.echo("krippendorff is not installed: rows left out")
    before = os.getloadavg()
    corpus = make_corpus(sessions, utterances, seed)
    settings = HarnessSettings(draws=draws, seed=seed)
    with threadpool_limits(limits=1):
        whole = measure_reports(corpus, settings)
        parts = make_parts(corpus, settings)
        done = measure_parts(parts, loop_seconds)
    result = {
        "corpus": {
            "sessions": sessions,
            "utterances": utterances,
            "coders": len(CODERS),
            "groups": -(-sessions // GROUP),
        },
        "draws": draws,
        "loop_draws": done,  # the sample counts as one
        "seed": seed,
        "parts": [_shown(part, done, draws) for part in parts],
        "whole": whole,
        "krippendorff": KRIPPENDORFF is not None,
        "load_average": {"before": before, "after": os.getloadavg()},
        "machine": _machine(),
    }
    write_text(out / "harness_speed.json", json.dumps(result, indent=1) + "\n")
    write_text(out / "harness_speed.md", markdown(result))
    typer.echo((out / "harness_speed.md").read_text(encoding="utf-8"))
    if max(part.greatest_difference for part in parts) > TOLERANCE:
        sys.exit("the two ways do not give the same figures")


def measure_reports(corpus: MadeCorpus, settings: HarnessSettings) -> list[dict[str, object]]:
    """Times of whole reports, from coded sessions in memory to all figures with intervals."""
    request = Request(settings, "made", "made-system")

    def of_system() -> AgreementReport:
        return system_report(pair(corpus.sessions, CODERS[0], corpus.predictions), None, request)

    reports: dict[str, Callable[[], AgreementReport]] = {
        "coder against coder": lambda: coder_report(corpus.sessions, CODERS, request),
        "system against coder, the coders beside it": of_system,
    }
    found: list[dict[str, object]] = []
    for name, make in reports.items():
        clock = Clock()
        with clock.running():
            report = make()
        log.info("%s: %.1f s", name, clock.cpu)
        found.append({"name": name, "figures": len(report.figures), **asdict(clock)})
    return found


def make_parts(corpus: MadeCorpus, settings: HarnessSettings) -> list[Part]:
    """What is measured both ways."""
    coders = pair(corpus.sessions, *CODERS)
    system = pair(corpus.sessions, CODERS[0], corpus.predictions)
    drawn = resample(len(coders.groups.names), settings.draws, settings.seed)
    both = Comparison(coders, drawn, settings)
    of_system = Comparison(system, drawn, settings)
    return [
        Part("codes, ruptures, families, intensity", code_figures, code_values, both),
        Part("markers, strategies, processes", set_figures, set_values, both),
        Part("probabilities", probability_figures, probability_values, of_system),
    ]


def measure_parts(parts: list[Part], loop_seconds: float) -> int:
    """Measure both ways and compare them; how many draws the loop did."""
    numbers = [measure_harness(part) for part in parts]
    done, values = measure_loop(parts, loop_seconds)
    for part, ours, theirs in zip(parts, numbers, values, strict=True):
        compare(part, ours, theirs)
    return done


def _shown(part: Part, done: int, draws: int) -> dict[str, object]:
    extrapolated = {
        "cpu": part.loop.cpu / done * (draws + 1),
        "wall": part.loop.wall / done * (draws + 1),
    }
    return {
        "name": part.name,
        "figures": part.figures,
        "shared": part.shared,
        "harness": asdict(part.harness),
        "loop": asdict(part.loop),
        "loop_extrapolated": extrapolated,
        "greatest_difference": part.greatest_difference,
    }


def _machine() -> dict[str, object]:
    names = ["rupture-nlp", "numpy", "scipy", "scikit-learn"]
    names += ["krippendorff"] if KRIPPENDORFF else []
    cpu = Path("/proc/cpuinfo")
    models = [
        line.split(":", 1)[1].strip()
        for line in (cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "threads": 1,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
