"""What it costs to share a folder: counted calls, of the first portions and of later ones."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rupture_nlp.pipeline import company, manifest, work
from rupture_nlp.pipeline.company import joined
from rupture_nlp.pipeline.session_list import SessionList
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.pipeline.work import Work
from tests.pipeline.fake import FakeLabeller

PORTION = 8
ROUNDS = 12


def made_sessions(count: int) -> SessionList:
    sessions = SessionList()
    for number in range(count):
        sessions.add_file(Path(f"s{number}"), "0" * 64)
        sessions.add_session(f"s{number}", f"{number:064}", 60)
    return sessions


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Locks tried, lines of the manifest read, lines of others heard, works looked up."""
    counts: Counter[str] = Counter()

    def count(owner: object, name: str) -> None:
        function: Callable[..., Any] = getattr(owner, name)

        def counted(*given: object) -> object:
            counts[name] += 1
            return function(*given)

        monkeypatch.setattr(owner, name, counted)

    count(company, "_is_free")
    count(company.Other, "hear")
    count(manifest, "_parse")
    count(work, "work_key")
    return counts


def test_a_claim_costs_the_same_however_much_was_done_before(
    tmp_path: Path, calls: Counter[str]
) -> None:
    sessions = made_sessions(2 * PORTION * ROUNDS)
    costs: list[Counter[str]] = []
    with joined(tmp_path / "out", "request") as ours, joined(tmp_path / "out", "request") as theirs:
        one, other = (Work(at, FakeLabeller(), LabelSettings(), sessions) for at in (ours, theirs))
        for start in range(0, len(sessions), 2 * PORTION):
            other.claim(range(start, start + PORTION))
            before = calls.copy()
            # As a run does: what the other one has in hand is asked for, too.
            one.claim(range(start, start + 2 * PORTION))
            costs.append(calls - before)
            for number in range(start, start + 2 * PORTION):
                (other if number < start + PORTION else one).keep(sessions[number], b"{}")
    assert costs[2]["_is_free"] == 1, "there is one other run"
    assert costs[2] == costs[-1]
