"""Who codes what: by chance, by a list, adjudication; what coders and leads are told."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from rupture_nlp.review.adjudication import read_adjudication
from rupture_nlp.review.assignment import (
    AssignmentPlan,
    Task,
    assign,
    assign_adjudication,
    assign_listed,
)
from rupture_nlp.review.audit import read_audit
from rupture_nlp.review.coders import (
    add_coder,
    coder_of_token,
    coders_of,
    renew_token,
    set_active,
)
from rupture_nlp.review.coding import decide, finish, read_session, reopen
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.errors import ForbiddenError, NotFoundError, RefusedError
from rupture_nlp.review.progress import assignments_of, progress
from rupture_nlp.review.tables import CoderRow, SessionRow
from rupture_nlp.review.values import Mode
from tests.review.made import (
    MadeCoder,
    made_assignment,
    made_change,
    made_coder,
    made_project,
    made_transcripts,
    withdrawal,
)

SESSIONS = 12


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(made_project(tmp_path / "p", made_transcripts(SESSIONS))) as opened:
        yield opened


@pytest.fixture
def coders(store: Store) -> list[MadeCoder]:
    made_coder(store, "lea", lead=True)
    return [made_coder(store, name) for name in ("ada", "bo", "cy")]


@pytest.mark.usefixtures("coders")
def test_by_chance_every_session_is_dealt_to_those_who_are_no_leads(store: Store) -> None:
    made = assign(store, AssignmentPlan(blind_share=0.5, double_share=0.25, seed=3))
    per_session = Counter(one.session_id for one in made)
    assert len(per_session) == SESSIONS
    assert sorted(per_session.values()) == [1] * 9 + [2] * 3
    assert {one.coder for one in made} == {"ada", "bo", "cy"}
    assert all(one.by_chance for one in made)
    assert all(one.progressive is (one.mode is Mode.BLIND) for one in made)
    doubled = [one for one in made if per_session[one.session_id] == 2]
    assert {one.mode for one in doubled} == {Mode.BLIND}
    assert {one.mode for one in made} == {Mode.BLIND, Mode.ASSISTED}


@pytest.mark.usefixtures("coders")
def test_what_was_dealt_is_not_dealt_again(store: Store) -> None:
    first = assign(store, AssignmentPlan(share=0.5, coders=("ada",)))
    second = assign(store, AssignmentPlan(coders=("bo",)))
    assert (len(first), len(second)) == (6, 6)
    assert len({one.session_id for one in (*first, *second)}) == SESSIONS
    with pytest.raises(RefusedError, match="every one has a coder"):
        assign(store, AssignmentPlan())
    with pytest.raises(RefusedError, match="some have coders"):
        assign(store, AssignmentPlan(sessions=("s1",)))


@pytest.mark.usefixtures("coders")
@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        (AssignmentPlan(share=1.5), "shares"),
        (AssignmentPlan(coders=("ada",), double_share=0.5), "two coders"),
        (AssignmentPlan(coders=("nobody",)), "these coders"),
        (AssignmentPlan(sessions=("nothing",)), "these sessions"),
    ],
)
def test_a_plan_that_cannot_be_done_leaves_nothing(
    store: Store, plan: AssignmentPlan, problem: str
) -> None:
    with pytest.raises((RefusedError, NotFoundError), match=problem):
        assign(store, plan)
    assert progress(store) == ()


def test_assisted_sessions_need_suggestions(tmp_path: Path) -> None:
    with open_store(made_project(tmp_path / "bare", suggestions=False)) as store:
        made_coder(store, "ada")
        with pytest.raises(RefusedError, match="suggestions"):
            assign(store, AssignmentPlan(blind_share=0.5))
        listed = [Task("s1", "ada", Mode.ASSISTED, "who.csv, row 4")]
        with pytest.raises(RefusedError, match=r"^who\.csv, row 4: there are no sug"):
            assign_listed(store, listed)
        (made,) = assign_listed(store, listed, coded_elsewhere=True)
        assert made.mode is Mode.ASSISTED


@pytest.mark.usefixtures("coders")
def test_a_list_is_taken_whole_or_not_at_all(store: Store) -> None:
    good = Task("s1", "ada", Mode.BLIND)
    assert [one.by_chance for one in assign_listed(store, [good])] == [False]
    bad = [
        Task("s2", "ada", Mode.BLIND, "row 2"),
        Task("s1", "ada", Mode.ASSISTED, "row 3"),
        Task("s2", "ada", Mode.ASSISTED, "row 5"),
        Task("s3", "bo", Mode.ADJUDICATION, "row 6"),
        Task("nothing", "bo", Mode.BLIND, "row 7"),
        Task("s3", "zebra", Mode.BLIND, "row 8"),
    ]
    with pytest.raises(RefusedError) as caught:
        assign_listed(store, bad)
    assert caught.value.problems == (
        "row 3: the coder has this session already",
        "row 5: the list has this session and coder twice",
        "row 6: blind or assisted",
        "row 7: the project has no such session",
        "row 8: there is no active coder of this name",
    )
    assert len(progress(store)) == 1


def settled(store: Store, *coders: MadeCoder) -> None:
    for one in coders:
        made = made_assignment(store, "s1", one.coder.name, Mode.BLIND)
        finish(store, made.id, one.coder)


def test_adjudication_waits_for_two_who_have_finished(
    store: Store, coders: list[MadeCoder]
) -> None:
    settled(store, coders[0])
    with pytest.raises(RefusedError, match="two coders"):
        assign_adjudication(store, "lea", ["s1"])
    assert assign_adjudication(store, "lea") == ()
    settled(store, coders[1])
    (made,) = assign_adjudication(store, "lea")
    assert (made.session_id, made.mode, made.coder) == ("s1", Mode.ADJUDICATION, "lea")
    with pytest.raises(RefusedError, match="nobody adjudicates"):
        assign_adjudication(store, "lea", ["s1"])
    with pytest.raises(RefusedError, match="lead"):
        assign_adjudication(store, "ada")


def test_any_lead_may_adjudicate_unless_their_own_coding_is_open(
    store: Store, coders: list[MadeCoder]
) -> None:
    settled(store, *coders[:2])
    (made,) = assign_adjudication(store, "lea")
    max_, ned = made_coder(store, "max", lead=True), made_coder(store, "ned", lead=True)
    open_one = made_assignment(store, "s1", "ned", Mode.BLIND)
    assert decide(store, made.id, max_.coder, made_change(1, withdrawal())).coder == "max"
    with pytest.raises(ForbiddenError, match="your own coding"):
        read_session(store, made.id, ned.coder)
    finish(store, open_one.id, ned.coder)
    view = read_session(store, made.id, ned.coder)
    assert view.suggestions is None  # the page shows the model among the coders, unnamed
    with pytest.raises(NotFoundError):
        read_session(store, made.id, coders[0].coder)
    with pytest.raises(ForbiddenError, match="adjudicated"):
        reopen(store, open_one.id, max_.coder)


def test_a_lead_who_saw_the_codings_of_a_session_is_not_given_it_to_code(
    store: Store, coders: list[MadeCoder]
) -> None:
    settled(store, *coders[:2])
    (made,) = assign_adjudication(store, "lea")
    looked, decided = made_coder(store, "max", lead=True), made_coder(store, "ned", lead=True)
    other = made_coder(store, "una", lead=True)
    read_adjudication(store, made.id, looked.coder)
    read_adjudication(store, made.id, looked.coder)
    decide(store, made.id, decided.coder, made_change(1, withdrawal()))
    for name in ("max", "ned"):
        with pytest.raises(RefusedError, match="has seen how others coded it"):
            assign_listed(store, [Task("s1", name, Mode.BLIND)])
        with pytest.raises(RefusedError, match="some have coders"):
            assign(store, AssignmentPlan(coders=(name,), sessions=("s1",)))
        assign_listed(store, [Task("s2", name, Mode.BLIND)])
    read_session(store, made.id, other.coder)  # the page of a session shows decisions, too
    with pytest.raises(RefusedError, match="has seen"):
        assign_listed(store, [Task("s1", "una", Mode.ASSISTED)])
    made_assignment(store, "s1", "lea", Mode.BLIND)  # named for it, and never looked
    opened = [one for one in read_audit(store) if one.action == "open"]
    assert [(one.actor, one.object) for one in opened] == [
        ("max", f"assignment {made.id}"),
        ("una", f"assignment {made.id}"),
    ]


def test_coders_see_their_own_list_in_the_projects_order(
    store: Store, coders: list[MadeCoder]
) -> None:
    assign(store, AssignmentPlan(blind_share=0.5, seed=1))
    with store.read() as session:
        order = list(session.scalars(select(SessionRow.session_id).order_by(SessionRow.position)))
    everyone = progress(store)
    assert [one.assignment.session_id for one in everyone] == order
    ada = assignments_of(store, coders[0].coder)
    assert ada == tuple(one for one in everyone if one.assignment.coder == "ada")
    assert (ada[0].turns_decided, ada[0].decisions, ada[0].last_at) == (0, 0, None)


def test_progress_counts_turns_and_decisions(store: Store, coders: list[MadeCoder]) -> None:
    ada = coders[0].coder
    made = made_assignment(store, "s1", "ada", Mode.ASSISTED)
    first = decide(store, made.id, ada, made_change(1, withdrawal()))
    decide(store, made.id, ada, made_change(1, None, base=first.seq))
    last = decide(store, made.id, ada, made_change("resolution", 2))
    (row,) = assignments_of(store, ada)
    assert (row.turns_decided, row.decisions, row.last_at) == (1, 3, last.at)


def test_adjudications_stand_on_every_leads_list(store: Store, coders: list[MadeCoder]) -> None:
    settled(store, *coders[:2])
    assign_adjudication(store, "lea")
    max_ = made_coder(store, "max", lead=True)
    (row,) = assignments_of(store, max_.coder)
    assert row.assignment.mode is Mode.ADJUDICATION
    assert assignments_of(store, coders[2].coder) == ()


# Coders


def test_a_token_opens_for_its_coder_alone_and_is_kept_nowhere(store: Store) -> None:
    token = add_coder(store, " ada ")
    found = coder_of_token(store, token)
    assert found is not None
    assert (found.name, found.lead) == ("ada", False)
    assert coder_of_token(store, token[:-1]) is None
    assert coder_of_token(store, "\ud800") is None
    with store.read() as session:
        assert token not in set(session.scalars(select(CoderRow.token_sha256)))


def test_a_new_link_ends_the_old_one(store: Store) -> None:
    old = add_coder(store, "ada")
    new = renew_token(store, "ada")
    assert coder_of_token(store, old) is None
    assert coder_of_token(store, new) is not None
    with pytest.raises(NotFoundError):
        renew_token(store, "nobody")


def test_a_coder_who_was_shut_out_cannot_enter_or_be_given_work(store: Store) -> None:
    made = made_coder(store, "ada")
    set_active(store, "ada", active=False)
    assert coder_of_token(store, made.token) is None
    assert [one.active for one in coders_of(store)] == [False]
    with pytest.raises(NotFoundError):
        assign(store, AssignmentPlan(coders=("ada",)))


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 65, "a\nb", "Ada", "gold", "Invented-Model", "bo-second", "Bo-SECOND"],
)
def test_names_that_would_be_mistaken_in_exported_codes_are_refused(
    store: Store, name: str
) -> None:
    add_coder(store, "ada")
    with pytest.raises(RefusedError, match="name:"):
        add_coder(store, name)


def test_the_trail_says_what_was_done_and_no_token(store: Store, coders: list[MadeCoder]) -> None:
    assign(store, AssignmentPlan(seed=5))
    trail = read_audit(store)
    assert [one.action for one in trail] == ["add-sessions", *["add-coder"] * 4, "assign"]
    assert trail[-1].object == "12 assignments"
    assert "seed 5" in trail[-1].detail
    written = " ".join(f"{one.object} {one.detail}" for one in trail)
    assert not any(coder.token in written for coder in coders)
    assert "words of" not in written
