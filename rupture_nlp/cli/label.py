"""`rupture-nlp label`: parse options here, do the work in the package."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rupture_nlp.pipeline.settings import Episodes, LabelSettings, Preset

if TYPE_CHECKING:
    from rupture_nlp.pipeline.protocol import RunObserver
    from rupture_nlp.pipeline.run import LabelRequest, RunResult

# Locals in a traceback would print transcript text.
app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, pretty_exceptions_show_locals=False
)

STOPPED = 130
"""Exit code of a process that Ctrl-C ended, as shells have it."""

Paths = Annotated[
    list[Path], typer.Argument(help="Transcripts: files, folders, patterns.", show_default=False)
]
Out = Annotated[
    Path, typer.Option(help="Folder for the results; made if missing.", show_default=False)
]
Roles = Annotated[
    Path | None, typer.Option(help="Who is who, from `rupture-nlp roles`, filled in by you.")
]
Config = Annotated[
    Path | None, typer.Option(help="YAML file with settings; options given here win.")
]
Model = Annotated[
    str | None, typer.Option(help="Name of a model, or a folder with one.", show_default="small")
]
PresetOption = Annotated[
    Preset | None,
    typer.Option(help="counting: for counts; screening: misses few.", show_default="counting"),
]
WithText = Annotated[
    bool | None,
    typer.Option("--with-text/--no-text", help="Put the words into tables and report, or not."),
]
Report = Annotated[
    bool | None, typer.Option("--report/--no-report", help="Write the HTML report, or not.")
]
ReportMax = Annotated[
    int | None, typer.Option(min=0, help="Most session pages.", show_default="200")
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        help="What computes: torch; openvino or onnx, faster, extras.",
        show_default="the fastest that answers as torch does",
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        help="Of the arithmetic: fp32, or bf16, faster.",
        show_default="fp32, or less where the model keeps its codes",
    ),
]
Reproducible = Annotated[
    bool,
    typer.Option(
        "--reproducible",
        help="torch in fp32: the same bytes whatever else is labelled.",
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Processor threads.", show_default="all")]
EpisodesOption = Annotated[
    Episodes | None,
    typer.Option(
        help="What finds episodes: crf, the model's sequence layer; rules over the codes.",
        show_default="crf where the model has one",
    ),
]
Prevalence = Annotated[
    float | None,
    typer.Option(help="Share of ruptures you expect among the turns of each speaker; re-weights."),
]
Force = Annotated[bool, typer.Option("--force", help="Label finished sessions again.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]


@app.command("label")
def label(  # noqa: PLR0913  # one parameter an option; the work takes one request
    paths: Paths,
    out: Out,
    *,
    model: Model = None,
    roles: Roles = None,
    preset: PresetOption = None,
    with_text: WithText = None,
    report: Report = None,
    report_max: ReportMax = None,
    engine: EngineOption = None,
    precision: Precision = None,
    reproducible: Reproducible = False,
    threads: Threads = None,
    prevalence: Prevalence = None,
    episodes: EpisodesOption = None,
    config: Config = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Label transcripts: ruptures, repairs, episodes, ratings, and a report.

    May be stopped at any time; the same command goes on where it stopped, and given again while it
    runs, it shares the work. A file that fails is reported in one line, the rest is labelled, and
    the exit code is 1.
    """
    from rupture_nlp.io.roles import read_roles
    from rupture_nlp.pipeline.run import LabelRequest

    if reproducible:
        engine, precision = _reproducible(engine, precision)
    settings = _settings(
        config,
        model=model,
        preset=preset,
        with_text=with_text,
        report=report,
        report_max=report_max,
        engine=engine,
        precision=precision,
        threads=threads,
        prevalence=prevalence,
        episodes=episodes,
    )
    request = LabelRequest(
        paths=tuple(paths),
        out=out,
        settings=settings,
        roles=None if roles is None else read_roles(roles),
        force=force,
    )
    raise typer.Exit(run_and_show(request, quiet=quiet))


def _reproducible(engine: str | None, precision: str | None) -> tuple[str, str]:
    if engine not in (None, "auto", "torch") or precision not in (None, "auto", "fp32"):
        raise typer.BadParameter("--reproducible is torch in fp32; leave out the other options")
    return "torch", "fp32"


def run_and_show(request: "LabelRequest", *, quiet: bool) -> int:
    """Run, show how it goes and what came of it. Returns the exit code."""
    import logging

    from rich.console import Console

    from rupture_nlp.cli.display import RunDisplay, print_line, send_log_to, show_result
    from rupture_nlp.pipeline.run import RunStoppedError
    from rupture_nlp.reports.agreement.numbers import counted

    errors = Console(stderr=True)
    send_log_to(errors)
    if quiet:
        logging.getLogger("rupture_nlp").setLevel(logging.ERROR)
    try:
        with RunDisplay(errors, quiet=quiet) as display:
            result = _run(request, display)
    except RunStoppedError as stopped:
        print_line(errors, str(stopped))
        return STOPPED
    if not quiet:
        show_result(Console(), result)
    if result.failures:
        print_line(errors, f"error: {counted(len(result.failures), 'problem')}, see above")
    return 1 if result.failures else 0


def _run(request: "LabelRequest", observer: "RunObserver") -> "RunResult":
    from rupture_nlp.pipeline.run import Means, run_labelling

    return run_labelling(request, Means(observer=observer))


def _settings(config: Path | None, **options: object) -> LabelSettings:
    """The file's settings with the given options over them; None is an option not given."""
    from dataclasses import asdict

    from rupture_nlp.config import load_config, make_config

    values = asdict(load_config(LabelSettings, config))
    given = {name: value for name, value in options.items() if value is not None}
    return make_config(LabelSettings, values | given, "command line")
