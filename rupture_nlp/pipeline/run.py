"""Label files into a folder, in steps that may be cut off at any point and taken up again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import BundleError, RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.roles import RoleMap
from rupture_nlp.pipeline.folder import OutputFolder, locked_folder
from rupture_nlp.pipeline.inputs import Inputs, InputSession, Reading, find_inputs
from rupture_nlp.pipeline.loading import load_labeller
from rupture_nlp.pipeline.merge import Merged, Merger
from rupture_nlp.pipeline.protocol import (
    Failure,
    RunObserver,
    SessionLabeller,
    SilentObserver,
)
from rupture_nlp.pipeline.record import RunCounts, RunRecord, installed_versions
from rupture_nlp.pipeline.report import ReportWriter
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.pipeline.work import Work, label_missing
from rupture_nlp.reports.context import ReportContext
from rupture_nlp.reports.summary import SessionSummary


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """What to label, and where to."""

    paths: tuple[Path, ...]  # files, folders, globs
    out: Path
    settings: LabelSettings = field(default_factory=LabelSettings)
    roles: RoleMap | None = None
    force: bool = False  # label again what is finished


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. `failures` empty means that everything was labelled."""

    out: Path
    rows: tuple[SessionSummary, ...]
    failures: tuple[Failure, ...]
    counts: RunCounts
    seconds: float
    report: Path | None


@dataclass(frozen=True, slots=True)
class Means:
    """What a run is given from outside: the model, a watcher, the time."""

    load: Callable[[LabelSettings], SessionLabeller] = load_labeller
    observer: RunObserver = field(default_factory=SilentObserver)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class RunStoppedError(RunError):
    """The user stopped the run. Everything finished so far is kept."""


def run_labelling(request: LabelRequest, means: Means | None = None) -> RunResult:
    """Label all sessions of the request that are not finished, then write tables and report.

    A file or session that fails is told to the observer and left out; the rest is labelled.

    Raises:
        RunError: there are no inputs, none of them could be labelled, or the folder cannot be
            written to; what was finished is kept.
        RunStoppedError: on Ctrl-C, with how far the run came.
        BundleError: the model cannot be loaded.
    """
    problem = ""
    with locked_folder(request.out) as folder:
        try:
            return _Run(request, means or Means(), folder).run()
        except OSError as error:
            problem = f"cannot be written ({error.strerror})"
    raise RunError(
        f"{request.out}: {problem}. Make room or give another --out; "
        "run the same command again to go on, finished sessions are kept."
    )


class _Run:
    """The steps of one run, in order."""

    def __init__(self, request: LabelRequest, means: Means, folder: OutputFolder) -> None:
        self._request = request
        self._settings = request.settings
        self._means = means
        self._observer = means.observer
        self._folder = folder
        self._reading = Reading(request.roles, request.settings.read)
        self._started = means.now()
        self._failures: dict[Failure, None] = {}  # a set that keeps its order
        self._finished = 0

    def run(self) -> RunResult:
        """All steps.

        Raises:
            RunStoppedError: on Ctrl-C.
        """
        total: int | None = None
        try:
            inputs = find_inputs(
                self._request.paths, self._folder.root, self._reading, self._observer
            )
            total = len(inputs.sessions)
            return self._label(inputs)
        except KeyboardInterrupt:
            pass
        raise RunStoppedError(
            f"stopped: {self._finished} of {total or '?'} sessions are finished and kept in "
            f"{self._folder.parts}. Run the same command again to go on."
        )

    def _label(self, inputs: Inputs) -> RunResult:
        self._note(inputs.failures)
        if not inputs.sessions:
            raise self._nothing_labelled()
        labeller = self._load()
        work = Work(self._folder, labeller, self._settings)
        missing = [s for s in inputs.sessions if self._request.force or not _done(work, s)]
        self._finished = len(inputs.sessions) - len(missing)
        failed = self._label_missing(work, missing)
        good = [session for session in inputs.sessions if session not in failed]
        if not good:
            raise self._nothing_labelled()
        merged = self._merge(work, labeller, good)
        counts = RunCounts(
            labelled=len(missing) - len(failed),
            reused=len(inputs.sessions) - len(missing),
            in_tables=len(merged.rows),
            utterances=sum(row.turns for row in merged.rows),
        )
        return self._close(inputs, labeller, merged, counts)

    def _load(self) -> SessionLabeller:
        try:
            return self._means.load(self._settings)
        except OSError as error:
            problem = f"cannot be read ({error.strerror})"
        raise BundleError(f"{self._settings.model}: {problem}. Is it a model folder?")

    def _label_missing(self, work: Work, missing: list[InputSession]) -> set[InputSession]:
        failed: set[InputSession] = set()
        self._observer.stage(
            "labelling", len(missing), sum(session.utterances for session in missing)
        )
        for session, failure in label_missing(work, missing, self._reading):
            if failure is None:
                self._finished += 1
            else:
                failed.add(session)
                self._observer.failed(failure)
                self._note([failure])
            self._observer.advance(1, session.utterances)
        return failed

    def _merge(self, work: Work, labeller: SessionLabeller, good: list[InputSession]) -> Merged:
        # `run.json` is written last: where it is missing the tables are not those of one run.
        self._folder.run.unlink(missing_ok=True)
        self._folder.remove_report()
        self._observer.stage("writing", len(good), sum(session.utterances for session in good))
        settings = self._settings
        report = ReportWriter(
            self._folder, self._context(labeller), settings.report_max if settings.report else 0
        )
        merger = Merger(self._folder, work, labeller, report, settings.with_text)
        merged = merger.merge(good, self._reading, self._observer)
        self._note(merged.failures)
        if settings.report:
            report.finish(merged.rows, tuple(self._failures))
        return merged

    def _close(
        self, inputs: Inputs, labeller: SessionLabeller, merged: Merged, counts: RunCounts
    ) -> RunResult:
        finished = self._means.now()
        record = RunRecord(
            signature=labeller.signature,
            settings=self._settings,
            inputs=inputs,
            failures=tuple(self._failures),
            counts=counts,
            started=self._started,
            finished=finished,
        )
        write_text(self._folder.run, record.as_json())
        return RunResult(
            out=self._folder.root,
            rows=merged.rows,
            failures=tuple(self._failures),
            counts=counts,
            seconds=(finished - self._started).total_seconds(),
            report=self._folder.report if self._settings.report else None,
        )

    def _context(self, labeller: SessionLabeller) -> ReportContext:
        signature = labeller.signature
        return ReportContext(
            model=labeller.name,
            model_version=signature.model_version,
            preset=signature.preset,
            threshold=signature.threshold,
            threshold_therapist=signature.threshold_therapist,
            engine=signature.engine,
            date=self._started.date().isoformat(),
            with_text=self._settings.with_text,
            codebook_version=load_codebook().version,
            tool_version=installed_versions()["rupture-nlp"],
        )

    def _note(self, failures: Iterable[Failure]) -> None:
        self._failures.update(dict.fromkeys(failures))

    def _nothing_labelled(self) -> RunError:
        return RunError(
            f"nothing could be labelled: {len(self._failures)} problems, see above. "
            f"The tables in {self._folder.root} were left as they are."
        )


def _done(work: Work, session: InputSession) -> bool:
    return work.is_finished(session.content)
