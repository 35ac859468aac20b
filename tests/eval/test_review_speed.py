"""The benchmark of the review application runs, on a small project."""

import json
from pathlib import Path

from eval.review_project import Sizes
from eval.review_speed import ACTION, Timing, machine, markdown, measure


def test_every_kind_of_request_is_timed(tmp_path: Path) -> None:
    sizes = Sizes(turns=20, sessions=3, other_turns=6, actions=5, pages=2, others=1)
    timings = measure(tmp_path / "project", sizes)
    assert [(one.what, one.n) for one in timings] == [
        ("open the session (JSON)", 2),
        ("its page", 2),
        ("home page of a coder", 2),
        ("home page of a lead", 2),
        ("an action", 5),
        ("an action while 1 others code", 5),
    ]
    assert all(0 < one.p50 <= one.p95 <= one.greatest for one in timings)


def test_the_report_says_whether_the_goal_is_met_and_on_what_machine() -> None:
    slow = Timing(ACTION, 5, 10.0, 60.0, 70.0, 80.0, None, 0.1)
    report: dict[str, object] = {"load": {"before": 99.5, "after": 1.0}, "command": "x"}
    table = markdown(Sizes(), [slow], report)
    assert "missed (60.0 ms)" in table
    assert "| an action | 5 | 10.0 | 60.0 | 70.0 | 80.0 | not known | 0.1 |" in table
    assert "99.5 before, 1.0 after" in table
    assert "other work had them" in table
    assert json.dumps(machine())
    assert "met (" in markdown(Sizes(), [Timing(ACTION, 5, 1, 2, 3, 4, 5, 6)], report)
