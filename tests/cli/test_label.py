import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from rupture_nlp.cli import display
from rupture_nlp.cli.display import RunDisplay
from rupture_nlp.cli.main import main
from rupture_nlp.pipeline import run as pipeline
from rupture_nlp.pipeline.protocol import Failure
from rupture_nlp.pipeline.record import RunCounts
from rupture_nlp.pipeline.run import Means, RunResult
from rupture_nlp.pipeline.settings import LabelSettings, Preset
from tests.pipeline.fake import FakeLabeller
from tests.pipeline.runs import run, write_sessions

CANARY = "zyzzyva"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[LabelSettings]:
    """Puts the fake in the real labeller's place; holds the settings it was loaded with."""
    seen: list[LabelSettings] = []

    def load(settings: LabelSettings) -> FakeLabeller:
        seen.append(settings)
        return FakeLabeller(fails_at="poison")

    real = Means

    def means(observer: RunDisplay) -> Means:
        return real(load=load, observer=observer)

    monkeypatch.setattr(pipeline, "Means", means)
    return seen


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.usefixtures("loaded")
def test_labelling_shows_a_table_and_says_where_everything_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sessions(tmp_path / "in", 3, word=CANARY)
    out = tmp_path / "out"
    assert call("label", tmp_path / "in", "--out", out) == 0
    shown = capsys.readouterr()
    for session in ("s0", "s1", "s2"):
        assert session in shown.out
    assert f"3 sessions (18 utterances) in {out}: 3 labelled now, 0 finished before" in shown.out
    for name in ("utterances.csv", "columns.md", "report.html"):
        assert str(out / name) in shown.out
        assert (out / name).is_file()
    assert "labelling: 3 sessions" in shown.err
    assert CANARY not in shown.out + shown.err


@pytest.mark.usefixtures("loaded")
def test_a_bad_file_is_one_line_and_makes_the_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sessions(tmp_path / "in", 1)
    bad = tmp_path / "in" / "bad.txt"
    bad.write_bytes(b"")
    crashing = tmp_path / "in" / "crashing.txt"
    crashing.write_text(f"T: {CANARY} poison\n", encoding="utf-8")
    assert call("label", tmp_path / "in", "--out", tmp_path / "out") == 1
    shown = capsys.readouterr()
    assert shown.err.count(f"error: {bad}: ") == 1
    assert shown.err.count(f"error: {crashing}, session 1: internal error (ValueError at ") == 1
    assert "error: 2 problems, see above" in shown.err
    assert "1 session (" in shown.out
    assert CANARY not in shown.out + shown.err


@pytest.mark.usefixtures("loaded")
def test_where_no_file_is_good_the_code_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"")
    assert call("label", bad, "--out", tmp_path / "out") == 1
    shown = capsys.readouterr()
    assert f"error: {bad}: " in shown.err
    assert "error: nothing could be labelled: 1 problem," in shown.err


@pytest.mark.usefixtures("loaded")
def test_quiet_says_nothing_but_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sessions(tmp_path / "in", 1)
    assert call("label", tmp_path / "in", "--out", tmp_path / "out", "--quiet") == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_options_win_over_the_file_and_the_file_over_the_defaults(
    tmp_path: Path, loaded: list[LabelSettings]
) -> None:
    write_sessions(tmp_path / "in", 1)
    config = tmp_path / "label.yaml"
    config.write_text(
        "model: folder\nthreads: 3\nprevalence: 0.1\nread: {merge_cues: false}\n", encoding="utf-8"
    )
    options = ("--config", config, "--threads", "2", "--preset", "screening", "--no-report")
    assert call("label", tmp_path / "in", "--out", tmp_path / "out", *options) == 0
    [settings] = loaded
    assert settings.model == "folder"
    assert settings.threads == 2
    assert settings.preset is Preset.SCREENING
    assert settings.prevalence == 0.1
    assert settings.report is False
    assert settings.read.merge_cues is False
    assert settings.report_max == LabelSettings().report_max


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--prevalence", "1.5"], 1, "prevalence must lie between 0 and 1"),
        (["--preset", "best"], 2, "best"),
        (["--threads", "0"], 2, "threads"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    said: str,
) -> None:
    write_sessions(tmp_path / "in", 1)
    assert call("label", tmp_path / "in", "--out", tmp_path / "out", *options) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("loaded")
def test_a_role_map_says_who_is_who(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.txt"
    path.write_text("Quill: How?\nFeather: Fine.\nQuill: So?\nFeather: Yes.\n", encoding="utf-8")
    assert call("label", path, "--out", tmp_path / "out") == 1
    assert "no known role" in capsys.readouterr().err
    roles = tmp_path / "roles.csv"
    roles.write_text("file,speaker,role\n*,Quill,therapist\n*,Feather,patient\n", encoding="utf-8")
    assert call("label", path, "--out", tmp_path / "out", "--roles", roles) == 0
    rows = (tmp_path / "out" / "utterances.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [row.split(",")[3] for row in rows] == ["therapist", "patient"] * 2


def test_ctrl_c_says_how_to_go_on_and_ends_with_130(
    tmp_path: Path,
    loaded: list[LabelSettings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_sessions(tmp_path / "in", 3)
    advance = RunDisplay.advance

    def stop(self: RunDisplay, sessions: int, utterances: int) -> None:
        advance(self, sessions, utterances)
        if utterances:
            raise KeyboardInterrupt

    monkeypatch.setattr(RunDisplay, "advance", stop)
    assert call("label", tmp_path / "in", "--out", tmp_path / "out") == 130
    shown = capsys.readouterr().err
    assert "stopped: 1 of 3 sessions are finished" in shown
    assert "Run the same command again to go on." in shown
    assert len(loaded) == 1


def shown_by(act: Callable[[RunDisplay], None], *, terminal: bool, quiet: bool = False) -> str:
    screen = io.StringIO()
    moments = iter(range(0, 10_000, 10))
    console = Console(file=screen, force_terminal=terminal, width=100)
    with RunDisplay(console, quiet=quiet, seconds=lambda: float(next(moments))) as watcher:
        act(watcher)
    return screen.getvalue()


def work(watcher: RunDisplay) -> None:
    watcher.stage("labelling", 4, 40)
    for _ in range(4):
        watcher.advance(1, 10)


def test_off_a_terminal_a_line_comes_now_and_then() -> None:
    # The clock goes on 10 s a look; a line is due after 15 s.
    assert shown_by(work, terminal=False).splitlines() == [
        "labelling: 4 sessions",
        "labelling: 2 of 4 sessions, 1.0 utterances a second, about 20 s left",
        "labelling: 4 of 4 sessions, 1.0 utterances a second",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"), [(99.4, "99 s"), (100, "2 min"), (5999, "100 min"), (12_240, "3.4 h")]
)
def test_a_length_of_time_is_short(seconds: float, told: str) -> None:
    assert display.duration(seconds) == told


def test_a_run_whose_tables_another_one_wrote_says_so(tmp_path: Path) -> None:
    counts = RunCounts(labelled=2, reused=1, shared=3, in_tables=0, utterances=0)
    result = RunResult(tmp_path, (), (), counts, 1.0, None, elsewhere=True)
    screen = io.StringIO()
    display.show_result(Console(file=screen, width=400), result)
    assert screen.getvalue().splitlines() == [
        "2 sessions labelled now, 3 by other runs, 1 finished before; another run has written "
        f"tables and report in {tmp_path}"
    ]


def test_on_a_terminal_there_is_a_bar() -> None:
    shown = shown_by(work, terminal=True)
    assert "40/40" in shown
    assert "4/4 sessions" in shown


def test_problems_are_shown_as_they_are_even_if_quiet() -> None:
    message = "in/[bold]s1.txt:3: " + "x" * 200

    def fail(watcher: RunDisplay) -> None:
        watcher.stage("reading", 1, 0)
        watcher.failed(Failure("s1.txt", message))

    assert shown_by(fail, terminal=False, quiet=True) == f"error: {message}\n"


def test_of_many_sessions_the_table_shows_those_with_the_highest_rates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "ROWS_SHOWN", 2)
    write_sessions(tmp_path / "in", 6, turns=10)
    result: RunResult = run(tmp_path / "in", tmp_path / "out")
    screen = io.StringIO()
    display.show_result(Console(file=screen, width=200), result)
    rates = sorted((row.rate for row in result.rows), reverse=True)
    lines = screen.getvalue().splitlines()
    body = [line.split() for line in lines if line.startswith("s") and "session" not in line]
    assert [float(cells[4]) for cells in body] == [round(rate, 1) for rate in rates[:2]]
    assert "2 of 6 sessions" in lines[0]
    [totals] = [line for line in lines if line.startswith("all")]
    assert totals.split()[1] == "60"
