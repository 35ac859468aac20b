"""What is shipped: pins, licences, the wheel, and CI's rule that no test may be skipped."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = REPOSITORY / "constraints.txt"
OF_A_CUDA_BUILD = re.compile(r"(nvidia|cuda|triton)\b")  # of torch; not pinned, see constraints.txt

only_where_pinned = pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11),
    reason="the pins are those of Python 3.11 on Linux; elsewhere other packages are needed",
)


# Dependencies


def pins() -> dict[str, str]:
    lines = [
        line
        for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    return {
        canonicalize_name(name): version for name, version in (line.split("==") for line in lines)
    }


def closure(requirements: list[str]) -> set[str]:
    """Names of the installed packages that these need, here and in turn."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(text, "") for text in requirements]
    while waiting:
        text, extra = waiting.pop()
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        found.add(name)
        for each in {"", *wanted.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, each))
            waiting += [(needed, each) for needed in distribution(name).requires or ()]
    return found


def development() -> list[str]:
    return [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


@only_where_pinned
def test_every_dependency_is_pinned_with_what_it_needs_in_turn() -> None:
    missing = closure(development()) - set(pins())
    assert {name for name in missing if not OF_A_CUDA_BUILD.match(name)} == set()


@only_where_pinned
def test_nothing_is_pinned_that_is_not_needed() -> None:
    assert set(pins()) - closure(development()) == set()


def test_pins_lie_in_the_ranges_of_the_project() -> None:
    pinned = pins()
    for text in development():
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), text


def licence_of(name: str) -> str:
    """What the package declares; a licence's full text, which may name others, is cut off."""
    metadata = distribution(name).metadata
    classifiers = [line for line in metadata.get_all("Classifier", []) if "License ::" in line]
    declared = [
        line[:60]
        for field in ("License-Expression", "License")
        for line in metadata.get_all(field, [])
    ]
    return " ".join([*declared, *classifiers])


def test_no_dependency_of_a_run_is_under_a_copyleft_licence() -> None:
    strong = re.compile(r"\b[AL]?GPL|General Public License", re.IGNORECASE)
    licences = {name: licence_of(name) for name in closure(PROJECT["dependencies"])}
    assert [name for name, licence in licences.items() if strong.search(licence)] == []
    assert [name for name, licence in licences.items() if not licence.strip()] == []


def test_oracles_that_are_gpl_are_no_dependencies() -> None:
    assert not set(pins()) & {"krippendorff", "pingouin", "irrcac", "psycopg"}


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Names of the files in a wheel that is built from the working copy."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return frozenset(archive.namelist())


def test_the_wheel_holds_the_whole_package(wheel: frozenset[str]) -> None:
    package = REPOSITORY / "rupture_nlp"
    ours = [
        path for path in package.rglob("*") if path.is_file() and "__pycache__" not in str(path)
    ]
    names = {path.relative_to(REPOSITORY).as_posix() for path in ours if path.suffix != ".tmp"}
    assert names - wheel == set()
    assert "rupture_nlp/resources/sample/damson-s02.docx" in wheel


def test_the_wheel_holds_nothing_but_the_package_and_its_licences(wheel: frozenset[str]) -> None:
    folders = {name.split("/")[0] for name in wheel}
    info = f"rupture_nlp-{PROJECT['version']}.dist-info"
    assert folders == {"rupture_nlp", info}
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= wheel
    assert not [name for name in wheel if name.endswith(".pyc")]


# CI's rule about skips


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import pytest\ndef test_a() -> None:\n    pytest.skip('no reason')\n", "no reason"),
        ("import pytest\npytest.skip('absent', allow_module_level=True)\n", "absent"),
        ("import pytest\n@pytest.mark.skip(reason='off')\ndef test_a() -> None: ...\n", "off"),
    ],
)
@pytest.mark.parametrize("forbidden", [False, True])
def test_a_skip_fails_where_skips_are_forbidden(
    tmp_path: Path, body: str, said: str, *, forbidden: bool
) -> None:
    (tmp_path / "test_skipping.py").write_text(body, encoding="utf-8")
    (tmp_path / "test_passing.py").write_text("def test_b() -> None: ...\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY), "RUPTURE_NLP_FORBID_SKIPS": "1" if forbidden else "0"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode != 0) is forbidden, done.stdout
    assert ("which CI does not allow" in done.stdout) is forbidden
    if forbidden:
        assert said in done.stdout
