"""Settling disagreements: what is in dispute, what a decision changes, what nobody is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rupture_nlp.review.access import find_assignment
from rupture_nlp.review.adjudication import (
    Adjudication,
    Gold,
    Item,
    Option,
    Standing,
    read_adjudication,
    read_gold,
)
from rupture_nlp.review.adjudication_items import draw_columns
from rupture_nlp.review.agreement import read_agreement
from rupture_nlp.review.coding import decide, finish, reopen
from rupture_nlp.review.errors import ForbiddenError, NotFoundError, RefusedError
from rupture_nlp.review.first_pass import Coding
from rupture_nlp.review.leaning import read_leaning
from rupture_nlp.review.studied import state_key
from rupture_nlp.review.values import EpisodeValue, Kind, Mode, TurnValue, Value
from tests.review.judged import ATTACK, AWAY, COMMENT, Judged, code, copy_judged, open_judged
from tests.review.made import made_assignment, made_change, made_coder, withdrawal

NONE = TurnValue()
WHY = "rule 2: it keeps the therapist out"


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Made once; every test works on a copy."""
    made = open_judged(tmp_path_factory.mktemp("master") / "project")
    made.store.close()
    return made


@pytest.fixture
def judged(master: Judged, tmp_path: Path) -> Iterator[Judged]:
    made = copy_judged(master, tmp_path / "project")
    with made.store:
        yield made


def view(judged: Judged) -> Adjudication:
    return read_adjudication(judged.store, judged.assignment, judged.lena.coder)


def item(judged: Judged, target: int | str) -> Item:
    return next(one for one in view(judged).items if one.target == str(target))


def episodes(judged: Judged, standing: Standing) -> list[Item]:
    items = view(judged).items
    return [one for one in items if one.kind is Kind.EPISODE and one.standing is standing]


def settle(
    judged: Judged, target: int | str, value: Value | None, reason: str | None = WHY
) -> None:
    known = [one.seq for one in view(judged).items if one.target == str(target)]
    change = made_change(target, value, known[0] if known else 0, reason=reason)
    decide(judged.store, judged.assignment, judged.lena.coder, change)


def settle_all(judged: Judged) -> None:
    for one in view(judged).items:
        if one.open:
            target = int(one.target) if one.kind is Kind.TURN else one.target
            settle(judged, target, one.options[0].value)


def gold(judged: Judged) -> Gold:
    with judged.store.read() as session:
        found = find_assignment(session, judged.assignment)
        assert found is not None
        return read_gold(session, found)


def test_how_every_turn_stands(judged: Judged) -> None:
    turns = [one for one in view(judged).items if one.kind is Kind.TURN]
    assert [one.target for one in turns] == [str(place) for place in range(11)]  # not the other's
    standings = {one.target: one.standing for one in turns if one.standing is not Standing.AGREED}
    assert standings == {"5": Standing.DISPUTED, "7": Standing.DETAILS}
    assert turns[1].agreed == withdrawal()
    assert turns[7].agreed == TurnValue(AWAY.rupture, intensity=1)
    assert turns[5].agreed is None
    # The model alone saw a strategy and a return: the coders agree, so it is no dispute.
    assert turns[2].agreed == NONE
    assert turns[2].options == ()


def test_every_column_stands_beside_a_disputed_turn_the_model_too(judged: Judged) -> None:
    options = item(judged, 5).options
    assert [one.label for one in options] == ["A", "B", "C"]
    silent = TurnValue(AWAY.rupture, intensity=1)
    assert {one.value for one in options} == {ATTACK, silent, NONE}


def test_comments_stand_by_themselves_and_not_in_a_column(judged: Judged) -> None:
    found = item(judged, 5)
    assert found.remarks == (COMMENT,)
    values = [one.value for one in found.options]
    assert all(isinstance(value, TurnValue) and value.comment is None for value in values)


def test_details_are_picked_without_columns_and_without_the_models_other_code(
    judged: Judged,
) -> None:
    options = item(judged, 7).options
    assert [one.label for one in options] == ["1", "2"]
    assert {one.value for one in options} == {
        AWAY,
        TurnValue(AWAY.rupture, intensity=1, markers=("denial",)),
    }


def test_columns_stand_in_an_order_by_chance_that_stays(master: Judged, tmp_path: Path) -> None:
    first, again = (copy_judged(master, tmp_path / name) for name in ("one", "two"))
    with first.store, again.store:
        assert item(first, 5).options == item(again, 5).options
    orders = {_order_of(session_id) for session_id in "abcdefgh"}
    assert len(orders) > 1
    # The model is not always the last one, nor the first.
    assert {order[-1] for order in orders} == {"A", "B", "C"}


def _order_of(session_id: str) -> tuple[str, ...]:
    columns = draw_columns((1, session_id), {4: Coding(), 9: Coding()}, Coding())
    assert [one.assignment for one in columns] == [4, 9, None]
    return tuple(one.label for one in columns)


def test_without_suggestions_there_are_the_coders_columns_only(tmp_path: Path) -> None:
    made = open_judged(tmp_path / "project", suggestions=False)
    with made.store:
        assert view(made).columns == ("A", "B")
        assert len(item(made, 5).options) == 2


def test_episodes_are_matched_by_overlap(judged: Judged) -> None:
    # 1-4 and 1-5 share 4 of 5 turns; the model's 1-3 goes with them; nobody but Ada has 7-8.
    (common,) = episodes(judged, Standing.DETAILS)
    assert common.agreed == EpisodeValue(1, 4, 2, 3)
    assert {one.value for one in common.options} == {
        EpisodeValue(1, 4, 2, 4),
        EpisodeValue(1, 5, 2, 3),
        EpisodeValue(1, 3, 2, 4),
    }
    (alone,) = episodes(judged, Standing.DISPUTED)
    assert sorted(str(one.value) for one in alone.options) == sorted(
        [str(EpisodeValue(7, 8)), "None", "None"]
    )


def test_ratings_that_differ_are_in_dispute_and_the_models_are_whole_numbers(
    judged: Judged,
) -> None:
    found = {one.target: one for one in view(judged).items if one.kind is Kind.RATING}
    assert found["withdrawal_impact"].standing is Standing.AGREED
    assert found["withdrawal_impact"].agreed == 3
    assert found["therapist_contribution"].standing is Standing.AGREED
    assert found["therapist_contribution"].agreed is None
    assert found["resolution"].standing is Standing.DISPUTED
    assert sorted(str(one.value) for one in found["resolution"].options) == ["2", "4", "4"]


def test_a_dispute_is_open_until_it_is_decided_with_a_reason(judged: Judged) -> None:
    assert view(judged).open == 3  # turn 5, episode 7-8, the rating of resolution
    settle(judged, 5, ATTACK, reason=None)
    assert view(judged).open == 3
    settle(judged, 5, ATTACK, reason="   ")
    assert view(judged).open == 3
    settle(judged, 5, ATTACK)
    assert view(judged).open == 2
    assert (item(judged, 5).final, item(judged, 5).reason) == (ATTACK, WHY)


def test_a_turns_decision_that_is_taken_back_opens_the_dispute_again(judged: Judged) -> None:
    settle(judged, 5, ATTACK)
    settle(judged, 5, None)
    found = item(judged, 5)
    assert (found.open, found.decided, found.reason, found.seq) == (True, False, None, 2)


def test_that_there_is_no_episode_is_a_decision(judged: Judged) -> None:
    (alone,) = episodes(judged, Standing.DISPUTED)
    settle(judged, alone.target, None)
    (decided,) = episodes(judged, Standing.DISPUTED)
    assert (decided.open, decided.final) == (False, None)


def test_finishing_is_refused_while_disputes_are_open(judged: Judged) -> None:
    with pytest.raises(ForbiddenError, match="3 disputes are open"):
        finish(judged.store, judged.assignment, judged.lena.coder)
    settle(judged, 5, ATTACK)
    settle(judged, "resolution", 4)
    with pytest.raises(ForbiddenError, match="1 dispute is open"):
        finish(judged.store, judged.assignment, judged.lena.coder)
    settle_all(judged)
    assert finish(judged.store, judged.assignment, judged.lena.coder).finished


def test_what_holds_is_the_decision_else_what_the_coders_agree_on(judged: Judged) -> None:
    settle(judged, 5, ATTACK)
    settle(judged, 3, TurnValue(process="re_engages"))  # both had overlooked it
    settle(judged, "resolution", None)
    (alone,) = episodes(judged, Standing.DISPUTED)
    settle(judged, alone.target, None)
    finish(judged.store, judged.assignment, judged.lena.coder)
    found = gold(judged)
    assert found.turns == (
        NONE,
        withdrawal(),
        NONE,
        TurnValue(process="re_engages"),
        NONE,
        ATTACK,
        NONE,
        TurnValue(AWAY.rupture, intensity=1),
        NONE,
        NONE,
        NONE,
        None,
    )
    assert found.episodes == (EpisodeValue(1, 4, 2, 3),)
    assert found.ratings == (
        ("withdrawal_impact", 3),
        ("confrontation_impact", None),
        ("resolution", None),
        ("therapist_contribution", None),
    )


def test_there_is_no_gold_before_the_end(judged: Judged) -> None:
    with pytest.raises(ForbiddenError):
        gold(judged)


def test_an_agreed_episode_gives_way_to_a_decided_one_that_it_meets(judged: Judged) -> None:
    settle(judged, "e12345678", EpisodeValue(4, 6))
    (added,) = episodes(judged, Standing.ADDED)
    assert (added.open, added.final) == (False, EpisodeValue(4, 6))
    assert episodes(judged, Standing.DETAILS) == []
    met = next(one for one in episodes(judged, Standing.DISPUTED) if len(one.options) == 4)
    assert met.agreed is None
    assert met.options[-1] == Option("0", None)
    settle(judged, met.target, None)
    settle_all(judged)
    finish(judged.store, judged.assignment, judged.lena.coder)
    assert EpisodeValue(4, 6) in gold(judged).episodes
    assert EpisodeValue(1, 4, 2, 3) not in gold(judged).episodes


def test_two_decided_episodes_never_overlap(judged: Judged) -> None:
    settle(judged, "e12345678", EpisodeValue(4, 6))
    with pytest.raises(RefusedError, match="overlaps"):
        settle(judged, "e87654321", EpisodeValue(6, 7))


def test_an_added_episode_that_is_taken_back_is_gone(judged: Judged) -> None:
    settle(judged, "e12345678", EpisodeValue(9, 10))
    settle(judged, "e12345678", None)
    assert episodes(judged, Standing.ADDED) == []


def test_a_coder_who_is_no_lead_sees_no_adjudication(judged: Judged) -> None:
    with pytest.raises(NotFoundError):
        read_adjudication(judged.store, judged.assignment, judged.ada.coder)


def test_a_coding_assignment_is_no_adjudication(judged: Judged) -> None:
    own = made_assignment(judged.store, "s2", "lena", Mode.BLIND)
    with pytest.raises(NotFoundError):
        read_adjudication(judged.store, own.id, judged.lena.coder)


def test_a_lead_who_still_codes_the_session_may_not_look(judged: Judged) -> None:
    made_assignment(judged.store, "s1", "lena", Mode.BLIND)
    with pytest.raises(ForbiddenError, match="finish your own coding"):
        view(judged)


def test_whoever_is_not_finished_is_counted_and_not_shown(judged: Judged) -> None:
    made_coder(judged.store, "cleo")
    made_assignment(judged.store, "s1", "cleo", Mode.BLIND)
    assert (view(judged).waiting, view(judged).columns) == (1, ("A", "B", "C"))


def test_a_coder_who_finishes_later_brings_a_column_and_keeps_what_was_decided(
    judged: Judged,
) -> None:
    settle(judged, 5, ATTACK)
    (alone,) = episodes(judged, Standing.DISPUTED)
    settle(judged, alone.target, EpisodeValue(7, 8))
    code(judged.store, "s1", made_coder(judged.store, "cleo"), [])
    found = view(judged)
    assert found.columns == ("A", "B", "C", "D")
    assert item(judged, 1).standing is Standing.DISPUTED  # to Cleo it was nothing
    assert item(judged, 5).final == ATTACK
    assert item(judged, alone.target).final == EpisodeValue(7, 8)


def test_a_coder_who_finishes_after_it_is_settled_changes_nothing_until_it_is_opened_again(
    judged: Judged,
) -> None:
    settle_all(judged)
    finish(judged.store, judged.assignment, judged.lena.coder)
    settled = view(judged)
    code(judged.store, "s1", made_coder(judged.store, "cleo"), [])
    assert (view(judged).columns, view(judged).items) == (settled.columns, settled.items)
    reopen(judged.store, judged.assignment, judged.lena.coder)
    assert view(judged).columns == ("A", "B", "C", "D")
    assert item(judged, 1).standing is Standing.DISPUTED  # to Cleo it was nothing


def test_two_leads_settle_one_session_together(judged: Judged) -> None:
    mira = made_coder(judged.store, "mira", lead=True)
    settle(judged, 5, ATTACK)
    change = made_change("resolution", 4, reason=WHY)
    decide(judged.store, judged.assignment, mira.coder, change)
    assert view(judged).open == 1


def test_a_finished_adjudication_takes_no_decision_until_a_lead_opens_it_again(
    judged: Judged,
) -> None:
    settle_all(judged)
    finish(judged.store, judged.assignment, judged.lena.coder)
    with pytest.raises(ForbiddenError):
        settle(judged, 5, AWAY)
    reopen(judged.store, judged.assignment, judged.lena.coder)
    settle(judged, 5, AWAY)
    assert item(judged, 5).final == AWAY


def test_a_session_is_settled_and_compared_on_either_database(
    tmp_path: Path, store_url: str | None
) -> None:
    made = open_judged(tmp_path / "project", database=store_url)
    with made.store:
        settle_all(made)
        finish(made.store, made.assignment, made.lena.coder)
        assert gold(made).turns[1] == withdrawal()
        with made.store.read() as session:
            assert state_key(session) == state_key(session)
        assert len(read_agreement(made.store, draws=20).pairs) == 1
        assert len(read_leaning(made.store, draws=20)) == 2
