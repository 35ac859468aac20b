"""What runs in one folder tell each other. Two of them here are two objects in one process."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from rupture_nlp.errors import RunError
from rupture_nlp.pipeline import company as company_module
from rupture_nlp.pipeline.company import Turn, joined
from rupture_nlp.pipeline.protocol import Failure
from rupture_nlp.pipeline.run import LabelRequest, Means, run_labelling
from rupture_nlp.pipeline.session_list import SessionList
from rupture_nlp.pipeline.settings import LabelSettings, Preset
from rupture_nlp.pipeline.work import State, Work
from tests.pipeline.fake import FakeLabeller, FakeSignature
from tests.pipeline.runs import contents, run, write_sessions

SESSIONS = SessionList()
for number in range(4):
    SESSIONS.add_file(Path(f"s{number}"), "0" * 64)
    # The last has the content of the first.
    SESSIONS.add_session(f"s{number}", f"{number % 3:064}", 400)


@contextmanager
def works(out: Path, count: int = 2, *, force: bool = False) -> Iterator[list[Work]]:
    with ExitStack() as stack:
        yield [
            Work(
                stack.enter_context(joined(out, "request")),
                FakeLabeller(),
                LabelSettings(),
                SESSIONS,
                force=force,
            )
            for _ in range(count)
        ]


def states(work: Work, *numbers: int) -> list[State]:
    return [state for state, _ in work.claim(numbers)]


def test_what_one_claims_another_does_not_get(tmp_path: Path) -> None:
    with works(tmp_path / "out") as (one, other):
        assert states(one, 0, 1) == [State.FREE, State.FREE]
        assert states(other, 0, 1, 2) == [State.CLAIMED, State.CLAIMED, State.FREE]
        assert states(other, 3) == [State.CLAIMED], "its content is that of the first"


def test_what_one_finished_is_finished_for_all(tmp_path: Path) -> None:
    with works(tmp_path / "out") as (one, other):
        states(one, 0)
        one.keep(SESSIONS[0], b"{}")
        assert states(other, 0, 3, 1) == [State.FINISHED, State.FINISHED, State.FREE]


def test_what_one_could_not_label_fails_for_all_and_only_that(tmp_path: Path) -> None:
    with works(tmp_path / "out") as (one, other):
        states(one, 0)
        one.give_up(SESSIONS[0], Failure("s0", "s0, session 1: odd"))
        assert other.claim([0]) == [(State.FAILED, "s0, session 1: odd")]
        assert states(other, 3) == [State.FREE]


def test_what_a_run_had_claimed_is_free_when_it_is_gone(tmp_path: Path) -> None:
    with works(tmp_path / "out", 1) as [other]:
        with works(tmp_path / "out", 1) as [one]:
            states(one, 0)
            assert states(other, 0) == [State.CLAIMED]
        assert states(other, 0) == [State.FREE]


def test_with_force_what_others_did_meanwhile_is_not_done_again(tmp_path: Path) -> None:
    with works(tmp_path / "out", 1) as [before]:
        states(before, 0, 1)
        before.keep(SESSIONS[0], b"{}")
    with works(tmp_path / "out", force=True) as (one, other):
        assert list(one.missing()) == [0, 1, 2, 3]
        states(one, 0)
        one.keep(SESSIONS[0], b"{}")
        assert states(other, 0, 1) == [State.FINISHED, State.FREE]
        with works(tmp_path / "out", 1, force=True) as [late]:
            assert list(late.missing()) == [1, 2]


def test_a_damaged_part_is_labelled_again_by_one_of_them(tmp_path: Path) -> None:
    with works(tmp_path / "out", 1) as [before]:
        states(before, 0)
        before.keep(SESSIONS[0], b"{}")
    next((tmp_path / "out" / "parts").glob("*/*.json")).write_bytes(b"")
    with works(tmp_path / "out") as (one, other):
        assert list(one.missing()) == list(other.missing()) == [0, 1, 2, 3]
        assert states(one, 0) == [State.FREE]
        assert states(other, 0) == [State.CLAIMED]
        one.keep(SESSIONS[0], b"{}")
        assert states(other, 0) == [State.FINISHED]


def test_what_a_killed_run_had_claimed_is_free_and_its_files_go(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with works(out, 1) as [work]:
        # Nobody holds the lock of this one any more; the last line was torn.
        (out / ".runs" / "1-dead.lock").touch()
        said = (
            '{"claim": [0, 1], "end": 0}\n{"say": {"request": "another", "writing": "yes"}}\n{"clai'
        )
        (out / ".runs" / "1-dead.jsonl").write_text(said, encoding="utf-8")
        assert states(work, 0, 1) == [State.FREE, State.FREE]
        assert not list((out / ".runs").glob("1-dead*"))
        with joined(out, "request") as late:
            assert late.turn_to_write("work") is Turn.OURS


def test_a_part_that_is_damaged_while_runs_are_at_work_is_labelled_again(tmp_path: Path) -> None:
    with works(tmp_path / "out", 1) as [one]:
        states(one, 0)
        one.keep(SESSIONS[0], b"{}")
        next((tmp_path / "out" / "parts").glob("*/*.json")).write_bytes(b"")
        with works(tmp_path / "out", 1) as [late]:
            assert 0 in late.missing()
            assert states(late, 0) == [State.FREE]


def run_json(out: Path, work: str) -> None:
    (out / "run.json").write_text(json.dumps({"work": work}), encoding="utf-8")


def test_one_writes_the_tables_and_the_others_wait_until_they_are_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with joined(out, "request") as other:
        with joined(out, "request") as one:
            assert one.turn_to_write("work") is Turn.OURS
            assert other.turn_to_write("work") is Turn.LATER
            run_json(out, "work")
            assert other.turn_to_write("work") is Turn.LATER, "it may still be showing its result"
        assert other.turn_to_write("work") is Turn.PAST


def test_when_the_one_that_writes_is_killed_another_does_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with joined(out, "request") as other:
        run_json(out, "work")
        with joined(out, "request") as one:
            assert one.turn_to_write("work") is Turn.OURS
        assert other.turn_to_write("work") is Turn.OURS


def test_tables_of_an_earlier_run_or_of_other_work_are_written_anew(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with joined(out, "request"):
        run_json(out, "work")
    with joined(out, "request") as one:
        assert one.turn_to_write("work") is Turn.OURS
    with joined(out, "request") as one:
        run_json(out, "other work")
        assert one.turn_to_write("work") is Turn.OURS


@pytest.mark.parametrize(
    ("settings", "force"),
    [
        (LabelSettings(preset=Preset.SCREENING), False),
        (LabelSettings(with_text=True), False),
        (LabelSettings(), True),
    ],
)
def test_a_run_with_other_settings_is_refused_while_one_is_at_work(
    tmp_path: Path, settings: LabelSettings, force: bool
) -> None:
    write_sessions(tmp_path / "in", 1)
    out = tmp_path / "out"
    request = LabelRequest((tmp_path / "in",), out)
    with (
        joined(out, request.digest()),
        pytest.raises(RunError, match="another run is writing here, with other inputs or settings"),
    ):
        run(tmp_path / "in", out, settings=settings, force=force)
    assert run(tmp_path / "in", out, settings=settings, force=force).counts.labelled == 1


@pytest.mark.parametrize(
    ("topic", "problem"),
    [("inputs", "found other contents in the inputs"), ("signature", "with another model, engine")],
)
def test_a_run_that_finds_something_else_is_refused(
    tmp_path: Path, topic: str, problem: str
) -> None:
    write_sessions(tmp_path / "in", 1)
    out = tmp_path / "out"
    with joined(out, LabelRequest((tmp_path / "in",), out).digest()) as other:
        other.agree(topic, "something else")
        with pytest.raises(RunError, match=problem):
            run(tmp_path / "in", out)


def test_the_number_of_threads_is_each_run_s_own(tmp_path: Path) -> None:
    request = LabelRequest((Path("in"),), tmp_path, LabelSettings(threads=1))
    assert request.digest() == replace(request, settings=LabelSettings(threads=2)).digest()
    assert request.digest() != replace(request, paths=(Path("other"),)).digest()


def test_a_late_run_that_finds_all_done_waits_for_the_tables_and_leaves(tmp_path: Path) -> None:
    write_sessions(tmp_path / "in", 2)
    out = tmp_path / "out"
    first = run(tmp_path / "in", out)
    before = contents(out)
    assert not first.elsewhere
    stack = ExitStack()
    writer = stack.enter_context(joined(out, LabelRequest((tmp_path / "in",), out).digest()))
    kept = (out / "run.json").read_bytes()
    assert writer.turn_to_write("") is Turn.OURS
    waits = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            (out / "run.json").write_bytes(kept)
            stack.close()

    late = FakeLabeller()
    means = Means(load=lambda _: late, pause=pause)
    result = run_labelling(LabelRequest((tmp_path / "in",), out), means)
    assert (result.elsewhere, tuple(result.rows), late.calls, len(waits)) == (True, (), [], 3)
    assert contents(out) == before


def test_a_folder_that_another_program_holds_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sessions(tmp_path / "in", 1)
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(company_module, "_PATIENCE_S", 0.05)
    with (
        FileLock(tmp_path / "out" / ".lock"),
        pytest.raises(RunError, match="another program holds it"),
    ):
        run(tmp_path / "in", tmp_path / "out")
    assert run(tmp_path / "in", tmp_path / "out").counts.labelled == 1


def test_only_a_run_that_is_alone_deletes_what_is_half_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with joined(out, "request"):
        (out / ".utterances.csv.1.tmp").touch()
        with joined(out, "request"):
            assert (out / ".utterances.csv.1.tmp").exists()
    with joined(out, "request"):
        assert not (out / ".utterances.csv.1.tmp").exists()


def test_nothing_of_the_company_stays(tmp_path: Path) -> None:
    with joined(tmp_path / "out", "request") as company:
        company.agree("signature", FakeSignature().model_sha256)
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {".lock", "manifest.jsonl"}
