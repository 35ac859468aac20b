"""A model as one folder."""

import json
import shutil
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest

from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import BundleError
from rupture_nlp.models import bundle as module
from rupture_nlp.models import store
from rupture_nlp.models.bundle import (
    Bundle,
    BundleInfo,
    bundle_hash,
    find_bundle,
    read_info,
    write_bundle,
)
from rupture_nlp.models.decision import Decision, SpeakerDecision
from rupture_nlp.schema import Transcript
from tests.models.made import talk
from tests.tiny_model import make_tiny_bundle, make_tiny_network

SEEN = Transcript("seen", talk("How do you feel?", "Fine."))
FILES = [
    "README.md",
    "bundle.json",
    "codebook.json",
    "model.safetensors",
    "network.json",
    "tokenizer.json",
    "training.json",
]
HASHED = ["bundle.json", "codebook.json", "model.safetensors", "network.json", "tokenizer.json"]


def info(version: str = "1", decision: Decision | None = None) -> BundleInfo:
    book = load_codebook()
    return BundleInfo("made", version, book.version, book.sha256, decision or Decision())


def write(folder: Path, version: str = "1", decision: Decision | None = None) -> Path:
    training: dict[str, object] = {"sessions": {"s1": SEEN.text_hash()}}
    return write_bundle(folder, *make_tiny_network(), info(version, decision), training, "# card\n")


@pytest.fixture
def folder(tiny_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    decision = Decision(
        patient=SpeakerDecision(
            1.5, -0.5, 0.07, {"counting": 0.4, "screening": 0.1}, {"counting": 0.3}
        ),
        strategy=0.33,
    )
    made = Bundle.from_pretrained(write(tmp_path / "made", "7", decision))
    assert made.info == info("7", decision)
    assert made.config == make_tiny_network()[0].config
    assert sorted(path.name for path in made.folder.iterdir()) == FILES
    assert (made.folder / "README.md").read_text(encoding="utf-8") == "# card\n"
    assert json.loads((made.folder / "codebook.json").read_bytes())["version"] == (
        load_codebook().version
    )


def test_a_bundle_knows_the_words_it_was_trained_on_whatever_their_form(tmp_path: Path) -> None:
    made = Bundle.from_pretrained(write(tmp_path / "made"))
    assert made.has_seen(SEEN)
    assert made.has_seen(Transcript("other", talk(" how do  YOU feel?", "fine.")))
    assert not made.has_seen(Transcript("seen", talk("How do you feel?", "Bad.")))


@pytest.mark.parametrize("name", HASHED)
def test_the_hash_changes_with_every_file_that_can_change_an_output(
    folder: Path, name: str
) -> None:
    before = bundle_hash(folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content + b" ")
    assert bundle_hash(folder) != before
    (folder / name).write_bytes(content)
    assert bundle_hash(folder) == before


def test_the_hash_does_not_change_with_the_card_or_the_place(folder: Path, tmp_path: Path) -> None:
    before = bundle_hash(folder)
    (folder / "README.md").write_text("# another card\n", encoding="utf-8")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert bundle_hash(folder) == before
    assert bundle_hash(folder.rename(tmp_path / "elsewhere")) == before


def test_the_same_model_written_twice_has_the_same_hash(tmp_path: Path) -> None:
    assert bundle_hash(write(tmp_path / "a")) == bundle_hash(write(tmp_path / "b"))


@pytest.mark.parametrize("name", [*HASHED, "training.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        Bundle.from_pretrained(folder)


def test_a_network_that_is_loaded_later_is_found_damaged_then(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"damaged")
    waiting = Bundle.from_pretrained(folder, network_later=True)
    with pytest.raises(BundleError, match=r"model\.safetensors is damaged"):
        _ = waiting.network


def test_a_network_is_loaded_once(folder: Path) -> None:
    waiting = Bundle.from_pretrained(folder, network_later=True)
    assert waiting.network is waiting.network


def test_a_bundle_needs_no_card(folder: Path) -> None:
    (folder / "README.md").unlink()
    assert Bundle.from_pretrained(folder).info.name == "tiny"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bundle.json", "{"),
        ("bundle.json", "[]"),
        ("bundle.json", '{"name": "x"}'),
        ("bundle.json", '{"name": "x", "odd": 1}'),
        ("training.json", "nothing"),
        ("training.json", '{"sessions": ["a"]}'),
        ("training.json", '{"sessions": {"a": ["b"]}}'),
    ],
)
def test_a_damaged_file_is_named(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(BundleError, match=name.replace(".", r"\.")) as caught:
        Bundle.from_pretrained(folder)
    assert caught.value.__context__ is None


def change_info(folder: Path, **values: object) -> None:
    path = folder / "bundle.json"
    content = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_bundle_for_another_codebook_is_refused(folder: Path) -> None:
    change_info(folder, codebook_version="0.3")
    with pytest.raises(BundleError, match=r"made for codebook 0\.3"):
        read_info(folder)


def test_a_bundle_of_a_later_format_is_refused_whatever_else_it_holds(folder: Path) -> None:
    change_info(folder, format=2, languages=["en"])
    with pytest.raises(BundleError, match="Update the package"):
        read_info(folder)


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where models would be packaged, with two of them and what is no model."""
    models = tmp_path / "package" / "models"
    for name in ("small", "base"):
        make_tiny_bundle(models / name)
    (models / ".small.building").mkdir()
    (models / "__pycache__").mkdir()
    (models / "readme.txt").write_text("", encoding="utf-8")
    monkeypatch.setattr(resources, "files", lambda _: models.parent)
    return models


def test_a_packaged_model_is_found_by_name(packaged: Path) -> None:
    assert Bundle.from_pretrained("small").folder == packaged / "small"


def test_a_packaged_name_comes_before_a_folder_of_that_name(
    packaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "base").mkdir(parents=True)
    (tmp_path / "here" / "base" / "bundle.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    assert find_bundle("base") == packaged / "base"
    assert find_bundle("./base") == Path("base")
    assert find_bundle(Path("base").resolve()) == tmp_path / "here" / "base"


@pytest.mark.usefixtures("packaged")
@pytest.mark.parametrize("name", ["large", "", "../models", ".small.building", "readme.txt"])
def test_an_unknown_name_lists_those_there_are(name: str) -> None:
    with pytest.raises(BundleError, match=r"packaged name: base, small\."):
        find_bundle(name)


def test_where_no_model_is_packaged_the_error_says_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(BundleError, match="packaged name: none"):
        find_bundle("small")


def test_writing_replaces_an_old_bundle_whole(tmp_path: Path) -> None:
    folder = write(tmp_path / "made", "old")
    (folder / "left.txt").write_text("of the old one", encoding="utf-8")
    write(folder, "new")
    assert read_info(folder).version == "new"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def refuse(*_: object, **__: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize(("owner", "step"), [(store, "save_network"), (module, "write_text")])
def test_a_failure_midway_leaves_the_old_bundle_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: ModuleType, step: str
) -> None:
    folder = write(tmp_path / "made", "old")
    before = bundle_hash(folder)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, refuse)
        with pytest.raises(OSError, match="full"):
            write(folder, "new")
    assert bundle_hash(folder) == before
    write(folder, "new")  # what the failed try left is no hindrance
    assert read_info(folder).version == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_when_the_new_bundle_cannot_be_put_in_place_the_old_one_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "made", "old")
    before = bundle_hash(folder)
    replace = Path.replace

    def refuse_new(self: Path, target: Path) -> Path:
        if self.name.endswith(".building"):
            raise OSError("refused")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse_new)
        with pytest.raises(OSError, match="refused"):
            write(folder, "new")
    assert bundle_hash(folder) == before


def test_at_no_moment_is_there_neither_the_old_bundle_nor_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a kill at any rename or removal would leave behind must hold a whole bundle.
    folder = write(tmp_path / "made", "old")
    seen: list[bool] = []

    def whole() -> bool:
        places = (folder, folder.with_name(".made.old"), folder.with_name(".made.building"))
        return any(sorted(p.name for p in x.glob("*")) == FILES for x in places)

    replace, rmtree = Path.replace, shutil.rmtree

    def watched(self: Path, target: Path) -> Path:
        moved = replace(self, target)
        seen.append(whole())
        return moved

    def watched_removal(path: Path, *, ignore_errors: bool) -> None:
        rmtree(path, ignore_errors=ignore_errors)
        seen.append(whole())

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", watched)
        patch.setattr(shutil, "rmtree", watched_removal)
        write(folder, "new")
    assert len(seen) > 3
    assert all(seen)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(BundleError, match="something else"):
        write(tmp_path / "thesis")
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_a_model_with_codes_the_codebook_does_not_have_is_refused(folder: Path) -> None:
    text = (folder / "network.json").read_text(encoding="utf-8")
    (folder / "network.json").write_text(text.replace('"redirects"', '"diverts"'), encoding="utf-8")
    with pytest.raises(BundleError, match="gives 1 codes"):
        Bundle.from_pretrained(folder)
