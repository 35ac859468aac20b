from pathlib import Path
from typing import Any

import pytest

from eval.long_runs import Load, Model, growth, index_bytes, make_sessions, markdown, measure, peak
from eval.long_runs_picture import draw
from rupture_nlp.io.read import read_transcript

STAGES = ("start", "reading", "loading", "checking", "labelling", "writing")


def made_run(sessions: int, peak_mb: float) -> dict[str, Any]:
    stages = {name: {"wall": 2.0, "cpu": 1.5, "peak_mb": peak_mb} for name in STAGES}
    told = {"stages": stages, "labelled": sessions, "load": [1.0, 1.0, 1.0]}
    return {"sessions": sessions, "first": told, "again": told, "folder_mb": 3.0}


def test_made_sessions_are_all_different_and_can_be_read(tmp_path: Path) -> None:
    make_sessions(tmp_path, Load(30, 6, 0))
    found = [read_transcript(path) for path in sorted(tmp_path.rglob("*.txt"))]
    assert {len(one.utterances) for one in found} == {6}
    assert len({one.text_hash() for one in found}) == 30


def test_growth_is_counted_from_a_thousand_sessions_on() -> None:
    # 9,000 sessions more and 9 MB more: 1,048.6 bytes each.
    runs = [made_run(10, 5.0), made_run(1_000, 100.0), made_run(10_000, 109.0)]
    assert growth(runs) == pytest.approx(9 * 2**20 / 9_000)
    assert growth(runs[:2]) is None


def test_what_is_kept_of_a_session_stays_below_500_bytes() -> None:
    assert 100 < index_bytes(6_000) < 500


def test_table_and_picture_show_every_run(tmp_path: Path) -> None:
    runs = [made_run(1, 80.0), made_run(1_000, 100.0), made_run(10_000, 109.0)]
    machine = {"cores": 2, "system": "Linux", "python": "3", "rupture-nlp": "0"}
    result = {
        "model": "fake",
        "turns": 10,
        "words": 8,
        "seed": 0,
        "runs": runs,
        "growth_bytes": growth(runs),
        "index_bytes": 321.4,
        "machine": machine,
    }
    text = markdown(result)
    assert "| 10,000 | 0.15 | 0.15 | 0.15 | 12.0 | 0.15 | 0.15 | 0.15 | 109 | 109 | 3.0 |" in text
    assert "from 1,000 to 10,000 sessions: 1,049 bytes" in text
    assert "300 turns: 321 bytes each" in text
    draw(result, tmp_path)
    assert (tmp_path / "long_runs.svg").read_text(encoding="utf-8").count("10,000") == 2


@pytest.mark.slow
@pytest.mark.parametrize("model", Model)
def test_a_run_is_measured(tmp_path: Path, tiny_bundle: Path, model: Model) -> None:
    given = "fake" if model is Model.FAKE else str(tiny_bundle)
    run = measure(tmp_path, given, Load(2, 4, 0))
    assert set(run["first"]["stages"]) == set(STAGES)
    assert run["first"]["labelled"] == 2
    assert run["again"]["labelled"] == 0
    assert peak(run["first"]) > 20
