"""`rupture-nlp review assign`: who codes which sessions, and how."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rupture_nlp.review.access import Assignment
    from rupture_nlp.review.assignment import Task
    from rupture_nlp.review.database import Store


class ModeOption(StrEnum):
    """How one coder codes one session."""

    BLIND = "blind"
    ASSISTED = "assisted"


Project = Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)]
ByChance = Annotated[
    bool, typer.Option("--by-chance", help="Deal sessions by chance, close to equal turns for all.")
]
Listed = Annotated[Path | None, typer.Option("--list", help="CSV with session_id, coder, mode.")]
Adjudicate = Annotated[
    bool, typer.Option("--adjudicate", help="Have sessions settled that two have finished.")
]
ModeOfAll = Annotated[ModeOption | None, typer.Option(help="For the given --session and --coder.")]
Coders = Annotated[
    list[str] | None, typer.Option(help="May be repeated.", show_default="all but leads, by chance")
]
Sessions = Annotated[
    list[str] | None,
    typer.Option(help="Session id; may be repeated.", show_default="all that are free"),
]
Share = Annotated[float, typer.Option(min=0.0, max=1.0, help="By chance: of the sessions.")]
BlindShare = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="By chance: of those with one coder.")
]
DoubleShare = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="By chance: coded by two, both blind.")
]
Seed = Annotated[int, typer.Option(help="Of the draw.")]
Progressive = Annotated[
    bool,
    typer.Option(
        "--progressive/--all-turns", help="Later turns are hidden from blind coders, or not."
    ),
]


def assign(  # noqa: PLR0913  # one parameter an option; the work takes a plan, a list or a lead
    project: Project,
    *,
    by_chance: ByChance = False,
    listed: Listed = None,
    adjudicate: Adjudicate = False,
    mode: ModeOfAll = None,
    coder: Coders = None,
    session: Sessions = None,
    share: Share = 1.0,
    blind_share: BlindShare = 1.0,
    double_share: DoubleShare = 0.0,
    seed: Seed = 0,
    progressive: Progressive = True,
) -> None:
    """Give coders sessions: --by-chance, from a --list, one --mode, or --adjudicate.

    Sessions dealt by chance can show whether suggestions lead coders; those of a list cannot.
    """
    from rupture_nlp.review import assignment as service
    from rupture_nlp.review.database import open_store
    from rupture_nlp.review.errors import ReviewError

    if sum((by_chance, listed is not None, adjudicate, mode is not None)) != 1:
        raise ReviewError("give one of --by-chance, --list, --mode and --adjudicate.")
    coders, sessions = tuple(coder or ()), tuple(session or ())
    with open_store(project) as store:
        if by_chance:
            plan = service.AssignmentPlan(
                coders, sessions, share, blind_share, double_share, seed, progressive
            )
            made = service.assign(store, plan)
        elif adjudicate:
            made = _adjudicate(store, coders, sessions)
        else:
            tasks = _tasks(listed, mode, coders, sessions)
            made = service.assign_listed(store, tasks, progressive=progressive)
    _show(made)


def _adjudicate(
    store: "Store", coders: tuple[str, ...], sessions: tuple[str, ...]
) -> "tuple[Assignment, ...]":
    from rupture_nlp.review.assignment import assign_adjudication
    from rupture_nlp.review.errors import ReviewError

    if len(coders) != 1:
        raise ReviewError("--adjudicate needs one --coder, a lead.")
    return assign_adjudication(store, coders[0], sessions)


def _tasks(
    listed: Path | None,
    mode: ModeOption | None,
    coders: tuple[str, ...],
    sessions: tuple[str, ...],
) -> "Sequence[Task]":
    from rupture_nlp.cli.review_inputs import read_tasks
    from rupture_nlp.review.assignment import Task
    from rupture_nlp.review.errors import ReviewError
    from rupture_nlp.review.values import Mode

    if listed is not None:
        return read_tasks(listed)
    if mode is None or not (coders and sessions):
        raise ReviewError("--mode needs --coder and --session.")
    return [
        Task(one, coder, Mode(mode.value), f"--coder {number}, --session {place}")
        for number, coder in enumerate(coders, start=1)
        for place, one in enumerate(sessions, start=1)
    ]


def _show(made: "Sequence[Assignment]") -> None:
    """How much each coder got."""
    from rupture_nlp.reports.agreement.numbers import counted

    typer.echo(f"{counted(len(made), 'assignment')} made")
    for coder in sorted({one.coder for one in made}):
        mine = [one for one in made if one.coder == coder]
        by_mode = ", ".join(
            f"{sum(one.mode == mode for one in mine)} {mode}"
            for mode in sorted({one.mode for one in mine})
        )
        turns = sum(one.turns_total for one in mine)
        typer.echo(f"  {coder}: {by_mode}, {counted(turns, 'turn')}")
