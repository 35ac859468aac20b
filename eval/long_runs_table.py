"""The table of `eval.long_runs`, and what its runs tell of memory."""

from typing import Any

Run = dict[str, Any]

STAGES = ("reading", "labelling", "writing")
STAGES_AGAIN = ("reading", "checking", "writing")
BETWEEN_LOOKS = 1_000
"""Sessions after which a stage's memory is looked at."""

FULL = 10
"""From so many looks on memory is held against the number of sessions: until then a run fills what
it fills once."""

INDEXED = 20_000
"""Sessions over which the bytes that a run keeps of each are counted."""

NO_FIGURE = "-"

LABELLED_BY = {
    "fake": "codes follow from a hash of the words",
    "network": "a tiny network with random weights labels them, on torch",
}


def growth(runs: list[Run]) -> float | None:
    """Bytes of memory for each further session while the tables of the longest run are written.

    From `FULL` looks on to the end; None for a run that is not twice as long.
    """
    on_the_way: list[float] = runs[-1]["first"].get("on_the_way", {}).get("writing", [])
    if len(on_the_way) < 2 * FULL:
        return None
    sessions: int = runs[-1]["sessions"] - FULL * BETWEEN_LOOKS
    grown = peak(runs[-1]["first"]) - on_the_way[FULL - 1]
    return grown * 2**20 / sessions


def peak(run: Run) -> float:
    """The most memory that the process held at any time, in MB."""
    return float(max(stage["peak_mb"] for stage in run["stages"].values()))


def markdown(result: Run) -> str:
    """The table and what it was measured on."""
    machine, grown, runs = result["machine"], result["growth_bytes"], result["runs"]
    loads = [run[which]["load"][0] for run in runs for which in ("first", "again") if run[which]]
    more = (
        f"* peak memory while the tables of {runs[-1]['sessions']:,} sessions were written, from "
        f"session {FULL * BETWEEN_LOOKS:,} to the end: {grown or 0:,.0f} bytes for each further "
        "one; in it is what was not yet full at its beginning (columns that wait for their row "
        "group, at most 4 MB a table)"
    )
    lines = [
        f"Made sessions of {result['turns']} turns of {result['words']} words, one text file each; "
        f"{LABELLED_BY[result['model']]}. A run has a process of its own, with one thread. "
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
        *(
            f"* `python -m eval.long_runs --model {result['model']} --turns {result['turns']} "
            f"{asked} --out eval/results`"
            for asked in _asked(runs)
        ),
        "",
    ]
    return "\n".join(lines)


def _asked(runs: list[Run]) -> list[str]:
    """The options that the runs come from."""
    twice = [run["sessions"] for run in runs if run["again"]]
    once = [f"--size {run['sessions']} --go-on" for run in runs if not run["again"]]
    return [*([f"--most {max(twice)}"] if twice else []), *once]


def _row(run: Run) -> str:
    first, again, size = run["first"]["stages"], run["again"], run["sessions"]
    cells = [
        f"{size:,}",
        *(f"{1000 * first[name]['cpu'] / size:,.2f}" for name in STAGES),
        f"{sum(stage['wall'] for stage in first.values()):,.1f}",
        *(_again(again, name, size) for name in STAGES_AGAIN),
        f"{peak(run['first']):,.0f}",
        f"{peak(again):,.0f}" if again else NO_FIGURE,
        f"{run['folder_mb']:,.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _again(again: Run | None, name: str, sessions: int) -> str:
    return f"{1000 * again['stages'][name]['cpu'] / sessions:,.2f}" if again else NO_FIGURE
