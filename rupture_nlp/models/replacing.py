"""A model's folder is put where an old one was, whole. Knows no torch."""

import shutil
from pathlib import Path

from rupture_nlp.errors import BundleError
from rupture_nlp.models.places import BUNDLE


def refuse_foreign(folder: Path) -> None:
    """Make sure that a model may be written to `folder`: new, empty, or a model already.

    Raises:
        BundleError: it holds something else.
    """
    if folder.exists() and not (folder / BUNDLE).is_file() and any(folder.iterdir()):
        raise BundleError(f"{folder}: holds something else than a model. Give another folder.")


def put_in_place(building: Path, folder: Path) -> None:
    """Rename `building` to `folder`; at no moment is there neither the old bundle nor the new."""
    # The old bundle is moved, not deleted, until the new one stands in its place.
    aside = folder.with_name(f".{folder.name}.old")
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)
        folder.replace(aside)
    try:
        building.replace(folder)
    except OSError:
        if aside.exists():
            aside.replace(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
