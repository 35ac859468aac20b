"""From a model's name to its folder, and models on a hub."""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import huggingface_hub
import platformdirs
import pytest

from rupture_nlp.errors import BundleError
from rupture_nlp.models.available import load_available
from rupture_nlp.models.bundle import Bundle
from rupture_nlp.models.find import find_bundle
from rupture_nlp.models.hub import hub_folder, is_hub_name
from rupture_nlp.models.places import FILES, fetched_models, packaged_models
from tests.models.made_parts import Shop, make_shop, write_table
from tests.tiny_model import make_tiny_bundle


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(original: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A package with the model `small`, and `base` to be got; no model fetched yet."""
    shutil.copytree(original.resources, tmp_path / "resources")
    copied = replace(original, resources=tmp_path / "resources")
    make_tiny_bundle(copied.resources / "models" / "small")
    copied.use(monkeypatch)
    monkeypatch.setenv("RUPTURE_NLP_MODELS", str(tmp_path / "fetched"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return copied


def test_a_fetched_model_is_found_by_name_after_those_of_the_package(
    shop: Shop, tmp_path: Path
) -> None:
    for name in ("small", "base", "mine"):
        make_tiny_bundle(tmp_path / "fetched" / name)
    assert find_bundle("small") == shop.resources / "models" / "small"
    assert find_bundle("base") == tmp_path / "fetched" / "base"
    assert Bundle.from_pretrained("mine").folder == tmp_path / "fetched" / "mine"


@pytest.mark.usefixtures("shop")
def test_a_model_that_is_not_fetched_yet_says_the_command() -> None:
    with pytest.raises(BundleError, match=r"not fetched yet\. `rupture-nlp model get base`"):
        find_bundle("base")


def test_a_model_that_does_not_ship_says_why(shop: Shop) -> None:
    write_table(shop, shop.encoder, None, "It was not better than small.")
    with pytest.raises(BundleError, match=r"does not ship .* not better than small\."):
        find_bundle("base")


def test_what_is_left_of_a_fetch_is_no_model(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "fetched" / ".base.fetching").mkdir(parents=True)
    shutil.copytree(shop.delta, tmp_path / "fetched" / "base")  # no weights in it
    with pytest.raises(BundleError, match="not fetched yet"):
        find_bundle("base")
    with pytest.raises(BundleError, match="no such model"):
        find_bundle(".base.fetching")


@pytest.mark.usefixtures("shop")
def test_an_unknown_name_lists_packaged_and_fetched_ones(tmp_path: Path) -> None:
    make_tiny_bundle(tmp_path / "fetched" / "mine")
    with pytest.raises(BundleError, match=r"packaged name: small\. Fetched: mine\.$"):
        find_bundle("large")


def test_fetched_models_lie_in_the_users_data_folder_unless_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RUPTURE_NLP_MODELS", raising=False)
    data = platformdirs.user_data_path("rupture-nlp", appauthor=False)
    assert fetched_models() == data / "models"
    monkeypatch.setenv("RUPTURE_NLP_MODELS", str(tmp_path))
    assert fetched_models() == tmp_path


def test_the_table_of_the_package_is_whole_and_its_delta_is_there_or_the_reason() -> None:
    table = load_available(packaged_models())
    base = table["base"]
    sha256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
    assert base.encoder.sha256 == sha256
    assert [part.package[-3:] for part in base.encoder.parts] == ["001", "002", "003", "004", "005"]
    assert len({part.sha256 for part in base.encoder.parts}) == 5
    assert all(len(part.sha256) == 64 for part in base.encoder.parts)
    if base.delta is None:
        assert base.why_none
    else:
        delta = packaged_models() / base.delta
        assert json.loads((delta / "delta.json").read_bytes())["encoder_sha256"] == sha256
        assert sum(path.stat().st_size for path in delta.iterdir()) <= 20_000_000


def test_a_damaged_table_is_named(shop: Shop) -> None:
    path = shop.resources / "models" / "available.json"
    path.write_text('{"models": {"base": {}}}', encoding="utf-8")
    with pytest.raises(BundleError, match=r"available\.json"):
        find_bundle("base")
    path.unlink()
    assert load_available(path.parent) == {}


# The hub


class Hub:
    """Stands in for the hub's client: repositories are folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str | None]] = []

    def snapshot_download(
        self, repository: str, *, revision: str | None, allow_patterns: Sequence[str]
    ) -> str:
        self.asked.append((repository, revision))
        source = self.folder / repository
        if not source.is_dir():
            raise RuntimeError("404, with words that nobody should see")
        snapshot = self.folder / "snapshot"
        shutil.rmtree(snapshot, ignore_errors=True)
        snapshot.mkdir()
        for path in source.iterdir():
            if path.name in allow_patterns:
                shutil.copy(path, snapshot)
        return str(snapshot)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    made = Hub(tmp_path / "hub")
    make_tiny_bundle(made.folder / "some-lab" / "model")
    (made.folder / "some-lab" / "model" / "pytorch_model.bin").write_bytes(b"\x80pickle")
    (made.folder / "some-lab" / "model" / "modeling.py").write_bytes(b"code")
    client = ModuleType("huggingface_hub")
    client.snapshot_download = made.snapshot_download  # type: ignore[attr-defined]  # made here
    monkeypatch.setitem(sys.modules, "huggingface_hub", client)
    return made


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("offline", [None, "1", "", "true"])
def test_the_hub_is_not_asked_unless_the_user_says_so(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, offline: str | None
) -> None:
    if offline is not None:
        monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    with pytest.raises(BundleError, match="only where you set HF_HUB_OFFLINE=0"):
        find_bundle("some-lab/model")
    assert hub.asked == []


@pytest.fixture
def online(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    return shop


@pytest.mark.usefixtures("online")
def test_a_model_on_a_hub_is_loaded_and_nothing_but_its_files_is_fetched(hub: Hub) -> None:
    bundle = Bundle.from_pretrained("some-lab/model")
    assert bundle.info.name == "tiny"
    assert {path.name for path in bundle.folder.iterdir()} <= set(FILES)
    assert not [name for name in FILES if name.endswith((".bin", ".pt", ".pkl", ".py"))]
    Bundle.from_pretrained("some-lab/model@v1.0")
    assert hub.asked == [("some-lab/model", None), ("some-lab/model", "v1.0")]


@pytest.mark.usefixtures("online")
def test_a_folder_of_that_name_is_no_name_on_a_hub(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tiny_bundle(tmp_path / "here" / "some-lab" / "model")
    (tmp_path / "here" / "some-lab" / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert find_bundle("some-lab/model") == Path("some-lab/model")
    with pytest.raises(BundleError, match="no such model"):
        find_bundle("some-lab/empty")
    assert hub.asked == []


@pytest.mark.usefixtures("online")
def test_what_the_hub_does_not_give_is_one_line_without_its_words(hub: Hub) -> None:
    with pytest.raises(BundleError, match=r"the hub did not give it \(RuntimeError\)") as caught:
        find_bundle("some-lab/nothing")
    assert "nobody" not in str(caught.value)
    assert caught.value.__context__ is None
    (hub.folder / "some-lab" / "model" / "bundle.json").unlink()
    with pytest.raises(BundleError, match="holds no model of rupture-nlp"):
        find_bundle("some-lab/model")


def test_the_client_takes_what_it_is_given() -> None:
    # The real client; offline, as this process is, it finds nothing in a new cache.
    assert huggingface_hub.constants.HF_HUB_OFFLINE
    with pytest.raises(BundleError, match="LocalEntryNotFoundError"):
        hub_folder("some-lab/rupture-nlp-does-not-exist", FILES)


@pytest.mark.parametrize(
    ("name", "may_be"),
    [
        ("org/name", True),
        ("org/name@main", True),
        ("org/name@refs/pr/1", True),
        ("Org-1/na.me_2", True),
        ("small", False),
        ("./small", False),
        ("../models", False),
        ("/org/name", False),
        ("org/name/more", False),
        ("org/../name", False),
        ("C:\\org", False),
        ("org/name@", False),
        ("", False),
    ],
)
def test_what_may_be_a_name_on_a_hub(name: str, may_be: object) -> None:
    assert is_hub_name(name) is may_be
