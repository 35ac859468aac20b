"""One wide CSV for spreadsheets and statistics programs: a row for every turn, columns for every
coder (`ana.rupture`, `ana.intensity`, ...). Episodes and session ratings are repeated on each of
their turns. Cells that a spreadsheet would run as a formula are neutralised; reading undoes it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rupture_nlp.io.corpus.layout import LIST_SEPARATOR, RATINGS, STATUSES
from rupture_nlp.io.corpus.write import Cell, write_table
from rupture_nlp.schema import UNCODABLE, CodedSession, SessionCoding, Transcript, UtteranceCode

TABLE = "coding.csv"
CHOSEN_BY = "chosen_by"
TURN = ("session_id", "group", CHOSEN_BY, "utterance_id", "speaker", "start_s", "end_s", "text")
STATUS, MODE = "status", "mode"
LISTS = ("markers", "strategies")
CODED = ("rupture", "secondary", "intensity", *LISTS, "process", "comment")
EPISODE, RESOLUTION = "episode", "episode_resolution"
RATING = "session_"
"""Goes before the name of a session rating."""
CODER = (STATUS, MODE, *CODED, EPISODE, RESOLUTION, *(RATING + name for name in RATINGS))
"""The columns of one coder; the coder's name and a dot stand before each."""


def write_csv(sessions: Sequence[CodedSession], path: Path, *, with_text: bool) -> None:
    """Write the table. Without text that column is empty."""
    coders = sorted({coding.coder for session in sessions for coding in session.codings})
    columns = [*TURN, *(f"{coder}.{name}" for coder in coders for name in CODER)]
    rows = (row for session in sessions for row in _rows(session, coders, with_text=with_text))
    write_table(path, columns, rows)


def _rows(
    session: CodedSession, coders: Sequence[str], *, with_text: bool
) -> Iterator[Sequence[Cell]]:
    transcript = session.transcript
    chosen_by = dict(session.descriptors).get(CHOSEN_BY)
    sides = [_side(session.coding_by(coder), transcript) for coder in coders]
    for position, turn in enumerate(transcript.utterances):
        text = turn.text if with_text else None
        own = (turn.utterance_id, turn.speaker, turn.start_s, turn.end_s, text)
        head = (transcript.session_id, session.group, chosen_by, *own)
        yield *head, *(cell for side in sides for cell in side[position])


def _side(coding: SessionCoding | None, transcript: Transcript) -> list[Sequence[Cell]]:
    """One coder's cells, a row for every turn."""
    if coding is None:
        return [(None,) * len(CODER)] * len(transcript.utterances)
    modes = {code.mode for code in coding.codes if code is not None and code.mode}
    about = (STATUSES[0] if coding.complete else STATUSES[1], *(modes if len(modes) == 1 else [""]))
    episodes: dict[int, tuple[Cell, Cell]] = {}
    place = {turn.utterance_id: at for at, turn in enumerate(transcript.utterances)}
    for episode in coding.episodes:
        for position in range(place[episode.start], place[episode.end] + 1):
            episodes[position] = (episode.episode_id, episode.resolution)
    ratings = tuple(getattr(coding.ratings, name) for name in RATINGS)
    return [
        (*about, *_code_cells(code), *episodes.get(position, (None, None)), *ratings)
        for position, code in enumerate(coding.codes)
    ]


def _code_cells(code: UtteranceCode | None) -> Sequence[Cell]:
    if code is None:
        return (None,) * len(CODED)
    return (
        UNCODABLE if code.rupture is None else code.rupture,
        code.secondary,
        code.intensity,
        LIST_SEPARATOR.join(code.markers),
        LIST_SEPARATOR.join(code.strategies),
        code.process,
        code.comment,
    )
