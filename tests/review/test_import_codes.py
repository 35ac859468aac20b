"""Codes that come in: round trips, nothing overwritten, nothing dropped silently."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from rupture_nlp.errors import CorpusError
from rupture_nlp.review.adjudication import read_adjudication
from rupture_nlp.review.assignment import assign_adjudication
from rupture_nlp.review.audit import read_audit
from rupture_nlp.review.coders import coders_of
from rupture_nlp.review.coding import decide, finish, read_session
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.errors import ReviewError
from rupture_nlp.review.export import ExportOptions, Format, export_corpus
from rupture_nlp.review.folder import Project
from rupture_nlp.review.gathering import gather
from rupture_nlp.review.import_codes import ImportOptions, import_codes, read_codings
from rupture_nlp.review.projects import Material, init_project
from rupture_nlp.review.transfer import Incoming, count_notes
from rupture_nlp.review.values import Mode, TurnValue
from rupture_nlp.schema import (
    GOLD,
    CodedSession,
    Ratings,
    Rupture,
    SessionCoding,
    UtteranceCode,
)
from tests.review.codings import coded_sessions
from tests.review.made import (
    made_assignment,
    made_change,
    made_coder,
    made_project,
    made_transcripts,
    ticking,
    withdrawal,
)
from tests.review.test_export import code_session

ASSISTED = ImportOptions(mode=Mode.ASSISTED)
FILES = {Format.CORPUS: "", Format.LABEL_STUDIO: "tasks.json", Format.CSV: "coding.csv"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project takes many syncs; each test gets a copy."""
    return made_project(tmp_path_factory.mktemp("made") / "project")


@pytest.fixture
def empty(template: Path, tmp_path: Path) -> Callable[[str], Store]:
    """Another project with the same sessions, nobody in it."""

    def make(name: str) -> Store:
        return open_store(shutil.copytree(template, tmp_path / name), now=ticking())

    return make


@pytest.fixture
def store(empty: Callable[[str], Store]) -> Iterator[Store]:
    with empty("project") as opened:
        yield opened


def codings(store: Store) -> dict[tuple[str, str], SessionCoding]:
    gathered = gather(store, second_pass=False, suggestions=False)
    return {(one.session_id, one.coder): one for s in gathered.sessions for one in s.codings}


def session_of(coding: SessionCoding) -> CodedSession:
    """The made session of this coding's name, with this coding alone."""
    transcripts = {one.session_id: one for one in made_transcripts()}
    return CodedSession(transcripts[coding.session_id], (coding,), "g")


def reasons(store: Store, *sessions: CodedSession, options: ImportOptions = ASSISTED) -> list[str]:
    made = import_codes(store, Incoming(sessions), options)
    return [note.reason for note in made.notes]


def blank(session_id: str = "s1", coder: str = "ada") -> SessionCoding:
    """Finished, everything `none`."""
    transcript = next(one for one in made_transcripts() if one.session_id == session_id)
    codes = [UtteranceCode(turn.utterance_id) for turn in transcript.utterances]
    return SessionCoding(session_id, coder, (*codes[:-1], None))


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("with_text", [False, True])
def test_what_one_project_writes_another_takes_in(
    form: Format, with_text: bool, store: Store, empty: Callable[[str], Store], tmp_path: Path
) -> None:
    ada, ben = made_coder(store, "ada"), made_coder(store, "ben")
    finish(store, code_session(store, "s1", ada), ada.coder)
    code_session(store, "s2", ben, Mode.ASSISTED)
    export_corpus(store, tmp_path / "out", ExportOptions(form, with_text=with_text))
    read = read_codings(tmp_path / "out" / FILES[form])
    assert read_codings(tmp_path / "out") == read  # or the folder
    with empty("other") as other:
        made = import_codes(other, read)
        assert (made.codings, made.finished, made.notes) == (2, 1, ())
        assert sorted(made.new_coders) == ["ada", "ben"]
        assert codings(other) == codings(store)
        assert {one.mode for one in codings(other)["s1", "ada"].codes if one and one.mode} == {
            "blind"
        }
        again = import_codes(other, read)
        assert (again.decisions, again.finished, again.new_coders, again.notes) == (0, 0, (), ())
        assert again.unchanged == made.decisions
        assert codings(other) == codings(store)


def test_both_databases_take_the_same(tmp_path: Path, store_url: str | None) -> None:
    project = made_project(tmp_path / "project", database=store_url)
    with open_store(project, now=ticking()) as store:
        assert reasons(store, session_of(blank())) == []
        assert codings(store)["s1", "ada"].complete


def test_whatever_coders_decided_comes_back_from_every_format(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    @settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
    @given(coded_sessions())
    def holds(sessions: tuple[CodedSession, ...]) -> None:
        folder = tmp_path_factory.mktemp("p")
        transcripts = [session.transcript for session in sessions]
        usable = [
            one for one in transcripts if {u.speaker.value for u in one.utterances} != {"other"}
        ]
        if len(usable) < len(transcripts) or len({t.text_hash() for t in usable}) < len(usable):
            return  # no project takes these
        init_project(Project(folder / "p", "p", 1), Material(transcripts))
        with open_store(folder / "p") as store:
            blind = [
                replace(session, codings=tuple(map(_as_blind, session.codings)))
                for session in sessions
            ]
            made = import_codes(store, Incoming(tuple(blind)), ImportOptions(mode=Mode.BLIND))
            assert made.notes == ()
            held = codings(store)
            for session in blind:
                for coding in session.codings:
                    if any(coding.codes) or coding.complete:
                        assert held[coding.session_id, coding.coder].codes == coding.codes

    holds()


def _as_blind(coding: SessionCoding) -> SessionCoding:
    """The project of this test has no suggestions, so nobody coded with them."""
    codes = (code and (replace(code, mode="blind") if code.mode else code) for code in coding.codes)
    return replace(coding, codes=tuple(codes))


def test_a_coding_that_says_no_mode_needs_to_be_told_one(store: Store) -> None:
    with pytest.raises(ReviewError, match=r"1 coding does not say .* --mode blind"):
        import_codes(store, Incoming((session_of(blank()),)))
    assert coders_of(store) == ()
    assert reasons(store, session_of(blank())) == []


def test_a_coding_without_a_coder_needs_to_be_told_one(store: Store) -> None:
    nobody = session_of(blank(coder=""))
    with pytest.raises(ReviewError, match="--coder =NAME"):
        import_codes(store, Incoming((nobody,)), ASSISTED)
    assert reasons(store, nobody, options=ImportOptions({"": "ada"}, Mode.BLIND)) == []
    assert list(codings(store)) == [("s1", "ada")]


def test_coders_can_be_chosen_and_renamed_and_the_others_are_told(store: Store) -> None:
    session = session_of(blank())
    both = replace(session, codings=(blank(), blank(coder="ben")))
    options = ImportOptions({"ben": "benjamin"}, Mode.BLIND)
    assert reasons(store, both, options=options) == ["a coder that was not asked for: left out"]
    assert list(codings(store)) == [("s1", "benjamin")]


def test_what_follows_from_others_is_left_out_and_told(store: Store) -> None:
    session = session_of(blank())
    second = blank(coder="ada-second")
    given = replace(session, codings=(blank(), second, blank(coder=GOLD)))
    found = reasons(store, given)
    assert [reason.split(",")[0] for reason in found] == ["a second pass", "adjudicated codes"]
    assert list(codings(store)) == [("s1", "ada")]


def test_a_session_of_another_project_is_left_out_and_told(store: Store) -> None:
    session = session_of(blank())
    other = replace(session, transcript=replace(session.transcript, session_id="x"))
    other = replace(other, codings=(replace(blank(), session_id="x"),))
    (reason,) = reasons(store, other)
    assert reason.endswith("left out")
    assert codings(store) == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"utterance_id": "elsewhere"}, "the project's session does not have"),
        ({"text": "other words"}, "other words than in the project"),
        ({"speaker": "therapist"}, "another speaker than in the project"),
    ],
)
def test_a_turn_that_is_not_the_project_s_takes_no_code(
    changes: dict[str, str], reason: str, store: Store
) -> None:
    session = session_of(blank())
    turns = list(session.transcript.utterances)
    turns[1] = replace(turns[1], **changes)  # type: ignore[arg-type]  # one field
    changed = replace(session, transcript=replace(session.transcript, utterances=tuple(turns)))
    found = reasons(store, changed)
    assert any(reason in one for one in found)
    assert any("not finished in the project" in one for one in found)
    coding = codings(store)["s1", "ada"]
    assert not coding.complete
    assert (coding.codes[1], coding.codes[0]) == (None, UtteranceCode("u0", mode="assisted"))


def test_white_space_and_missing_words_are_no_difference(store: Store) -> None:
    session = session_of(blank())
    turns = [
        replace(turn, text=turn.text.replace(" ", "\n  ") if at % 2 else "")
        for at, turn in enumerate(session.transcript.utterances)
    ]
    changed = replace(session, transcript=replace(session.transcript, utterances=tuple(turns)))
    assert reasons(store, changed) == []


def test_what_the_project_holds_is_kept_and_the_difference_told(store: Store) -> None:
    ada = made_coder(store, "ada")
    given = made_assignment(store, "s1", "ada", Mode.ASSISTED)
    decide(store, given.id, ada.coder, made_change(1, withdrawal()))
    decide(store, given.id, ada.coder, made_change(3, TurnValue(process="avoids")))
    codes = list(blank().codes)
    codes[1] = UtteranceCode("u1", Rupture.WITHDRAWAL_FROM_SELF, intensity=1)
    found = reasons(store, session_of(replace(blank(), codes=tuple(codes))))
    assert sorted(found) == [
        "decided in the project, not in the file: kept",
        "decided otherwise in the project: kept as it is there",
    ]
    coding = codings(store)["s1", "ada"]
    assert not coding.complete  # somebody has to look first
    assert coding.codes[1] == replace(
        UtteranceCode("u1", Rupture.WITHDRAWAL_FROM_OTHER, mode="assisted"),
        intensity=2,
        markers=("minimal_response",),
    )


def test_a_finished_session_takes_nothing_more(store: Store) -> None:
    ada = made_coder(store, "ada")
    given = made_assignment(store, "s1", "ada", Mode.ASSISTED)
    finish(store, given.id, ada.coder)
    codes = list(blank().codes)
    codes[1] = UtteranceCode("u1", Rupture.WITHDRAWAL_FROM_SELF, intensity=1)
    found = reasons(store, session_of(replace(blank(), codes=tuple(codes))))
    assert found == ["the coder has finished this session in the project: left out"]


def test_a_coder_who_has_the_session_in_another_mode_keeps_it(store: Store) -> None:
    ada = made_coder(store, "ada")
    given = made_assignment(store, "s1", "ada", Mode.BLIND)
    assert reasons(store, session_of(blank())) == [
        "the coder has this session in another mode: left out"
    ]
    assert read_session(store, given.id, ada.coder).present == ()


def test_assisted_codes_come_in_also_where_the_project_has_no_suggestions(tmp_path: Path) -> None:
    with open_store(made_project(tmp_path / "bare", suggestions=False), now=ticking()) as store:
        assert reasons(store, session_of(blank())) == []
        coding = codings(store)["s1", "ada"]
        assert coding.complete
        assert {one.mode for one in coding.codes if one and one.mode} == {"assisted"}


def test_no_first_pass_of_a_lead_comes_in_who_saw_how_others_coded(store: Store) -> None:
    for name in ("ada", "ben"):
        assert reasons(store, session_of(blank(coder=name))) == []
    lea = made_coder(store, "lea", lead=True)
    (made,) = assign_adjudication(store, "lea")
    read_adjudication(store, made.id, lea.coder)
    (reason,) = reasons(store, session_of(blank(coder="lea")))
    assert "has seen how others coded it: left out" in reason


def test_a_coder_that_no_file_has_is_refused_and_nothing_is_taken_in(store: Store) -> None:
    session = session_of(blank())
    options = ImportOptions({"ada": "ada", "zebra": "zebra"}, Mode.BLIND)
    with pytest.raises(ReviewError, match="no coding by the coder given as number 2") as caught:
        import_codes(store, Incoming((session,)), options)
    assert "zebra" not in str(caught.value)
    assert coders_of(store) == ()


def test_a_second_pass_is_told_by_its_name_also_alone(store: Store) -> None:
    found = reasons(store, session_of(blank(coder="ada-second")))
    assert [reason.split(",")[0] for reason in found] == ["a second pass"]
    assert coders_of(store) == ()


def test_nobody_who_reads_forward_is_shown_later_turns_by_an_import(store: Store) -> None:
    made_coder(store, "ada")
    made_assignment(store, "s1", "ada", Mode.BLIND, progressive=True)
    options = ImportOptions(mode=Mode.BLIND)
    assert reasons(store, session_of(blank()), options=options) == [
        "the coder is reading this session now: left out"
    ]


def test_codes_of_several_modes_in_one_session_are_left_out(store: Store) -> None:
    codes = list(blank().codes)
    codes[0] = UtteranceCode("u0", mode="blind")
    codes[1] = UtteranceCode("u1", mode="assisted")
    found = reasons(store, session_of(replace(blank(), codes=tuple(codes))))
    assert found == ["a session coded in several modes: left out"]


def test_fields_that_nobody_coded_are_told_since_a_project_cannot_say_so(store: Store) -> None:
    coding = replace(blank(), fields=blank().fields - {"strategies", "episodes"})
    assert reasons(store, session_of(coding)) == [
        "strategies was not coded, which a project cannot say: counts as coded"
    ]


def test_a_mean_of_ratings_is_told(store: Store) -> None:
    coding = replace(blank(), ratings=Ratings(1, 2.5))
    assert reasons(store, session_of(coding)) == ["a session rating that is no whole number"]


def test_codes_that_break_a_rule_are_told_and_never_quoted(store: Store) -> None:
    codes = list(blank().codes)
    codes[0] = UtteranceCode("u0", process="the heron at the lock")
    made = import_codes(
        store, Incoming((session_of(replace(blank(), codes=tuple(codes))),)), ASSISTED
    )
    assert "process: only on a patient's turn: the turn is left out" in dict(
        count_notes(made.notes)
    )
    assert "heron" not in str(made.notes)
    assert not codings(store)["s1", "ada"].complete


def test_the_audit_trail_counts_what_came_in(store: Store) -> None:
    reasons(store, session_of(blank()))
    entry = read_audit(store)[-1]
    assert (entry.action, entry.detail) == ("import", "0 decisions, 0 there already, 0 notes")


@pytest.mark.parametrize("name", ["coding.txt", "nothing"])
def test_another_kind_of_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("[]", encoding="utf-8")
    with pytest.raises(CorpusError, match="corpus folder"):
        read_codings(tmp_path / name)
