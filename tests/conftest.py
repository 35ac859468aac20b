"""What all tests share: no network, skips that CI does not let pass, a tiny model."""

import os
import socket
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from rupture_nlp.privacy import keep_silent

keep_silent()

# Two cores that also do something else make a wall-clock deadline a coin toss.
settings.register_profile("rupture-nlp", deadline=None, print_blob=True)
settings.load_profile("rupture-nlp")

FORBID_SKIPS = os.environ.get("RUPTURE_NLP_FORBID_SKIPS") == "1"


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Generator[None, None, None]:
    """Refuse every connection but those to this machine (a browser test talks to a server)."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: "tuple[str, int] | str | bytes") -> None:
        local = self.family not in (socket.AF_INET, socket.AF_INET6)
        if not local and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError("a test tried to reach the network")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Keep what engines make of models out of the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUPTURE_NLP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with random weights and a few dozen words: the shape of a model, no skill."""
    from tests.tiny_model import make_tiny_bundle  # noqa: PLC0415  # loads torch

    return make_tiny_bundle(tmp_path_factory.mktemp("tiny-bundle"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001  # pytest matches hooks by these names
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where skips are forbidden, make one a failure that says so."""
    report = yield
    if FORBID_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not allow: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself as a whole."""
    report = yield
    if FORBID_SKIPS and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which CI does not allow: " + _reason(
            report
        )
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    # pytest gives a skip's place and reason as (file, line, reason).
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
