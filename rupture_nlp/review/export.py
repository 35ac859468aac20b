"""A project's codes as files: a corpus that trains and evaluates, Label Studio JSON, or one CSV.

What stands in no file is counted and said: sessions that nobody has begun, assignments without a
decision, adjudications that are not finished, and whatever contradicts itself (see `derive`).
`export.json` beside the files keeps it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from rupture_nlp import __version__
from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.corpus.layout import LAYOUTS
from rupture_nlp.io.corpus.write import write_corpus
from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.review.audit import COMMAND_LINE, Entry, record
from rupture_nlp.review.database import Store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.folder import make_private_file, make_private_folder
from rupture_nlp.review.gathering import Gathered, gather
from rupture_nlp.review.label_studio import INTERFACE, TASKS, write_label_studio
from rupture_nlp.review.transfer import Note
from rupture_nlp.review.transfer_csv import TABLE, write_csv
from rupture_nlp.schema import CodedSession, SessionCoding

ABOUT = "export.json"
SECOND_FOLDER = "second-pass"
"""The folder inside an export that holds the second passes, in the same format."""


class Format(StrEnum):
    """What is written."""

    CORPUS = "corpus"
    LABEL_STUDIO = "label-studio"
    CSV = "csv"


_FILES = {
    Format.CORPUS: tuple(layout.file for layout in LAYOUTS),
    Format.LABEL_STUDIO: (TASKS, INTERFACE),
    Format.CSV: (TABLE,),
}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What goes out. Words of transcripts only if asked for; comments of coders always, so coders
    are told not to quote."""

    format: Format = Format.CORPUS
    second_pass: bool = False  # also what blind coders held after seeing the suggestions, apart
    with_text: bool = False
    force: bool = False  # overwrite an export that is there


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was not."""

    sessions: int
    codings: int
    partial: int  # of the codings: not finished
    left_out: tuple[str, ...]  # sessions that nobody has begun
    not_begun: int  # assignments without a decision
    not_settled: int  # adjudications that are not finished
    second_passes: int  # codings that stand in a folder of their own
    notes: tuple[Note, ...]


def export_corpus(store: Store, out: Path, options: ExportOptions = ExportOptions()) -> Exported:
    """Write the project's codes into a folder, in any of the formats. The audit trail keeps it.

    Second passes go into the folder `SECOND_FOLDER` inside, a corpus (or table) of its own: whoever
    counts coders does not count theirs twice.

    Raises:
        ReviewError: nobody has decided anything.
        RunError: the folder holds something, and `force` is not given.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not options.force:
        raise RunError(f"{out}: is not empty. Give another --out, or --force to write into it.")
    suggestions = options.format is Format.LABEL_STUDIO
    gathered = gather(store, second_pass=options.second_pass, suggestions=suggestions)
    if not gathered.sessions:
        raise ReviewError("nobody has coded anything yet; there is nothing to export.")
    made = _counted(gathered)
    _write(gathered.sessions, gathered.suggestions, out, options)
    if gathered.second:
        _write(gathered.second, gathered.suggestions, out / SECOND_FOLDER, options)
    write_text(out / ABOUT, json.dumps(_about(store, options, made), indent=1) + "\n")
    make_private_file(out / ABOUT)
    with store.write() as session:
        detail = f"{options.format}, {'with' if options.with_text else 'without'} text"
        codings = counted(made.codings, "coding")
        record(session, Entry(store.now(), COMMAND_LINE, "export", codings, detail))
    return made


def _counted(gathered: Gathered) -> Exported:
    codings = [coding for session in gathered.sessions for coding in session.codings]
    return Exported(
        sessions=len(gathered.sessions),
        codings=len(codings),
        partial=sum(not coding.complete for coding in codings),
        left_out=gathered.left_out,
        not_begun=gathered.not_begun,
        not_settled=gathered.not_settled,
        second_passes=sum(len(session.codings) for session in gathered.second),
        notes=gathered.notes,
    )


def _write(
    sessions: Sequence[CodedSession],
    suggestions: Mapping[str, SessionCoding],
    out: Path,
    options: ExportOptions,
) -> None:
    make_private_folder(out)
    if options.format is Format.LABEL_STUDIO:
        write_label_studio(sessions, suggestions, out, with_text=options.with_text)
    elif options.format is Format.CSV:
        write_csv(sessions, out / TABLE, with_text=options.with_text)
    else:
        write_corpus(sessions if options.with_text else list(map(_without_text, sessions)), out)
    for name in _FILES[options.format]:
        make_private_file(out / name)  # the folder lets nobody in meanwhile


def _without_text(session: CodedSession) -> CodedSession:
    turns = tuple(replace(turn, text="") for turn in session.transcript.utterances)
    return replace(session, transcript=replace(session.transcript, utterances=turns))


def _about(store: Store, options: ExportOptions, made: Exported) -> dict[str, object]:
    book = load_codebook()
    return {
        "project": store.project.name,
        "exported_at": store.now().isoformat(timespec="seconds"),
        "rupture_nlp": __version__,
        "codebook": {"version": book.version, "sha256": book.sha256},
        "format": options.format,
        "second_pass": options.second_pass,
        "with_text": options.with_text,
        **asdict(made),
    }
