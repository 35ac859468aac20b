"""The work behind `rupture-nlp train`: look at the data, say what they carry, train, report."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    show_plan,
)
from rupture_nlp.errors import CorpusError, RunError
from rupture_nlp.io.corpus import check_corpus
from rupture_nlp.io.corpus.problems import Severity
from rupture_nlp.models.store import NETWORK, read_network_config
from rupture_nlp.training.lab.checks import SEEN_TOPIC, Seen, check_lab
from rupture_nlp.training.lab.counts import class_counts, coder_rates, pair_kappas
from rupture_nlp.training.lab.data import LabChoices, LabData, read_lab
from rupture_nlp.training.lab.estimate import Estimate, estimate
from rupture_nlp.training.lab.findings import Finding
from rupture_nlp.training.lab.plan import LabOutcome, LabSettings, Means, Places
from rupture_nlp.training.lab.precision import expected_widths
from rupture_nlp.training.lab.schedule import make_schedule
from rupture_nlp.training.lab.start import Start, find_start
from rupture_nlp.training.processes import is_first, process_count

STOPPED = 130
"""Exit code of a process that Ctrl-C ended, as shells have it."""


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
    """Do it all and say how it goes. Returns the exit code."""
    errors = Console(stderr=True)
    shown = Console(quiet=quiet or not is_first(), soft_wrap=False)
    _use_threads(request.threads)
    data = read_lab(request.corpus, request.choices)
    start = find_start(request.base)
    findings = _look(shown, data, request, start)
    stopping = [one for one in findings if _stops(one, request)]
    if stopping and not request.check:
        raise CorpusError(_refusal(request.corpus, stopping))
    if request.check or request.out is None:
        return 1 if stopping else 0
    settings = _fitted(request.settings, start)
    places = Places(request.out)
    if not _agreed(shown, data, start, settings, places, request):
        say(errors, "not started")
        return 1
    outcome = _train(errors, data, start, settings, request, quiet=quiet)
    if outcome is None:
        say(errors, f"stopped; the same command goes on ({places.work})")
        return STOPPED
    seen = any(one.topic == SEEN_TOPIC for one in findings)
    show_outcome(shown, outcome, in_sample=seen)
    return 0


def _look(
    shown: Console, data: LabData, request: TrainRequest, start: Start
) -> tuple[Finding, ...]:
    seen = Seen(start.title, start.trained_on)
    findings = check_lab(data, check_corpus(request.corpus), seen)
    show_material(shown, data)
    widths = expected_widths(data, request.settings.train.seed)
    show_learnable(shown, class_counts(data), widths, data.labels.speakers)
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


def _agreed(  # what is shown before the start
    shown: Console,
    data: LabData,
    start: Start,
    settings: LabSettings,
    places: Places,
    request: TrainRequest,
) -> bool:
    """Say what will be done and how long it takes; ask where somebody is there to answer."""
    schedule = make_schedule(data, settings, bare=request.bare is not None)
    needed: Estimate | None = None
    if process_count() == 1 and not places.work.exists():
        say(shown, "timing a few steps ...")
        needed = estimate(data, start, settings, schedule)
    show_plan(shown, data, start, schedule, needed)
    if not request.ask or process_count() > 1 or not sys.stdin.isatty() or places.work.exists():
        return True
    return shown.input("Start? [y/N] ").strip().casefold() in {"y", "yes"}


def _train(  # data, start, settings and how to show it
    errors: Console,
    data: LabData,
    start: Start,
    settings: LabSettings,
    request: TrainRequest,
    *,
    quiet: bool,
) -> LabOutcome | None:
    """Train; None where the user stopped it."""
    if request.out is None:
        raise RunError("give --out for the model.")
    from rupture_nlp.training.lab.run import Base, train_lab

    bare = None if request.bare is None else find_start(request.bare)
    try:
        with TrainDisplay(errors, quiet=quiet or not is_first()) as display:
            return train_lab(
                data,
                Base(start, bare),
                settings,
                Places(request.out),
                _means(settings),
                display.show,
            )
    except KeyboardInterrupt:
        return None


def _means(settings: LabSettings) -> Means:
    from rupture_nlp.evaluation.harness.settings import HarnessSettings
    from rupture_nlp.pipeline.evaluate import EvaluationRequest, evaluate
    from rupture_nlp.pipeline.results import write_results

    def report(
        reference: Path, predicted: Path, versus: Path | None, out: Path, coder: str
    ) -> None:
        harness = HarnessSettings(
            reference_coder=coder, draws=settings.draws, seed=settings.train.seed
        )
        evaluate(EvaluationRequest(reference, out, predicted, versus, harness))

    return Means(write_results, report)


def _use_threads(threads: int | None) -> None:
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
