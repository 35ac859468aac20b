"""`rupture-nlp corpus`: check, count, split and join coded corpora; make them from code sheets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rupture_nlp.io.corpus.stats import CorpusStats, StatRow
    from rupture_nlp.schema import Transcript

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals in a traceback would print transcript text
    help="Check, count, split and join coded corpora (CSV folders in the codebook's layout).",
)
join_app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Put words and codes together: a lab's code sheet, or a public corpus coded by id.",
)
app.add_typer(join_app, name="join")

Folder = Annotated[Path, typer.Argument(help="Folder of the coded corpus.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]


def _refuse_existing(out: Path, *, force: bool | None) -> None:
    """`force` None: the command has no --force."""
    from rupture_nlp.errors import RunError

    if out.exists() and not force:
        remedy = "delete it first" if force is None else "--force to overwrite it"
        raise RunError(f"{out}: is there already. Give another --out, or {remedy}.")


@app.command()
def validate(folder: Folder) -> None:
    """Check every rule of the codebook; list all problems with file, row and column.

    Rows count as in a spreadsheet: the header is row 1. Errors make the exit code 1, warnings
    do not.
    """
    from rupture_nlp.io.corpus import check_corpus
    from rupture_nlp.reports.agreement.numbers import counted

    check = check_corpus(folder)
    for problem in check.problems:
        typer.echo(f"{problem.severity}: {problem}")
    typer.echo(
        f"{folder}: {counted(check.sessions, 'session')}, "
        f"{counted(check.utterances, 'utterance')}, {counted(len(check.errors), 'error')}, "
        f"{counted(len(check.warnings), 'warning')}"
    )
    if check.errors:
        raise typer.Exit(code=1)


@app.command()
def stats(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="Write all counts to this CSV file.")] = None,
    *,
    force: Force = False,
) -> None:
    """Count turns, codes, episodes and ratings by coder and speaker."""
    from rupture_nlp.io.corpus import read_corpus
    from rupture_nlp.io.corpus.stats import corpus_stats, write_stats

    if out is not None:
        _refuse_existing(out, force=force)
    counted = corpus_stats(read_corpus(folder))
    if out is not None:
        write_stats(counted, out)
    _show(counted)
    if out is not None:
        typer.echo(f"all counts, zeros too: {out}")


@app.command()
def split(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="Write the split list to this JSON file.")],
    folds: Annotated[
        int, typer.Option(help="Number of folds; 0 leaves out one group at a time.", min=0)
    ] = 5,
    seed: Annotated[int, typer.Option(help="Decides between equally good cuts.")] = 0,
    *,
    force: Force = False,
) -> None:
    """Cut into folds in which no group of groups.csv stands on both sides."""
    from rupture_nlp.io.corpus import (
        Split,
        data_hash,
        leave_one_group_out,
        read_corpus,
        split_groups,
        write_split,
    )

    _refuse_existing(out, force=force)
    sessions = read_corpus(folder)
    made = (
        Split("groups", seed, data_hash(sessions), split_groups(sessions, folds, seed))
        if folds
        else Split("leave-one-group-out", None, data_hash(sessions), leave_one_group_out(sessions))
    )
    write_split(made, out)
    for fold in made.folds:
        typer.echo(f"{fold.name}: {len(fold.train)} sessions to train, {len(fold.test)} to test")
    typer.echo(f"split list: {out}")


@join_app.command("sheet")
def join_sheet_cli(
    transcripts: Annotated[list[Path], typer.Argument(help="Transcripts: files, folders.")],
    sheet: Annotated[
        list[Path],
        typer.Option(help="CSV or TSV, a row a turn; again for more sheets.", show_default=False),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the corpus; made.", show_default=False)],
    *,
    roles: Annotated[Path | None, typer.Option(help="Who is who, as for `label`.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file that names columns and maps your codes to ours.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Turns without a row were not coded (else: none).")
    ] = False,
) -> None:
    """Make a coded corpus from transcripts and the sheets in which their turns were coded.

    A row names session (the file's name), turn (from 1) and code; further columns: patient, coder
    (else the sheet's name), intensity, secondary, markers, strategies, comment, and text, which is
    checked against the transcript.
    """
    from rupture_nlp.config import load_config
    from rupture_nlp.io.code_sheet import SheetSettings, read_code_sheet
    from rupture_nlp.io.code_sheet_join import join_sheets, write_joined

    _refuse_existing(out, force=None)
    settings = load_config(SheetSettings, config)
    spoken = _transcripts(transcripts, roles)
    joined = join_sheets(spoken, [read_code_sheet(s, settings) for s in sheet], partial=partial)
    write_joined(joined, out)
    groups = len({session.group for session in joined.sessions})
    typer.echo(
        f"{out}: {len(joined.sessions)} sessions in {groups} groups (patients); coded: "
        f"{', '.join(joined.fields)}; transcripts without codes, left out: {joined.without_codes}"
    )
    if joined.left_out:
        typer.echo(f"columns that do not count: {', '.join(joined.left_out)} (see the guide)")
    if joined.coarse:
        typer.echo(
            f"the sheet tells {joined.coarse} apart and no more: one code stands for each; use "
            f"--label-map {joined.coarse} with evaluate"
        )


@app.command("sheet")
def sheet_cli(
    transcripts: Annotated[list[Path], typer.Argument(help="Transcripts: files, folders.")],
    out: Annotated[Path, typer.Option(help="The table to write.", show_default=False)],
    *,
    roles: Annotated[Path | None, typer.Option(help="Who is who, as for `label`.")] = None,
    force: Force = False,
) -> None:
    """Write an empty code sheet: every turn with its number and words, columns for the codes."""
    from rupture_nlp.io.code_sheet_join import write_template

    _refuse_existing(out, force=force)
    rows = write_template(_transcripts(transcripts, roles), out)
    typer.echo(f"{out}: {rows} turns; it holds the words: keep it where the transcripts are")


def _transcripts(paths: list[Path], roles: Path | None) -> "list[Transcript]":
    from rupture_nlp.errors import CorpusError, TranscriptError
    from rupture_nlp.io.discover import find_transcripts
    from rupture_nlp.io.read import read_transcripts
    from rupture_nlp.io.roles import read_roles

    names = None if roles is None else read_roles(roles)
    read: list[Transcript] = []
    unread: list[str] = []
    for path in find_transcripts(paths):
        try:
            read += read_transcripts(path, names)
        except TranscriptError as error:
            unread.append(str(error))
    if unread:
        raise CorpusError("\n".join(unread))
    if len({one.session_id for one in read}) < len(read):
        raise CorpusError("two transcripts have the same name. Rename one; a session is its name.")
    return read


@join_app.command("annomi")
def join_annomi_cli(
    csv: Annotated[Path, typer.Argument(help="Your AnnoMI-simple.csv.")],
    out: Annotated[Path, typer.Option(help="Folder for the joined corpus; made if missing.")],
    codes: Annotated[Path, typer.Option(help="Folder with the codes by id.")] = Path("data/annomi"),
    sha256: Annotated[
        str | None, typer.Option(help="Expected sha256 of the CSV, if not the version we coded.")
    ] = None,
) -> None:
    """Put AnnoMI's words to the ids that have codes, and to no others."""
    from rupture_nlp.io.annomi import ANNOMI_SHA256, join_annomi
    from rupture_nlp.reports.agreement.numbers import counted

    joined = join_annomi(csv, codes, out, sha256 or ANNOMI_SHA256)
    typer.echo(
        f"{counted(joined.sessions, 'session')}, {counted(joined.utterances, 'utterance')} in "
        f"{out}; {joined.left_out} transcripts have no codes and were left out"
    )


def _show(counted: "CorpusStats") -> None:
    from itertools import groupby

    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    console = Console()
    shown = [row for row in counted.rows if row.count or row.kind in {"turns", "rupture"}]
    for (coder, speaker), rows in groupby(shown, key=lambda row: (row.coder, row.speaker)):
        table = Table(title=f"{coder}: {speaker or 'sessions'}", box=SIMPLE, title_justify="left")
        for name in ("what", "name"):
            table.add_column(name, no_wrap=True)
        for name in ("count", "of", "share or mean"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*_cells(row))
        console.print(table)
    typer.echo("* fewer than 20: not estimable; markers and the like that never occur: not shown")
    typer.echo(
        f"{counted.sessions} sessions in {counted.groups} groups, {counted.utterances} utterances, "
        f"coders: {', '.join(counted.coders) or 'none'}"
    )


def _cells(row: "StatRow") -> tuple[str, ...]:
    value = "not coded" if row.value is None else f"{row.value:.3f}"
    mark = "*" if row.estimable is False else ""
    return row.kind, row.name, f"{row.count}{mark}", str(row.of), value
