"""From a model's name to its folder. Knows no torch.

A name is looked up among the models of the package, then among those that `rupture-nlp model get`
fetched, then as a folder, and last, where the user allows it, on a hub.
"""

from pathlib import Path

from rupture_nlp.errors import BundleError
from rupture_nlp.models.available import load_available
from rupture_nlp.models.hub import OFFLINE, hub_allowed, hub_folder, is_hub_name
from rupture_nlp.models.places import (
    BUNDLE,
    DELTA,
    FILES,
    WEIGHTS,
    fetched_models,
    model_names,
    packaged_models,
)


def find_bundle(model: str | Path, fetched: Path | None = None) -> Path:
    """The folder of a model, by name or path. `fetched`: another folder of fetched models.

    Raises:
        BundleError: no such model, or one that must be fetched first.
    """
    name = str(model)
    fetched = fetched or fetched_models()
    for folder in (packaged_models(), fetched):
        if name in model_names(folder):
            return folder / name
    if (Path(model) / DELTA).is_file() and not (Path(model) / WEIGHTS).is_file():
        raise BundleError(
            f"{model}: holds a model's difference from a public encoder, not its weights. "
            "See `rupture-nlp model list` for models to get."
        )
    if (Path(model) / BUNDLE).is_file():
        return Path(model)
    if is_hub_name(name) and hub_allowed() and not Path(model).exists():
        return hub_folder(name, FILES)
    raise BundleError(_no_such_model(name, fetched))


def _no_such_model(name: str, folder: Path) -> str:
    known = load_available(packaged_models())
    if name in known:
        wanted = known[name]
        if wanted.delta is None:
            return f"{name}: does not ship with this version. {wanted.why_none}"
        return f"{name}: not fetched yet. `rupture-nlp model get {name}` fetches it, once."
    packaged = ", ".join(model_names(packaged_models())) or "none"
    fetched = ", ".join(model_names(folder))
    message = (
        f"{name}: no such model. Give a folder that holds {BUNDLE}, or a packaged name: {packaged}."
    )
    if fetched:
        message += f" Fetched: {fetched}."
    if is_hub_name(name):
        message += f" A model on a hub is fetched only where you set {OFFLINE}=0."
    return message
