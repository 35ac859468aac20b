"""One clinic a test: a copy of a project that is made once, since a new one syncs many files."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.review.web.clinic import Clinic, People, add_people, make_project, open_clinic
from tests.review.web.clinic import predictions as suggested


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, People]:
    """A project with suggestions for both sessions, and three people. Copied, never opened."""
    folder = make_project(tmp_path_factory.mktemp("clinic") / "project", suggested("s1", "s2"))
    return folder, add_people(folder)


@pytest.fixture
def project(template: tuple[Path, People], tmp_path: Path) -> tuple[Path, People]:
    """The project of this test alone."""
    folder, people = template
    return Path(shutil.copytree(folder, tmp_path / "project")), people


@pytest.fixture
def clinic(project: tuple[Path, People]) -> Iterator[Clinic]:
    """The application over the project of this test."""
    with open_clinic(*project) as opened:
        yield opened
