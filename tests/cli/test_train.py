"""What `train` says before it trains, what it refuses, and how it ends."""

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from rich.console import Console

from rupture_nlp.cli.main import main
from rupture_nlp.cli.train_display import TrainDisplay
from rupture_nlp.config import load_config
from rupture_nlp.io.corpus import write_corpus
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.lab.plan import LabOutcome, LabProgress, LabSettings, Places
from tests.tiny_model import make_tiny_bundle
from tests.training.lab.made import CA, WO, lab_session, plain_lab

CANARY = "heliotrope"
CONFIGS = Path(__file__).parents[2] / "configs"
QUICK = "train: {epochs: 1, batch_windows: 2, bf16: false, context_tokens: 24}\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bundle(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def run(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "quick.yaml").write_text(QUICK, encoding="utf-8")

    def call(corpus: Path, *options: str) -> tuple[int, str, str]:
        given = ["--base", str(tiny), "--config", str(tmp_path / "quick.yaml"), *options]
        with pytest.raises(SystemExit) as ended:
            main(["train", str(corpus), *given])
        shown = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, " ".join(shown.out.split()), " ".join(shown.err.split())

    return call


@pytest.fixture
def corpus(tmp_path: Path) -> Callable[[Sequence[CodedSession]], Path]:
    def write(sessions: Sequence[CodedSession]) -> Path:
        write_corpus(sessions, tmp_path / "coded")
        return tmp_path / "coded"

    return write


def test_a_check_says_what_the_data_carry_and_writes_nothing(
    run: Run, corpus: Callable[[Sequence[CodedSession]], Path], tmp_path: Path
) -> None:
    code, out, err = run(corpus(plain_lab(8)), "--check")
    assert (code, err) == (0, "")
    assert "16 sessions of 8 patients (groups), 320 turns, 1 coder" in out
    assert "patient withdrawal_from_other 16 8 may be learned, cannot be measured" in out
    assert "F1 .40 give or take" in out
    told = "told apart (codes): none, withdrawal_from_other (of patients alone)"
    assert told in out
    assert out.count("warning: codes: patient turns") == 1
    assert "these data can be trained on (0 errors" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coded", "quick.yaml"]


def test_data_that_carry_nothing_end_with_1_and_say_why(
    run: Run, corpus: Callable[[Sequence[CodedSession]], Path], tmp_path: Path
) -> None:
    folder = corpus([lab_session(f"s{n}", "p", {"ana": {1: WO, 3: CA}}) for n in range(3)])
    code, out, _ = run(folder, "--check")
    assert code == 1
    assert "cannot be trained on as they are (2 errors" in out
    code, _, err = run(folder, "--out", str(tmp_path / "model"))
    assert code == 1
    assert "all sessions belong to one patient" in err
    assert not (tmp_path / "model").exists()


def test_two_coders_are_shown_side_by_side_with_their_agreement(
    run: Run, corpus: Callable[[Sequence[CodedSession]], Path]
) -> None:
    codes = {"ana": {1: WO, 3: CA}, "ben": {1: WO}}
    folder = corpus([lab_session(f"s{n}", f"p{n}", codes) for n in range(20)])
    _, out, _ = run(folder, "--check")
    assert "learned from: all coders alike" in out
    assert "ana patient 200 20.0% 10.0%" in out
    assert "ana and ben, patient turns: kappa" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give --out for the model, or --check"),
        (("--check", "--bare", "x"), "--bare was given without --curve"),
        (("--check", "--nested"), "the settings leave nothing to choose"),
        (("--check", "--coders", "zoe"), "no such coder"),
        (("--check", "--labels", "anger"), "--labels: give auto"),
        (("--check", "--group", "clinic"), "no column of the name given"),
    ],
)
def test_wrong_options_end_with_1_and_one_line(
    run: Run,
    corpus: Callable[[Sequence[CodedSession]], Path],
    options: tuple[str, ...],
    words: str,
) -> None:
    code, _, err = run(corpus(plain_lab(8)), *options)
    assert code == 1
    assert words in err


@pytest.mark.parametrize("kind", ["folder", "file", "made nowhere"])
def test_a_model_that_could_not_be_written_is_refused_before_the_data_are_looked_at(
    run: Run, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "model"
    thesis = {"folder": out / "thesis.txt", "file": out, "made nowhere": tmp_path / "up"}[kind]
    thesis.parent.mkdir(exist_ok=True)
    thesis.write_text("precious", encoding="utf-8")
    given = thesis / "model" if kind == "made nowhere" else out
    code, said, err = run(tmp_path / "no corpus", "--out", str(given), "--yes")
    assert (code, said) == (1, "")
    assert {
        "folder": "holds something else",
        "file": "is a file",
        "made nowhere": "cannot be written to",
    }[kind] in err
    assert thesis.read_text(encoding="utf-8") == "precious"


def seen_tiny(folder: Path, sessions: Sequence[CodedSession]) -> Path:
    made = make_tiny_bundle(folder / "seen")
    hashes = {f"session-{n}": s.transcript.text_hash() for n, s in enumerate(sessions)}
    (made / "training.json").write_text(json.dumps({"sessions": hashes}), encoding="utf-8")
    return made


def test_sessions_that_the_start_has_seen_are_refused_unless_allowed(
    run: Run, corpus: Callable[[Sequence[CodedSession]], Path], tmp_path: Path
) -> None:
    sessions = plain_lab(10)
    base = str(seen_tiny(tmp_path, sessions[:2]))
    folder = corpus(sessions)
    code, out, _ = run(folder, "--check", "--base", base)
    assert code == 1
    assert "2 sessions of 20 were already learned by the starting model" in out
    assert run(folder, "--check", "--base", base, "--allow-seen")[0] == 0


class Trained:
    """Stands in for the training itself."""

    def __init__(self, *, stopped: bool = False) -> None:
        self.stopped = stopped
        self.given: tuple[object, ...] = ()

    def module(self) -> SimpleNamespace:
        """As imported by the command."""
        return SimpleNamespace(Base=lambda start, bare: (start, bare), train_lab=self.train_lab)

    def train_lab(self, *given: object) -> LabOutcome:
        self.given = given
        if self.stopped:
            raise KeyboardInterrupt
        places = given[3]
        assert isinstance(places, Places)
        return LabOutcome(places.model, places.report, "No different from the start.", 2)


@pytest.mark.parametrize(("stopped", "code"), [(False, 0), (True, 130)])
def test_a_training_ends_with_its_verdict_or_says_how_to_go_on(  # fixtures
    run: Run,
    corpus: Callable[[Sequence[CodedSession]], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped: bool,  # a parameter of the test
    code: int,
) -> None:
    stand_in = Trained(stopped=stopped)
    monkeypatch.setitem(sys.modules, "rupture_nlp.training.lab.run", stand_in.module())
    ended, out, err = run(corpus(plain_lab(8)), "--out", str(tmp_path / "model"), "--seed", "7")
    assert ended == code
    assert "plan: start from tiny" in out
    assert "time: " in out
    settings = stand_in.given[2]
    assert isinstance(settings, LabSettings)
    assert settings.train.seed == 7
    if stopped:
        assert "the same command goes on" in err
    else:
        assert "No different from the start." in out


def test_no_word_or_id_of_the_lab_is_shown(
    run: Run, corpus: Callable[[Sequence[CodedSession]], Path]
) -> None:
    texts = [f"{CANARY} and some more words that make this a longer turn {n}" for n in range(20)]
    codes = {"ana": {1: WO, 3: CA}}
    folder = corpus(
        [lab_session(f"{CANARY}{n}", f"{CANARY}-{n}", codes, texts=texts) for n in range(3)]
    )
    assert all(CANARY not in part for part in map(str, run(folder, "--check")))


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    with TrainDisplay(Console(stderr=True), seconds=lambda: now[0]) as display:
        for step in range(1, 6):
            now[0] += 10.0
            display.show(LabProgress("cross-validation", step, 100, 600.0))
        display.show(LabProgress("final model", 6, 100, float("nan")))
        now[0] += 50.0
        display.show(LabProgress("final model", 6, 100, 5.0, "2 of 3 sessions"))
        display.show(LabProgress("writing the model", 6, 100, 0.0, "..."))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "cross-validation: step 1 of about 100, about 10 minutes left",
        "cross-validation: step 4 of about 100, about 10 minutes left",
        "final model: step 6 of about 100",
        "final model: 2 of 3 sessions",
        "writing the model: ...",
    ]


def test_the_settings_file_shows_every_setting_with_its_default() -> None:
    path = CONFIGS / "train.yaml"
    assert load_config(LabSettings, path) == LabSettings()
    shown = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(shown) == {field.name for field in dataclasses.fields(LabSettings)}
