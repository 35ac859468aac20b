"""`rupture-nlp`: finds the command, runs it, and turns what goes wrong into one line.

A command's module is imported when the command is named, or listed by `--help`; torch and other
heavy parts are imported inside the commands.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, cast

import typer
from typer.core import TyperCommand, TyperGroup

from rupture_nlp.errors import RuptureNlpError
from rupture_nlp.privacy import DEBUG_VARIABLE, describe_crash, keep_silent

COMMANDS = {
    "label": "rupture_nlp.cli.label",
    "roles": "rupture_nlp.cli.roles",
    "corpus": "rupture_nlp.cli.corpus",
    "evaluate": "rupture_nlp.cli.evaluate",
    "agreement": "rupture_nlp.cli.agreement",
    "train": "rupture_nlp.cli.train",
    "review": "rupture_nlp.cli.review",
    "model": "rupture_nlp.cli.model",
}
"""Name and module of each command, in the order of `--help`. A module holds a typer `app`."""


class LazyGroup(TyperGroup):
    """Imports the module of a command only when that command is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer hides click's own Context
        """The commands in the order of `--help`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | None:  # type: ignore[override]  # typer hides click's own Context
        """The command of this name; None if there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = cast(
            "TyperCommand", typer.main.get_command(import_module(COMMANDS[cmd_name]).app)
        )
        command.name = cmd_name
        return command


# Locals in a traceback would print transcript text; crashes are caught in `main`.
app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)


def _show_version(*, wanted: bool) -> None:
    if wanted:
        from rupture_nlp import __version__

        typer.echo(f"rupture-nlp {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Find ruptures of the therapeutic alliance, and their repair, in psychotherapy transcripts.

    Everything runs on this machine, without telemetry; `model get` alone uses the network.
    """
    del version


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends the process with its exit code.

    0: all is well; 1: something failed, a line says what; 2: wrong options; 130: stopped by Ctrl-C.
    """
    keep_silent()
    crash = ""
    try:
        typer.main.get_command(app).main(
            args=None if arguments is None else list(arguments), prog_name="rupture-nlp"
        )
    except RuptureNlpError as error:
        crash = str(error)
    except OSError as error:
        # A full or read-only disk, a missing right: the system's own words, and a path.
        crash = f"{error.filename or 'the disk'}: {error.strerror or 'cannot be used'}. "
        crash += "Give another place, or make this one writable."
    except Exception as error:  # the message may quote a transcript
        if os.environ.get(DEBUG_VARIABLE) == "1":
            raise
        crash = (
            f"internal error ({describe_crash(error)}). Please report this line. "
            f"{DEBUG_VARIABLE}=1 shows all, which may quote a transcript."
        )
    if crash:
        typer.echo(f"error: {crash}", err=True)
        sys.exit(1)
