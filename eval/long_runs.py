"""What a session costs in runs of 1 to 100,000 sessions, in time and in memory.

    python -m eval.long_runs --most 10000 --out eval/results

Sessions are made of words that mean nothing. Their codes follow from a hash of the words, or, with
`--model network`, from a tiny network with random weights, so that reading, keeping and writing
stand out. Each run is a process of its own, and is then run again with everything finished.
"""

import json
import logging
import os
import platform
import random
import subprocess
import sys
import tempfile
import tracemalloc
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.long_runs_child import FAKE
from eval.long_runs_picture import draw
from rupture_nlp.io.atomic import write_text
from rupture_nlp.pipeline.places import Places
from rupture_nlp.pipeline.row_list import RowList
from rupture_nlp.pipeline.session_list import SessionList
from rupture_nlp.reports.summary import STRIP_COLUMNS, SessionSummary, SpeakerSummary, Strip
from rupture_nlp.schema import Ratings

log = logging.getLogger("long_runs")
app = typer.Typer(pretty_exceptions_enable=False)

REPOSITORY = Path(__file__).parents[1]
SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
IN_A_FOLDER = 1_000
WORDS = tuple(
    "the i you it is to and of that not so we me what do feel think fine okay yes no session "  # noqa: SIM905
    "week help want know well really sorry angry mother work time talk why".split()
)
WORDS_A_TURN = 8
STAGES = ("reading", "labelling", "writing")
STAGES_AGAIN = ("reading", "checking", "writing")
PLAIN = 1_000
"""From so many sessions on memory is held against the number of sessions; below, pages that are
allocated once stand out."""

INDEXED = 20_000
"""Sessions over which the bytes that a run keeps of each are counted."""

Run = dict[str, Any]


class Model(StrEnum):
    """What labels the sessions."""

    FAKE = "fake"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Load:
    """So many made sessions."""

    sessions: int
    turns: int
    seed: int


@app.command()
def main(
    out: Annotated[Path, typer.Option()],
    most: Annotated[int, typer.Option(help="Sessions of the longest run.")] = 10_000,
    model: Annotated[Model, typer.Option(help="What labels.")] = Model.FAKE,
    turns: Annotated[int, typer.Option(help="Of a session.")] = 10,
    size: Annotated[list[int] | None, typer.Option(help="Only so many sessions; again.")] = None,
    seed: int = 0,
) -> None:
    """Measure, and write `long_runs.json`, `long_runs.md` and the picture."""
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as made:
        given = _made(model, Path(made, "tiny"))
        for sessions in size or [size for size in SIZES if size <= most]:
            runs.append(measure(Path(made), given, Load(sessions, turns, seed)))
            runs.sort(key=itemgetter("sessions"))
            # What is done is there, should the machine stop.
            _write(out, _result(runs, model, turns, seed))
    typer.echo((out / "long_runs.md").read_text(encoding="utf-8"))


def _made(model: Model, folder: Path) -> str:
    if model is Model.FAKE:
        return FAKE
    from tests.tiny_model import make_tiny_bundle  # noqa: PLC0415  # torch takes seconds

    return str(make_tiny_bundle(folder))


def _result(runs: list[Run], model: Model, turns: int, seed: int) -> Run:
    return {
        "model": str(model),
        "turns": turns,
        "words": WORDS_A_TURN,
        "seed": seed,
        "runs": runs,
        "growth_bytes": growth(runs),
        "index_bytes": index_bytes(INDEXED),
        "machine": {
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "rupture-nlp": version("rupture-nlp"),
        },
    }


def _write(out: Path, result: Run) -> None:
    write_text(out / "long_runs.json", json.dumps(result, indent=1) + "\n")
    write_text(out / "long_runs.md", markdown(result))
    draw(result, out)


def measure(place: Path, model: str, load: Load) -> Run:
    """A run over so many made sessions, and the same again; the sessions are deleted after it."""
    with tempfile.TemporaryDirectory(dir=place) as made:
        inputs, out = Path(made, "in"), Path(made, "out")
        make_sessions(inputs, load)
        first, again = (_child(inputs, out, model, Path(made, "record.json")) for _ in range(2))
        if first["labelled"] != load.sessions or again["labelled"]:
            sys.exit("not every session was labelled once")
        files = [path for path in out.rglob("*") if path.is_file()]
        return {
            "sessions": load.sessions,
            "first": first,
            "again": again,
            "folder_mb": sum(path.stat().st_size for path in files) / 2**20,
        }


def make_sessions(folder: Path, load: Load) -> None:
    """Text files in folders of a thousand, all different."""
    chosen = random.Random(load.seed)  # noqa: S311  # not for secrets
    for number in range(load.sessions):
        path = folder / f"{number // IN_A_FOLDER:03}" / f"s{number:06}.txt"
        if number % IN_A_FOLDER == 0:
            path.parent.mkdir(parents=True)
        lines = [
            f"{'TP'[turn % 2]}: {' '.join(chosen.choices(WORDS, k=WORDS_A_TURN))}.\n"
            for turn in range(load.turns)
        ]
        path.write_text("".join(lines), encoding="utf-8")


def _child(inputs: Path, out: Path, model: str, record: Path) -> Run:
    arguments = [str(inputs), str(out), model, str(record)]
    subprocess.run(  # noqa: S603  # this file's own arguments
        [sys.executable, "-m", "eval.long_runs_child", *arguments], cwd=REPOSITORY, check=True
    )
    told: Run = json.loads(record.read_text(encoding="utf-8"))
    log.info("%s", json.dumps(told))
    return told


def growth(runs: list[Run]) -> float | None:
    """Bytes of memory that each further session costs, from `PLAIN` sessions to the longest run."""
    plain = [run for run in runs if run["sessions"] >= PLAIN]
    if len(plain) < 2:  # noqa: PLR2004  # two ends of a line
        return None
    low, high = plain[0], plain[-1]
    more = peak(high["first"]) - peak(low["first"])
    return float(more * 2**20 / (high["sessions"] - low["sessions"]))


def index_bytes(sessions: int) -> float:
    """Bytes a session of all that a run keeps of every session until its end."""
    tracemalloc.start()
    found, places, rows = SessionList(), Places(), RowList()
    chosen = random.Random(0)  # noqa: S311  # not for secrets
    for number in range(sessions):
        name = f"s{number:06}"
        digest = f"{chosen.getrandbits(256):064x}"
        found.add_file(Path("folder/of/sessions") / f"{name}.txt", digest)
        found.add_session(name, digest, 300)
        places.put(int(digest[:16], 16), 380 * number)
        rows.append(_made_row(name, chosen))
    # The interpreter's table of strings in use grows with paths made here, not with those kept.
    kept = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, "*pathlib*")])
    held = sum(one.size for one in kept.statistics("filename"))
    tracemalloc.stop()
    if not len(found) == len(rows) == sessions:
        raise ValueError("a list lost some")
    return held / sessions


def _made_row(name: str, chosen: random.Random) -> SessionSummary:
    # Of 300 turns, an eighth with ruptures: more than sessions have, so that packing has less ease.
    columns = bytes(chosen.choice((0, 0, 0, 0, 0, 0, 0, 4)) for _ in range(STRIP_COLUMNS))
    counts = tuple(chosen.randrange(10) for _ in range(4))
    speaker = SpeakerSummary(150, counts, chosen.random() * 9, chosen.randrange(30))  # type: ignore[arg-type]  # four
    ratings = Ratings(*(chosen.random() * 5 for _ in range(4)))
    strip = Strip(columns, ((3, 20, True), (60, 80, False)))
    return SessionSummary(name, None, 300, speaker, speaker, 2, 1, ratings, False, (), strip)


def peak(run: Run) -> float:
    """The most memory that the process held at any time, in MB."""
    return float(max(stage["peak_mb"] for stage in run["stages"].values()))


LABELLED_BY = {
    Model.FAKE: "codes follow from a hash of the words",
    Model.NETWORK: "a tiny network with random weights labels them, on torch",
}


def markdown(result: Run) -> str:
    """The table and what it was measured on."""
    machine, grown, runs = result["machine"], result["growth_bytes"], result["runs"]
    loads = [run[which]["load"][0] for run in runs for which in ("first", "again")]
    more = (
        f"* peak memory, from {PLAIN:,} to {runs[-1]['sessions']:,} sessions: {grown or 0:,.0f} "
        "bytes for each further one; in it is what a run fills once and no further (2,000 rows of "
        "the overview, row groups of 10,000 rows), which these sizes cannot tell from growth"
    )
    lines = [
        f"Made sessions of {result['turns']} turns of {result['words']} words, one text file each; "
        f"{LABELLED_BY[Model(result['model'])]}. A run has a process of its own, with one thread. "
        "Processor milliseconds a session; what other work took from the machine shows in the "
        "seconds on the wall alone.",
        "",
        "| sessions | reading | labelling | writing | s on the wall, with start | again: reading | "
        "holding parts against their hashes | writing | peak memory, MB | again | folder, MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(_row(run) for run in runs),
        "",
        "Writing includes the report with its first 200 pages, and what is loaded for it. Again: "
        "the same command, when all sessions are finished.",
        "",
        f"* what a run keeps of every session until its end, counted alone over {INDEXED:,} "
        f"sessions of 300 turns: {result['index_bytes']:,.0f} bytes each",
        *([more] if grown is not None else []),
        f"* load of the machine: {min(loads):.1f} to {max(loads):.1f} on {machine['cores']} cores, "
        "of which a run makes 1",
        f"* {machine['system']}, Python {machine['python']}, rupture-nlp {machine['rupture-nlp']}",
        f"* `python -m eval.long_runs --most {runs[-1]['sessions']} --model {result['model']} "
        f"--turns {result['turns']} --out eval/results`",
        "",
    ]
    return "\n".join(lines)


def _row(run: Run) -> str:
    first, again, size = run["first"]["stages"], run["again"]["stages"], run["sessions"]
    cells = [
        f"{size:,}",
        *(f"{1000 * first[name]['cpu'] / size:,.2f}" for name in STAGES),
        f"{sum(stage['wall'] for stage in first.values()):,.1f}",
        *(
            f"{1000 * again[name]['cpu'] / size:,.2f}"
            for name in ("reading", "checking", "writing")
        ),
        f"{peak(run['first']):,.0f}",
        f"{peak(run['again']):,.0f}",
        f"{run['folder_mb']:,.1f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
