"""Where models lie, and the files one is made of. Knows no torch."""

import os
from importlib import resources
from pathlib import Path

import platformdirs

NETWORK, WEIGHTS, TOKENIZER = "network.json", "model.safetensors", "tokenizer.json"
BUNDLE, CODEBOOK, TRAINING, CARD = "bundle.json", "codebook.json", "training.json", "README.md"
DELTA = "delta.json"  # stands where the weights are yet to be put together

HASHED = (BUNDLE, CODEBOOK, NETWORK, TOKENIZER, WEIGHTS)
"""What every model has and what changes an output."""

OPTIONAL = ("sequence.json", "sequence.safetensors")
"""What a model may have; where it is there, it changes an output too."""

FILES = (*HASHED, TRAINING, CARD, *OPTIONAL)

ENVIRONMENT = "RUPTURE_NLP_MODELS"
"""Names the folder of fetched models, for machines where the user's data folder will not do."""


def packaged_models() -> Path:
    """The folder of the models that ship with the package."""
    return Path(str(resources.files("rupture_nlp.resources"))) / "models"


def fetched_models() -> Path:
    """The folder that `rupture-nlp model get` writes to, which need not be there."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return Path(given)
    return platformdirs.user_data_path("rupture-nlp", appauthor=False) / "models"


def model_names(folder: Path) -> list[str]:
    """Names of the whole models in a folder of models; a delta without weights is none."""
    found = (path.parent for path in folder.glob(f"[!.]*/{BUNDLE}"))
    return sorted(path.name for path in found if (path / WEIGHTS).is_file())
