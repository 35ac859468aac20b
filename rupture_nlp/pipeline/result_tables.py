"""The three tables of a results folder, written together, with the dictionary of their columns."""

from collections.abc import Iterator
from contextlib import contextmanager

from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.flags import INPUT_FLAGS
from rupture_nlp.pipeline.columns import data_dictionary, describe_table
from rupture_nlp.pipeline.figures import LabelledSession
from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.session_tables import (
    EPISODES,
    SEEN_IN_TRAINING,
    EpisodeRow,
    SessionRow,
    sessions_table,
)
from rupture_nlp.pipeline.tables import TableWriter, table_writer
from rupture_nlp.pipeline.utterance_table import UTTERANCES, UtteranceRow

SESSIONS = sessions_table(
    (
        *INPUT_FLAGS.items(),
        (SEEN_IN_TRAINING, "the model was trained on this session, or on one with the same words"),
    )
)


class ResultTables:
    """Adds sessions to all tables. Made by `result_tables`."""

    def __init__(
        self,
        utterances: TableWriter[UtteranceRow],
        episodes: TableWriter[EpisodeRow],
        sessions: TableWriter[SessionRow],
    ) -> None:
        self._writers = (utterances, episodes, sessions)

    def add(self, session: LabelledSession) -> None:
        """Write the rows of one session."""
        for writer in self._writers:
            writer.add(session)


@contextmanager
def result_tables(folder: OutputFolder, *, with_text: bool) -> Iterator[ResultTables]:
    """Open the tables; they appear together when the block succeeds, then the dictionary.

    Raises:
        OSError: the folder cannot be written.
    """
    with (
        table_writer(UTTERANCES, folder.root, with_text=with_text) as utterances,
        table_writer(EPISODES, folder.root, with_text=with_text) as episodes,
        table_writer(SESSIONS, folder.root, with_text=with_text) as sessions,
    ):
        yield ResultTables(utterances, episodes, sessions)
    sections = (
        describe_table(UTTERANCES, with_text=with_text),
        describe_table(EPISODES, with_text=with_text),
        describe_table(SESSIONS, with_text=with_text),
    )
    write_text(folder.columns, data_dictionary(sections))
