"""Both databases for every test of the store."""

from collections.abc import Generator

import pytest

from tests.review.postgres import Cluster, run_cluster


@pytest.fixture(scope="session")
def postgres() -> Generator[Cluster, None, None]:
    """One PostgreSQL for the whole run; skips where it is not installed."""
    with run_cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """What `--database` gets: None is the project's own SQLite file. Each test has its own."""
    if request.param == "sqlite":
        return None
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.make_database()
