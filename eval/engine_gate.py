"""Which engines give the codes of the reference engine, in which precision, on unseen sessions.

    python -m eval.engine_gate RUNS --model small --corpora ../shared/corpora --work WORK \
        --out eval/results

RUNS holds `fold-K`, `final` and `out-of-fold` of the recipe (`training/`) of a model that ships.
Each fold's network answers for the sessions of AnnoMI that it has not seen, run by every engine of
this machine in every precision (or those that are named), and lies beside what torch in 32 bits
answered (`out-of-fold`; that it would answer so today is tried on short sessions of each fold).
All are decided alike, by temperatures and thresholds fitted on what torch answered in the other
folds. Answers are kept in WORK fold by fold, so that a run that was stopped goes on from there.

An engine passes in a precision where, for the turns of either speaker, kappa of its rupture codes
with those of torch in 32 bits is .98 or more, and it gives the same code to 97 % or more of the
turns that torch calls ruptures. What passed stands, for this very model alone, in
`rupture_nlp/resources/engine_gate.json`, and is then taken unasked where the processor computes it.
Rows of other models, engines and precisions stay as they are.
"""

import hashlib
import json
import logging
import platform
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from eval.engine_gate_rows import (
    AGREED,
    KAPPA,
    Measured,
    Row,
    compared,
    for_package,
    markdown,
    merged,
    read_rows,
)
from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Engine
from rupture_nlp.engines.choose import ENGINES, PRECISIONS, TORCH
from rupture_nlp.engines.exported_engine import LIBRARIES, is_installed, make_uncached
from rupture_nlp.engines.gate import GATE
from rupture_nlp.engines.processor import processor_name, usable_cores
from rupture_nlp.engines.torch_engine import TorchEngine, use_threads
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus import data_hash, read_split
from rupture_nlp.models.bundle import bundle_hash, find_bundle, read_info
from rupture_nlp.models.places import TRAINING, WEIGHTS
from rupture_nlp.models.store import load_network
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import (
    OutOfFold,
    join_folds,
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
RESULTS = "engine_gate"
MEASURED = "measured.json"
SAME = 1e-4
"""Most by which scores of the reference may differ when they are computed again."""

Way = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Folds:
    """The networks of a recipe, each with the sessions it has not seen."""

    corpus: Corpus
    parts: tuple[tuple[Path, tuple[str, ...]], ...]
    sha256: str  # of the weights of all of them

    @classmethod
    def read(cls, runs: Path, corpora: Path) -> "Folds":
        """Read the corpus, and refuse networks that have seen what they shall answer for."""
        corpus = Corpus.read(corpora / "annomi")
        digest = hashlib.sha256()
        parts = []
        for number, fold in enumerate(read_split(SPLIT, corpus.sessions).folds):
            run = runs / f"fold-{number}"
            refuse_seen(run, corpus.only(fold.test))
            with (run / WEIGHTS).open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
            parts.append((run, tuple(fold.test)))
        return cls(corpus, tuple(parts), digest.hexdigest())


@app.command()
def main(  # noqa: PLR0913, PLR0917  # options
    runs: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    corpora: Annotated[Path, typer.Option(exists=True, file_okay=False)],
    work: Annotated[Path, typer.Option()],
    out: Annotated[Path, typer.Option()],
    model: Annotated[str, typer.Option(help="The model that ships of this recipe.")] = "small",
    threads: int = usable_cores(),
    engine: Annotated[list[str] | None, typer.Option(help="Only these.")] = None,
    precision: Annotated[list[str] | None, typer.Option(help="Only these.")] = None,
) -> None:
    """Write `engine_gate.json`, `engine_gate.md` and the file that ships."""
    sha256 = _hash_of(model, runs)
    folds = Folds.read(runs, corpora)
    exact = load_out_of_fold(runs / "out-of-fold")
    use_threads(threads)
    _refuse_other_answers(exact, folds)
    decisions = cross_fitted(exact)
    signature = _signature(model, sha256, folds.corpus)
    rows: list[Row] = []
    for way in ways(engine or ENGINES, precision or PRECISIONS):
        own, measured_with = _answers(folds, way, work / model / "-".join(way), threads)
        if own.session_ids != exact.session_ids or len(own.fold) != len(exact.fold):
            raise RunError(f"{work}: answers for other sessions. Give another --work.")
        measured = Measured(model, sha256, *way, measured_with, signature)
        rows += compared(measured, exact, own, decisions)
    _write(out, rows)
    typer.echo((out / f"{RESULTS}.md").read_text(encoding="utf-8"))


def _hash_of(model: str, runs: Path) -> str:
    folder = find_bundle(model)
    trained = [
        path.read_text(encoding="utf-8") for path in (folder / TRAINING, runs / "final" / DONE)
    ]
    if json.loads(trained[0]) != json.loads(trained[1]):
        raise RunError(f"{runs}: these are not the runs that {model} comes from.")
    return bundle_hash(folder)


def _refuse_other_answers(exact: OutOfFold, folds: Folds) -> None:
    # The reference is read from a file; two short sessions of each fold say if it holds today.
    sizes = {s.transcript.session_id: len(s.transcript.utterances) for s in folds.corpus.sessions}
    short = [(run, sorted(test, key=lambda one: sizes[one])[:2]) for run, test in folds.parts]
    engines = [(TorchEngine(*load_network(run)), ids) for run, ids in short]
    again = predict_folds(folds.corpus, engines, engines[0][0].network.config.labels)
    for number, session_id in enumerate(again.session_ids):
        ours = again.answers.rupture[again.session == number]
        held = exact.answers.rupture[exact.session == exact.session_ids.index(session_id)]
        if ours.shape != held.shape or abs(ours - held).max(initial=0.0) > SAME:
            raise RunError("out-of-fold: torch answers otherwise today. Run `predict` again.")


def ways(engines: Collection[str], precisions: Collection[str] = PRECISIONS) -> list[Way]:
    """Engines, of these and on this machine, and precisions, but for the reference."""
    found = [
        (name, precision)
        for name, library in LIBRARIES.items()
        if name in engines and is_installed(library)
        for precision in library.PRECISIONS
        if precision in precisions
    ]
    more = TORCH in engines and "bf16" in precisions
    return [*found, (TORCH, "bf16")] if more else found


def _answers(folds: Folds, way: Way, kept: Path, threads: int) -> tuple[OutOfFold, str]:
    """What an engine answers in a precision, and what it was measured with."""
    parts, with_what = [], []
    for number, (run, test) in enumerate(folds.parts):
        folder = kept / run.name
        record = folder / MEASURED  # written last
        held = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
        if held.get("networks") != folds.sha256:
            log.info("%s, %s, fold %d", *way, number)
            labels = load_network(run)[0].config.labels
            made = predict_folds(folds.corpus, [(_make(run, way, threads), test)], labels)
            save_out_of_fold(folder, made)
            held = {"networks": folds.sha256, "with": _measured_with(way[0])}
            write_text(record, json.dumps(held, indent=1) + "\n")
        parts.append(load_out_of_fold(folder))
        with_what.append(held["with"])
    return join_folds(parts), " and ".join(dict.fromkeys(with_what))


def _make(run: Path, way: Way, threads: int) -> Engine:
    network, tokenizer = load_network(run)
    engine, precision = way
    if engine == TORCH:
        return TorchEngine(network, tokenizer, bf16=precision == "bf16")
    return make_uncached(network, tokenizer, LIBRARIES[engine], precision, threads)


def _measured_with(engine: str) -> str:
    packages = dict.fromkeys((*(LIBRARIES[engine].PACKAGES if engine != TORCH else ()), TORCH))
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{versions}; {platform.machine()} {processor_name()}"


def _signature(model: str, sha256: str, corpus: Corpus) -> str:
    return Signature(
        metric="as in the column",
        unit="utterance, each speaker apart",
        coders=("torch fp32", "row"),
        codebook_hash=load_codebook().sha256,
        split=SPLIT.stem,
        model=f"recipe of {model} {read_info(find_bundle(model)).version} {sha256[:12]}",
        data_hash=data_hash(corpus.sessions),
    ).line()


def _write(out: Path, rows: Sequence[Row]) -> None:
    everything = merged(read_rows(out / f"{RESULTS}.json"), rows)
    listed = [asdict(row) for row in everything]
    report = {"kappa": KAPPA, "agreed": AGREED, "rows": listed}
    write_text(out / f"{RESULTS}.json", json.dumps(report, indent=1) + "\n")
    write_text(out / f"{RESULTS}.md", markdown(everything))
    write_text(SHIPPED, json.dumps(for_package(SHIPPED, rows), indent=1) + "\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    app()
