"""Finds ruptures of the therapeutic alliance, and their repair, in psychotherapy transcripts.

    import rupture_nlp
    model = rupture_nlp.load("small")
    prediction = model.predict(rupture_nlp.read_transcript("session.txt"))

`label_files` does the work of `rupture-nlp label`. Importing this package loads nothing heavy.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rupture_nlp.privacy import keep_silent

if TYPE_CHECKING:
    from rupture_nlp.io.read import Roles
    from rupture_nlp.label.labeller import Labeller
    from rupture_nlp.pipeline.run import RunResult
    from rupture_nlp.pipeline.settings import LabelSettings
    from rupture_nlp.schema import Transcript

    __version__: str

keep_silent()  # before anything that phones home can be imported

__all__ = ["__version__", "label_files", "load", "read_transcript"]


def load(model: str | Path = "small", preset: str = "counting", engine: str = "auto") -> Labeller:
    """Load a model by name or from a folder. No network.

    Raises:
        BundleError: there is no such model, or its folder is damaged.
    """
    from rupture_nlp.label.labeller import Labeller

    return Labeller.load(model, preset=preset, engine=engine)


def read_transcript(path: str | Path, roles: Roles | str | Path = None) -> Transcript:
    """Read the one session of a file.

    `roles` says who is who, as `{"Dr Smith": "therapist"}` or as a table made by `rupture-nlp
    roles`; tags such as `T:` and `Patient:` need none.

    Raises:
        TranscriptError: the file cannot be read, or holds more than one session.
        SpeakerRoleError: some speakers have no known role.
    """
    from rupture_nlp.io import read
    from rupture_nlp.io.roles import read_roles

    known = read_roles(Path(roles)) if isinstance(roles, str | Path) else roles
    return read.read_transcript(path, known)


def label_files(
    paths: str | Path | Sequence[str | Path],
    out: str | Path,
    settings: LabelSettings | None = None,
    roles: Roles | str | Path = None,
    *,
    force: bool = False,
) -> RunResult:
    """Label files and folders into the folder `out`, as `rupture-nlp label` does.

    `roles` is as in `read_transcript`; `LabelSettings` of `rupture_nlp.pipeline.settings` has the
    options of the command. A file that fails is left out and stands in `failures` of the result;
    finished sessions are not labelled again unless `force`.

    Raises:
        RunError: nothing could be labelled, or `out` cannot be used.
        BundleError: the model cannot be loaded.
    """
    from rupture_nlp.io.roles import RoleMap, read_roles
    from rupture_nlp.pipeline.run import LabelRequest, run_labelling
    from rupture_nlp.pipeline.settings import LabelSettings

    given = [paths] if isinstance(paths, str | Path) else paths
    known = read_roles(Path(roles)) if isinstance(roles, str | Path) else roles
    if known is not None and not isinstance(known, RoleMap):
        known = RoleMap.of_names(known)
    return run_labelling(
        LabelRequest(
            paths=tuple(Path(path) for path in given),
            out=Path(out),
            settings=settings or LabelSettings(),
            roles=known,
            force=force,
        )
    )


def __getattr__(name: str) -> str:
    # Looking the version up reads files, which `import rupture_nlp` need not wait for.
    if name == "__version__":
        from importlib.metadata import version

        return version("rupture-nlp")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
