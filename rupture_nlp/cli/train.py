"""`rupture-nlp train`: from a lab's coded sessions to a model, and to what it is worth."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rupture_nlp.cli.train_work import TrainRequest
    from rupture_nlp.training.lab.plan import LabSettings

# Locals in a traceback would print transcript text.
app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, pretty_exceptions_show_locals=False
)

Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the model; OUT-report beside it is for you.", show_default=False),
]
Base = Annotated[
    str, typer.Option(help="What to start from: a model's name or folder, or an encoder's.")
]
Coders = Annotated[
    str,
    typer.Option(
        "--coders",
        "--reference-coder",
        help="Whose codes: gold, majority, soft (all coders), or a coder's name.",
        show_default="gold, the only one, or soft",
    ),
]
Labels = Annotated[
    str,
    typer.Option(
        help="codes, families, rupture, or codes joined with commas.",
        show_default="by what was coded",
    ),
]
Group = Annotated[
    str, typer.Option(help="Column of groups.csv that is kept whole: the patient, the dyad.")
]
Folds = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Parts in cross-validation; 0 leaves one patient out.",
        show_default="5, or 0 below 8 patients",
    ),
]
Nested = Annotated[
    bool | None, typer.Option("--nested/--no-nested", help="Choose by full inner folds; slow.")
]
Curve = Annotated[
    bool, typer.Option("--curve", help="Also train on 5, 10, 20, 40 sessions: would more help?")
]
Bare = Annotated[
    Path | None, typer.Option(help="An encoder that never saw ruptures, for --curve to compare.")
]
Config = Annotated[
    Path | None, typer.Option(help="YAML file with settings; options given here win.")
]
Corpus = Annotated[Path, typer.Argument(help="Folder of the coded corpus.", show_default=False)]
Check = Annotated[bool, typer.Option("--check", help="Say what these data can carry, and stop.")]
Lora = Annotated[bool, typer.Option("--lora", help="Train small adapters only: less memory.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Processor threads.", show_default="all")]
Seed = Annotated[int | None, typer.Option(help="Of everything drawn.", show_default="0")]
AllowSeen = Annotated[
    bool, typer.Option("--allow-seen", help="Train on what the start has seen: IN-SAMPLE.")
]
KeepWork = Annotated[
    bool | None, typer.Option("--keep-work", help="Keep OUT-work, the final network in it.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Start without asking.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
CURVE = (5, 10, 20, 40)
LORA_RANK, LORA_RATE = 16, 4e-4
"""Of adapters where the settings say no other: those with which `base` was trained."""


@app.command("train")
def train(  # noqa: PLR0913  # one parameter an option; the work takes one request
    corpus: Corpus,
    *,
    out: Out = None,
    check: Check = False,
    base: Base = "small",
    coders: Coders = "auto",
    labels: Labels = "auto",
    group: Group = "group",
    folds: Folds = None,
    nested: Nested = None,
    curve: Curve = False,
    bare: Bare = None,
    lora: Lora = False,
    threads: Threads = None,
    seed: Seed = None,
    allow_seen: AllowSeen = False,
    keep_work: KeepWork = None,
    config: Config = None,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Fine-tune a model on your own coded sessions, and say whether it is better for you.

    Checks the data first and says what they can carry. Tests on patients left out, then trains on
    all. May be stopped at any time; the same command goes on where it stopped.
    """
    from rupture_nlp.cli.train_work import TrainRequest, run_and_show
    from rupture_nlp.training.lab.data import LabChoices

    given = _settings(config, folds=folds, nested=nested, keep_work=keep_work)
    settings = _with_options(given, seed=seed, lora=lora, curve=curve)
    choices = LabChoices(coders, labels, group)
    request = TrainRequest(
        corpus, out, base, bare, choices, settings, check, allow_seen, threads, ask=not yes
    )
    _refuse_lonely(request)
    raise typer.Exit(run_and_show(request, quiet=quiet))


def _refuse_lonely(request: "TrainRequest") -> None:
    from rupture_nlp.errors import RunError

    if request.out is None and not request.check:
        raise RunError("give --out for the model, or --check to look at the data alone.")
    if request.bare is not None and not request.settings.curve:
        raise RunError("--bare was given without --curve. Give both, or neither.")
    settings = request.settings
    if settings.nested and (not settings.choose_epochs or settings.train.epochs == 1):
        raise RunError(
            "--nested chooses how long to train, and the settings leave nothing to choose. Set "
            "train.epochs to more than 1 and choose_epochs to true, or leave --nested out."
        )


def _settings(config: Path | None, **options: object) -> "LabSettings":
    """The file's settings with the given options over them; None is an option not given."""
    from dataclasses import asdict

    from rupture_nlp.config import load_config, make_config
    from rupture_nlp.training.lab.plan import LabSettings

    values = asdict(load_config(LabSettings, config))
    given = {name: value for name, value in options.items() if value is not None}
    return make_config(LabSettings, values | given, "command line")


def _with_options(
    settings: "LabSettings", *, seed: int | None, lora: bool, curve: bool
) -> "LabSettings":
    """The settings with the options that are no setting of their name."""
    made = settings.train
    if seed is not None:
        made = replace(made, seed=seed)
    if lora and not made.lora.rank:
        adapters = replace(made.lora, rank=LORA_RANK)
        made = replace(made, lora=adapters, encoder_learning_rate=LORA_RATE)
    sizes = settings.curve or (CURVE if curve else ())
    return replace(settings, curve=sizes, train=made)
