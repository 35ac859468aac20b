"""`rupture-nlp review export` and `review import`: codes out of a project, and into it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rupture_nlp.review.transfer import Note

Project = Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)]


class FormatName(StrEnum):
    """What `export` writes."""

    CORPUS = "corpus"
    LABEL_STUDIO = "label-studio"
    CSV = "csv"


class FirstPassMode(StrEnum):
    """What `import` may be told where files do not say."""

    BLIND = "blind"
    ASSISTED = "assisted"


def export_cli(
    project: Project,
    out: Annotated[Path, typer.Option(help="Folder to write to.", show_default=False)],
    file_format: Annotated[
        FormatName,
        typer.Option("--format", help="A corpus trains and evaluates; csv is one wide table."),
    ] = FormatName.CORPUS,
    *,
    second_pass: Annotated[
        bool,
        typer.Option(
            "--second-pass",
            help="Also what blind coders held after seeing the suggestions, in OUT/second-pass.",
        ),
    ] = False,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Write the words too; training needs them.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that is not empty.")
    ] = False,
) -> None:
    """Write what was coded. What could not be written is counted and said."""
    from rupture_nlp.reports.agreement.numbers import counted
    from rupture_nlp.review.database import open_store
    from rupture_nlp.review.export import SECOND_FOLDER, ExportOptions, Format, export_corpus

    options = ExportOptions(Format(file_format.value), second_pass, with_text, force)
    with open_store(project) as store:
        made = export_corpus(store, out, options)
    typer.echo(
        f"{counted(made.codings, 'coding')} of {counted(made.sessions, 'session')} in {out}, "
        f"{made.partial} of them not finished"
    )
    if second_pass:
        second = counted(made.second_passes, "second pass", "second passes")
        typer.echo(f"{second} in {out / SECOND_FOLDER}" if made.second_passes else "no second pass")
    if made.left_out:
        typer.echo(f"left out: {counted(len(made.left_out), 'session')} that nobody has begun")
    if made.not_settled:
        typer.echo(f"left out: {counted(made.not_settled, 'adjudication')} not finished")
    if not with_text:
        typer.echo("the words are left out; --with-text writes them (training needs them)")
    _show_notes(made.notes)
    if made.notes:
        typer.echo(f"where: notes in {out / 'export.json'}")


def import_cli(
    project: Project,
    files: Annotated[
        list[Path],
        typer.Argument(help="Corpus folders, Label Studio JSON, or CSV of export.", exists=True),
    ],
    coder: Annotated[
        list[str] | None,
        typer.Option(
            help="Take this coder only; THEIRS=OURS renames.", show_default="all, by their names"
        ),
    ] = None,
    mode: Annotated[
        FirstPassMode | None,
        typer.Option(help="How those codings were made whose file does not say.", show_default=""),
    ] = None,
    notes: Annotated[
        Path | None, typer.Option(help="Write all that did not map, with its place, to this file.")
    ] = None,
) -> None:
    """Take codes in as decisions of their coders. Nothing in the project is overwritten, and the
    same files again change nothing."""
    from rupture_nlp.reports.agreement.numbers import counted
    from rupture_nlp.review.database import open_store
    from rupture_nlp.review.import_codes import ImportOptions, import_codes, read_codings
    from rupture_nlp.review.transfer import Incoming
    from rupture_nlp.review.values import Mode

    read = [read_codings(path) for path in files]
    incoming = Incoming(
        tuple(session for one in read for session in one.sessions),
        tuple(note for one in read for note in one.notes),
    )
    names = dict(_renaming(one) for one in coder or ())
    options = ImportOptions(names, None if mode is None else Mode(mode.value))
    with open_store(project) as store:
        made = import_codes(store, incoming, options)
    typer.echo(
        f"{counted(made.codings, 'coding')}: {counted(made.decisions, 'decision')} taken in, "
        f"{made.unchanged} there already, {counted(made.finished, 'session')} finished"
    )
    for name in made.new_coders:
        typer.echo(f"new coder: {name} (cannot enter yet; `review add-coder --renew` makes a link)")
    _show_notes(made.notes)
    _keep_notes(made.notes, notes)


def _renaming(option: str) -> tuple[str, str]:
    theirs, separator, ours = option.partition("=")
    return theirs, ours if separator else theirs


def _show_notes(notes: "Sequence[Note]") -> None:
    from rupture_nlp.review.transfer import count_notes

    for reason, number in count_notes(notes):
        typer.echo(f"note: {number} x {reason}")


def _keep_notes(notes: "Sequence[Note]", path: Path | None) -> None:
    from rupture_nlp.io.corpus.write import write_table

    if path is not None:
        write_table(path, ("reason", "place"), [(note.reason, note.place) for note in notes])
        typer.echo(f"where: {path}")
    elif notes:
        typer.echo("where: name a file with --notes to have every place listed")
