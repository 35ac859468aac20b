from pathlib import Path
from typing import Any

import pytest

from eval.long_runs import Load, Model, index_bytes, make_sessions, measure
from eval.long_runs_picture import draw
from eval.long_runs_table import growth, markdown, peak
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


def test_growth_is_counted_where_the_tables_of_the_longest_run_are_written() -> None:
    # From session 10,000 on 15,000 sessions more, and 100 MB become 115: 1,048.6 bytes each.
    short, long = made_run(1_000, 90.0), made_run(25_000, 115.0)
    long["first"]["on_the_way"] = {"writing": [float(number) for number in range(91, 116)]}
    assert growth([short, long]) == pytest.approx(15 * 2**20 / 15_000)
    long["first"]["on_the_way"]["writing"] = [100.0] * 19
    assert growth([short, long]) is None
    assert growth([short]) is None


def test_what_is_kept_of_a_session_stays_below_500_bytes() -> None:
    assert 100 < index_bytes(6_000) < 500


def test_table_and_picture_show_every_run(tmp_path: Path) -> None:
    runs = [made_run(1, 80.0), made_run(1_000, 100.0), made_run(10_000, 109.0)]
    runs[1]["again"] = None
    machine = {"cores": 2, "system": "Linux", "python": "3", "rupture-nlp": "0"}
    result = {
        "model": "fake",
        "turns": 10,
        "words": 8,
        "seed": 0,
        "runs": runs,
        "growth_bytes": 321.0,
        "index_bytes": 321.4,
        "machine": machine,
    }
    text = markdown(result)
    assert "| 10,000 | 0.15 | 0.15 | 0.15 | 12.0 | 0.15 | 0.15 | 0.15 | 109 | 109 | 3.0 |" in text
    assert "| 1,000 | 1.50 | 1.50 | 1.50 | 12.0 | - | - | - | 100 | - | 3.0 |" in text
    assert "from session 10,000 to the end: 321 bytes" in text
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
