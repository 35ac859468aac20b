"""Exports are made once, whole or not at all, whoever else is at it and whatever is cut off."""

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rupture_nlp.engines import cache as module
from rupture_nlp.engines.cache import ENVIRONMENT, LISTED, cache_folder, exported, is_whole
from rupture_nlp.io import locks
from tests.engines.slow_export import HALVES, KEY

REPOSITORY = Path(__file__).parents[2]
WHOLE = "export.json,first,second"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "cache"))
    return tmp_path / "cache" / "engines"


class Writer:
    """Writes a made export and counts how often."""

    def __init__(self) -> None:
        self.times = 0
        self.steps: list[str] = []

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "first").write_bytes(HALVES[0])
        (folder / "second").write_bytes(HALVES[1])

    def use(self) -> str:
        with exported(KEY, self, self.steps.append) as folder:
            return ",".join(sorted(path.name for path in folder.iterdir()))


def start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engines.slow_export"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def entries(cache: Path) -> list[str]:
    """All but the lock, which filelock leaves or takes along."""
    return sorted(path.name for path in cache.iterdir() if path.suffix != ".lock")


def test_an_export_is_made_once_and_its_making_is_told_once(cache: Path) -> None:
    writer = Writer()
    assert [writer.use(), writer.use()] == [WHOLE, WHOLE]
    assert writer.times == 1
    assert writer.steps == [f"preparing the model for made, once; kept in {cache}"]
    assert entries(cache) == [KEY.name]
    assert cache.stat().st_mode & 0o077 == 0  # a lab's weights are for the lab alone


def test_the_list_holds_the_hash_of_every_file(cache: Path) -> None:
    Writer().use()
    text = (cache / KEY.name / LISTED).read_text(encoding="utf-8")
    for half in HALVES:
        assert hashlib.sha256(half).hexdigest() in text


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, engine="else"),
        replace(KEY, engine_version="2"),
        replace(KEY, form="int8"),
        replace(KEY, model_sha256="1" * 64),
    ],
)
def test_another_model_engine_form_or_version_has_an_export_of_its_own(
    other: module.ExportKey,
) -> None:
    assert other.name != KEY.name


@pytest.mark.parametrize(
    ("name", "value"), [("FORMAT", module.FORMAT + 1), ("__version__", "other")]
)
def test_another_version_of_this_code_has_an_export_of_its_own(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    before = KEY.name
    monkeypatch.setattr(module, name, value)
    assert KEY.name != before


@pytest.mark.parametrize("name", ["first", "second", LISTED])
@pytest.mark.parametrize("damage", ["gone", "cut off", "changed", "empty"])
def test_a_damaged_export_is_made_anew(cache: Path, name: str, damage: str) -> None:
    writer = Writer()
    writer.use()
    path = cache / KEY.name / name
    content = path.read_bytes()
    changed = {"cut off": content[:-3], "changed": b"x" + content[1:], "empty": b""}
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(changed[damage])
    assert not is_whole(cache / KEY.name)
    assert writer.use() == WHOLE
    assert writer.times == 2
    assert is_whole(cache / KEY.name)
    assert entries(cache) == [KEY.name]


def test_what_was_noted_beside_a_damaged_export_goes_with_it(cache: Path) -> None:
    writer = Writer()
    writer.use()
    (cache / KEY.name / "parity").write_text("passed", encoding="utf-8")
    assert is_whole(cache / KEY.name)  # noted later, in no list
    (cache / KEY.name / "first").unlink()
    assert writer.use() == WHOLE


def test_of_two_processes_the_second_waits_and_uses_what_the_first_made(cache: Path) -> None:
    first = start()
    assert said(first) == "preparing"
    assert said(first) == "writing"
    second = start()
    assert said(second) == "waiting:"
    first.communicate("go on\n")
    shown, _ = second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert shown.split() == [WHOLE]
    assert entries(cache) == [KEY.name]


def test_what_a_killed_process_left_half_made_is_never_used(cache: Path) -> None:
    process = start()
    assert [said(process), said(process)] == ["preparing", "writing"]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert entries(cache) == [f".{KEY.name}.building"]
    writer = Writer()
    assert writer.use() == WHOLE
    assert entries(cache) == [KEY.name]


def test_a_waiting_process_takes_over_from_one_that_is_killed() -> None:
    first = start()
    assert [said(first), said(first)] == ["preparing", "writing"]
    second = start()
    assert said(second) == "waiting:"
    first.send_signal(signal.SIGKILL)
    shown, _ = second.communicate("go on\n")
    first.communicate()
    assert shown.split() == ["preparing", "writing", WHOLE]


def test_where_nothing_can_be_kept_the_export_is_temporary_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "file"))
    writer, places = Writer(), []
    for _ in range(2):
        with exported(KEY, writer, writer.steps.append) as folder:
            assert (folder / "second").read_bytes() == HALVES[1]
            places.append(folder)
    assert writer.times == 2
    assert not any(place.exists() for place in places)
    assert "for this run alone" in writer.steps[0]
    assert ENVIRONMENT in writer.steps[0]
    assert len(writer.steps) == 2


def test_a_whole_export_is_used_where_nothing_can_be_written(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer()
    writer.use()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(locks, "FileLock", refuse)
    with exported(KEY, writer, writer.steps.append) as folder:
        assert folder == cache / KEY.name
    assert writer.times == 1


def test_a_failing_export_leaves_nothing(cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "first").write_bytes(HALVES[0])
        raise RuntimeError("made to")

    with pytest.raises(RuntimeError, match="made to"), exported(KEY, fail, lambda _: None):
        pass
    assert entries(cache) == []


def test_what_was_not_used_for_two_months_goes(cache: Path) -> None:
    Writer().use()
    old, new = cache / "openvino-float-old", cache / "openvino-float-new"
    for folder, days in ((old, 61), (new, 59)):
        folder.mkdir()
        (folder / LISTED).write_text("{}", encoding="utf-8")
        then = (cache / KEY.name / LISTED).stat().st_mtime - days * 86_400
        os.utime(folder / LISTED, (then, then))
    (cache / KEY.name / "first").unlink()
    Writer().use()
    assert entries(cache) == [KEY.name, new.name]


def test_without_the_variable_it_is_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT)
    monkeypatch.setenv("XDG_CACHE_HOME", "/made/cache")
    if sys.platform == "linux":
        assert cache_folder() == Path("/made/cache/rupture-nlp/engines")
