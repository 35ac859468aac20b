"""What the documentation says is so: commands, options, links, versions, targets, settings."""

import ast
import dataclasses
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from typer.core import TyperCommand, TyperGroup

from rupture_nlp.config import load_config
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.io.segments import read_segment_sheet
from rupture_nlp.pipeline.settings import LabelSettings

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [path for path in REPOSITORY.glob("*.md") if path.name != "CHANGELOG.md"]
    + list((REPOSITORY / "docs").rglob("*.md"))
)
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


# Commands


Command = TyperCommand | TyperGroup


def command_paths(command: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and sub-command, as typed after `rupture-nlp`."""
    if path:
        yield path
    if isinstance(command, TyperGroup):
        for name in command.list_commands(typer.Context(command)):
            yield from command_paths(below(command, name), (*path, name))


def below(command: Command, name: str) -> Command:
    assert isinstance(command, TyperGroup)
    found = command.get_command(typer.Context(command), name)
    assert isinstance(found, TyperCommand | TyperGroup)
    return found


def root() -> Command:
    from rupture_nlp.cli.main import app  # noqa: PLC0415  # a broken CLI fails these tests only

    found = typer.main.get_command(app)
    assert isinstance(found, TyperCommand | TyperGroup)
    return found


def existing_commands() -> set[tuple[str, ...]]:
    return set(command_paths(root()))


def options_of(command: tuple[str, ...]) -> set[str]:
    found = root()
    for name in command:
        found = below(found, name)
    parts = [option for parameter in found.params for option in parameter.opts]
    return {*parts, "--help"}


def documented_calls() -> Iterator[tuple[str, list[str]]]:
    """Name of the document, and the words after `rupture-nlp`, for every call in code."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        lines = re.findall(r"^(?: {4}|\t)\S*rupture-nlp ([^\n]*)", text, re.MULTILINE)
        spans = re.findall(r"`rupture-nlp ([^`]*)`", text)
        for call in [*lines, *spans]:
            yield path.name, shlex.split(call)


def longest_command(words: list[str], commands: set[tuple[str, ...]]) -> tuple[str, ...]:
    starts = [tuple(words[:n]) for n in range(len(words), 0, -1)]
    return next((start for start in starts if start in commands), ())


def test_every_call_in_the_documentation_names_a_command_and_its_options() -> None:
    commands = existing_commands()
    calls = list(documented_calls())
    assert {"label", "roles", "corpus"} <= {words[0] for _, words in calls}
    for document, words in calls:
        command = longest_command(words, commands)
        assert command, f"{document}: there is no command {words[0]}"
        unknown = {word for word in words if word.startswith("--")} - options_of(command)
        assert not unknown, f"{document}: {' '.join(command)} has no {unknown}"


def test_every_command_is_in_the_readme() -> None:
    readme = read("README.md")
    top = {command[0] for command in existing_commands()}
    assert [name for name in sorted(top) if f"rupture-nlp {name}" not in readme] == []


def test_the_corpus_actions_that_the_readme_lists_are_those_there_are() -> None:
    section = read("README.md").split("## Corpora")[1].split("\n## ")[0]
    commands = existing_commands()
    actions = {path[1] for path in commands if len(path) > 1 and path[0] == "corpus"}
    listed = set(re.findall(r"`(\w+)`", section)) - {"data"}
    assert actions == listed


# Prose


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_no_number_is_left_to_measure() -> None:
    marked = [*DOCUMENTS, REPOSITORY / "Makefile", REPOSITORY / "CHANGELOG.md"]
    mark = "TBD" + "-MEASURE"
    assert [path.name for path in marked if mark in path.read_text(encoding="utf-8")] == []


def test_the_python_example_of_the_readme_imports_what_there_is() -> None:
    import rupture_nlp  # noqa: PLC0415  # the face of the package, as a user imports it

    (example,) = re.findall(r"```python\n(.*?)```", read("README.md"), re.DOTALL)
    used = [
        node.attr
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "rupture_nlp"
    ]
    assert used
    assert [name for name in used if not hasattr(rupture_nlp, name)] == []


def test_readme_and_notice_say_who_coded() -> None:
    assert "made by AI coders, not by people" in read("README.md")
    assert "no clinician" in " ".join(read("README.md").split())


def test_version_stands_alike_in_project_changelog_and_citation() -> None:
    version = PROJECT["version"]
    (dated,) = re.findall(rf"^## \[{re.escape(version)}\] - (\S+)$", read("CHANGELOG.md"), re.M)
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == version
    assert str(citation["date-released"]) == dated
    assert citation["license"] == PROJECT["license"]


def test_each_version_of_the_changelog_says_whether_numbers_change() -> None:
    _, _unreleased, *versions = re.split(r"^## ", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert versions
    assert all("### Numbers change" in version for version in versions)


def test_make_targets_named_in_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", read("Makefile"), re.MULTILINE))
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", text, re.MULTILINE))
        assert named <= targets, path.name


def test_makefile_is_short() -> None:
    assert len(read("Makefile").splitlines()) < 40


def test_ci_runs_make_test_and_nothing_else() -> None:
    commands = [
        line for line in read(".ci/run").splitlines() if line and not line.startswith(("#", "set"))
    ]
    assert commands[-1].startswith("exec make test")
    assert [line.split()[0] for line in commands] == ["cd", "export", "exec"]
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)


# Settings files


@pytest.mark.parametrize(
    ("name", "kind"), [("label", LabelSettings), ("evaluate", HarnessSettings)]
)
def test_a_settings_file_shows_every_setting_with_its_default(
    name: str, kind: type[LabelSettings | HarnessSettings]
) -> None:
    path = REPOSITORY / "configs" / f"{name}.yaml"
    assert load_config(kind, path) == kind()
    shown = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(shown) == {field.name for field in dataclasses.fields(kind)}
    for part, values in dataclasses.asdict(kind()).items():
        if isinstance(values, dict):
            assert set(shown[part]) == set(values)


def test_the_segment_sheet_in_the_docs_can_be_read(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8")
    example = text.partition("```csv sheet.csv\n")[2].partition("```")[0]
    (tmp_path / "sheet.csv").write_text(example, encoding="utf-8")
    sheet = read_segment_sheet(tmp_path / "sheet.csv")
    assert sheet.columns == ("WD_P", "WD_T", "CF_P", "CF_T")
    assert sheet.segments[1].ratings == (4.0, 1.0, 3.0, 1.0)
