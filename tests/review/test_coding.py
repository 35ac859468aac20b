"""Decisions: the log, its order, what is refused, what nobody may see."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from rupture_nlp.review.audit import read_audit
from rupture_nlp.review.coding import (
    MOST_AT_ONCE,
    advance,
    decide,
    finish,
    read_session,
    reopen,
    reveal,
)
from rupture_nlp.review.database import Store, open_store
from rupture_nlp.review.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    Present,
    RefusedError,
)
from rupture_nlp.review.state import read_log, read_state
from rupture_nlp.review.values import Decision, EpisodeValue, Kind, Mode, TurnValue
from rupture_nlp.schema import Rupture
from tests.review.made import (
    TURNS,
    MadeCoder,
    made_assignment,
    made_change,
    made_coder,
    made_project,
    ticking,
    withdrawal,
)


@pytest.fixture
def store(tmp_path: Path, store_url: str | None) -> Iterator[Store]:
    folder = made_project(tmp_path / "project", database=store_url)
    with open_store(folder, now=ticking()) as opened:
        yield opened


@pytest.fixture
def ada(store: Store) -> MadeCoder:
    return made_coder(store, "ada")


def log_of(store: Store, assignment: int) -> tuple[Decision, ...]:
    with store.read() as session:
        return read_log(session, assignment)


def test_a_decision_says_who_when_how_and_what_was_shown(store: Store, ada: MadeCoder) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    made = decide(store, blind.id, ada.coder, made_change(1, withdrawal("hm"), client_id="a"))
    assert made == log_of(store, blind.id)[0]
    assert (made.seq, made.kind, made.target, made.value) == (1, Kind.TURN, "1", withdrawal("hm"))
    assert (made.coder, made.mode, made.base, made.client_id) == ("ada", Mode.BLIND, 0, "a")
    assert made.at.tzinfo is not None
    assert not made.second_pass
    assert not made.suggestion_shown


def test_in_assisted_mode_the_suggestion_was_shown_where_there_is_one(
    store: Store, ada: MadeCoder
) -> None:
    assisted = made_assignment(store, "s1", "ada", Mode.ASSISTED)
    turn = decide(store, assisted.id, ada.coder, made_change(1, TurnValue()))
    rating = decide(store, assisted.id, ada.coder, made_change("resolution", 3))
    assert (turn.suggestion_shown, rating.suggestion_shown) == (True, True)


def test_a_change_that_comes_twice_is_recorded_once_also_after_finishing(
    store: Store, ada: MadeCoder
) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    change = made_change(1, withdrawal())
    first = decide(store, blind.id, ada.coder, change)
    assert decide(store, blind.id, ada.coder, change) == first
    finish(store, blind.id, ada.coder)
    assert decide(store, blind.id, ada.coder, change) == first
    assert len(log_of(store, blind.id)) == 1


def test_a_client_id_stands_for_one_change_alone(store: Store, ada: MadeCoder) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    decide(store, blind.id, ada.coder, made_change(1, withdrawal(), client_id="a"))
    with pytest.raises(RefusedError, match="client_id"):
        decide(store, blind.id, ada.coder, made_change(1, TurnValue(), client_id="a"))


def test_who_saw_an_older_state_is_told_what_holds_now(store: Store, ada: MadeCoder) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    decide(store, blind.id, ada.coder, made_change(3, TurnValue()))
    decide(store, blind.id, ada.coder, made_change(1, withdrawal()))
    with pytest.raises(ConflictError) as caught:
        decide(store, blind.id, ada.coder, made_change(1, TurnValue()))
    assert caught.value.current == Present(Kind.TURN, "1", withdrawal(), 2)
    with pytest.raises(ConflictError):  # a seq that is there, but another target's
        decide(store, blind.id, ada.coder, made_change(1, TurnValue(), base=1))
    assert decide(store, blind.id, ada.coder, made_change(1, TurnValue(), base=2)).seq == 3


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(
    store: Store, ada: MadeCoder
) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)

    def send(rating: int) -> bool:
        try:
            decide(store, blind.id, ada.coder, made_change("resolution", rating))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(5) as tabs:
        won = list(tabs.map(send, range(1, 6)))
    assert sum(won) == 1
    (kept,) = log_of(store, blind.id)
    assert kept.value == won.index(True) + 1


def test_what_was_taken_back_keeps_its_place_in_the_log(store: Store, ada: MadeCoder) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    decide(store, blind.id, ada.coder, made_change("e0000000a", EpisodeValue(1, 3)))
    decide(store, blind.id, ada.coder, made_change("e0000000a", None, base=1))
    view = read_session(store, blind.id, ada.coder)
    assert view.present == (Present(Kind.EPISODE, "e0000000a", None, 2),)
    assert [one.value for one in log_of(store, blind.id)] == [EpisodeValue(1, 3), None]


@pytest.mark.parametrize(
    ("target", "value", "field"),
    [
        (TURNS, TurnValue(), "target"),
        (TURNS - 1, TurnValue(), "turn"),  # the interpreter's
        (0, TurnValue(process="avoids"), "process"),
        (1, TurnValue(strategies=("redirects",)), "strategies"),
        (1, 3, "value"),
        ("resolution", 6, "rating"),
        ("resolution", TurnValue(), "value"),
        ("nothing", 3, "target"),
        ("e0000000a", EpisodeValue(3, 1), "episode"),
        ("e0000000a", EpisodeValue(3, TURNS), "episode"),
        ("e0000000a", EpisodeValue(TURNS - 1, TURNS - 1), "start"),
        ("e0000000a", 3, "value"),
    ],
)
def test_what_the_session_does_not_allow_is_refused_and_leaves_no_trace(
    store: Store,
    ada: MadeCoder,
    target: int | str,
    value: TurnValue | EpisodeValue | int,
    field: str,
) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    with pytest.raises(RefusedError, match=f"^{field}:"):
        decide(store, blind.id, ada.coder, made_change(target, value))
    assert log_of(store, blind.id) == ()


def test_episodes_of_one_coding_do_not_overlap(store: Store, ada: MadeCoder) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    decide(store, blind.id, ada.coder, made_change("e0000000a", EpisodeValue(1, 3)))
    with pytest.raises(RefusedError, match="overlaps"):
        decide(store, blind.id, ada.coder, made_change("e0000000b", EpisodeValue(3, 5)))
    decide(store, blind.id, ada.coder, made_change("e0000000b", EpisodeValue(4, 5)))
    with pytest.raises(RefusedError, match="overlaps"):
        decide(store, blind.id, ada.coder, made_change("e0000000a", EpisodeValue(1, 4), base=1))
    decide(store, blind.id, ada.coder, made_change("e0000000b", None, base=2))
    decide(store, blind.id, ada.coder, made_change("e0000000a", EpisodeValue(1, 4), base=1))


def test_another_coders_session_is_not_there(store: Store) -> None:
    made_coder(store, "ada")
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    others = (made_coder(store, "bo"), made_coder(store, "cy", lead=True))
    for other in others:
        for missing in (blind.id, 99):
            with pytest.raises(NotFoundError, match="not yours"):
                read_session(store, missing, other.coder)
            with pytest.raises(NotFoundError, match="not yours"):
                decide(store, missing, other.coder, made_change(1, TurnValue()))
            with pytest.raises(NotFoundError, match="not yours"):
                finish(store, missing, other.coder)


def test_a_blind_coder_sees_suggestions_only_after_finishing_and_asking(
    store: Store, ada: MadeCoder
) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    assert read_session(store, blind.id, ada.coder).suggestions is None
    with pytest.raises(ForbiddenError):
        reveal(store, blind.id, ada.coder)
    decide(store, blind.id, ada.coder, made_change(1, withdrawal()))
    finish(store, blind.id, ada.coder)
    assert read_session(store, blind.id, ada.coder).suggestions is None
    with pytest.raises(ForbiddenError, match="finished"):
        decide(store, blind.id, ada.coder, made_change(1, TurnValue(), base=1))
    reveal(store, blind.id, ada.coder)
    shown = read_session(store, blind.id, ada.coder).suggestions
    assert shown is not None
    assert (shown.model, shown.turns[1].value.rupture) == (
        "invented-model",
        Rupture.WITHDRAWAL_FROM_OTHER,
    )
    late = decide(store, blind.id, ada.coder, made_change(1, TurnValue(), base=1))
    assert (late.second_pass, late.suggestion_shown) == (True, True)
    with store.read() as session:
        (first,) = read_state(session, blind.id, first_pass_only=True)
        (last,) = read_state(session, blind.id)
    assert (first.value, last.value) == (withdrawal(), TurnValue())


def test_reveal_has_nothing_to_show_without_suggestions(tmp_path: Path) -> None:
    with open_store(made_project(tmp_path / "bare", suggestions=False)) as store:
        ada = made_coder(store, "ada")
        blind = made_assignment(store, "s1", "ada", Mode.BLIND)
        finish(store, blind.id, ada.coder)
        with pytest.raises(ForbiddenError, match="no suggestions"):
            reveal(store, blind.id, ada.coder)


def test_later_turns_of_a_progressive_session_are_neither_shown_nor_coded(
    store: Store, ada: MadeCoder
) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND, progressive=True)
    assert [t.position for t in read_session(store, blind.id, ada.coder).turns] == [0]
    with pytest.raises(RefusedError, match="open"):
        decide(store, blind.id, ada.coder, made_change(1, TurnValue()))
    with pytest.raises(ForbiddenError, match="to its end"):
        finish(store, blind.id, ada.coder)
    assert [t.position for t in advance(store, blind.id, ada.coder, 3)] == [1, 2]
    assert advance(store, blind.id, ada.coder, 2) == ()  # an older tab closes nothing
    with pytest.raises(RefusedError, match="episode"):
        decide(store, blind.id, ada.coder, made_change("e0000000a", EpisodeValue(1, 3)))
    decide(store, blind.id, ada.coder, made_change(1, withdrawal()))
    assert read_on(store, blind.id, ada) == list(range(3, TURNS))
    assert finish(store, blind.id, ada.coder).finished


def read_on(store: Store, assignment: int, coder: MadeCoder) -> list[int]:
    """Ask for everything until nothing more comes; the positions that were opened."""
    found: list[int] = []
    while turns := advance(store, assignment, coder.coder, 10**9):
        found += [turn.position for turn in turns]
    return found


def test_whoever_asks_for_the_last_turn_is_given_the_next_few(store: Store, ada: MadeCoder) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND, progressive=True)
    for first in (1, 1 + MOST_AT_ONCE):
        opened = advance(store, blind.id, ada.coder, TURNS)
        assert [turn.position for turn in opened] == list(range(first, first + MOST_AT_ONCE))
        assert len(read_session(store, blind.id, ada.coder).turns) == first + MOST_AT_ONCE
    assert 2 * MOST_AT_ONCE + 1 < TURNS


def test_only_a_lead_reopens_and_the_trail_keeps_it(store: Store, ada: MadeCoder) -> None:
    lead = made_coder(store, "lea", lead=True)
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    finish(store, blind.id, ada.coder)
    with pytest.raises(NotFoundError):
        reopen(store, blind.id, ada.coder)
    assert not reopen(store, blind.id, lead.coder).finished
    decide(store, blind.id, ada.coder, made_change(1, withdrawal()))
    finish(store, blind.id, ada.coder)
    reveal(store, blind.id, ada.coder)
    with pytest.raises(ForbiddenError, match="second pass"):
        reopen(store, blind.id, lead.coder)
    trail = [(e.actor, e.action) for e in read_audit(store) if "assignment " in e.object]
    assert trail == [("ada", "finish"), ("lea", "reopen"), ("ada", "finish"), ("ada", "reveal")]


CHANGES = {
    "sqlite": (
        "UPDATE {0} SET id = id",
        "DELETE FROM {0}",
        "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
    ),
    "postgresql": ("UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0}"),
}


@pytest.mark.parametrize("table", ["decisions", "audit"])
def test_the_database_itself_refuses_to_change_the_log(
    store: Store, ada: MadeCoder, table: str
) -> None:
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    decide(store, blind.id, ada.coder, made_change(1, withdrawal()))
    for statement in CHANGES[store.engine.dialect.name]:
        with store.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement.format(table)))


def test_no_error_holds_a_coders_words(store: Store, ada: MadeCoder) -> None:
    secret = "zebra" * 600
    blind = made_assignment(store, "s1", "ada", Mode.BLIND)
    hostile = [
        made_change(1, TurnValue(comment=secret)),
        made_change(1, TurnValue(process=secret)),
        made_change(1, TurnValue(comment="zebra\0")),
        made_change(1, TurnValue(comment="zebra\ud800")),
        made_change("zebra", 3),
        made_change(1, TurnValue(), client_id="zebra zebra"),
        made_change(1, TurnValue(), reason=secret),
    ]
    for change in hostile:
        with pytest.raises(RefusedError) as caught:
            decide(store, blind.id, ada.coder, change)
        assert "zebra" not in str(caught.value)
