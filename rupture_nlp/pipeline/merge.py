"""Merge finished parts into tables and report, reading the sources again file by file.

One session is in memory at a time, and of the others a row of the overview. The order is that of
the inputs, whatever order they were labelled in, so an interrupted run ends in the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rupture_nlp.io.flags import input_flags
from rupture_nlp.pipeline.figures import LabelledSession
from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.groups import session_failure
from rupture_nlp.pipeline.inputs import Reading, read_again
from rupture_nlp.pipeline.protocol import Failure, RunObserver, SessionLabeller
from rupture_nlp.pipeline.report import ReportWriter
from rupture_nlp.pipeline.result_tables import result_tables
from rupture_nlp.pipeline.row_list import RowList
from rupture_nlp.pipeline.session_list import InputSession
from rupture_nlp.pipeline.session_tables import SEEN_IN_TRAINING
from rupture_nlp.pipeline.work import Work
from rupture_nlp.privacy import describe_crash
from rupture_nlp.reports.summary import SessionSummary
from rupture_nlp.schema import Transcript


@dataclass(frozen=True, slots=True)
class Merged:
    """What came into the tables, and what could not."""

    rows: RowList
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A session that is certain to come into the tables."""

    labelled: LabelledSession
    row: SessionSummary


@dataclass(frozen=True, slots=True)
class Merger:
    """Everything a merge needs but the sessions."""

    folder: OutputFolder
    work: Work
    labeller: SessionLabeller
    report: ReportWriter
    with_text: bool

    def merge(
        self, sessions: Iterable[InputSession], reading: Reading, observer: RunObserver
    ) -> Merged:
        """Write all tables and session pages; the tables appear together at the end.

        Raises:
            OSError: the output folder cannot be written.
        """
        rows = RowList()
        failures: list[Failure] = []
        with result_tables(self.folder, with_text=self.with_text) as tables:
            for session, found in read_again(sessions, reading):
                ready = found if isinstance(found, Failure) else self._prepare(session, found)
                if isinstance(ready, Failure):
                    failures.append(ready)
                    observer.failed(ready)
                    continue
                tables.add(ready.labelled)
                rows.append(ready.row)
                observer.advance(1, session.utterances)
        return Merged(rows, tuple(failures))

    def _prepare(self, session: InputSession, transcript: Transcript) -> "_Ready | Failure":
        # All that may go wrong in one session happens here, before its first row is written.
        try:
            labelled = self._join(session, transcript)
            if labelled is None:
                problem = "its part in the output folder is damaged. Run again."
            else:
                return _Ready(labelled, self.report.add(labelled))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001  # one odd session must not stop the others
            problem = f"internal error ({describe_crash(error)})"
        return session_failure(session, problem)

    def _join(self, session: InputSession, transcript: Transcript) -> LabelledSession | None:
        prediction = self.work.prediction(session, transcript)
        if prediction is None:
            return None
        # The labeller knows the session under the name that its source gave it.
        seen = (SEEN_IN_TRAINING,) if self.labeller.was_trained_on(transcript) else ()
        return LabelledSession(
            session_id=session.session_id,
            file=session.file,
            transcript=replace(transcript, session_id=session.session_id),
            prediction=prediction,
            flags=(*input_flags(transcript), *seen),
        )
