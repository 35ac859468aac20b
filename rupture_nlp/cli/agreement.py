"""`rupture-nlp agreement`: coder against coder."""

from pathlib import Path
from typing import Annotated

import typer

from rupture_nlp.cli.evaluate import (
    Config,
    Criteria,
    Criterion,
    Draws,
    LabelMap,
    Out,
    Quiet,
    Seed,
    WithText,
    read_settings,
    run_and_show,
)

# Locals in a traceback would print transcript text.
app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, pretty_exceptions_show_locals=False
)


@app.command("agreement")
def agreement(  # noqa: PLR0913  # one parameter an option; the work takes one request
    corpus: Annotated[Path, typer.Argument(help="Folder of the coded corpus.", show_default=False)],
    out: Out,
    *,
    coder: Annotated[
        list[str] | None,
        typer.Option(help="Compare these only.", show_default="all but derived ones"),
    ] = None,
    criteria: Criteria = None,
    criterion: Criterion = None,
    label_map: LabelMap = None,
    with_text: WithText = False,
    draws: Draws = None,
    seed: Seed = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Agreement of the coders of a corpus, two or more, with a report.

    Derived coders (gold) are left out: they were made from the others.
    """
    from rupture_nlp.pipeline.evaluate import EvaluationRequest

    request = EvaluationRequest(
        reference=corpus,
        out=out,
        settings=read_settings(config, draws=draws, seed=seed),
        coders=tuple(dict.fromkeys(coder or ())),
        criteria=criteria,
        criterion=tuple(criterion or ()),
        label_map=label_map,
        with_text=with_text,
    )
    run_and_show(request, quiet=quiet)
