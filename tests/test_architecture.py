"""Imports point one way: a module may import only from a lower layer, or from its own folder."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rupture_nlp"
LAYERS = {  # first part of the module's name after `rupture_nlp`
    **dict.fromkeys(("errors", "privacy", "resources"), 0),
    **dict.fromkeys(("schema", "evidence", "codebook", "config"), 1),
    **dict.fromkeys(("io", "evaluation", "episodes", "ratings", "repair", "reports"), 2),
    **dict.fromkeys(("models",), 3),
    **dict.fromkeys(("engines", "label"), 4),
    **dict.fromkeys(("training", "pipeline", "review", "distributed"), 5),
    **dict.fromkeys(("cli",), 6),
}
SIDEWAYS = {
    ("codebook", "schema"),
    ("evidence", "schema"),
    ("ratings", "episodes"),
    ("repair", "episodes"),
    ("reports", "repair"),
    ("label", "engines"),
    ("reports", "evaluation"),
}  # importer and imported inside one layer
MODULES = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "__init__.py"})
HEAVY = ("torch", "transformers", "tokenizers", "datasets", "accelerate")
FORBIDDEN = {  # part of the package: what no module in it may import, DESIGN section 3
    "schema": HEAVY,
    "evidence": HEAVY,
    "codebook": HEAVY,
    "io": HEAVY,
    "evaluation": HEAVY,
    "episodes": HEAVY,
    "ratings": HEAVY,
    "repair": HEAVY,
    "reports": HEAVY,
    "review": HEAVY,
}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_names(source: str, package: str) -> set[str]:
    """All names that the module imports, anywhere in it, relative imports made absolute."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def names_imported_by(path: Path) -> set[str]:
    package = ".".join(path.relative_to(PACKAGE.parent).parts[:-1])
    return imported_names(path.read_text(encoding="utf-8"), package)


def parts_among(names: set[str]) -> set[str]:
    # The version is the one thing that a module may take from the package's face.
    inside = {name for name in names if name.startswith("rupture_nlp.")}
    return {name.split(".")[1] for name in inside - {"rupture_nlp.__version__"}}


def modules_of(*parts: str) -> list[str]:
    dotted = []
    for path in MODULES:
        if part_of(path) in parts:
            names = path.relative_to(PACKAGE.parent).with_suffix("").parts
            dotted.append(".".join(name for name in names if name != "__init__"))
    return dotted


def test_every_part_of_the_package_has_a_layer() -> None:
    assert {part_of(path) for path in MODULES} <= set(LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = part_of(path)
    for part in parts_among(names_imported_by(path)) - {own}:
        assert part in LAYERS, f"{own} imports {part}, which has no layer"
        down = LAYERS[part] < LAYERS[own] or (own, part) in SIDEWAYS
        assert down, f"{own} may not import {part}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_torch_stays_out_of_reading_scoring_and_reporting(path: Path) -> None:
    # Also an import inside a function, which the subprocess below would not run.
    roots = {name.split(".")[0] for name in names_imported_by(path)}
    assert not roots & set(FORBIDDEN.get(part_of(path), ()))


def test_the_reader_of_imports_sees_relative_and_nested_ones() -> None:
    source = "from . import a\nfrom ..io import b\ndef f():\n    import rupture_nlp.cli.main\n"
    assert imported_names(source, "rupture_nlp.label") == {
        "rupture_nlp.label.a",
        "rupture_nlp.io.b",
        "rupture_nlp.cli.main",
    }


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent,
        check=False,
        capture_output=True,
        text=True,
    )


def test_reading_scoring_and_reporting_do_not_load_torch() -> None:
    # Whole chains are followed here: a part may not load torch through another one either.
    modules = modules_of("errors", "privacy", *FORBIDDEN)
    code = f"import sys, {', '.join(modules)}; print(sorted(set({HEAVY}) & set(sys.modules)))"
    done = run_python(code)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_the_command_line_starts_without_heavy_parts() -> None:
    slow = (*HEAVY, "pandas", "pyarrow", "matplotlib", "sklearn", "scipy", "docx")
    code = f"import sys, rupture_nlp.cli.main; print(sorted(set({slow}) & set(sys.modules)))"
    done = run_python(code)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
