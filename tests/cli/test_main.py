import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from rupture_nlp.cli import main as cli
from rupture_nlp.errors import RunError
from rupture_nlp.privacy import describe_crash, keep_silent
from rupture_nlp.schema import Transcript

CANARY = "zyzzyva"
HEAVY = ("torch", "transformers", "pyarrow", "pandas", "numpy", "sklearn", "docx", "matplotlib")


def exit_code(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("arguments", [["--help"], ["label", "--help"], ["--version"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from rupture_nlp.cli.main import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as ended:\n"
        "    assert not ended.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, rupture_nlp\n"
        "rupture_nlp.__version__\n"
        f"print([name for name in {(*HEAVY, 'typer', 'yaml')!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in cli.COMMANDS)


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["lable"]) == 2
    assert "lable" in capsys.readouterr().err


@pytest.fixture
def command_that_raises(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `broken` that raises what is put into the list."""
    errors: list[BaseException] = []
    app = typer.Typer()

    @app.command()
    def broken() -> None:
        raise errors[0]

    module = type(sys)("broken_command")
    module.app = app  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "broken_command", module)
    monkeypatch.setitem(cli.COMMANDS, "broken", "broken_command")
    return errors


def test_an_error_for_the_user_is_one_line_and_code_1(
    command_that_raises: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    command_that_raises.append(RunError("out: is full. Make room."))
    assert exit_code(["broken"]) == 1
    shown = capsys.readouterr()
    assert shown.err == "error: out: is full. Make room.\n"
    assert shown.out == ""


def test_a_crash_says_type_and_place_and_nothing_else(
    command_that_raises: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RUPTURE_NLP_DEBUG", raising=False)
    command_that_raises.append(ValueError(CANARY))
    assert exit_code(["broken"]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("error: internal error (ValueError at rupture_nlp.cli.main:")
    assert CANARY not in shown.err + shown.out
    assert "Traceback" not in shown.err


def test_a_disk_that_cannot_be_written_is_named_in_one_line(
    command_that_raises: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    command_that_raises.append(OSError(30, "Read-only file system", "/media/stick/out"))
    assert exit_code(["broken"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: /media/stick/out: Read-only file system. ")
    assert len(shown.splitlines()) == 1


def test_who_asks_for_it_gets_the_whole_crash(
    command_that_raises: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUPTURE_NLP_DEBUG", "1")
    command_that_raises.append(ValueError(CANARY))
    with pytest.raises(ValueError, match=CANARY):
        cli.main(["broken"])


def test_ctrl_c_ends_with_the_code_of_shells(command_that_raises: list[BaseException]) -> None:
    command_that_raises.append(KeyboardInterrupt())
    assert exit_code(["broken"]) == 130


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["--version"]) == 0
    assert capsys.readouterr().out.startswith("rupture-nlp 0.")


def test_telemetry_is_off_whatever_was_set_and_a_hub_may_be_asked_for() -> None:
    variables = {"DO_NOT_TRACK": "0", "HF_HUB_OFFLINE": "0", "RAY_USAGE_STATS_ENABLED": "1"}
    keep_silent(variables)
    assert variables == {
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "HF_HUB_OFFLINE": "0",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


def test_every_command_switches_off_what_phones_home(
    command_that_raises: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    command_that_raises.append(RunError("stop"))
    exit_code(["broken"])
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def crash_of(action: Callable[[], object]) -> BaseException:
    try:
        action()
    except Exception as error:  # noqa: BLE001  # any will do
        return error
    raise AssertionError


def test_a_crash_is_placed_in_this_package_where_it_passed_through_it() -> None:
    inside = crash_of(lambda: Transcript("s", (1, 2)))  # type: ignore[arg-type]  # to crash
    assert describe_crash(inside).startswith("AttributeError at rupture_nlp.schema:")
    outside = crash_of(lambda: int(CANARY))
    assert describe_crash(outside).startswith(f"ValueError at {__name__}:")
    assert describe_crash(ValueError(CANARY)) == "ValueError at unknown place"
