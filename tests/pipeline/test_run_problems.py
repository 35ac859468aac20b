"""What a run does when something goes wrong: tell it, keep what is finished, go on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.errors import BundleError, RunError
from rupture_nlp.pipeline.manifest import Manifest
from rupture_nlp.pipeline.run import LabelRequest, Means, RunStoppedError, run_labelling
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.schema import SessionPrediction, Transcript
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import Watcher, contents, run, write_sessions


def test_a_session_that_breaks_the_labeller_is_left_out(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 3)
    watcher = Watcher()
    result = run(
        tmp_path / "in", tmp_path / "out", FakeLabeller(fails_at="word 1"), watcher=watcher
    )
    assert [row.session_id for row in result.rows] == ["s0", "s2"]
    assert list(result.failures) == watcher.failures
    assert len(result.failures) == 1
    message = result.failures[0].message
    assert message.startswith(f"{tmp_path}/in/s1.txt, session 1: internal error (ValueError at ")
    assert "word" not in message
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["failures"] == [{"file": f"{tmp_path}/in/s1.txt", "message": message}]


def test_where_nothing_can_be_labelled_older_tables_stay(tmp_path: Path) -> None:
    paths = write_sessions(tmp_path / "in", 1)
    run(tmp_path / "in", tmp_path / "out")
    before = contents(tmp_path / "out", but=())
    paths[0].write_bytes(b"")
    with pytest.raises(RunError, match="nothing could be labelled: 1 problem,"):
        run(tmp_path / "in", tmp_path / "out")
    assert contents(tmp_path / "out", but=()) == before


def test_a_path_without_transcripts_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(RunError, match="no transcript files found"):
        run(tmp_path / "in", tmp_path / "out")


def test_a_path_that_is_not_there_is_told_and_the_others_are_labelled(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    result = run((tmp_path / "gone.txt", tmp_path / "in"), tmp_path / "out")
    assert [row.session_id for row in result.rows] == ["s0", "s1"]
    assert [failure.file for failure in result.failures] == [str(tmp_path / "gone.txt")]
    assert "no transcript found" in result.failures[0].message


def test_results_of_an_earlier_run_are_no_input(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    first = run(tmp_path / "in", tmp_path / "in" / "old", settings=LabelSettings(with_text=True))
    second = run(tmp_path / "in", tmp_path / "new")
    assert len(first.rows) == len(second.rows) == 2
    assert second.failures == ()


def test_a_folder_with_other_files_is_not_written_to(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 1)
    before = contents(tmp_path)
    with pytest.raises(RunError, match="holds other files"):
        run(tmp_path / "in", tmp_path / "in")
    assert contents(tmp_path) == before


def test_a_file_cannot_be_the_output_folder(tmp_path: Path) -> None:
    paths = write_sessions(tmp_path / "in", 1)
    with pytest.raises(RunError, match="cannot be used as output folder"):
        run(paths, paths[0])


def test_ctrl_c_keeps_what_is_finished_and_says_so(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 4)
    first = FakeLabeller()

    def stop() -> None:
        if len(first.calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(RunStoppedError, match=r"stopped: 2 of 4 sessions .* go on"):
        run(tmp_path / "in", tmp_path / "out", first, watcher=Watcher(on_step=stop))
    second = FakeLabeller()
    run(tmp_path / "in", tmp_path / "out", second)
    assert second.calls == ["s2", "s3"]


def test_a_full_disk_is_told_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sessions(tmp_path / "in", 3)
    keep = Manifest.append
    kept: list[object] = []

    def append(manifest: Manifest, entry: object) -> None:
        if len(kept) == 1:
            raise OSError(28, "No space left on device")
        kept.append(entry)
        keep(manifest, entry)  # type: ignore[arg-type]  # passed on as it is

    monkeypatch.setattr(Manifest, "append", append)
    with pytest.raises(RunError, match=r"cannot be written \(No space left on device\)"):
        run(tmp_path / "in", tmp_path / "out")
    monkeypatch.undo()
    second = FakeLabeller()
    run(tmp_path / "in", tmp_path / "out", second)
    assert second.calls == ["s1", "s2"]


def test_a_model_that_cannot_be_read_is_not_blamed_on_the_output_folder(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 1)

    def load(_: LabelSettings) -> FakeLabeller:
        raise FileNotFoundError(2, "No such file or directory")

    request = LabelRequest((tmp_path / "in",), tmp_path / "out")
    with pytest.raises(BundleError, match="small: cannot be read"):
        run_labelling(request, Means(load=load))


def test_a_file_that_changes_during_the_run_is_left_out(tmp_path: Path) -> None:
    paths = write_sessions(tmp_path / "in", 3)

    def change() -> None:
        paths[2].write_text("T: Other words.\n", encoding="utf-8")

    watcher = Watcher()
    watcher.on_step = lambda: change() if watcher.stages[-1][0] == "labelling" else None
    result = run(tmp_path / "in", tmp_path / "out", watcher=watcher)
    assert [row.session_id for row in result.rows] == ["s0", "s1"]
    assert "changed while it was being labelled" in result.failures[0].message


def test_a_prediction_that_does_not_fit_its_session_is_a_problem_of_that_session(
    tmp_path: Path,
) -> None:
    write_sessions(tmp_path / "in", 2)

    class Forgetful(FakeLabeller):
        def predict(self, transcript: Transcript) -> SessionPrediction:
            made = super().predict(transcript)
            if transcript.session_id == "s0":
                return replace(made, utterances=made.utterances[1:])
            return made

    result = run(tmp_path / "in", tmp_path / "out", Forgetful())
    assert [row.session_id for row in result.rows] == ["s1"]
    assert "session 1: internal error (ValueError at " in result.failures[0].message
