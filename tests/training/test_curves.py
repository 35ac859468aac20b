import json
from pathlib import Path

from rupture_nlp.training.curves import draw_curves


def test_a_run_is_drawn_as_a_picture_whatever_its_length(tmp_path: Path) -> None:
    for steps in (1, 3, 60):
        records = [{"step": s + 1, "epoch": s // 20, "loss": 2 / (s + 1)} for s in range(steps)]
        text = "".join(f"{json.dumps(record)}\n" for record in records)
        (tmp_path / "metrics.jsonl").write_text(text, encoding="utf-8")
        content = draw_curves(tmp_path).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20], "big") == 960
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []
