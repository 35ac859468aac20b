from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.errors import CorpusError
from rupture_nlp.schema import CodedSession
from rupture_nlp.training.lab.folds import inner_folds, outer_folds
from tests.training.lab.made import WO, lab_session, plain_lab

Groups = st.lists(st.integers(0, 11), min_size=4, max_size=30).filter(lambda g: len(set(g)) > 1)


def sessions_of(groups: list[int]) -> list[CodedSession]:
    return [
        lab_session(f"s{at}", f"p{group}", {"ana": {1: WO} if at % 3 else {}}, turns=4)
        for at, group in enumerate(groups)
    ]


@given(Groups, st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_group_stands_on_two_sides_of_any_fold_outer_or_inner(
    groups: list[int], seed: int
) -> None:
    sessions = sessions_of(groups)
    group_of = {s.transcript.session_id: s.group for s in sessions}
    outer = outer_folds(sessions, None, seed)
    tested = Counter(one for fold in outer for one in fold.test)
    assert tested == Counter(list(group_of))  # every session is tested once
    for fold in outer:
        learned = {group_of[one] for one in fold.train}
        assert learned.isdisjoint(group_of[one] for one in fold.test)
        for inner in inner_folds(sessions, fold, "ana", seed):
            assert set(inner.train) | set(inner.test) == set(fold.train)
            inside = {group_of[one] for one in inner.train}
            assert inside.isdisjoint(group_of[one] for one in inner.test)


def test_few_patients_are_left_out_one_at_a_time_and_many_in_five_parts() -> None:
    assert len(outer_folds(plain_lab(7))) == 7
    assert len(outer_folds(plain_lab(8))) == 5
    assert len(outer_folds(plain_lab(9), 0)) == 9
    assert len(outer_folds(plain_lab(9), 3)) == 3


def test_folds_are_the_same_for_the_same_seed_and_bear_no_name_of_a_group() -> None:
    sessions = plain_lab(7)
    assert outer_folds(sessions, None, 3) == outer_folds(sessions, None, 3)
    assert [fold.name for fold in outer_folds(sessions)] == [f"fold-{n}" for n in range(1, 8)]


def test_one_group_cannot_be_tested() -> None:
    with pytest.raises(CorpusError, match="one group"):
        outer_folds(plain_lab(1, 5))


def test_two_groups_leave_nothing_to_choose_by() -> None:
    sessions = plain_lab(2)
    assert inner_folds(sessions, outer_folds(sessions)[0], "ana") == ()


def test_inner_folds_without_a_rupture_to_find_are_left_out() -> None:
    sessions = [
        lab_session(f"s{at}", f"p{at}", {"ana": {1: WO} if at in {0, 1} else {}}) for at in range(6)
    ]
    outer = outer_folds(sessions, 0)[5]
    ruptured = {"s0", "s1"}
    found = inner_folds(sessions, outer, "ana")
    assert found
    assert all(ruptured & set(fold.test) and ruptured & set(fold.train) for fold in found)
