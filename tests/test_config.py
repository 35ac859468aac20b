"""Settings: defaults, YAML over them, and all that is wrong at once."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rupture_nlp.config import load_config, make_config
from rupture_nlp.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Window:
    """Nested settings."""

    tokens: int = 512


@dataclass(frozen=True, slots=True)
class Spare:
    """Nested settings that stand nowhere but in an optional field."""

    tokens: int = 64


@dataclass(frozen=True, slots=True)
class Example:
    """Settings of every kind that a YAML file may hold."""

    threshold: float = 0.5
    folder: Path | None = None
    steps: tuple[int, ...] = (1, 2)
    window: Window = field(default_factory=Window)
    second: Spare | None = None


def write(folder: Path, content: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_without_a_file_all_defaults_hold() -> None:
    assert load_config(Example, None) == Example()


@pytest.mark.parametrize("content", ["", "# only a comment\n", "{}"])
def test_an_empty_file_is_a_valid_config(content: str, tmp_path: Path) -> None:
    assert load_config(Example, write(tmp_path, content)) == Example()


def test_a_file_overrides_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path, "threshold: 1e-3\nfolder: out\nsteps: [3]\nwindow:\n  tokens: 128\n")
    assert load_config(Example, path) == Example(0.001, Path("out"), (3,), Window(128), None)


def test_all_wrong_keys_and_values_are_listed_at_once(tmp_path: Path) -> None:
    content = "treshold: 1\nsteps: many\nwindow:\n  tokens: x\n  stride: 1\nsecond:\n  size: 2\n"
    with pytest.raises(ConfigError) as caught:
        load_config(Example, write(tmp_path, content))
    message = str(caught.value)
    wrong = re.findall(r"^  ([\w.]+):", message, flags=re.MULTILINE)
    assert wrong == ["steps", "window.tokens", "window.stride", "second.size", "treshold"]
    assert "settings.yaml: 5 wrong settings" in message
    assert "Known keys: threshold, folder, steps, window, second." in message


def test_a_value_is_never_quoted() -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(Example, {"threshold": "canary", "folder": ["canary"]}, "a test")
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a: [1", "is not valid YAML"),
        (b"\xff\xfe", "is not valid YAML"),
        (b"- 1\n", "must hold a mapping"),
        (b"canary", "must hold a mapping"),
        (b"!!python/object:os.system {}", "is not valid YAML"),  # never run
    ],
)
def test_what_is_no_mapping_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=problem) as caught:
        load_config(Example, path)
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        load_config(Example, tmp_path / "none.yaml")
