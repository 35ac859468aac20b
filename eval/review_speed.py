"""How long the review application takes to answer, with a long session in a full project.

    python -m eval.review_speed --out eval/results

A real server in a process of its own, SQLite, every decision synced to the disk before the answer.
One coder works on a session of 2,000 turns in which half of the turns are coded already, first
alone, then while seven others code their own sessions.
"""

import json
import logging
import os
import platform
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from importlib.metadata import version
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from typing import cast as typed

import numpy as np
import typer

from eval.review_client import Client, Json, Served, decision, serving
from eval.review_project import SEED, Entry, Sizes, make_project, value_of
from rupture_nlp.io.atomic import write_text

log = logging.getLogger("review_speed")
app = typer.Typer(pretty_exceptions_enable=False)

GOAL_MS = 50.0
"""The 95th percentile of an action is to stay below it."""

ACTION = "an action"
_LOGINS = 6  # each may ask so often; together they may ask as fast as the server answers
_PACE_S = 1.0  # between the actions of each other coder: faster than most people


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one kind of request took, in milliseconds, over so many of them."""

    what: str
    n: int
    p50: float
    p95: float
    p99: float
    greatest: float
    processor: float | None  # mean of the server's own processor time; None: not known here
    kilobytes: float  # of the last answer


@app.command()
def main(
    out: Annotated[Path, typer.Option(help="Folder for review_speed.json and .md.")],
    turns: int = 2000,
    sessions: int = 50,
    actions: int = 1000,
) -> None:
    """Measure and write the results."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    sizes = Sizes(turns=turns, sessions=sessions, actions=actions)
    before = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        timings = measure(Path(folder) / "project", sizes)
    report = {
        "sizes": asdict(sizes),
        "goal_ms": GOAL_MS,
        "timings": [asdict(timing) for timing in timings],
        "machine": machine(),
        "load": {"before": round(before, 1), "after": round(os.getloadavg()[0], 1)},
        "seed": SEED,
        "command": f"python -m eval.review_speed --turns {turns} --sessions {sessions} "
        f"--actions {actions} --out {out}",
    }
    write_text(out / "review_speed.json", json.dumps(report, indent=1) + "\n")
    write_text(out / "review_speed.md", markdown(sizes, timings, report))


def measure(project: Path, sizes: Sizes) -> tuple[Timing, ...]:
    """Make the project, serve it, and time every kind of request."""
    entry = make_project(project, sizes)
    log.info("project of %d sessions is made", sizes.sessions)
    with serving(project) as server:
        here = server.address
        with Client(here, entry.coder) as coder, Client(here, entry.lead) as lead:
            asked = (
                ("open the session (JSON)", coder, f"/api/assignments/{entry.number}"),
                ("its page", coder, f"/session/{entry.number}"),
                ("home page of a coder", coder, "/"),
                ("home page of a lead", lead, "/"),
            )
            found = [
                _time(what, sizes.pages, _getter(client, path), server.process.pid)
                for what, client, path in asked
            ]
        found.append(_time_actions(ACTION, server, entry, sizes))
        with others_at_work(here, entry, sizes):
            what = f"{ACTION} while {sizes.others} others code"
            found.append(_time_actions(what, server, entry, sizes))
    return tuple(found)


def _time_actions(what: str, server: Served, entry: Entry, sizes: Sizes) -> Timing:
    """Actions of one coder, one after the other, each on a turn drawn by chance."""
    draw = random.Random(what)  # noqa: S311  # no secret
    path = f"/api/assignments/{entry.number}"
    clients = [Client(server.address, entry.coder) for _ in range(_LOGINS)]
    bases = _bases(clients[0].get(path))
    numbers = iter(range(sizes.actions))

    def act() -> int:
        at = next(numbers)
        target = draw.randrange(sizes.turns)
        name = f"{len(what)}-{at}"
        body = decision(target, value_of(target, draw), bases.get(str(target), 0), name)
        status, answer = clients[at % _LOGINS].post(f"{path}/decisions", body)
        if status != HTTPStatus.OK:
            raise RuntimeError(f"the server answered {status} to an action")
        bases[str(target)] = int(str(answer["seq"]))
        return len(json.dumps(answer))

    timing = _time(what, sizes.actions, act, server.process.pid)
    for client in clients:
        client.close()
    return timing


def _bases(view: Json) -> dict[str, int]:
    """The `seq` of every turn that is decided, which an action on it has to name."""
    held = typed("list[Json]", view["decisions"])
    return {str(one["target"]): int(str(one["seq"])) for one in held if one["kind"] == "turn"}


@contextmanager
def others_at_work(address: str, entry: Entry, sizes: Sizes) -> Iterator[None]:
    """Other coders save an action every second, each in a session of their own."""
    over = threading.Event()

    def work(token: str, number: int) -> None:
        draw = random.Random(number)  # noqa: S311  # no secret
        with Client(address, token) as client:
            bases = _bases(client.get(f"/api/assignments/{number}"))
            for at in count():
                if over.wait(_PACE_S):
                    return
                target = draw.randrange(sizes.other_turns)
                name = f"other-{at}"
                body = decision(target, value_of(target, draw), bases.get(str(target), 0), name)
                _, answer = client.post(f"/api/assignments/{number}/decisions", body)
                bases[str(target)] = int(str(answer["seq"]))

    with ThreadPoolExecutor(max(1, sizes.others)) as pool:
        working = [
            pool.submit(work, token, number)
            for token, number in zip(entry.others, entry.other_numbers, strict=True)
        ]
        try:
            yield
        finally:
            over.set()
        for one in working:
            one.result()


def _getter(client: Client, path: str) -> Callable[[], int]:
    return lambda: len(client.get_page(path))


def _time(what: str, n: int, ask: Callable[[], int], server: int) -> Timing:
    """Ask so often; `ask` returns the length of the answer, `server` is a process id."""
    took = np.empty(n)
    length = 0
    used = _processor_s(server)
    for at in range(n):
        begun = time.perf_counter()
        length = ask()
        took[at] = 1000 * (time.perf_counter() - begun)
    p50, p95, p99 = (round(float(value), 2) for value in np.percentile(took, (50, 95, 99)))
    log.info("%s: p50 %.1f ms, p95 %.1f ms", what, p50, p95)
    spent = None if used is None else (_processor_s(server) or used) - used
    return Timing(
        what=what,
        n=n,
        p50=p50,
        p95=p95,
        p99=p99,
        greatest=round(float(took.max()), 2),
        processor=None if spent is None else round(1000 * spent / n, 1),
        kilobytes=round(length / 1000, 1),
    )


def _processor_s(process: int) -> float | None:
    """Seconds of processor that a process has used, with those of the system for it; on Linux."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return None
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, str]:
    """What the numbers were measured on."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("rupture-nlp", "starlette", "uvicorn", "sqlalchemy")},
        "sqlite": sqlite3.sqlite_version,
    }


def markdown(sizes: Sizes, timings: Sequence[Timing], report: dict[str, object]) -> str:
    """The table, and what it was measured on."""
    lines = [
        f"{sizes.sessions} sessions: one of {sizes.turns:,} turns, half of them coded before, the "
        f"others of {sizes.other_turns}; suggestions for all. Milliseconds at the client, over "
        "HTTP on one machine.",
        "",
        "| request | n | p50 | p95 | p99 | greatest | server's processor, mean | kB of an answer |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in timings:
        numbers = (one.p50, one.p95, one.p99, one.greatest, one.processor, one.kilobytes)
        cells = ["not known" if number is None else f"{number:.1f}" for number in numbers]
        lines.append(f"| {one.what} | {one.n:,} | {' | '.join(cells)} |")
    (action,) = (one.p95 for one in timings if one.what == ACTION)
    met = "met" if action < GOAL_MS else "missed"
    machine_line = ", ".join(f"{name} {value}" for name, value in machine().items())
    lines += [
        "",
        f"* goal, p95 of an action below {GOAL_MS:g} ms: {met} ({action:.1f} ms)",
        f"* load of the machine: {_load(report)}",
        f"* {machine_line}",
        f"* `{report['command']}`",
    ]
    return "\n".join(lines) + "\n"


def _load(report: dict[str, object]) -> str:
    load = typed("dict[str, float]", report["load"])
    cores = os.cpu_count() or 1
    said = f"{load['before']} before, {load['after']} after, on {cores} cores"
    if load["before"] > cores:
        said += (
            "; other work had them, and what a request waited for it stands in all columns but the "
            "processor's"
        )
    return said


if __name__ == "__main__":
    app()
