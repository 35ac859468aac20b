"""What leaves a project, and that the other commands take it."""

import csv
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from rupture_nlp.cli.main import main
from rupture_nlp.errors import RunError
from rupture_nlp.io.corpus import check_corpus, read_corpus, reference_coder, write_corpus
from rupture_nlp.review.adjudication import read_adjudication
from rupture_nlp.review.audit import read_audit
from rupture_nlp.review.coding import decide, finish, reveal
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.export import ExportOptions, Format, export_corpus
from rupture_nlp.review.values import EpisodeValue, Kind, Mode, TurnValue
from rupture_nlp.schema import (
    GOLD,
    CodedSession,
    EpisodeKind,
    Rupture,
    SessionCoding,
    Speaker,
    UtteranceCode,
)
from tests.review.codings import coded_sessions
from tests.review.judged import as_before_it_was_refused, open_judged
from tests.review.made import (
    MODEL,
    MadeCoder,
    made_assignment,
    made_change,
    made_coder,
    made_project,
    ticking,
    withdrawal,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(made_project(tmp_path / "project"), now=ticking()) as opened:
        yield opened


@pytest.fixture
def ada(store: Store) -> MadeCoder:
    return made_coder(store, "ada")


def code_session(store: Store, session_id: str, coder: MadeCoder, mode: Mode = Mode.BLIND) -> int:
    """A withdrawal at turn 1, a strategy at 2, the patient back at 3; all of it an episode."""
    given = made_assignment(store, session_id, coder.coder.name, mode)
    for target, value in (
        (1, withdrawal("=why")),
        (2, TurnValue(strategies=("redirects",))),
        (3, TurnValue(process="re_engages")),
        (4, TurnValue()),
        ("e0000000a", EpisodeValue(1, 3, 2, 4)),
        ("withdrawal_impact", 2),
        ("confrontation_impact", 1),
        ("resolution", 4),
        ("therapist_contribution", 1),
    ):
        decide(store, given.id, coder.coder, made_change(target, value))
    return given.id


def exported(store: Store, out: Path, **options: object) -> tuple[CodedSession, ...]:
    export_corpus(store, out, ExportOptions(**options))  # type: ignore[arg-type]  # fields by name
    check = check_corpus(out)
    assert check.errors == ()
    return read_corpus(out)


def only(sessions: tuple[CodedSession, ...]) -> SessionCoding:
    ((coding,),) = (session.codings for session in sessions)
    return coding


def test_a_finished_session_is_complete_and_sparse(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    finish(store, code_session(store, "s1", ada), ada.coder)
    coding = only(exported(store, tmp_path / "out"))
    assert (coding.coder, coding.complete) == ("ada", True)
    assert coding.codes[1] == UtteranceCode(
        "u1",
        Rupture.WITHDRAWAL_FROM_OTHER,
        intensity=2,
        markers=("minimal_response",),
        mode="blind",
        comment="=why",
    )
    # Said to be `none`, and passed on: the same in a finished session.
    assert (coding.codes[4], coding.codes[5]) == (UtteranceCode("u4"), UtteranceCode("u5"))
    assert coding.codes[11] is None  # an interpreter
    (episode,) = coding.episodes
    assert (episode.start, episode.end, episode.kind) == ("u1", "u3", EpisodeKind.WITHDRAWAL)
    assert (episode.initiator, episode.repair_start, episode.resolution) == (
        Speaker.PATIENT,
        "u2",
        4,
    )
    assert coding.ratings.resolution == 4
    assert {"episodes", "ratings", "therapist_markers"} <= coding.fields
    rows = (tmp_path / "out" / "codes.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 3  # the header, and no row for a turn that is `none`


def test_both_databases_give_the_same_corpus(tmp_path: Path, store_url: str | None) -> None:
    project = made_project(tmp_path / "project", database=store_url)
    with open_store(project, now=ticking()) as store:
        ada, ben = made_coder(store, "ada"), made_coder(store, "ben")
        finish(store, code_session(store, "s1", ada), ada.coder)
        code_session(store, "s2", ben, Mode.ASSISTED)
        sessions = exported(store, tmp_path / "out")
    codings = {one.coder: one for session in sessions for one in session.codings}
    assert {name: one.complete for name, one in codings.items()} == {"ada": True, "ben": False}
    assert [code and (code.rupture, code.comment) for code in codings["ada"].codes[1:5]] == [
        code and (code.rupture, code.comment) for code in codings["ben"].codes[1:5]
    ]
    assert codings["ada"].episodes == codings["ben"].episodes


def test_an_unfinished_session_is_partial_and_says_what_was_coded_none(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    code_session(store, "s1", ada)
    coding = only(exported(store, tmp_path / "out"))
    assert not coding.complete
    assert coding.codes[4] == UtteranceCode("u4", mode="blind")
    assert coding.codes[5] is None  # not reached


def test_what_was_taken_back_does_not_go_out(store: Store, ada: MadeCoder, tmp_path: Path) -> None:
    given = code_session(store, "s1", ada)
    for target, base in (("e0000000a", 5), ("resolution", 8), (1, 1), (3, 3)):
        decide(store, given, ada.coder, made_change(target, None, base))
    finish(store, given, ada.coder)
    coding = only(exported(store, tmp_path / "out"))
    assert coding.codes[1] == UtteranceCode("u1")
    assert coding.episodes == ()
    assert coding.ratings.resolution is None


def test_sessions_that_nobody_began_are_left_out_and_counted(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    code_session(store, "s1", ada)
    made_assignment(store, "s2", "ada", Mode.BLIND)
    made = export_corpus(store, tmp_path / "out")
    assert (made.sessions, made.codings, made.partial, made.not_begun) == (1, 1, 1, 1)
    assert sorted(made.left_out) == ["s2", "s3"]
    about = json.loads((tmp_path / "out" / "export.json").read_text(encoding="utf-8"))
    assert sorted(about["left_out"]) == ["s2", "s3"]
    assert about["with_text"] is False


def test_a_finished_session_without_a_decision_is_all_none(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    finish(store, made_assignment(store, "s1", "ada", Mode.BLIND).id, ada.coder)
    coding = only(exported(store, tmp_path / "out", with_text=True))
    assert [problem.rule for problem in check_corpus(tmp_path / "out").warnings] == []
    assert coding.complete
    assert [code and code.mode for code in coding.codes[:2]] == ["blind", None]  # one row says how
    assert {code and code.rupture for code in coding.codes} == {Rupture.NONE, None}
    assert "ratings" not in coding.fields


def test_nothing_coded_is_an_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="nothing to export"):
        export_corpus(store, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_second_pass_goes_out_only_if_asked_for_and_into_a_corpus_of_its_own(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    given = code_session(store, "s1", ada)
    finish(store, given, ada.coder)
    reveal(store, given, ada.coder)
    decide(store, given, ada.coder, made_change(1, TurnValue(None), base=1))
    first = only(exported(store, tmp_path / "first"))
    assert first.codes[1] is not None
    assert first.codes[1].rupture is Rupture.WITHDRAWAL_FROM_OTHER
    assert not (tmp_path / "first" / "second-pass").exists()
    assert only(exported(store, tmp_path / "both", second_pass=True)) == first
    assert check_corpus(tmp_path / "both" / "second-pass").errors == ()
    second = only(read_corpus(tmp_path / "both" / "second-pass"))
    changed = second.codes[1]
    assert changed is not None
    assert (second.coder, changed.rupture, changed.mode) == ("ada-second", None, "assisted")


@pytest.mark.parametrize("form", Format)
def test_no_format_makes_a_further_coder_of_a_second_pass(
    form: Format, store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    given = code_session(store, "s1", ada)
    finish(store, given, ada.coder)
    reveal(store, given, ada.coder)
    made = export_corpus(store, tmp_path / "out", ExportOptions(form, second_pass=True))
    assert (made.codings, made.second_passes) == (1, 1)
    plain, second = (
        "".join(path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file())
        for folder in (tmp_path / "out", tmp_path / "out" / "second-pass")
    )
    assert "ada" in plain
    assert "ada-second" not in plain
    assert "ada-second" in second


def test_nobody_else_may_read_what_was_exported(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    given = code_session(store, "s1", ada)
    finish(store, given, ada.coder)
    reveal(store, given, ada.coder)
    for form in Format:
        out = tmp_path / form
        export_corpus(store, out, ExportOptions(form, second_pass=True, with_text=True))
        rights = {
            (path.is_file(), stat.S_IMODE(path.stat().st_mode)) for path in (out, *out.rglob("*"))
        }
        assert rights == {(True, 0o600), (False, 0o700)}


def test_words_leave_only_with_the_option(store: Store, ada: MadeCoder, tmp_path: Path) -> None:
    code_session(store, "s1", ada)
    for number, form in enumerate(Format):
        for with_text in (False, True):
            out = tmp_path / f"{number}{with_text}"
            export_corpus(store, out, ExportOptions(form, with_text=with_text))
            content = "".join(path.read_text(encoding="utf-8") for path in out.iterdir())
            assert ("words of s1" in content) == with_text
            assert stat.S_IMODE(out.stat().st_mode) == 0o700


def test_a_folder_that_is_not_empty_is_left_alone(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    code_session(store, "s1", ada)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "codes.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(RunError, match="--force"):
        export_corpus(store, tmp_path / "out")
    assert (tmp_path / "out" / "codes.csv").read_text(encoding="utf-8") == "mine"
    export_corpus(store, tmp_path / "out", ExportOptions(force=True))
    assert check_corpus(tmp_path / "out").errors == ()


def test_the_audit_trail_says_that_codes_went_out_with_words_or_without(
    store: Store, ada: MadeCoder, tmp_path: Path
) -> None:
    code_session(store, "s1", ada)
    export_corpus(store, tmp_path / "out", ExportOptions(with_text=True))
    entry = read_audit(store)[-1]
    assert (entry.action, entry.object, entry.detail) == (
        "export",
        "1 coding",
        "corpus, with text",
    )


def test_adjudicated_codes_are_gold_once_the_lead_has_finished(tmp_path: Path) -> None:
    judged = open_judged(tmp_path / "project")
    with judged.store as store:
        before = export_corpus(store, tmp_path / "before")
        assert (before.codings, before.not_settled) == (2, 1)
        lead = judged.lena.coder
        for item in read_adjudication(store, judged.assignment, lead).items:
            if item.open:  # nothing there, says the lead
                taken = TurnValue() if item.kind is Kind.TURN else None
                change = made_change(item.target, taken, reason="no edge, =rule 2")
                decide(store, judged.assignment, lead, replace(change, kind=item.kind))
        finish(store, judged.assignment, lead)
        ((session),) = exported(store, tmp_path / "out")
    gold = session.coding_by(GOLD)
    assert gold is not None
    assert gold.complete
    # Turn 1: what both gave. Turn 5: the decision. Turn 7: one code, no marker in common.
    assert gold.codes[1] == UtteranceCode(
        "u1",
        Rupture.WITHDRAWAL_FROM_OTHER,
        intensity=2,
        markers=("minimal_response",),
        mode="adjudicated",
    )
    assert gold.codes[5] == UtteranceCode("u5", mode="adjudicated", comment="no edge, =rule 2")
    assert gold.codes[7] is not None
    assert gold.codes[7].rupture is Rupture.WITHDRAWAL_FROM_OTHER
    assert gold.ratings.withdrawal_impact == 3
    assert reference_coder((session,)) == GOLD


def test_a_comment_that_came_with_a_decision_stands_after_its_reason(tmp_path: Path) -> None:
    judged = open_judged(tmp_path / "project")
    with judged.store as store:
        lead = judged.lena.coder
        for item in read_adjudication(store, judged.assignment, lead).items:
            if item.open:
                taken = withdrawal("my own") if item.kind is Kind.TURN else None
                change = made_change(item.target, taken, reason="rule 2")
                decide(store, judged.assignment, lead, replace(change, kind=item.kind))
        finish(store, judged.assignment, lead)
        ((session),) = exported(store, tmp_path / "out")
    gold = session.coding_by(GOLD)
    assert gold is not None
    comments = {code.utterance_id: code.comment for code in gold.codes if code and code.comment}
    assert comments == {"u5": "rule 2; my own"}


def test_a_first_pass_that_was_not_independent_is_noted(tmp_path: Path) -> None:
    judged = open_judged(tmp_path / "project")
    with judged.store as store:
        read_adjudication(store, judged.assignment, judged.lena.coder)
        mine = as_before_it_was_refused(judged)
        finish(store, mine, judged.lena.coder)
        made = export_corpus(store, tmp_path / "out")
    (note,) = [note for note in made.notes if "after seeing how others coded" in note.reason]
    assert note.place == "session s1, lena"


# Decisions that contradict one another


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ([(5, withdrawal(), 0)], "episodes", "a rupture outside every episode"),
        ([(5, TurnValue(process="avoids"), 0)], "episodes", "a process outside every episode"),
        ([("e0000000a", EpisodeValue(0, 3), 5)], "episodes", "does not open on a rupture"),
        ([("e0000000b", EpisodeValue(6, 8), 0)], "", "an episode without a rupture inside"),
        (
            [(1, TurnValue(Rupture.WITHDRAWAL_FROM_SELF), 1)],
            "intensity",
            "a rupture without intensity",
        ),
        ([(1, TurnValue(), 1), (3, None, 3)], "", "a rating of resolution where no rupture"),
    ],
)
def test_a_contradiction_is_noted_and_its_field_does_not_count(
    changes: list[tuple[int | str, TurnValue | EpisodeValue | None, int]],
    field: str,
    reason: str,
    store: Store,
    ada: MadeCoder,
    tmp_path: Path,
) -> None:
    given = code_session(store, "s1", ada)
    for target, value, base in changes:
        decide(store, given, ada.coder, made_change(target, value, base))
    finish(store, given, ada.coder)
    made = export_corpus(store, tmp_path / "out")
    assert check_corpus(tmp_path / "out").errors == ()
    assert any(reason in note.reason for note in made.notes)
    assert all("session s1, ada" in note.place for note in made.notes)
    coding = only(read_corpus(tmp_path / "out"))
    assert not field or field not in coding.fields


def test_whatever_coders_decide_the_corpus_passes_the_check(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("corpus")

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(coded_sessions())
    def holds(sessions: tuple[CodedSession, ...]) -> None:
        write_corpus(sessions, folder)
        assert check_corpus(folder).errors == ()
        assert read_corpus(folder) == sessions

    holds()


# What the other commands make of it


def run(*arguments: str | Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code in (0, None)


def test_validate_agreement_and_evaluate_take_the_corpus_as_it_is(
    store: Store, ada: MadeCoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ben = made_coder(store, "ben")
    for session_id in ("s1", "s2", "s3"):
        for coder in (ada, ben):
            finish(store, code_session(store, session_id, coder), coder.coder)
    corpus = tmp_path / "corpus"
    export_corpus(store, corpus)
    run("corpus", "validate", corpus)
    assert "0 errors" in capsys.readouterr().out
    run("agreement", corpus, "--out", tmp_path / "agreement", "--draws", "20", "--quiet")
    assert (tmp_path / "agreement" / "report.html").exists()
    with (corpus / "codes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["coder"] == "ben"]
    predicted = tmp_path / "predicted"
    predicted.mkdir()
    with (predicted / "codes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([{**row, "coder": MODEL} for row in rows])
    (predicted / "sessions.csv").write_text(
        "session_id,coder\r\n" + "".join(f"s{at},{MODEL}\r\n" for at in (1, 2, 3)), encoding="utf-8"
    )
    run(
        "evaluate",
        "--reference",
        corpus,
        "--reference-coder",
        "ada",
        "--predicted",
        predicted,
        "--out",
        tmp_path / "evaluated",
        "--draws",
        "20",
        "--quiet",
    )
    assert (tmp_path / "evaluated" / "report.html").exists()
