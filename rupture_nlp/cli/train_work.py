"""The work behind `rupture-nlp train`: look at the data, say what they carry, train, report."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from rupture_nlp.cli.train_display import (
    TrainDisplay,
    say,
    show_checks,
    show_coders,
    show_learnable,
    show_material,
    show_outcome,
)
from rupture_nlp.cli.train_plan import Job, agreed
from rupture_nlp.errors import CorpusError, RunError
from rupture_nlp.io.corpus import check_corpus
from rupture_nlp.io.corpus.problems import Severity
from rupture_nlp.models.replacing import refuse_foreign
from rupture_nlp.models.store import NETWORK, read_network_config
from rupture_nlp.training.lab.checks import SEEN_TOPIC, Seen, check_lab, seen_ids
from rupture_nlp.training.lab.counts import class_counts, coder_rates, pair_kappas
from rupture_nlp.training.lab.data import LabChoices, LabData, read_lab
from rupture_nlp.training.lab.findings import Finding
from rupture_nlp.training.lab.plan import LabOutcome, LabSettings, Means, Places
from rupture_nlp.training.lab.precision import expected_widths
from rupture_nlp.training.lab.start import Base, Start, find_start
from rupture_nlp.training.processes import is_first

STOPPED = 130
"""Exit code of a process that Ctrl-C ended, as shells have it."""

GRACE_S = 30.0
"""How long another process than the first waits with an error of its own. If the first has it too,
it says so, and the launcher ends this one; else this one's error is the one to be read."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What the command line asked for."""

    corpus: Path
    out: Path | None  # None only with `check`
    base: str
    bare: Path | None
    choices: LabChoices
    settings: LabSettings
    check: bool = False
    allow_seen: bool = False
    threads: int | None = None
    ask: bool = True


def run_and_show(request: TrainRequest, *, quiet: bool) -> int:
    """Do it all and say how it goes. Returns the exit code.

    Of several processes that a launcher started the first alone speaks, asks and writes.
    """
    try:
        return _run(request, quiet=quiet)
    except Exception:
        if not is_first():
            time.sleep(GRACE_S)
        raise


def _run(request: TrainRequest, *, quiet: bool) -> int:
    errors = Console(stderr=True, quiet=not is_first())
    shown = Console(quiet=quiet or not is_first(), soft_wrap=False)
    _use_threads(request.threads)
    if request.out is not None:
        _refuse_out(request.out)
    say(shown, f"reading and checking {request.corpus} ...")
    data = read_lab(request.corpus, request.choices)
    start = find_start(request.base)
    findings = _look(shown, data, request, start)
    stopping = [one for one in findings if _stops(one, request)]
    if stopping and not request.check:
        raise CorpusError(_refusal(request.corpus, stopping))
    if request.check or request.out is None:
        return 1 if stopping else 0
    job = Job(
        data=data,
        base=Base(start, None if request.bare is None else find_start(request.bare)),
        settings=_fitted(request.settings, start),
        places=Places(request.out),
    )
    try:
        started = agreed(shown, job, ask=request.ask)
    except KeyboardInterrupt:
        say(errors, "stopped before it began")
        return STOPPED
    if not started:
        say(errors, "not started")
        return 1
    outcome = _train(errors, job, quiet=quiet)
    if outcome is None:
        say(errors, f"stopped; the same command goes on ({job.places.work})")
        return STOPPED
    show_outcome(shown, outcome)
    return 0


def _refuse_out(out: Path) -> None:
    """Refuse before anything takes long what could not be written at the end."""
    if out.is_file():
        raise RunError(f"{out}: is a file. Give the model a folder of its own.")
    refuse_foreign(out)
    there = next(folder for folder in out.absolute().parents if folder.exists())
    if not os.access(there, os.W_OK) or not there.is_dir():
        raise RunError(f"{out}: cannot be made, {there} cannot be written to. Give another --out.")


def _look(
    shown: Console, data: LabData, request: TrainRequest, start: Start
) -> tuple[Finding, ...]:
    seen = Seen(start.title, start.trained_on)
    findings = check_lab(data, check_corpus(request.corpus), seen)
    counts = class_counts(data)
    show_material(shown, data, counts)
    widths = expected_widths(data, request.settings.train.seed)
    show_learnable(shown, counts, widths, data.labels.speakers)
    show_coders(shown, coder_rates(data), pair_kappas(data))
    show_checks(shown, findings)
    return findings


def _stops(finding: Finding, request: TrainRequest) -> bool:
    allowed = request.allow_seen and finding.topic == SEEN_TOPIC
    return finding.severity is Severity.ERROR and not allowed


def _refusal(corpus: Path, findings: Sequence[Finding]) -> str:
    listed = "\n".join(f"  {one.message}" for one in findings)
    return f"{corpus}: these data cannot be trained on:\n{listed}"


def _fitted(settings: LabSettings, start: Start) -> LabSettings:
    """Adapters in no more layers than the encoder has."""
    layers = start.folder / NETWORK
    if not settings.train.lora.rank or not layers.is_file():
        return settings
    has = read_network_config(layers).encoder.get("num_hidden_layers")
    wanted = settings.train.lora.layers
    adapters = replace(
        settings.train.lora, layers=min(wanted, has if isinstance(has, int) else wanted)
    )
    return replace(settings, train=replace(settings.train, lora=adapters))


def _train(errors: Console, job: Job, *, quiet: bool) -> LabOutcome | None:
    """Train; None where the user stopped it."""
    from rupture_nlp.training.lab.run import train_lab

    try:
        with TrainDisplay(errors, quiet=quiet or not is_first()) as display:
            return train_lab(
                job.data, job.base, job.settings, job.places, _means(job), display.show
            )
    except KeyboardInterrupt:
        return None


def _means(job: Job) -> Means:
    settings = job.settings
    seen = seen_ids(job.data.sessions, job.base.start.trained_on)
    from rupture_nlp.evaluation.harness.settings import HarnessSettings
    from rupture_nlp.pipeline.evaluate import EvaluationRequest, evaluate
    from rupture_nlp.pipeline.results import write_results

    def report(
        reference: Path, predicted: Path, versus: Path | None, out: Path, coder: str
    ) -> None:
        harness = HarnessSettings(
            reference_coder=coder, draws=settings.draws, seed=settings.train.seed
        )
        request = EvaluationRequest(reference, out, predicted, versus, harness)
        evaluate(replace(request, allow_seen=bool(seen)))

    return Means(partial(write_results, seen=seen), report)


def _use_threads(threads: int | None) -> None:
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
