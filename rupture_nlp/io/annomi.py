"""Put the words of AnnoMI, which the user has, to our codes, which hold utterance ids alone.

AnnoMI (Wu et al. 2022, ICASSP; 2023, Future Internet 15(3), 110) comes as `AnnoMI-simple.csv`, one
utterance a row. Its transcript 17 is the session `annomi-017`; utterance ids are AnnoMI's own.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.atomic import atomic_path
from rupture_nlp.io.corpus.layout import CODES, EPISODES, GROUPS, SESSIONS, UTTERANCES
from rupture_nlp.io.corpus.tables import read_records, read_table
from rupture_nlp.io.corpus.write import write_table
from rupture_nlp.schema import Speaker, Utterance

ANNOMI_SHA256 = "b178db3b0b9858a0fa4ed670dabeccd63e975ba67e141d7ae16f2e8214f78e61"
"""Of the `AnnoMI-simple.csv` that was coded."""

COLUMNS = ("transcript_id", "utterance_id", "interlocutor", "timestamp", "utterance_text")
SPEAKERS = {"therapist": Speaker.THERAPIST, "client": Speaker.PATIENT}
CODE_LAYOUTS = (CODES, EPISODES, SESSIONS, GROUPS)
MOST_LISTED = 10
_CLOCK = re.compile(r"(?:(\d+):)?([0-5]?\d):([0-5]?\d)", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Joined:
    """What a join put together."""

    sessions: int
    utterances: int
    left_out: int  # transcripts of the file that have no codes


def join_annomi(
    csv_path: Path, codes_folder: Path, out_folder: Path, sha256: str = ANNOMI_SHA256
) -> Joined:
    """Write a coded corpus: the codes of `codes_folder`, and the words of those sessions alone.

    utterances.csv is written last, so a folder that has it is whole.

    Raises:
        CorpusError: the file is not the one with this hash, lacks columns or rows, or a folder
            has no codes.
    """
    wanted, coded = _read_codes(codes_folder)
    _check_hash(csv_path, sha256)
    transcripts = _read_transcripts(csv_path)
    _check_complete(csv_path, wanted, coded, transcripts)
    for layout in CODE_LAYOUTS:
        with atomic_path(out_folder / layout.file) as temporary:
            temporary.write_bytes((codes_folder / layout.file).read_bytes())
    rows = [
        (session, u.utterance_id, u.speaker, u.text, u.start_s, None)
        for session in sorted(wanted)
        for u in transcripts[session]
    ]
    columns = (*UTTERANCES.required, "start_s", "end_s")
    write_table(out_folder / UTTERANCES.file, columns, rows)
    return Joined(len(wanted), len(rows), len(transcripts.keys() - wanted))


def _read_codes(folder: Path) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The sessions that were coded, and every (session, utterance id) that the codes name."""
    tables = {layout.file: read_table(folder, layout) for layout in CODE_LAYOUTS}
    unusable = [file for file, table in tables.items() if not table.usable]
    if unusable:
        raise CorpusError(
            f"{folder}: no codes of AnnoMI here: {', '.join(unusable)} missing or unreadable. "
            "They stand in data/annomi of the source repository; name that folder with --codes."
        )
    sessions = frozenset(row["session_id"] for row in tables[SESSIONS.file].rows)
    coded = {(row["session_id"], row["utterance_id"]) for row in tables[CODES.file].rows}
    for row in tables[EPISODES.file].rows:
        coded |= {(row["session_id"], row[column]) for column in ("start", "end")}
    return sessions, frozenset(coded)


def _check_hash(path: Path, expected: str) -> None:
    actual = None
    try:
        with path.open("rb") as content:
            actual = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        pass
    if actual is None:
        raise CorpusError(f"{path}: the file cannot be read.")
    if actual != expected.strip().lower():
        raise CorpusError(
            f"{path}: its sha256 is {actual}, not {expected}: not the version that was coded. "
            "Take that version, or, if you know that ids and turns are the same, give this "
            "file's hash with --sha256."
        )


def _read_transcripts(path: Path) -> dict[str, tuple[Utterance, ...]]:
    """All transcripts of the file by session id."""
    records, failure = read_records(path)
    if failure is not None:
        raise CorpusError(f"{path}:{failure.row}: {failure.message}.")
    header = records[0].cells if records else []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise CorpusError(
            f"{path}:1: not in AnnoMI's columns; missing: {', '.join(missing)}. "
            "AnnoMI-simple.csv has them."
        )
    places = [header.index(name) for name in COLUMNS]
    transcripts: dict[str, dict[str, Utterance]] = {}
    wrong: list[int] = []
    for record in records[1:]:
        cells = [record.cells[place] if place < len(record.cells) else "" for place in places]
        utterance = _utterance(cells)
        if utterance is None or not _NUMBER.fullmatch(cells[0]):
            wrong.append(record.row)
            continue
        session = transcripts.setdefault(f"annomi-{int(cells[0]):03d}", {})
        # AnnoMI-full repeats a turn for each annotator; the words are the same.
        if session.setdefault(utterance.utterance_id, utterance) != utterance:
            wrong.append(record.row)
    if wrong:
        raise CorpusError(
            f"{path}: {len(wrong)} rows are not AnnoMI's (ids, interlocutor client or therapist, "
            f"timestamp hh:mm:ss, no turn twice): {_listed(map(str, wrong))}."
        )
    return {session: tuple(turns.values()) for session, turns in transcripts.items()}


def _utterance(cells: list[str]) -> Utterance | None:
    _, utterance_id, interlocutor, timestamp, text = cells
    clock = _CLOCK.fullmatch(timestamp.strip())
    if interlocutor not in SPEAKERS or clock is None or not _NUMBER.fullmatch(utterance_id):
        return None
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    start_s = float(3600 * hours + 60 * minutes + seconds)
    return Utterance(str(int(utterance_id)), SPEAKERS[interlocutor], text.strip(), start_s)


def _check_complete(
    path: Path,
    wanted: frozenset[str],
    coded: frozenset[tuple[str, str]],
    transcripts: dict[str, tuple[Utterance, ...]],
) -> None:
    incomplete = set()
    for session in wanted:
        ids = [utterance.utterance_id for utterance in transcripts.get(session, ())]
        if not ids or ids != [str(number) for number in range(len(ids))]:
            incomplete.add(session)
    present = {
        (session, u.utterance_id) for session in wanted for u in transcripts.get(session, ())
    }
    incomplete |= {session for session, utterance in coded if (session, utterance) not in present}
    if incomplete:
        raise CorpusError(
            f"{path}: turns are missing or out of order in {len(incomplete)} of the coded "
            f"sessions: {_listed(sorted(incomplete))}. Take AnnoMI-simple.csv as published."
        )


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - MOST_LISTED} more" if len(every) > MOST_LISTED else ""
    return ", ".join(every[:MOST_LISTED]) + more
