"""Label files into a folder, in steps that may be cut off at any point and taken up again.

Runs of the same request in the same folder share the sessions among them. When all are finished one
run writes the tables and the report; the others wait until they are there.
"""

import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import BundleError, RunError
from rupture_nlp.io.roles import RoleMap
from rupture_nlp.pipeline.company import Company, Turn, joined
from rupture_nlp.pipeline.inputs import Inputs, Reading, find_inputs
from rupture_nlp.pipeline.loading import load_labeller
from rupture_nlp.pipeline.manifest import mapping_hash
from rupture_nlp.pipeline.merge import Merged, Merger
from rupture_nlp.pipeline.protocol import (
    Failure,
    RunObserver,
    SessionLabeller,
    SilentObserver,
)
from rupture_nlp.pipeline.record import RunCounts, RunRecord, installed_versions
from rupture_nlp.pipeline.report import ReportWriter
from rupture_nlp.pipeline.row_list import RowList
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.pipeline.work import Work, label_missing
from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.reports.context import ReportContext
from rupture_nlp.reports.summary import SessionSummary

SECONDS_BETWEEN_LOOKS = 0.25
"""How often a run that waits for another one looks again."""


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """What to label, and where to."""

    paths: tuple[Path, ...]  # files, folders, globs
    out: Path
    settings: LabelSettings = field(default_factory=LabelSettings)
    roles: RoleMap | None = None
    force: bool = False  # label again what is finished

    def digest(self) -> str:
        """SHA-256 of all that runs must have in common to share their work."""
        settings = {k: v for k, v in asdict(self.settings).items() if k != "threads"}
        paths = [path.as_posix() for path in self.paths]
        return mapping_hash({"all": repr((paths, settings, self.roles, self.force))})


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. `failures` empty means that everything was labelled.

    `elsewhere`: another run, which shared the work, has written the tables; there are no rows.
    """

    out: Path
    rows: Sequence[SessionSummary]
    failures: tuple[Failure, ...]
    counts: RunCounts
    seconds: float
    report: Path | None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What a run is given from outside: the model, a watcher, the time."""

    load: Callable[[LabelSettings], SessionLabeller] = load_labeller
    observer: RunObserver = field(default_factory=SilentObserver)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], None] = time.sleep  # while other runs finish their part


class RunStoppedError(RunError):
    """The user stopped the run. Everything finished so far is kept."""


def run_labelling(request: LabelRequest, means: Means | None = None) -> RunResult:
    """Label all sessions of the request that are not finished, then write tables and report.

    A file or session that fails is told to the observer and left out; the rest is labelled. Several
    processes may be given the same request at the same time.

    Raises:
        RunError: there are no inputs, none of them could be labelled, the folder cannot be written
            to, or another run is writing other results there; what was finished is kept.
        RunStoppedError: on Ctrl-C, with how far the run came.
        BundleError: the model cannot be loaded.
    """
    problem = ""
    try:
        with joined(request.out, request.digest()) as company:
            return _Run(request, means or Means(), company).run()
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
    raise RunError(
        f"{request.out}: {problem}. Make room or give another --out; "
        "run the same command again to go on, finished sessions are kept."
    )


class _Run:
    """The steps of one run, in order."""

    def __init__(self, request: LabelRequest, means: Means, company: Company) -> None:
        self._request = request
        self._settings = request.settings
        self._means = means
        self._observer = means.observer
        self._company = company
        self._folder = company.folder
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
        same = {"request": self._request.digest(), "inputs": inputs.digest()}
        self._company.agree("inputs", same["inputs"])
        labeller = self._load()
        same["signature"] = mapping_hash(labeller.signature.as_dict())
        self._company.agree("signature", same["signature"])
        work = Work(
            self._company, labeller, self._settings, inputs.sessions, force=self._request.force
        )
        missing = array("L", work.missing())
        self._finished = len(inputs.sessions) - len(missing)
        failed, ours = self._label_missing(work, missing)
        if len(failed) == len(inputs.sessions):
            raise self._nothing_labelled()
        writes = self._writes(inputs, mapping_hash(same))
        merged = self._merge(work, labeller, failed) if writes else Merged(RowList(), ())
        counts = RunCounts(
            labelled=ours,
            reused=len(inputs.sessions) - len(missing),
            shared=len(missing) - len(failed) - ours,
            in_tables=len(merged.rows),
            utterances=sum(row.turns for row in merged.rows),
        )
        if writes:
            self._record(inputs, labeller, counts, mapping_hash(same))
        return self._result(merged, counts, elsewhere=not writes)

    def _load(self) -> SessionLabeller:
        try:
            return self._means.load(self._settings)
        except OSError as error:
            problem = f"cannot be read ({error.strerror})"
        raise BundleError(f"{self._settings.model}: {problem}. Is it a model folder?")

    def _label_missing(self, work: Work, missing: Sequence[int]) -> tuple[set[int], int]:
        """The numbers of the sessions that failed, and how many this run labelled."""
        failed: set[int] = set()
        ours = 0
        turns = sum(map(work.sessions.turns, missing))
        self._observer.stage("labelling", len(missing), turns)
        for outcome in label_missing(work, missing, self._reading, self._means.pause):
            if outcome.failure is None:
                self._finished += 1
                ours += outcome.ours
            else:
                failed.add(outcome.session.number)
                self._observer.failed(outcome.failure)
                self._note([outcome.failure])
            self._observer.advance(1, outcome.session.utterances)
        return failed, ours

    def _writes(self, inputs: Inputs, work: str) -> bool:
        """Whether the tables are for this run to write; if not, they are there now."""
        waits = False
        while (turn := self._company.turn_to_write(work)) is Turn.LATER:
            if not waits:
                sessions = inputs.sessions
                self._observer.stage("another run writes", len(sessions), sessions.utterances)
            waits = True
            self._means.pause(SECONDS_BETWEEN_LOOKS)
        return turn is Turn.OURS

    def _merge(self, work: Work, labeller: SessionLabeller, failed: set[int]) -> Merged:
        self._folder.remove_report()
        sessions = work.sessions
        good = array("L", (number for number in range(len(sessions)) if number not in failed))
        self._observer.stage("writing", len(good), sum(map(sessions.turns, good)))
        settings = self._settings
        report = ReportWriter(
            self._folder, self._context(labeller), settings.report_max if settings.report else 0
        )
        merger = Merger(self._folder, work, labeller, report, settings.with_text)
        merged = merger.merge(map(sessions.__getitem__, good), self._reading, self._observer)
        self._note(merged.failures)
        if settings.report:
            report.finish(merged.rows, tuple(self._failures))
        return merged

    def _record(
        self, inputs: Inputs, labeller: SessionLabeller, counts: RunCounts, work: str
    ) -> None:
        record = RunRecord(
            work=work,
            signature=labeller.signature,
            settings=self._settings,
            inputs=inputs,
            failures=tuple(self._failures),
            counts=counts,
            started=self._started,
            finished=self._means.now(),
        )
        record.write(self._folder.run)

    def _result(self, merged: Merged, counts: RunCounts, *, elsewhere: bool) -> RunResult:
        return RunResult(
            out=self._folder.root,
            rows=merged.rows,
            failures=tuple(self._failures),
            counts=counts,
            seconds=(self._means.now() - self._started).total_seconds(),
            report=self._folder.report if self._settings.report else None,
            elsewhere=elsewhere,
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
            f"nothing could be labelled: {counted(len(self._failures), 'problem')}, see above. "
            f"The tables in {self._folder.root} were left as they are."
        )
