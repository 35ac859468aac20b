"""Which engines give the codes of the reference engine, in which precision, on unseen sessions.

    python -m eval.engine_gate RUNS --corpora ../shared/corpora --work WORK --out eval/results

RUNS holds `fold-K`, `final` and `out-of-fold` of a shipped model's recipe (`training/`). Each
fold's network answers for the sessions of AnnoMI that it has not seen, run by every engine of this
machine in every precision, and lies beside what torch in 32 bits answered (`out-of-fold`). All are
decided alike, by temperatures and thresholds fitted on what torch answered in the other folds.
Answers are kept in WORK, so that a run that was stopped goes on where it was.

An engine passes in a precision where, for the turns of either speaker, kappa of its rupture codes
with those of torch in 32 bits is .98 or more, and it gives the same code to 97 % or more of the
turns that torch calls ruptures. What passed stands, for the shipped model alone, in
`rupture_nlp/resources/engine_gate.json`, and is then taken unasked where the processor computes it.
"""

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Engine
from rupture_nlp.engines.choose import ENGINES, TORCH
from rupture_nlp.engines.exported_engine import LIBRARIES, is_installed, make_uncached
from rupture_nlp.engines.gate import GATE
from rupture_nlp.engines.processor import usable_cores
from rupture_nlp.engines.torch_engine import TorchEngine, use_threads
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.agreement import kappa_of
from rupture_nlp.evaluation.counts import confusion
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import data_hash, read_split
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.bundle import bundle_hash, find_bundle, read_info
from rupture_nlp.models.places import TRAINING
from rupture_nlp.models.store import load_network
from rupture_nlp.schema import RUPTURES
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.figures import Decisions, decided_by
from rupture_nlp.training.outoffold import (
    INDEX,
    OutOfFold,
    load_out_of_fold,
    predict_folds,
    save_out_of_fold,
)
from rupture_nlp.training.run import DONE, Corpus, refuse_seen

app = typer.Typer(pretty_exceptions_enable=False)
log = logging.getLogger("engine_gate")
ROOT = Path(__file__).parents[1]
SPLIT = ROOT / "data" / "splits" / "annomi-3fold-seed0.json"
SHIPPED = ROOT / "rupture_nlp" / "resources" / GATE
MODEL = "small"
KAPPA, AGREED = 0.98, 0.97
SPEAKERS = {"patient": True, "therapist": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One engine and precision beside torch in 32 bits, for the turns of one speaker."""

    engine: str
    precision: str
    speaker: str
    turns: int
    ruptures: int  # as torch in 32 bits calls them
    argmax: float  # share of turns with the same most probable code
    kappa: float  # of the decided codes with those of torch in 32 bits
    agreed: float  # share of those ruptures that get the same code
    largest: float  # difference of a probability of a code
    p99: float  # 99th percentile of a turn's largest difference
    kappa_reference: float  # of the decided codes with the reference coder's
    passed: bool


@app.command()
def main(
    runs: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    corpora: Annotated[Path, typer.Option(exists=True, file_okay=False)],
    work: Annotated[Path, typer.Option()],
    out: Annotated[Path, typer.Option()],
    threads: int = usable_cores(),
    engine: Annotated[list[str] | None, typer.Option(help="Only these.")] = None,
) -> None:
    """Write `engine_gate.json`, `engine_gate.md` and the file that ships."""
    sha256 = _hash_of(MODEL, runs)
    corpus = Corpus.read(corpora / "annomi")
    split = read_split(SPLIT, corpus.sessions).folds
    for number, fold in enumerate(split):
        refuse_seen(runs / f"fold-{number}", corpus.only(fold.test))
    parts = [(runs / f"fold-{number}", fold.test) for number, fold in enumerate(split)]
    exact = load_out_of_fold(runs / "out-of-fold")
    decisions = cross_fitted(exact)
    use_threads(threads)
    rows = []
    for name, precision in ways(engine or ENGINES):
        kept = work / f"{name}-{precision}"
        if not (kept / INDEX).is_file():  # written last
            log.info("%s, %s", name, precision)
            made = [(_make(run, name, precision, threads), test) for run, test in parts]
            labels = load_network(parts[0][0])[0].config.labels
            save_out_of_fold(kept, predict_folds(corpus, made, labels))
        own = load_out_of_fold(kept)
        if own.session_ids != exact.session_ids or len(own.fold) != len(exact.fold):
            raise RunError(f"{kept}: answers for other sessions. Give another --work.")
        rows += compared((name, precision), exact, own, decisions)
    signature = Signature(
        metric="as in the column",
        unit="utterance, each speaker apart",
        coders=("torch fp32", "row"),
        codebook_hash=load_codebook().sha256,
        split=SPLIT.stem,
        model=f"recipe of {MODEL} {read_info(find_bundle(MODEL)).version}",
        data_hash=data_hash(corpus.sessions),
    ).line()
    listed = [asdict(row) for row in rows]
    report = {"signature": signature, "kappa": KAPPA, "agreed": AGREED, "rows": listed}
    write_text(out / "engine_gate.json", json.dumps(report, indent=1) + "\n")
    write_text(out / "engine_gate.md", markdown(rows, signature))
    write_text(SHIPPED, json.dumps(for_package(SHIPPED, sha256, rows), indent=1) + "\n")
    typer.echo((out / "engine_gate.md").read_text(encoding="utf-8"))


def _hash_of(model: str, runs: Path) -> str:
    folder = find_bundle(model)
    trained = [
        path.read_text(encoding="utf-8") for path in (folder / TRAINING, runs / "final" / DONE)
    ]
    if json.loads(trained[0]) != json.loads(trained[1]):
        raise RunError(f"{runs}: these are not the runs that {model} comes from.")
    return bundle_hash(folder)


def ways(engines: Collection[str]) -> list[tuple[str, str]]:
    """Engines, of these and on this machine, and precisions, but for the reference."""
    found = [
        (name, precision)
        for name, library in LIBRARIES.items()
        if name in engines and is_installed(library)
        for precision in library.PRECISIONS
    ]
    return [*found, (TORCH, "bf16")] if TORCH in engines else found


def _make(run: Path, engine: str, precision: str, threads: int) -> Engine:
    network, tokenizer = load_network(run)
    if engine == TORCH:
        return TorchEngine(network, tokenizer, bf16=precision == "bf16")
    return make_uncached(network, tokenizer, LIBRARIES[engine], precision, threads)


def compared(
    name: tuple[str, str], exact: OutOfFold, own: OutOfFold, decisions: Decisions
) -> list[Row]:
    """A row for each speaker; both hold the same utterances in the same order."""
    return [_row((*name, speaker), exact, own, decisions) for speaker in SPEAKERS]


def _row(name: tuple[str, str, str], exact: OutOfFold, own: OutOfFold, decisions: Decisions) -> Row:
    patient = SPEAKERS[name[2]]
    theirs = decided_by(exact, decisions, patient=patient)
    ours = decided_by(own, decisions, patient=patient)
    asked = exact.targets.ask_rupture & (exact.targets.is_patient == patient)
    p_theirs, p_ours = (_probabilities(one, decisions)[asked] for one in (exact, own))
    apart = abs(p_theirs - p_ours).max(axis=1)
    called = theirs.predicted > 0
    kappa = _kappa(theirs.predicted, ours.predicted)
    agreed = float((theirs.predicted == ours.predicted)[called].mean())
    return Row(
        *name,
        turns=len(called),
        ruptures=int(called.sum()),
        argmax=float((p_theirs.argmax(axis=1) == p_ours.argmax(axis=1)).mean()),
        kappa=kappa,
        agreed=agreed,
        largest=float(apart.max()),
        p99=float(np.percentile(apart, 99)),
        kappa_reference=_kappa(ours.reference, ours.predicted),
        passed=kappa >= KAPPA and agreed >= AGREED,
    )


def _probabilities(rows: OutOfFold, decisions: Decisions) -> NDArray[np.float64]:
    # As tables of results have them: calibrated by the decision of the row's fold and speaker.
    found = np.empty(rows.answers.rupture.shape, np.float64)
    for chosen, decision in decisions:
        for rules, patient in ((decision.patient, True), (decision.therapist, False)):
            some = chosen & (rows.targets.is_patient == patient)
            found[some] = calibrated(rows.answers.rupture[some], rules)
    return found


def _kappa(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    return float(kappa_of(confusion(one, two, len(RUPTURES))))


def for_package(path: Path, sha256: str, rows: Sequence[Row]) -> dict[str, object]:
    """What the package reads, with this model's rows in place of older ones of its name."""
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    passed: dict[tuple[str, str], bool] = {}
    for row in rows:
        name = (row.engine, row.precision)
        passed[name] = passed.get(name, True) and row.passed
    own = [
        {"engine": engine, "precision": precision, "passed": ok}
        for (engine, precision), ok in passed.items()
    ]
    return {"format": 1, "models": held.get("models", {}) | {sha256: own}}


def markdown(rows: Sequence[Row], signature: str) -> str:
    """The table, above it what it takes to pass, below it the signature."""
    lines = [
        "Every engine and precision beside torch in fp32, on sessions that the networks had not "
        f"seen. To pass: kappa with torch fp32 of {KAPPA} or more, and the same code on "
        f"{100 * AGREED:.0f} % or more of the turns that torch fp32 calls ruptures, for either "
        "speaker. Reference codes are by AI coders, not by people.",
        "",
        "| engine | precision | speaker | turns | ruptures | same most probable code | kappa with "
        "torch fp32 | same code on its ruptures | largest difference of a probability | 99 % of "
        "turns below | kappa with reference | passes |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join([*lines, "", f"`{signature}`", ""])


def _line(row: Row) -> str:
    cells = [row.engine, row.precision, row.speaker, row.turns, row.ruptures]
    shown = [f"{100 * row.argmax:.2f} %", f"{row.kappa:.4f}", f"{100 * row.agreed:.1f} %"]
    shown += [f"{row.largest:.2g}", f"{row.p99:.2g}", f"{row.kappa_reference:.3f}"]
    return "| " + " | ".join([*map(str, cells), *shown, "yes" if row.passed else "no"]) + " |"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
