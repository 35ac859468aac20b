"""Codes from elsewhere as decisions of named coders, in the mode in which they were made.

Nothing that is in the project is overwritten, and the same file again changes nothing. What could
not be taken in is noted with its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rupture_nlp.errors import CorpusError
from rupture_nlp.io.corpus.layout import UTTERANCES
from rupture_nlp.io.corpus.read import read_corpus
from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.review.access import Assignment
from rupture_nlp.review.assignment import Task, assign_listed
from rupture_nlp.review.audit import COMMAND_LINE, Entry, record
from rupture_nlp.review.coders import SECOND, Coder, add_coder, coders_of
from rupture_nlp.review.coding import finish, read_session
from rupture_nlp.review.database import Store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.filing import file_decisions, surplus
from rupture_nlp.review.label_studio import TASKS
from rupture_nlp.review.label_studio_reading import read_label_studio
from rupture_nlp.review.matching import match_coding
from rupture_nlp.review.progress import assignments_of
from rupture_nlp.review.transfer import Incoming, Note
from rupture_nlp.review.transfer_csv import TABLE
from rupture_nlp.review.transfer_csv_reading import read_csv
from rupture_nlp.review.values import Mode
from rupture_nlp.schema import ALL_FIELDS, GOLD, CodedSession, SessionCoding

_UNTOLD = ALL_FIELDS - {"episodes", "ratings", "intensity"}
"""Fields of which the project cannot say that a coder left them out."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Whose codes to take. `coders`: names in the file and in the project; empty: all, by their own
    names. `mode`: of codings whose file does not say."""

    coders: Mapping[str, str] = field(default_factory=dict)
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in, and what did not."""

    codings: int
    decisions: int  # new ones
    unchanged: int  # values that the project holds already
    finished: int  # sessions that are finished now
    new_coders: tuple[str, ...]  # without a personal link until one is made
    notes: tuple[Note, ...]


def read_codings(path: Path) -> Incoming:
    """Read a corpus folder, Label Studio's JSON, the CSV of `review export`, or its folder.

    Raises:
        CorpusError: the file is none of these, or broken.
    """
    if path.is_dir() and not (path / UTTERANCES.file).exists():
        path = next((path / name for name in (TASKS, TABLE) if (path / name).exists()), path)
    if path.is_dir():
        return Incoming(read_corpus(path))
    if path.suffix.lower() == ".json":
        return read_label_studio(path)
    if path.suffix.lower() == ".csv":
        return read_csv(path)
    raise CorpusError(f"{path}: give a corpus folder, a .json of Label Studio, or a .csv.")


def import_codes(
    store: Store, incoming: Incoming, options: ImportOptions = ImportOptions()
) -> Imported:
    """Take codings in. Coders that the project does not have are added, without a link.

    A kill on the way leaves some decisions in; the same import again adds the rest.

    Raises:
        ReviewError: a coding has no coder or mode that could be told, or a coder was asked for who
            has no coding; nothing is taken in then.
        RefusedError: a coder's name cannot be used.
    """
    _require_known(incoming.sessions, options)
    notes = list(incoming.notes)
    chosen = list(_choose(incoming.sessions, options, notes))
    _require_modes(chosen)
    new = _add_coders(store, chosen)
    coders = {coder.name: coder for coder in coders_of(store)}
    taken = [_take(store, one, coders[one.coder], notes) for one in chosen]
    made = Imported(
        codings=sum(one is not None for one in taken),
        decisions=sum(one.decisions for one in taken if one is not None),
        unchanged=sum(one.unchanged for one in taken if one is not None),
        finished=sum(one.finished for one in taken if one is not None),
        new_coders=new,
        notes=tuple(notes),
    )
    with store.write() as session:
        decisions, noted = counted(made.decisions, "decision"), counted(len(notes), "note")
        detail = f"{decisions}, {made.unchanged} there already, {noted}"
        codings = counted(made.codings, "coding")
        record(session, Entry(store.now(), COMMAND_LINE, "import", codings, detail))
    return made


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A coding, and what its coder is called in the project."""

    session: CodedSession
    coding: SessionCoding
    coder: str
    mode: Mode | None

    @property
    def where(self) -> str:
        return f"session {self.coding.session_id}, {self.coding.coder}"


@dataclass(frozen=True, slots=True)
class _Taken:
    decisions: int
    unchanged: int
    finished: bool


def _choose(
    sessions: Sequence[CodedSession], options: ImportOptions, notes: list[Note]
) -> Iterator[_Chosen]:
    for session in sessions:
        for coding in session.codings:
            where = f"session {coding.session_id}, {coding.coder or 'no coder'}"
            modes = {code.mode for code in coding.codes if code is not None and code.mode}
            problem = _derived(coding.coder, modes)
            if problem is None and options.coders and coding.coder not in options.coders:
                problem = "a coder that was not asked for"
            if problem is None and len(modes) > 1:
                problem = "a session coded in several modes"
            if problem is not None:
                notes.append(Note(f"{problem}: left out", where))
                continue
            notes += [
                Note(f"{name} was not coded, which a project cannot say: counts as coded", where)
                for name in sorted(_UNTOLD - coding.fields)
            ]
            mode = Mode(modes.pop()) if modes else options.mode
            yield _Chosen(session, coding, options.coders.get(coding.coder, coding.coder), mode)


def _derived(coder: str, modes: set[str]) -> str | None:
    """Why a coding is nobody's own first pass; None if it is."""
    if coder == GOLD or modes == {Mode.ADJUDICATION}:
        return "adjudicated codes, which follow from the coders'"
    if coder.casefold().endswith(SECOND):
        return "a second pass, made with suggestions that this project did not show"
    return None


def _require_known(sessions: Sequence[CodedSession], options: ImportOptions) -> None:
    names = {coding.coder for session in sessions for coding in session.codings}
    for number, name in enumerate(options.coders, start=1):
        if name not in names:
            raise ReviewError(
                f"--coder: the files have no coding by the coder given as number {number}. The "
                "names are those of the column `coder` of a corpus, or before the dot in a CSV."
            )


def _require_modes(chosen: Sequence[_Chosen]) -> None:
    if any(not one.coder for one in chosen):
        raise ReviewError("some codings name no coder. Say whose they are: --coder =NAME.")
    silent = sum(one.mode is None for one in chosen)
    if silent:
        codings = counted(silent, "coding does", "codings do")
        raise ReviewError(
            f"{codings} not say whether the coder saw suggestions, as where every turn is `none`. "
            "Say it: --mode blind or --mode assisted."
        )


def _add_coders(store: Store, chosen: Sequence[_Chosen]) -> tuple[str, ...]:
    known = {coder.name for coder in coders_of(store)}
    new = [name for name in dict.fromkeys(one.coder for one in chosen) if name not in known]
    for name in new:
        add_coder(store, name)  # the token is let go: nobody can enter with it
    return tuple(new)


def _take(store: Store, one: _Chosen, coder: Coder, notes: list[Note]) -> _Taken | None:
    problem = None
    assignment = None
    try:
        assignment = _assignment(store, one, coder)
    except ReviewError as error:
        problem = str(error).rstrip(".")
    if assignment is None:
        notes.append(Note(f"{problem or 'no assignment'}: left out", one.where))
        return None
    view = read_session(store, assignment.id, coder)
    matched = match_coding(one.session, one.coding, view.turns)
    filed = file_decisions(store, view, coder, matched.wanted)
    own = filed.notes
    if one.coding.complete:
        own += surplus(view.present, matched.wanted, one.where)
    notes += [*matched.notes, *own]
    finishing = matched.finished and not own and not assignment.finished
    if finishing:
        finish(store, assignment.id, coder)
    return _Taken(filed.decisions, filed.unchanged, finishing)


def _assignment(store: Store, one: _Chosen, coder: Coder) -> Assignment:
    """The coder's assignment of this session, made if there is none.

    Raises:
        ReviewError: the coder has the session in another mode or is reading it now, or it cannot
            be assigned.
    """
    mode = one.mode or Mode.ASSISTED
    for progress in assignments_of(store, coder):
        found = progress.assignment
        if found.session_id == one.coding.session_id and found.mode is not Mode.ADJUDICATION:
            if found.mode is not mode:
                raise ReviewError("the coder has this session in another mode")
            if found.reached < found.turns_total:
                raise ReviewError("the coder is reading this session now")
            return found
    task = Task(one.coding.session_id, coder.name, mode)
    (made,) = assign_listed(store, [task], progressive=False, coded_elsewhere=True)
    return made
