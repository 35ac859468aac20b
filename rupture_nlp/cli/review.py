"""`rupture-nlp review`: people code sessions in a browser, with the model or without it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rupture_nlp.cli.review_assign import assign
from rupture_nlp.cli.review_transfer import export_cli, import_cli

if TYPE_CHECKING:
    from rupture_nlp.review.progress import Progress
    from rupture_nlp.review.projects import TakenIn

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals in a traceback would print transcript text
    help="Code sessions in a browser: blind, with suggestions, and settle disagreements.",
)

ADDRESS = "http://127.0.0.1:8765"


class ChosenByOption(StrEnum):
    """How the sessions were chosen."""

    RANDOM = "random"
    PERSON = "person"
    MODEL = "model"


Project = Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)]
Transcripts = Annotated[
    list[Path],
    typer.Option(
        help="Transcripts: file, folder, pattern, or coded corpus; may be repeated.",
        show_default=False,
    ),
]
Roles = Annotated[
    Path | None, typer.Option(help="Who is who, from `rupture-nlp roles`, filled in by you.")
]
Groups = Annotated[
    Path | None,
    typer.Option(help="CSV with session_id and group (the patient, say).", show_default=False),
]
Predictions = Annotated[
    Path | None, typer.Option(help="Results folder of `label`, for suggestions.")
]
ChosenBy = Annotated[
    ChosenByOption,
    typer.Option(help="How these sessions were chosen; those of a model stay out of agreement."),
]
Database = Annotated[
    str | None,
    typer.Option(
        help="postgresql+pg8000://user:password@host/name instead of a file in the folder.",
        envvar="RUPTURE_NLP_DATABASE",  # on the command line, others see the password
    ),
]
Seed = Annotated[int, typer.Option(help="Of the order of sessions.")]
Config = Annotated[Path | None, typer.Option(help="YAML file with settings, as for `label`.")]
Add = Annotated[bool, typer.Option("--add", help="Add sessions to a project that is there.")]


@app.command()
def init(  # noqa: PLR0913  # one parameter an option; the work takes two values
    project: Project,
    transcripts: Transcripts,
    *,
    roles: Roles = None,
    groups: Groups = None,
    predictions: Predictions = None,
    chosen_by: ChosenBy = ChosenByOption.PERSON,
    database: Database = None,
    seed: Seed = 0,
    config: Config = None,
    add: Add = False,
) -> None:
    """Make a project, or add sessions to one. The transcripts are copied into it.

    Only you can read its folder.
    """
    from rupture_nlp.cli.review_inputs import Inputs, read_material
    from rupture_nlp.config import load_config
    from rupture_nlp.io.roles import read_roles
    from rupture_nlp.pipeline.settings import LabelSettings
    from rupture_nlp.review import values
    from rupture_nlp.review.errors import ReviewError
    from rupture_nlp.review.folder import Project as ProjectFile
    from rupture_nlp.review.projects import add_sessions, init_project

    if add and database is not None:
        raise ReviewError("--add uses the database of the project: leave --database out.")
    material = read_material(
        Inputs(
            tuple(transcripts),
            None if roles is None else read_roles(roles),
            groups,
            predictions,
            load_config(LabelSettings, config).read,
            values.ChosenBy(chosen_by.value),
        )
    )
    made = ProjectFile(project, project.resolve().name, seed, database)
    _show_taken(project, add_sessions(project, material) if add else init_project(made, material))


@app.command("add-coder")
def add_coder(
    project: Project,
    name: Annotated[str, typer.Argument(help="As it will stand in exported codes.")],
    *,
    lead: Annotated[bool, typer.Option("--lead", help="May reopen, adjudicate, see all.")] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="New link for a coder; ends the old.")
    ] = False,
    off: Annotated[bool, typer.Option("--off", help="Shut a coder out; the codes stay.")] = False,
    address: Annotated[
        str,
        typer.Option(help="What `serve` is started for: other --host or --port, other address."),
    ] = ADDRESS,
) -> None:
    """Add a coder and print the personal link, once: only a hash of it is kept."""
    from rupture_nlp.review import coders
    from rupture_nlp.review.database import open_store
    from rupture_nlp.review.errors import ReviewError

    if lead + renew + off > 1:
        raise ReviewError("give one of --lead, --renew and --off.")
    with open_store(project) as store:
        if off:
            coders.set_active(store, name, active=False)
            typer.echo("the coder can no longer enter; --renew lets them in again")
            return
        if renew:
            coders.set_active(store, name, active=True)
            token = coders.renew_token(store, name)
        else:
            token = coders.add_coder(store, name, lead=lead)
    typer.echo(f"{address.rstrip('/')}/enter#{token}")
    typer.echo("Whoever has this link codes under this name. It is not shown again.", err=True)
    typer.echo(
        f"It leads to {address}. If `serve` names another address, put that before /enter#.",
        err=True,
    )


@app.command()
def status(project: Project) -> None:
    """Who is how far, without any code."""
    from rupture_nlp.reports.agreement.numbers import counted
    from rupture_nlp.review.coders import coders_of
    from rupture_nlp.review.database import open_store
    from rupture_nlp.review.progress import progress

    with open_store(project) as store:
        coders, rows = coders_of(store), progress(store)
    if not coders:
        typer.echo("no coders yet; add some with `rupture-nlp review add-coder`")
    elif not rows:
        typer.echo("nothing is assigned yet; `rupture-nlp review assign` gives coders sessions")
    for coder in coders:
        mine = [row for row in rows if row.assignment.coder_id == coder.id]
        done = sum(row.assignment.finished for row in mine)
        role = "lead" if coder.lead else "coder"
        shut_out = "" if coder.active else ", shut out"
        typer.echo(f"{coder.name} ({role}{shut_out}): {done} of {len(mine)} finished")
    for row in rows:
        one = row.assignment
        typer.echo(
            f"  {one.session_id}  {one.coder}  {one.mode}  "
            f"{row.turns_decided} of {counted(one.turns_total, 'turn')} touched  {_state(row)}"
        )


@app.command()
def backup(project: Project) -> None:
    """Copy the store into the project's folder `backups`, also while coders work."""
    from rupture_nlp.review.backup import back_up
    from rupture_nlp.review.database import open_store

    with open_store(project) as store:
        typer.echo(f"{back_up(store)}")


@app.command()
def serve(
    project: Project,
    *,
    host: Annotated[
        str, typer.Option(help="Another one than this machine needs a certificate.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8765,
    certificate: Annotated[Path | None, typer.Option(help="PEM file, with its chain.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file, not encrypted.")] = None,
) -> None:
    """Serve the project to the coders' browsers, until Ctrl-C."""
    from rupture_nlp.review.web.serve import serve as run

    run(project, host, port, certificate, key, announce=typer.echo)


def _show_taken(project: Path, taken: "TakenIn") -> None:
    from rupture_nlp.reports.agreement.numbers import counted

    typer.echo(
        f"{project}: {counted(taken.sessions, 'session')} added "
        f"({counted(taken.utterances, 'utterance')}), {taken.suggested} with suggestions"
    )
    if taken.unchanged:
        typer.echo(f"{counted(taken.unchanged, 'session')} there already, left as they are")


def _state(row: "Progress") -> str:
    if row.assignment.revealed:
        return "finished, suggestions seen"
    if row.assignment.finished:
        return "finished"
    return "begun" if row.decisions else "not begun"


app.command("assign")(assign)
app.command("export")(export_cli)
app.command("import")(import_cli)
