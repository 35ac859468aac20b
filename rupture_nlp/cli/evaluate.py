"""`rupture-nlp evaluate`: a system's results against coded sessions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rupture_nlp.evaluation.harness.settings import HarnessSettings
    from rupture_nlp.pipeline.evaluate import EvaluationRequest

# Locals in a traceback would print transcript text.
app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, pretty_exceptions_show_locals=False
)

Reference = Annotated[Path, typer.Option(help="Folder of the coded corpus.", show_default=False)]
Predicted = Annotated[
    Path, typer.Option(help="Folder that `label` wrote, or any system's.", show_default=False)
]
Out = Annotated[
    Path, typer.Option(help="Folder for the report; made if missing.", show_default=False)
]
Versus = Annotated[
    Path | None, typer.Option(help="Another system's results, for paired differences.")
]
ReferenceCoder = Annotated[
    str | None, typer.Option(help="Whose codes count.", show_default="gold, or the only one")
]
Coder = Annotated[str | None, typer.Option(help="Of the predicted side, where it holds several.")]
VersusCoder = Annotated[str | None, typer.Option(help="The same of --versus.")]
Criteria = Annotated[
    Path | None,
    typer.Option(help="CSV of sessions with an outcome or rating, for validity."),
]
Criterion = Annotated[
    list[str] | None, typer.Option(help="Columns of the criteria to use.", show_default="all")
]
Segments = Annotated[
    Path | None, typer.Option(help="Sheet of rated segments, scored through --label-map.")
]
SheetCoder = Annotated[str | None, typer.Option(help="Whose ratings of segments count.")]
LabelMap = Annotated[
    str | None,
    typer.Option(help="Also in other terms: 3rs-2015, 3rs-2022, families, rupture, a YAML file."),
]
AllowMissing = Annotated[
    bool, typer.Option("--allow-missing", help="Drop sessions and turns not predicted.")
]
AllowSeen = Annotated[
    bool, typer.Option("--allow-seen", help="Score training sessions, stamped IN-SAMPLE.")
]
Draws = Annotated[
    int | None, typer.Option(min=1, help="Bootstrap draws over groups.", show_default="2000")
]
Seed = Annotated[int | None, typer.Option(help="Of the draws.", show_default="0")]
WithText = Annotated[
    bool, typer.Option("--with-text", help="Show the words of the worst disagreements.")
]
Config = Annotated[
    Path | None, typer.Option(help="YAML file with settings; options given here win.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]


@app.command("evaluate")
def evaluate(  # noqa: PLR0913  # one parameter an option; the work takes one request
    *,
    reference: Reference,
    predicted: Predicted,
    out: Out,
    versus: Versus = None,
    reference_coder: ReferenceCoder = None,
    coder: Coder = None,
    versus_coder: VersusCoder = None,
    criteria: Criteria = None,
    criterion: Criterion = None,
    segments: Segments = None,
    sheet_coder: SheetCoder = None,
    label_map: LabelMap = None,
    allow_missing: AllowMissing = False,
    allow_seen: AllowSeen = False,
    with_text: WithText = False,
    draws: Draws = None,
    seed: Seed = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """Score a system against coded sessions: agreement, calibration, episodes, validity.

    Patients and therapists apart, intervals over groups, coder-coder agreement beside every figure.
    """
    from rupture_nlp.pipeline.evaluate import EvaluationRequest

    request = EvaluationRequest(
        reference=reference,
        out=out,
        predicted=predicted,
        versus=versus,
        settings=read_settings(config, reference_coder=reference_coder, draws=draws, seed=seed),
        coder=coder,
        versus_coder=versus_coder,
        criteria=criteria,
        criterion=tuple(criterion or ()),
        segments=segments,
        sheet_coder=sheet_coder,
        label_map=label_map,
        allow_missing=allow_missing,
        allow_seen=allow_seen,
        with_text=with_text,
    )
    run_and_show(request, quiet=quiet)


def read_settings(config: Path | None, **options: object) -> "HarnessSettings":
    """The file's settings with the given options over them; None is an option not given."""
    from dataclasses import asdict

    from rupture_nlp.config import load_config, make_config
    from rupture_nlp.evaluation.harness.settings import HarnessSettings

    values = asdict(load_config(HarnessSettings, config))
    given = {name: value for name, value in options.items() if value is not None}
    return make_config(HarnessSettings, values | given, "command line")


def run_and_show(request: "EvaluationRequest", *, quiet: bool) -> None:
    """Do it, say which step is on, show the main figures."""
    from rich.console import Console

    from rupture_nlp.cli.display import print_line
    from rupture_nlp.cli.scores import show_scores
    from rupture_nlp.pipeline.evaluate import evaluate as work

    errors = Console(stderr=True)
    result = work(request, lambda step: None if quiet else print_line(errors, f"{step} ..."))
    if not quiet:
        show_scores(Console(), result.report, result.out)
