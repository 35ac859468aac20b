"""A training on sessions that its start has learned says so wherever a figure stands."""

import json
from pathlib import Path

import pytest
import torch

from rupture_nlp.cli.main import main
from tests.tiny_model import make_tiny_bundle
from tests.training.lab.commanded import command, write_lab
from tests.training.lab.made_lab import made_sessions

STAMP = "IN-SAMPLE: the starting model had already learned 2 of the 8 sessions"


def seen_start(folder: Path) -> Path:
    made = make_tiny_bundle(folder / "seen")
    hashes = {str(n): s.transcript.text_hash() for n, s in enumerate(made_sessions()[:2])}
    (made / "training.json").write_text(json.dumps({"sessions": hashes}), encoding="utf-8")
    return made


@pytest.mark.slow
def test_report_card_verdict_and_evaluation_bear_the_stamp(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lab(tmp_path)
    start, out = seen_start(tmp_path), tmp_path / "model"
    words = [*command(tmp_path, out), "--base", str(start), "--allow-seen"]
    threads = torch.get_num_threads()
    with pytest.raises(SystemExit) as ended:
        main(words)
    torch.set_num_threads(threads)
    assert ended.value.code == 0
    assert STAMP in capsys.readouterr().out
    card = (out / "README.md").read_text(encoding="utf-8")
    assert f"**{STAMP}" in card
    assert "| lab (out of fold), IN-SAMPLE |" in card
    assert "| tiny as it is, IN-SAMPLE |" in card
    assert "| majority (always none) |" in card  # it learns nothing from the start
    report = tmp_path / "model-report"
    page = (report / "report.html").read_text(encoding="utf-8")
    # What stands before the colon is bold.
    words_of_page = page.replace("<strong>", "").replace("</strong>", "")
    assert words_of_page.index(STAMP) < words_of_page.index("<h2>")
    assert "Each patient (group) (IN-SAMPLE)" in page
    assert json.loads((report / "outcome.json").read_text())["verdict"]["in_sample"] is True
    assert json.loads((report / "evaluation" / "metrics.json").read_text())["in_sample"] is True
