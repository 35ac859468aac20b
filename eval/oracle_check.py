"""The harness's figures of a corpus beside those of other people's programs on the same codes.

    python -m eval.oracle_check dump CORPUS [RESULTS] --out DUMP.json
    python -m eval.oracle_check check DUMP.json --out eval/results

`dump` writes the harness's figures and the codes that they rest on, without words or ids; still,
keep it where the corpus is. `check` asks the programs (`eval/oracle_answers.py`) in an environment
of their own, which it makes as that of the golden files is made, and writes `oracles.md`.
"""

import json
import logging
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from eval import oracle_answers
from eval.oracle_answers import Answer
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.evaluation.episode_matching import overlaps
from rupture_nlp.evaluation.harness.comparison import Comparison
from rupture_nlp.evaluation.harness.compose import Request, coder_report, system_report
from rupture_nlp.evaluation.harness.episodes import episode_figures
from rupture_nlp.evaluation.harness.quantities import Key
from rupture_nlp.evaluation.harness.report import AgreementReport
from rupture_nlp.evaluation.harness.sessions import RATED
from rupture_nlp.evaluation.harness.sets import SET_KINDS
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.paired import Paired, PairedEpisodes, PairedTurns
from rupture_nlp.evaluation.pairing import pair, pair_coders
from rupture_nlp.evaluation.turns import CODED_SPEAKERS
from rupture_nlp.evidence import Predictions
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import read_corpus, reference_coder
from rupture_nlp.io.predictions import read_predictions
from rupture_nlp.schema import RUPTURES, CodedSession
from tests.golden.make_oracles import PINS

log = logging.getLogger("oracle_check")
app = typer.Typer(pretty_exceptions_enable=False)
ALSO = ("scikit-learn==1.9.1",)  # beside the programs of the golden files
TOLERANCE = 1e-9
SETTINGS = HarnessSettings(draws=1)  # intervals from draws are no subject here
ABOUT = {
    "scikit-learn": "agreement, kappa (plain, linear, quadratic), MCC, balanced accuracy; "
    "precision, recall, F1 by code, marker, strategy and process; micro-F1; average precision, "
    "AUROC, Brier score",
    "scipy": "Spearman",
    "krippendorff": "alpha, nominal, ordinal and interval",
    "irrCAC": "AC1, AC2",
    "pingouin": "ICC (A,1), (C,1), (A,k), each with its F-based interval",
    "nltk": "alpha over sets with MASI distance (exact thirds in place of nltk's .67 and .33)",
    "segeval": "boundary similarity, WindowDiff, parts added up over sessions",
    "nervaluate": "episodes: precision, recall and F1, strict, partial and type, over the sessions "
    "in which no episode meets two (elsewhere its pairing is another)",
}

Dump = dict[str, Any]  # as in the file
Found = dict[tuple[str, ...], list[dict[str, Any]]]  # figures by speaker, unit, variable ...


@app.command()
def dump(
    corpus: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    results: Annotated[Path | None, typer.Argument(exists=True, file_okay=False)] = None,
    *,
    out: Annotated[Path, typer.Option()],
    reference: Annotated[str | None, typer.Option(help="Coder that results are held to.")] = None,
    coded_by: Annotated[str, typer.Option(help="Stands in the table.")] = "",
) -> None:
    """Write figures and codes: coder against coder, and the results against the reference."""
    sessions = read_corpus(corpus)
    predictions = None if results is None else read_predictions(results)
    made = make_dump(sessions, predictions, reference_coder(sessions, reference))
    write_text(out, json.dumps(made | {"coded_by": coded_by}, allow_nan=False) + "\n")


@app.command()
def check(
    dumped: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    out: Annotated[Path, typer.Option()],
    python: Annotated[
        Path | None, typer.Option(help="Of an environment with the programs; else one is made.")
    ] = None,
) -> None:
    """Ask the programs, write `oracles.md`; fails if a figure is off."""
    made = json.loads(dumped.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        answers = ask(dumped, python or make_environment(Path(folder)), Path(folder))
    lines = [row for name in ABOUT for row in compare(name, made["sides"], answers)]
    write_text(out / "oracles.md", markdown(made, lines, answers["versions"]))
    typer.echo((out / "oracles.md").read_text(encoding="utf-8"))
    off = [f"{key}: {gap:.1e}" for line in lines for key, gap in line.gaps if not gap <= TOLERANCE]
    if off:
        sys.exit("\n".join(["the harness and an oracle differ:", *off]))


def make_dump(
    sessions: Sequence[CodedSession], predictions: Predictions | None, reference: str
) -> Dump:
    """Figures and codes of the first two coders, and of the results where there are some."""
    request = Request(SETTINGS, "corpus", "results")
    first, second = own_coders(sessions)[:2]
    both = [s for s in sessions if s.coding_by(first) and s.coding_by(second)]
    report = coder_report(both, (first, second), request)
    sides = [_side(report, pair_coders(both, first, second))]
    if predictions is not None:
        paired = pair(sessions, reference, predictions)
        sides.append(_side(system_report(paired, None, request), paired))
    return {"sides": sides}


def _side(report: AgreementReport, paired: Paired) -> Dump:
    """All that the programs need: JSON has no NaN, so what is missing is -1 or null."""
    # One for all: what is left out differs by figure, or is of intervals.
    signature = replace(
        report.figures[0].signature,
        metric="as in the table",
        unit="utterance, episode, session",
        draws=0,
    )
    ratings = np.stack([paired.ratings.reference, paired.ratings.predicted])
    ratings = np.where(np.isnan(ratings), oracle_answers.NO_CODE, ratings)
    return {
        "name": f"{paired.predicted} against {paired.reference}",
        "signature": signature.line(),
        "codes": [code.value for code in RUPTURES],
        "figures": [*_figures(report), *_one_to_one_figures(paired)],
        "turns": {s.value: _turns(paired.turns(s)) for s in CODED_SPEAKERS},
        "ratings": {name: ratings[:, :, at].tolist() for at, name in enumerate(RATED)},
        "episodes": [_episodes(one) for one in paired.episodes],
    }


def _figures(report: AgreementReport) -> Iterator[Dump]:
    for figure in report.figures:
        exact = figure.exact if figure.exact and not np.isnan(figure.exact).any() else None
        yield _figure(figure.key, figure.interval.estimate) | {"exact": exact}


def _one_to_one_figures(paired: Paired) -> Iterator[Dump]:
    """Of episodes once more, over the sessions in which every way of pairing gives the same."""
    clear = replace(paired, episodes=tuple(filter(_one_to_one, paired.episodes)))
    draws = resample(len(paired.groups.names), SETTINGS.draws, SETTINGS.seed)
    for drawn in episode_figures(Comparison(clear, draws, SETTINGS)):
        if drawn.key.variable in oracle_answers.SCHEMES:
            yield _figure(replace(drawn.key, label=oracle_answers.ONE_TO_ONE), drawn.estimate)


def _one_to_one(one: PairedEpisodes) -> bool:
    meet = overlaps(one.reference.spans, one.predicted.spans) > 0
    return all(int(meet.sum(axis=axis).max(initial=0)) <= 1 for axis in (0, 1))


def _figure(key: Key, value: float) -> Dump:
    unit = key.unit.partition("(")[0]  # without rule and thresholds
    names = [key.speaker, unit, key.variable, key.metric, key.label]
    return {"key": names, "value": None if np.isnan(value) else value, "exact": None}


def _turns(turns: PairedTurns) -> Dump:
    sides, scores = (turns.reference, turns.predicted), turns.predicted.probabilities
    sets = {kind: turns.sets(kind) for kind in SET_KINDS}
    return {
        "rupture": [one.rupture.tolist() for one in sides],
        "intensity": [one.intensity.tolist() for one in sides],
        "probabilities": None
        if scores is None
        else [None if np.isnan(row).any() else row.tolist() for row in scores],
        "sets": {
            kind: {"names": one.names, "given": [one.reference.tolist(), one.predicted.tolist()]}
            for kind, one in sets.items()
            if one.names
        },
    }


def _episodes(one: PairedEpisodes) -> Dump:
    sides = {"reference": one.reference, "predicted": one.predicted}
    found = {name: np.column_stack([s.spans, s.kind]).tolist() for name, s in sides.items()}
    return {"turns": one.turns, "one_to_one": _one_to_one(one), **found}


def make_environment(folder: Path) -> Path:
    """The python of a new environment with the programs, in `folder`."""
    venv.create(folder / "oracles", with_pip=True)
    python = folder / "oracles" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", *PINS, *ALSO]
    subprocess.run(install, check=True)  # noqa: S603  # pinned above
    return python


def ask(dumped: Path, python: Path, folder: Path) -> Dump:
    """Have `oracle_answers.py` run by the python of the programs."""
    answers = folder / "answers.json"
    command = [str(python), oracle_answers.__file__, str(dumped), str(answers)]
    subprocess.run(command, check=True)  # noqa: S603  # our own file
    found: Dump = json.loads(answers.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One program on one side: how far each of its numbers lies from the harness's."""

    program: str
    side: str
    gaps: tuple[tuple[str, float], ...]  # infinite where one of the two has no number

    @property
    def greatest(self) -> float:
        return max((gap for _, gap in self.gaps), default=0.0)


def compare(program: str, sides: Sequence[Dump], answers: Dump) -> Iterator[Line]:
    """Hold each answer of a program against the figure of its key.

    Raises:
        KeyError: the harness has no such figure, or several.
    """
    for side, given in zip(sides, answers["answers"][program], strict=True):
        by_key: Found = {}
        for figure in side["figures"]:
            by_key.setdefault(tuple(figure["key"]), []).append(figure)
        gaps = tuple((" ".join(filter(None, one["key"])), _gap(one, by_key)) for one in given)
        yield Line(program, side["name"], gaps)


def _gap(given: Answer, by_key: Found) -> float:
    key = tuple(given["key"])
    found = by_key.get(key, [])
    if len(found) != 1:
        raise KeyError(f"{len(found)} figures of the harness for {' '.join(key)}")
    ours, theirs = (
        [one["value"], *(one["exact"] or ())] if given["exact"] else [one["value"]]
        for one in (found[0], given)
    )
    if len(ours) != len(theirs) or (ours[0] is None) != (theirs[0] is None):
        return float("inf")
    numbers = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None]
    return max((abs(a - b) for a, b in numbers), default=0.0)


def markdown(made: Dump, lines: Sequence[Line], versions: dict[str, str]) -> str:
    """The table, its signatures, whose the codes are."""
    names = [side["name"] for side in made["sides"]]
    rows = []
    for program, about in ABOUT.items():
        of_sides = {line.side: line for line in lines if line.program == program}
        counts = " | ".join(str(len(of_sides[name].gaps)) for name in names)
        greatest = max(line.greatest for line in of_sides.values())
        rows.append(f"| {program} {versions[program]} | {about} | {counts} | {greatest:.0e} |")
    sums = [sum(len(one.gaps) for one in lines if one.side == name) for name in names]
    total = f"| together | | {' | '.join(map(str, sums))} | {max(x.greatest for x in lines):.0e} |"
    by = [f"Codes by {made['coded_by']}.", ""] if made["coded_by"] else []
    signatures = [
        f"* {side['name']}, no episode meets two in "
        f"{sum(one['one_to_one'] for one in side['episodes'])} of {len(side['episodes'])} "
        f"sessions: `{side['signature']}`"
        for side in made["sides"]
    ]
    return "\n".join(
        [
            *by,
            f"| oracle | coefficients | figures, {' | figures, '.join(names)} | greatest "
            "difference |",
            "|---" * (3 + len(names)) + "|",
            *rows,
            total,
            "",
            *signatures,
            "",
        ]
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
