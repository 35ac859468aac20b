"""`rupture-nlp roles`: list the speakers of transcripts, so that the user can say who is who."""

from pathlib import Path
from typing import Annotated

import typer

# Locals in a traceback would print transcript text.
app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, pretty_exceptions_show_locals=False
)


@app.command("roles")
def roles(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Transcripts: files, folders, patterns.", show_default=False),
    ],
    out: Annotated[Path, typer.Option(help="The table to write.", show_default=False)],
    *,
    config: Annotated[
        Path | None, typer.Option(help="YAML file with settings, as for `label`.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the table.")] = False,
) -> None:
    """List every speaker of every file in a table; fill in its column `role`, then `label --roles`.

    A role is therapist, patient or other. Where a row's file is `*` it is for all files.
    The table holds the names that stand in the transcripts: keep it where you keep those.
    """
    from rupture_nlp.config import load_config
    from rupture_nlp.errors import RunError, RuptureNlpError
    from rupture_nlp.io.discover import find_transcripts
    from rupture_nlp.io.roles import SpeakerRow, list_speakers, write_roles_template
    from rupture_nlp.pipeline.settings import LabelSettings

    if out.exists() and not force:
        raise RunError(f"{out}: is there already. Give another --out, or --force to overwrite it.")
    settings = load_config(LabelSettings, config).read
    rows: list[SpeakerRow] = []
    failed = 0
    for path in find_transcripts(paths):
        try:
            rows.extend(list_speakers([path], settings))
        except RuptureNlpError as error:
            failed += 1
            typer.echo(f"error: {error}", err=True)
    if not rows:
        raise RunError("no speakers found; no table was written.")
    write_roles_template(rows, out)
    empty = sum(row.role is None for row in rows)
    typer.echo(f"{out}: {len(rows)} speakers, {empty} to fill in")
    if failed:
        raise typer.Exit(1)
