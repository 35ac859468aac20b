import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rupture_nlp.io.settings import ReadSettings
from rupture_nlp.pipeline.settings import LabelSettings, Preset
from tests.pipeline.fake import FakeLabeller, FakeSignature
from tests.pipeline.runs import Watcher, contents, run, write_sessions


def test_a_run_writes_tables_report_dictionary_and_record(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    result = run(tmp_path / "in", tmp_path / "out")
    names = {name for name in contents(tmp_path / "out", but=()) if "/" not in name}
    assert names == {
        *("utterances.csv", "utterances.parquet", "episodes.csv", "episodes.parquet"),
        *("sessions.csv", "sessions.parquet", "columns.md", "report.html"),
        *("run.json", "manifest.jsonl"),
    }
    assert len(list((tmp_path / "out" / "report").iterdir())) == 2
    assert len(list((tmp_path / "out" / "parts").glob("??/*.json"))) == 2
    assert [row.session_id for row in result.rows] == ["s0", "s1"]
    assert (result.counts.labelled, result.counts.reused, result.failures) == (2, 0, ())


def test_a_second_run_labels_nothing_and_changes_nothing(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 3)
    run(tmp_path / "in", tmp_path / "out")
    before = contents(tmp_path / "out", but=("run.json",))
    second = FakeLabeller()
    result = run(tmp_path / "in", tmp_path / "out", second)
    assert second.calls == []
    assert (result.counts.labelled, result.counts.reused) == (0, 3)
    assert contents(tmp_path / "out", but=("run.json",)) == before


def test_force_labels_everything_again(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    run(tmp_path / "in", tmp_path / "out")
    again = FakeLabeller()
    run(tmp_path / "in", tmp_path / "out", again, force=True)
    assert again.calls == ["s0", "s1"]


@pytest.mark.parametrize(
    ("signature", "settings"),
    [
        (FakeSignature(threshold=0.4, preset="screening"), LabelSettings(preset=Preset.SCREENING)),
        (FakeSignature(model_sha256="2" * 64), LabelSettings()),
        (FakeSignature(precision="bf16"), LabelSettings()),
        (FakeSignature(), LabelSettings(prevalence=0.05)),
    ],
)
def test_another_model_or_setting_labels_again(
    tmp_path: Path, signature: FakeSignature, settings: LabelSettings
) -> None:
    write_sessions(tmp_path / "in", 2)
    run(tmp_path / "in", tmp_path / "out")
    other = FakeLabeller(signature=signature)
    run(tmp_path / "in", tmp_path / "out", other, settings)
    assert len(other.calls) == 2


@pytest.mark.parametrize(
    "settings",
    [LabelSettings(with_text=True), LabelSettings(report=False), LabelSettings(threads=1)],
)
def test_what_is_written_and_how_fast_labels_nothing_again(
    tmp_path: Path, settings: LabelSettings
) -> None:
    write_sessions(tmp_path / "in", 2)
    run(tmp_path / "in", tmp_path / "out")
    other = FakeLabeller()
    run(tmp_path / "in", tmp_path / "out", other, settings)
    assert other.calls == []


def test_of_changed_and_new_files_only_these_are_labelled(tmp_path: Path) -> None:
    paths = write_sessions(tmp_path / "in", 3)
    run(tmp_path / "in", tmp_path / "out")
    paths[1].write_text("T: How are you?\nP: Fine.\n", encoding="utf-8")
    (tmp_path / "in" / "t.txt").write_text("T: New.\nP: Yes.\n", encoding="utf-8")
    second = FakeLabeller()
    result = run(tmp_path / "in", tmp_path / "out", second)
    assert second.calls == ["s1", "t"]
    assert [row.session_id for row in result.rows] == ["s0", "s1", "s2", "t"]


def test_a_renamed_file_is_not_labelled_again_and_has_its_new_name(tmp_path: Path) -> None:
    paths = write_sessions(tmp_path / "in", 1)
    run(tmp_path / "in", tmp_path / "out")
    paths[0].rename(tmp_path / "in" / "new.txt")
    second = FakeLabeller()
    result = run(tmp_path / "in", tmp_path / "out", second)
    assert second.calls == []
    assert result.rows[0].session_id == "new"


def damage(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-5])


@pytest.mark.parametrize("harm", [damage, Path.unlink])
def test_a_damaged_or_lost_part_is_made_again(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    write_sessions(tmp_path / "in", 3)
    run(tmp_path / "in", tmp_path / "out")
    before = contents(tmp_path / "out")
    harm(sorted((tmp_path / "out" / "parts").glob("*/*.json"))[1])
    second = FakeLabeller()
    run(tmp_path / "in", tmp_path / "out", second)
    assert len(second.calls) == 1
    assert contents(tmp_path / "out") == before


def test_one_session_in_two_files_is_labelled_once_and_listed_twice(tmp_path: Path) -> None:
    text = "T: How are you?\nP: Fine.\n"
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    labeller = FakeLabeller()
    result = run([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "out", labeller)
    assert labeller.calls == ["a"]
    assert [row.session_id for row in result.rows] == ["a", "b"]


def test_results_are_never_inputs(tmp_path: Path) -> None:
    write_sessions(tmp_path, 1)
    settings = LabelSettings(with_text=True)
    run(tmp_path, tmp_path / "out", settings=settings)
    result = run(tmp_path, tmp_path / "out", settings=settings)
    assert [row.session_id for row in result.rows] == ["s0"]
    assert result.failures == ()


def test_a_report_of_an_older_run_does_not_stay(tmp_path: Path) -> None:
    paths = write_sessions(tmp_path / "in", 3)
    run(tmp_path / "in", tmp_path / "out", settings=LabelSettings(with_text=True))
    run(paths[:2], tmp_path / "out")
    assert len(list((tmp_path / "out" / "report").iterdir())) == 2
    run(paths[:2], tmp_path / "out", settings=LabelSettings(report=False))
    assert not (tmp_path / "out" / "report").exists()
    assert not (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(("most", "pages"), [(0, 0), (2, 2), (9, 3)])
def test_at_most_so_many_pages_are_written(tmp_path: Path, most: int, pages: int) -> None:
    write_sessions(tmp_path / "in", 3)
    result = run(tmp_path / "in", tmp_path / "out", settings=LabelSettings(report_max=most))
    assert len(list((tmp_path / "out").glob("report/*.html"))) == pages
    hrefs = [row.href for row in result.rows if row.href is not None]
    assert len(hrefs) == pages
    assert all((tmp_path / "out" / href).is_file() for href in hrefs)


def test_the_watcher_is_told_all_the_work(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 3, turns=6)
    watcher = Watcher()
    run(tmp_path / "in", tmp_path / "out", watcher=watcher)
    assert watcher.stages == [("reading", 3, 0), ("labelling", 3, 18), ("writing", 3, 18)]
    assert watcher.steps == [(1, 0)] * 3 + [(1, 6)] * 6


def test_the_record_says_how_the_results_came_about(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    settings = LabelSettings(preset=Preset.SCREENING, read=ReadSettings(merge_cues=False))
    run(tmp_path / "in", tmp_path / "out", settings=settings)
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["signature"] == FakeSignature().as_dict()
    assert record["settings"]["preset"] == "screening"
    assert record["settings"]["read"]["merge_cues"] is False
    assert record["counts"] == {
        "labelled": 2,
        "reused": 0,
        "shared": 0,
        "in_tables": 2,
        "utterances": 12,
    }
    assert set(record["versions"]) >= {"python", "torch", "transformers", "rupture-nlp"}
    assert record["started"] == record["finished"] == "2026-01-02T03:04:05+00:00"
    assert [file["file"] for file in record["inputs"]] == [
        f"{tmp_path}/in/s0.txt",
        f"{tmp_path}/in/s1.txt",
    ]
    assert all(len(file["sha256"]) == 64 for file in record["inputs"])
