"""Models on a hub, as ORG/NAME or ORG/NAME@REVISION. Reached only where the user says so.

Nothing but the files of a model is fetched, by name: no code, and never a pickle.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from rupture_nlp.errors import BundleError
from rupture_nlp.models.places import BUNDLE

OFFLINE = "HF_HUB_OFFLINE"
_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*(@\w[\w./-]*)?", re.ASCII)


def is_hub_name(name: str) -> bool:
    """Whether this could be ORG/NAME or ORG/NAME@REVISION."""
    return _NAME.fullmatch(name) is not None


def hub_allowed() -> bool:
    """Whether the user set HF_HUB_OFFLINE=0; where nothing is set, the hub is out of bounds."""
    return os.environ.get(OFFLINE) == "0"


def hub_folder(name: str, files: Sequence[str]) -> Path:
    """Fetch those of `files` that the repository has; the folder in the hub's own cache.

    Raises:
        BundleError: the hub cannot be reached, has no such repository, or it holds no model.
    """
    repository, _, revision = name.partition("@")
    folder: Path | None = None
    problem = "holds no model of rupture-nlp"
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415  # slow, and rarely needed

        found = snapshot_download(repository, revision=revision or None, allow_patterns=[*files])
        folder = Path(str(found))
    except Exception as error:  # noqa: BLE001  # the client raises errors of many libraries
        problem = f"the hub did not give it ({type(error).__name__})"
    if folder is None or not (folder / BUNDLE).is_file():
        raise BundleError(
            f"{name}: {problem}. Check the name and the connection, or give a folder."
        )
    return folder
