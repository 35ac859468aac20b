"""Make a project: transcripts in, and what a model suggests of them."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from rupture_nlp.evidence import Predictions
from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.review.audit import COMMAND_LINE, Entry, record
from rupture_nlp.review.database import Store, check_url, connect, open_store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.folder import (
    Project,
    locked,
    make_private_folder,
    read_project,
    write_project,
)
from rupture_nlp.review.tables import SessionRow, UtteranceRow
from rupture_nlp.review.taking_in import MODEL_VERSION, add_suggestions, check_predictions
from rupture_nlp.review.values import ChosenBy
from rupture_nlp.schema import Speaker, Transcript

__all__ = ["Material", "Project", "TakenIn", "add_sessions", "init_project", "read_project"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Material:
    """Sessions to code. A session without a group is its own."""

    transcripts: Sequence[Transcript]
    groups: Mapping[str, str] = field(default_factory=dict)  # by session id
    predictions: Predictions | None = None
    chosen_by: ChosenBy = ChosenBy.PERSON


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came into the project. `unchanged` sessions were there already, word for word."""

    sessions: int
    utterances: int
    suggested: int  # sessions with suggestions
    unchanged: int


def init_project(project: Project, material: Material) -> TakenIn:
    """Make the folder, the tables, and put the sessions in, in an order drawn by `project.seed`.

    Raises:
        ReviewError: the folder holds a project or other files, the database holds a project, or
            the material is refused (see `add_sessions`); nothing is kept then but empty tables.
    """
    _check_material(material)
    if project.database is not None:
        check_url(project.database)
    make_private_folder(project.folder)
    with locked(project.folder, "init"):
        _check_folder(project)
        # Written first: what a kill leaves behind is a project that `add_sessions` completes.
        write_project(_with_model(project, material))
        try:
            with connect(project) as store:
                _require_empty(store)
                return _take_in(store, material)
        except BaseException:
            (project.folder / "project.json").unlink()
            raise


def add_sessions(folder: Path, material: Material) -> TakenIn:
    """Add sessions to a project. Those that are there already, word for word, are left as they are.

    Raises:
        ReviewError: a session has other words, speakers or ids than the one of the same name that
            is there; a session stands twice in the material, or under another name in the project;
            or predictions do not fit. Nothing is added then.
    """
    _check_material(material)
    with open_store(folder) as store:
        taken = _take_in(store, material)
        if material.predictions is not None and taken.sessions:
            write_project(_with_model(store.project, material))
        return taken


def _check_material(material: Material) -> None:
    transcripts = material.transcripts
    if not transcripts:
        raise ReviewError("there is no session to code. Give transcripts.")
    ids = [transcript.session_id for transcript in transcripts]
    _refuse(_repeated(ids), "twice in the transcripts", "Give each session once.")
    unusable = [one.session_id for one in transcripts if not _is_usable(one)]
    _refuse(
        unusable,
        "without a turn of patient or therapist, or with characters that are not text",
        "Mend the transcript.",
    )
    hashes = [transcript.text_hash() for transcript in transcripts]
    same = set(_repeated(hashes))
    copies = [one for one, digest in zip(ids, hashes, strict=True) if digest in same]
    _refuse(copies, "the same words under several names", "Give each session once.")
    if material.predictions is not None:
        check_predictions(transcripts, material.predictions)


def _check_folder(project: Project) -> None:
    folder = project.folder
    if (folder / "project.json").exists():
        raise ReviewError(f"{folder}: is a project already. Use --add to add sessions to it.")
    own = (".", project.sqlite.name)  # what an init that failed left there
    if any(not path.name.startswith(own) for path in folder.iterdir()):
        raise ReviewError(f"{folder}: holds other files. Give a new folder.")


def _require_empty(store: Store) -> None:
    with store.read() as session:
        if session.scalar(select(func.count()).select_from(SessionRow)):
            raise ReviewError("the database holds a project already. Give another one.")


def _take_in(store: Store, material: Material) -> TakenIn:
    with store.write() as session:
        known = {
            row.session_id: row for row in session.scalars(select(SessionRow).with_for_update())
        }
        new = [one for one in material.transcripts if one.session_id not in known]
        _check_against(session, known, material.transcripts)
        ids = _add_sessions(session, store.project.seed, new, material)
        suggested = 0
        if material.predictions is not None and new:
            suggested = add_suggestions(session, new, ids, material.predictions)
        utterances = sum(len(one.utterances) for one in new)
        detail = f"{counted(utterances, 'utterance')}, {suggested} sessions with suggestions"
        added = counted(len(new), "session")
        entry = Entry(store.now(), COMMAND_LINE, "add-sessions", added, detail)
        record(session, entry)
    unchanged = len(material.transcripts) - len(new)
    return TakenIn(len(new), utterances, suggested, unchanged)


def _check_against(
    session: Session, known: Mapping[str, SessionRow], transcripts: Sequence[Transcript]
) -> None:
    there = [one for one in transcripts if one.session_id in known]
    changed = [
        one.session_id for one in there if _rows_of(session, known[one.session_id]) != _content(one)
    ]
    _refuse(
        changed,
        "in the project with other words, speakers or ids",
        "Coded text cannot change: give the new text another name, or make another project.",
    )
    hashes = {row.text_sha256: row.session_id for row in known.values()}
    copies = [
        one.session_id
        for one in transcripts
        if hashes.get(one.text_hash(), one.session_id) != one.session_id
    ]
    _refuse(copies, "in the project under another name", "Leave it out.")


def _add_sessions(
    session: Session, seed: int, new: Sequence[Transcript], material: Material
) -> dict[str, int]:
    """Add them after those that are there; returns the row of each session."""
    first = session.scalar(select(func.max(SessionRow.position)))
    rows = [
        SessionRow(
            session_id=one.session_id,
            group=material.groups.get(one.session_id, one.session_id),
            position=(-1 if first is None else first) + number,
            chosen_by=material.chosen_by,
            text_sha256=one.text_hash(),
        )
        for number, one in enumerate(_by_chance(new, seed), start=1)
    ]
    session.add_all(rows)
    session.flush()
    ids = {row.session_id: row.id for row in rows}
    turns = [
        {
            "session": ids[one.session_id],
            "position": position,
            "utterance_id": utterance.utterance_id,
            "speaker": utterance.speaker,
            "text": utterance.text,
            "start_s": utterance.start_s,
            "end_s": utterance.end_s,
        }
        for one in new
        for position, utterance in enumerate(one.utterances)
    ]
    if turns:
        session.execute(insert(UtteranceRow), turns)
    return ids


def _by_chance(transcripts: Sequence[Transcript], seed: int) -> list[Transcript]:
    """An order that depends on the seed and the ids alone, not on how the files were listed."""

    def lot(one: Transcript) -> bytes:
        return hashlib.sha256(f"{seed}:{one.session_id}".encode()).digest()

    return sorted(transcripts, key=lot)


def _rows_of(session: Session, row: SessionRow) -> list[tuple[str, Speaker, str]]:
    found = session.execute(
        select(UtteranceRow.utterance_id, UtteranceRow.speaker, UtteranceRow.text)
        .where(UtteranceRow.session == row.id)
        .order_by(UtteranceRow.position)
    )
    return [(one, speaker, words) for one, speaker, words in found]


def _content(one: Transcript) -> list[tuple[str, Speaker, str]]:
    return [(turn.utterance_id, turn.speaker, turn.text) for turn in one.utterances]


def _is_usable(one: Transcript) -> bool:
    texts = [one.session_id, *(part for u in one.utterances for part in (u.utterance_id, u.text))]
    coded = any(utterance.speaker is not Speaker.OTHER for utterance in one.utterances)
    return coded and all(map(_is_storable, texts))


def _is_storable(text: str) -> bool:
    # Half characters are no UTF-8, and PostgreSQL takes no NUL.
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode()


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _refuse(sessions: Sequence[str], what: str, fix: str) -> None:
    if not sessions:
        return
    # Session ids are file names, which are pseudonymous; what does not print is not shown.
    shown = ["".join(c if c.isprintable() else "?" for c in one) for one in sessions[:_SHOWN]]
    more = f" and {len(sessions) - _SHOWN} more" if len(sessions) > _SHOWN else ""
    count = counted(len(sessions), "session is", "sessions are")
    raise ReviewError(f"{count} {what}: {', '.join(shown)}{more}. {fix}")


def _with_model(project: Project, material: Material) -> Project:
    if material.predictions is None:
        return project
    version = dict(material.predictions.signature).get(MODEL_VERSION)
    return replace(project, model=material.predictions.coder, model_version=version)
