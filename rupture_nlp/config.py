"""Settings: frozen dataclasses hold every default, YAML files override them."""

import dataclasses
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml

from rupture_nlp.errors import ConfigError

Settings = TypeVar("Settings")


def load_config(kind: type[Settings], path: Path | None) -> Settings:
    """Read a YAML file into the dataclass `kind`; without a path, its defaults.

    Raises:
        ConfigError: no YAML mapping, or wrong keys or values; all are listed at once.
    """
    return make_config(kind, {} if path is None else _read_mapping(path), str(path or "defaults"))


def make_config(kind: type[Settings], values: dict[str, Any], source: str) -> Settings:
    """Build `kind` from `values`, checking every key and type.

    Raises:
        ConfigError: lists every wrong key and value; `source` says where they came from.
    """
    # Unknown keys are refused in `kind` and in every settings class nested in it, which take on
    # its configuration.
    kind.__pydantic_config__ = pydantic.ConfigDict(extra="forbid")  # type: ignore[attr-defined]  # read by pydantic
    adapter = pydantic.TypeAdapter(kind)
    problems: list[str] = []
    try:
        return adapter.validate_python(values)
    except pydantic.ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            where = ".".join(str(part) for part in detail["loc"])
            problems.append(f"  {where}: {detail['msg']}")
    known = ", ".join(field.name for field in dataclasses.fields(kind))  # type: ignore[arg-type]  # a dataclass
    listed = "\n".join(problems)
    raise ConfigError(f"{source}: {len(problems)} wrong settings:\n{listed}\nKnown keys: {known}.")


def _read_mapping(path: Path) -> dict[str, Any]:
    problem = "is not valid YAML"
    content: object = None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        problem = "must hold a mapping of settings"
    except OSError:
        problem = "cannot be read"
    except (yaml.YAMLError, UnicodeDecodeError):
        pass
    if content is None and problem.startswith("must"):
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: {problem}. See configs/ for examples.")
    return {str(key): value for key, value in content.items()}
