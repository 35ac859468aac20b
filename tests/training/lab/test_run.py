"""From a lab's corpus to a model: whole, stopped and started again, and without a name in it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from rupture_nlp.errors import RunError
from rupture_nlp.label.labeller import Labeller
from rupture_nlp.schema import CodedSession, Rupture, Speaker
from rupture_nlp.training.lab import bench
from rupture_nlp.training.lab.plan import LabOutcome, LabProgress, LabSettings, Places
from rupture_nlp.training.lab.run import train_lab
from rupture_nlp.training.lab.start import Base, find_start
from rupture_nlp.training.lab.work import held
from rupture_nlp.training.run import train_run
from tests.models.test_store import hub_folder
from tests.tiny_model import make_tiny_bundle
from tests.training.lab.made_lab import QUICK, made_lab, made_sessions, means, renamed
from tests.training.made import coded_session

pytestmark = pytest.mark.slow
FULL = replace(QUICK, choose_epochs=True, memorisation=True, curve=(2,))
CANARIES = ("zanzibarcanary", "canarysession", "canarygroup", "canarycoder", "canaryfolder")


class CutError(Exception):
    """Stands for a kill."""


def with_canaries() -> tuple[CodedSession, ...]:
    first = made_sessions()[0]
    turns = first.transcript.utterances
    spoken = (replace(turns[0], text=f"well {CANARIES[0]} well"), *turns[1:])
    marked = replace(first, transcript=replace(first.transcript, utterances=spoken))
    return tuple(
        renamed(session, f"{CANARIES[1]}-{at}", f"{CANARIES[2]}-{at}", CANARIES[3])
        for at, session in enumerate((marked, *made_sessions()[1:]))
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[LabOutcome, list[LabProgress]]:
    """A whole training, in a folder with a canary in its name."""
    folder = tmp_path_factory.mktemp(CANARIES[4])
    data = made_lab(folder / "corpus", with_canaries())
    start = find_start(make_tiny_bundle(folder / "start"))
    seen: list[LabProgress] = []
    out = Places(folder / "model")
    return train_lab(data, Base(start), FULL, out, means(), seen.append), seen


def test_a_training_ends_in_a_model_that_labels_and_knows_what_it_read(
    trained: tuple[LabOutcome, list[LabProgress]],
) -> None:
    labeller = Labeller.load(trained[0].model, threads=1)
    assert labeller.name == "lab"
    assert all(labeller.was_trained_on(s.transcript) for s in with_canaries())
    assert not labeller.was_trained_on(coded_session(99).transcript)
    prediction = labeller.predict(coded_session(99).transcript)
    # Only patients withdrew in these sessions: of therapists it never says that they do.
    therapists = [
        code
        for code, turn in zip(
            prediction.utterances, coded_session(99).transcript.utterances, strict=True
        )
        if turn.speaker is Speaker.THERAPIST
    ]
    assert all(one is not None and one.code.rupture is Rupture.NONE for one in therapists)


def test_no_file_of_the_model_names_a_session_a_group_a_coder_a_folder_or_a_word(
    trained: tuple[LabOutcome, list[LabProgress]],
) -> None:
    files = [path for path in trained[0].model.rglob("*") if path.is_file()]
    assert len(files) >= 7
    for path in files:
        content = path.read_bytes().lower()
        for canary in CANARIES:
            assert canary.encode() not in content, (path.name, canary)


def test_the_work_with_its_texts_is_gone_and_the_report_is_there(
    trained: tuple[LabOutcome, list[LabProgress]],
) -> None:
    outcome = trained[0]
    assert not Places(outcome.model).work.exists()
    page = (outcome.report / "report.html").read_text(encoding="utf-8")
    assert CANARIES[2] in page  # each patient's results: the report is the lab's own
    assert CANARIES[0] not in page
    assert "Learning curve" in page
    # What it comes to stands out, once.
    opening = outcome.verdict.partition(":")[0]
    assert page.count(f"<strong>{opening}:</strong>") == 1
    assert (outcome.report / "evaluation" / "metrics.json").is_file()
    content = json.loads((outcome.report / "outcome.json").read_text(encoding="utf-8"))
    assert content["verdict"]["sentence"] == outcome.verdict
    assert len(content["epochs_of_folds"]) == 2
    assert content["memorisation"]["turns"] == 10


def test_progress_only_goes_up_and_ends_whole(
    trained: tuple[LabOutcome, list[LabProgress]],
) -> None:
    done = [progress.done for progress in trained[1]]
    assert trained[1][-1].done == trained[1][-1].steps
    assert len(done) > 20
    assert {"cross-validation", "final model"} <= {progress.stage for progress in trained[1]}
    # What does no steps is told too: on a slow machine it takes minutes.
    parts = {(progress.stage, progress.part) for progress in trained[1]}
    unseen = "4 of 4 sessions that it has not seen are labelled"
    assert {
        ("cross-validation", unseen),
        ("the starting model as it is", unseen),
        ("measuring memorisation", "planted turn 20 of 20"),
        ("comparing with simple methods", "..."),
        ("writing the model and its card", "..."),
    } <= parts


def cut_after(steps: int) -> Callable[[LabProgress], None]:
    count = iter(range(10_000))

    def on_progress(_: LabProgress) -> None:
        if next(count) == steps:
            raise CutError

    return on_progress


def test_stopped_anywhere_it_goes_on_to_the_same_model(tmp_path: Path) -> None:
    data = made_lab(tmp_path / "corpus")
    base = Base(find_start(make_tiny_bundle(tmp_path / "start")))
    whole = train_lab(data, base, QUICK, Places(tmp_path / "whole"), means())
    out = Places(tmp_path / "cut")
    for steps in (3, 12, 9, 15):
        with pytest.raises(CutError):
            train_lab(data, base, QUICK, out, means(), cut_after(steps))
        assert not out.model.exists()
    stages: list[str] = []
    again = train_lab(data, base, QUICK, out, means(), lambda p: stages.append(p.stage))
    one, two = (load_file(o.model / "model.safetensors") for o in (whole, again))
    assert all((one[name] == two[name]).all() for name in one)
    assert again.verdict == whole.verdict
    assert (whole.model / "training.json").read_text() == (
        again.model / "training.json"
    ).read_text()


def test_work_of_another_training_is_refused(tmp_path: Path) -> None:
    data = made_lab(tmp_path / "corpus")
    base = Base(find_start(make_tiny_bundle(tmp_path / "start")))
    out = Places(tmp_path / "model")
    with pytest.raises(CutError):
        train_lab(data, base, QUICK, out, means(), cut_after(2))
    other = replace(QUICK, train=replace(QUICK.train, seed=4))
    with pytest.raises(RunError, match="other data, settings or starting model"):
        train_lab(data, base, other, out, means())
    fewer = replace(data, sessions=data.sessions[:-1])
    with pytest.raises(RunError, match="other data"):
        train_lab(fewer, base, QUICK, out, means())


@pytest.fixture
def runs_done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs that are trained, in their order."""
    done: list[str] = []

    def noted(folder: Path, *given: object) -> Path:
        done.append(folder.name)
        return train_run(folder, *given)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(bench, "train_run", noted)
    return done


def test_what_is_done_is_not_done_again_whatever_is_asked_for_later(
    tmp_path: Path, runs_done: list[str]
) -> None:
    data = made_lab(tmp_path / "corpus")
    encoder, _ = hub_folder(tmp_path / "hub")
    base = Base(find_start(make_tiny_bundle(tmp_path / "start")))
    out = Places(tmp_path / "model")
    first = train_lab(data, base, QUICK, out, means())
    assert runs_done == ["fold-0", "fold-1", "final"]
    model = (out.model / "model.safetensors").read_bytes()
    runs_done.clear()
    assert train_lab(data, base, QUICK, out, means()) == first
    assert runs_done == []
    longer = replace(QUICK, curve=(2,))
    train_lab(data, base, longer, out, means())
    assert runs_done == ["curve-start-2-fold-0", "curve-start-2-fold-1", "final"]
    assert (out.model / "model.safetensors").read_bytes() == model
    runs_done.clear()
    bare = find_start(encoder)
    train_lab(data, replace(base, bare=bare), longer, out, means())
    name = f"curve-bare-{bare.sha256[:8]}"
    folds = [(at, fold) for fold in (0, 1) for at in ("2", "all")]
    assert runs_done == [*(f"{name}-{at}-fold-{fold}" for at, fold in folds), "final"]
    assert "from the bare encoder" in (out.report / "report.html").read_text(encoding="utf-8")
    assert not out.work.exists()
    runs_done.clear()
    # Other data: what was kept is of no use, and nobody has to delete anything.
    train_lab(replace(data, sessions=data.sessions[:-1]), base, QUICK, out, means())
    assert runs_done == ["fold-0", "fold-1", "final"]


def test_a_second_training_in_the_same_place_is_refused(tmp_path: Path) -> None:
    data = made_lab(tmp_path / "corpus")
    base = Base(find_start(make_tiny_bundle(tmp_path / "start")))
    out = Places(tmp_path / "model")
    with held(out.work), pytest.raises(RunError, match="another training is at work here"):
        train_lab(data, base, QUICK, out, means())


def test_a_bare_encoder_is_compared_with_words_alone(tmp_path: Path) -> None:
    data = made_lab(tmp_path / "corpus")
    encoder, _ = hub_folder(tmp_path / "hub")
    outcome = train_lab(data, Base(find_start(encoder)), QUICK, Places(tmp_path / "model"), means())
    assert "TF-IDF" in outcome.verdict
    assert Labeller.load(outcome.model, threads=1).name == "lab"
    shutil.rmtree(outcome.model)


def test_settings_of_a_lab_are_checked_like_all_others() -> None:
    assert LabSettings().train.epochs == 8
