"""Write the HTML report while the tables are merged: a page a session, then the overview."""

from collections.abc import Sequence

from rupture_nlp.io.atomic import atomic_path, write_text
from rupture_nlp.pipeline.figures import LabelledSession
from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.protocol import Failure
from rupture_nlp.reports.context import ReportContext
from rupture_nlp.reports.names import page_name
from rupture_nlp.reports.overview import overview_pieces
from rupture_nlp.reports.session_page import render_session
from rupture_nlp.reports.summary import SessionSummary, summarise


class ReportWriter:
    """Makes the pages of the first `pages` sessions; the overview lists every session."""

    def __init__(self, folder: OutputFolder, context: ReportContext, pages: int) -> None:
        self._folder = folder
        self._context = context
        self._pages_left = pages

    def add(self, session: LabelledSession) -> SessionSummary:
        """Write the session's page, if there is still room, and give its row of the overview."""
        href: str | None = None
        if self._pages_left > 0:
            self._pages_left -= 1
            name = page_name(session.session_id)
            page = render_session(
                session.transcript, session.prediction, session.flags, self._context
            )
            write_text(self._folder.pages / name, page)
            href = f"{self._folder.pages.name}/{name}"
        return summarise(session.transcript, session.prediction, session.flags, href)

    def finish(self, rows: Sequence[SessionSummary], failures: Sequence[Failure]) -> None:
        """Write the overview."""
        told = tuple((failure.file, failure.message) for failure in failures)
        with (
            atomic_path(self._folder.report) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            file.writelines(overview_pieces(rows, self._context, failures=told))
