"""Predictions made elsewhere, written like those of a labelling run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rupture_nlp.errors import RunError
from rupture_nlp.pipeline.results import write_results
from rupture_nlp.schema import SessionPrediction, Transcript
from tests.evaluation.sessions import transcript
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import run, write_sessions

RECORD = {"signature": {"model_name": "fake"}}


def labelled(*names: str) -> Iterator[tuple[Transcript, SessionPrediction]]:
    for name in names:
        made = transcript(name, "TPTPTo")
        yield made, FakeLabeller().predict(made)


def test_results_written_before_are_replaced(tmp_path: Path) -> None:
    write_results(tmp_path, labelled("a", "b"), "corpus", RECORD)
    write_results(tmp_path, labelled("b"), "corpus", RECORD)
    sessions = (tmp_path / "sessions.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in sessions] == ["session_id", "b"]


def test_a_labelling_run_is_not_written_over(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 1)
    run([tmp_path / "in"], tmp_path / "out", FakeLabeller())
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}
    with pytest.raises(RunError, match="holds a labelling run"):
        write_results(tmp_path / "out", labelled("a"), "corpus", RECORD)
    after = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}
    assert after == before


def test_a_writing_that_breaks_off_leaves_no_record_and_no_half_table(tmp_path: Path) -> None:
    write_results(tmp_path, labelled("a"), "corpus", RECORD)
    before = (tmp_path / "utterances.csv").read_bytes()

    def broken() -> Iterator[tuple[Transcript, SessionPrediction]]:
        yield from labelled("b")
        raise RunError("stop")

    with pytest.raises(RunError, match="stop"):
        write_results(tmp_path, broken(), "corpus", RECORD)
    assert not (tmp_path / "run.json").exists()
    assert (tmp_path / "utterances.csv").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_cannot_be_made_is_one_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written") as caught:
        write_results(tmp_path / "file" / "out", labelled("a"), "corpus", RECORD)
    assert caught.value.__context__ is None
