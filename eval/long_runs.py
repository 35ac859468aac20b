"""What a session costs in runs of 1 to 100,000 sessions, in time and in memory.

    python -m eval.long_runs --most 10000 --out eval/results
    python -m eval.long_runs --size 30000 --go-on --out eval/results

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
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import typer

from eval.long_runs_child import FAKE
from eval.long_runs_picture import draw
from eval.long_runs_table import INDEXED, Run, growth, markdown
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
SEED = 0
WORDS = tuple(
    "the i you it is to and of that not so we me what do feel think fine okay yes no session "  # noqa: SIM905
    "week help want know well really sorry angry mother work time talk why".split()
)
WORDS_A_TURN = 8


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
    again: bool = True  # whether it is run a second time, with everything finished


@app.command()
def main(
    out: Annotated[Path, typer.Option()],
    most: Annotated[int, typer.Option(help="Sessions of the longest run.")] = 10_000,
    model: Annotated[Model, typer.Option(help="What labels.")] = Model.FAKE,
    turns: Annotated[int, typer.Option(help="Of a session.")] = 10,
    size: Annotated[list[int] | None, typer.Option(help="Only so many, and once.")] = None,
    go_on: Annotated[bool, typer.Option("--go-on", help="Keep what OUT holds.")] = False,
) -> None:
    """Measure, and write `long_runs.json`, `long_runs.md` and the picture."""
    load = Load(0, turns, SEED, again=not size)
    runs = _kept(out, model, load) if go_on else []
    with tempfile.TemporaryDirectory() as made:
        given = _made(model, Path(made, "tiny"))
        for sessions in size or [size for size in SIZES if size <= most]:
            runs = [run for run in runs if run["sessions"] != sessions]
            runs.append(measure(Path(made), given, replace(load, sessions=sessions)))
            runs.sort(key=itemgetter("sessions"))
            # What is done is there, should the machine stop.
            _write(out, _result(runs, model, load))
    typer.echo((out / "long_runs.md").read_text(encoding="utf-8"))


def _made(model: Model, folder: Path) -> str:
    if model is Model.FAKE:
        return FAKE
    from tests.tiny_model import make_tiny_bundle  # noqa: PLC0415  # torch takes seconds

    return str(make_tiny_bundle(folder))


def _kept(out: Path, model: Model, load: Load) -> list[Run]:
    """The runs of the same load that were measured before."""
    path = out / "long_runs.json"
    held: Run = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"runs": []}
    if held["runs"] and (held["model"], held["turns"]) != (str(model), load.turns):
        sys.exit(f"{path}: another model, or sessions of another length")
    runs: list[Run] = held["runs"]
    return runs


def _result(runs: list[Run], model: Model, load: Load) -> Run:
    return {
        "model": str(model),
        "turns": load.turns,
        "words": WORDS_A_TURN,
        "seed": load.seed,
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
        record = Path(made, "record.json")
        first = _child(inputs, out, model, record)
        again = _child(inputs, out, model, record) if load.again else None
        if first["labelled"] != load.sessions or (again and again["labelled"]):
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


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
