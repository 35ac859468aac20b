"""`train_lab`: from a lab's coded sessions to a model, and to what it is worth on new patients."""

import logging
import shutil
from dataclasses import replace
from functools import partial

import numpy as np

from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.models.replacing import refuse_foreign
from rupture_nlp.models.store import load_network
from rupture_nlp.schema import RUPTURES, Rupture, Speaker
from rupture_nlp.training.lab.bench import (
    STAGES,
    Bench,
    answers_of,
    lab_corpus,
    lab_settings,
    rows_of,
    train_planned,
    without_unlearned,
)
from rupture_nlp.training.lab.choose import epochs_of_fold, final_epochs
from rupture_nlp.training.lab.clock import Clock, steps_forecast, windows_of
from rupture_nlp.training.lab.data import LabData
from rupture_nlp.training.lab.memorise import (
    Memorisation,
    gains_of,
    make_plants,
    measure_memorisation,
    with_plants,
)
from rupture_nlp.training.lab.outcome import Material, write_outcome
from rupture_nlp.training.lab.pace import Pace, load_pace, save_pace
from rupture_nlp.training.lab.plan import LabOutcome, LabSettings, Means, OnProgress, Places
from rupture_nlp.training.lab.remembered import load_memorisation, save_memorisation
from rupture_nlp.training.lab.schedule import PlannedRun, Schedule, make_schedule
from rupture_nlp.training.lab.start import Base
from rupture_nlp.training.lab.work import (
    MEMORISATION,
    ROWS,
    asked_of,
    claim_work,
    clear_work,
    done_outcome,
    held,
    identity_of,
    put_by,
)
from rupture_nlp.training.outoffold import (
    INDEX,
    OutOfFold,
    join_folds,
    load_out_of_fold,
    save_out_of_fold,
)
from rupture_nlp.training.processes import is_first, told_by_first, wait_for_all

log = logging.getLogger(__name__)


def train_lab(  # data, start, settings, place, and the two ways out
    data: LabData,
    base: Base,
    settings: LabSettings,
    out: Places,
    means: Means,
    on_progress: OnProgress = lambda _: None,
) -> LabOutcome:
    """Cross-validate, choose, train on everything, and write model and report.

    It can be stopped at any time, also by a kill, and given again: what is done is not done again.
    Every process of a launcher calls it with the same arguments.

    Raises:
        CorpusError: there are too few groups to test on.
        RunError: the work folder belongs to another training, or one is at work in it.
        BundleError: the folder of the model holds something else.
    """
    refuse_foreign(out.model)
    bench, schedule = set_up(data, base, settings, out, on_progress)
    identity = identity_of(data, settings, bench.train, base.start.sha256)
    asked = asked_of(identity, settings, base.bare_sha256)
    with held(out.work):
        outcome = told_by_first(done_outcome(out, asked))
        if outcome is None:
            claim_work(out, identity)
            material = _run_all(bench, schedule)
            outcome = _write_all(material, out, means, asked)
    if is_first() and not settings.keep_work:
        clear_work(out.work)
    return outcome


def _run_all(bench: Bench, schedule: Schedule) -> Material:
    """Do all runs that are not done."""
    choices = [_fold_epochs(bench, schedule, number) for number in range(len(schedule.folds))]
    ours = join_folds([rows_of(bench, run, choices[run.fold or 0]) for run in schedule.of("fold")])
    curve = {run.name: rows_of(bench, run, choices[run.fold or 0]) for run in schedule.of("curve")}
    started = _of_start(bench, schedule) if bench.start.labels else None
    epochs = final_epochs(choices)
    (final,) = schedule.of("final")
    _expect(bench, [final, *schedule.of("memorisation")], epochs)
    run_folder = train_planned(bench, final, epochs)
    bench.clock.finish(final.name, STAGES[final.purpose])
    remembered = [_memorisation(bench, run, epochs) for run in schedule.of("memorisation")]
    return Material(
        bench=bench,
        schedule=schedule,
        ours=ours,
        started=started,
        curve=curve,
        choices=tuple(choices),
        epochs=epochs,
        final=run_folder,
        memorisation=remembered[0] if remembered else None,
    )


def _write_all(material: Material, out: Places, means: Means, asked: str) -> LabOutcome:
    """Report and model; afterwards what says that all is done."""
    verdict = write_outcome(material, out, means) if is_first() else ""
    if is_first():
        put_by(out, asked)
    wait_for_all()
    return LabOutcome(out.model, out.report, told_by_first(verdict), material.epochs)


def set_up(
    data: LabData, base: Base, settings: LabSettings, out: Places, on_progress: OnProgress
) -> tuple[Bench, Schedule]:
    """What all runs share, and which runs there are."""
    schedule = make_schedule(data, settings, bare=base.bare_sha256)
    train = lab_settings(data, base.start, settings)
    windows = {
        s.transcript.session_id: windows_of(s, train.windows, train.context_tokens)
        for s in data.sessions
    }
    forecast = {
        run.name: steps_forecast(windows, run.learn, train.epochs, train.batch_windows)
        for run in schedule.runs
    }
    clock = Clock(forecast, on_progress, load_pace(out.work), partial(_keep_pace, out))
    bench = Bench(data, lab_corpus(data), base.start, base.bare, settings, train, out.work, clock)
    return bench, schedule


def _keep_pace(out: Places, pace: Pace) -> None:
    if is_first():
        save_pace(out.work, pace)


def _fold_epochs(bench: Bench, schedule: Schedule, number: int) -> int:
    epochs = epochs_of_fold(bench, schedule, number)
    later = [run for run in schedule.runs if run.fold == number and run.purpose != "choice"]
    _expect(bench, later, epochs)
    return epochs


def _expect(bench: Bench, runs: list[PlannedRun], epochs: int) -> None:
    train = bench.train
    windows = {
        s.transcript.session_id: windows_of(s, train.windows, train.context_tokens)
        for s in bench.data.sessions
    }
    for run in runs:
        steps = steps_forecast(windows, run.learn, epochs, train.batch_windows)
        bench.clock.expect(run.name, steps)


def _of_start(bench: Bench, schedule: Schedule) -> OutOfFold:
    """What the starting model says as it is; parted by the same folds, for thresholds."""
    kept = bench.work / ROWS / "start"
    if not told_by_first((kept / INDEX).is_file()):
        if is_first():
            engine = TorchEngine(*load_network(bench.start.folder))
            bench.clock.part("...", "the starting model as it is")
            parts = [answers_of(bench, engine, fold.test) for fold in schedule.folds]
            save_out_of_fold(kept, without_unlearned(join_folds(parts), bench.train.labels))
        wait_for_all()
    return load_out_of_fold(kept)


def _memorisation(bench: Bench, run: PlannedRun, epochs: int) -> Memorisation:
    kept = bench.work / MEMORISATION
    if not told_by_first(kept.is_file()):
        seed = bench.train.seed
        speaker = bench.data.labels.speakers[0]
        plants = make_plants(bench.corpus.sessions, _commonest(bench, speaker), seed)
        planted = with_plants(bench.corpus.sessions, plants, speaker)
        folder = train_planned(bench, run, epochs, replace(bench.corpus, sessions=planted))
        if is_first():
            engine = TorchEngine(*load_network(folder))
            gains = gains_of(
                engine,
                bench.corpus.sessions,
                plants,
                speaker,
                lambda at: bench.clock.part(f"planted turn {at} of {len(plants)}"),
            )
            found = measure_memorisation(gains, plants, bench.settings.draws, seed)
            save_memorisation(kept, found)
            shutil.rmtree(folder, ignore_errors=True)
        wait_for_all()
    bench.clock.finish(run.name, STAGES[run.purpose])
    return load_memorisation(kept)


def _commonest(bench: Bench, speaker: Speaker) -> Rupture:
    """The rupture that this speaker shows most often."""
    counts = np.zeros(len(RUPTURES))
    for session in bench.corpus.sessions:
        coding = session.coding_by(bench.corpus.reference)
        turns = session.transcript.utterances
        for turn, code in zip(turns, coding.codes if coding else (), strict=False):
            if code is not None and code.rupture is not None and turn.speaker is speaker:
                counts[RUPTURES.index(code.rupture)] += 1
    return RUPTURES[1 + int(np.argmax(counts[1:]))]
