"""Spans out of probabilities of tags, drawn as in `label.spans`."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rupture_nlp.label.spans import (
    balancing_threshold,
    find_spans,
    speaker_runs,
    stretch_spans,
)
from rupture_nlp.models.tagging import Tag
from tests.label.made_answers import speakers_of


def marginals(inside: list[float], begins: list[float] | None = None) -> NDArray[np.float64]:
    begun = np.array(begins or [0.0] * len(inside))
    rows = np.zeros((len(inside), len(Tag)))
    rows[:, Tag.OUTSIDE] = 1 - np.array(inside)
    rows[:, Tag.BEGINNING] = begun
    rows[:, Tag.LIVE] = np.array(inside) - begun
    return rows


def test_runs_at_or_above_the_threshold_are_episodes() -> None:
    drawn = marginals([0.0, 0.1, 0.6, 0.8, 0.3, 0.0, 0.4, 0.9, 0.2])
    assert find_spans(drawn, 0.25) == [(2, 4), (6, 7)]
    assert find_spans(drawn, 0.4) == [(2, 3), (6, 7)]
    assert find_spans(drawn, 0.95) == []


def test_a_run_is_cut_where_another_episode_likely_begins() -> None:
    drawn = marginals([0.9] * 5, [0.9, 0.0, 0.4, 0.5, 0.1])
    assert find_spans(drawn, 0.5) == [(0, 2), (3, 4)]


def test_runs_are_the_stretches_of_one_speaker() -> None:
    assert speaker_runs(speakers_of("tpptoop")) == [(0, 0), (1, 2), (3, 3), (4, 5), (6, 6)]
    assert speaker_runs(()) == []


def test_a_span_reaches_over_the_episodes_by_codes_that_it_touches() -> None:
    assert stretch_spans([(4, 6)], [(1, 4), (6, 9), (12, 13)]) == [(1, 9)]
    assert stretch_spans([(4, 6)], [(7, 9)]) == [(4, 6)]
    # Two that reach over the same episode become one.
    assert stretch_spans([(2, 3), (6, 7)], [(3, 6)]) == [(3, 6)]


def test_no_turns_no_episodes() -> None:
    assert find_spans(marginals([]), 0.5) == []


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.05, 0.95))
def test_spans_are_in_order_apart_and_hold_every_turn_above_the_threshold(
    inside: list[float], threshold: float
) -> None:
    drawn = marginals(inside)
    spans = find_spans(drawn, threshold)
    held = [at for first, last in spans for at in range(first, last + 1)]
    assert held == np.flatnonzero(1 - drawn[:, Tag.OUTSIDE] >= threshold).tolist()


def test_the_balancing_threshold_finds_as_many_as_there_are() -> None:
    sessions = [marginals([0.9, 0.0, 0.5, 0.0, 0.2]), marginals([0.0, 0.7])]
    # Above .2 four turns stand alone less one: .9, .5, .7; above .5 two; above .7 one.
    for episodes, found in ((3, 3), (2, 2), (1, 1), (0, 0)):
        threshold = balancing_threshold(sessions, episodes)
        assert sum(len(find_spans(one, threshold)) for one in sessions) == found


def test_episodes_that_a_low_threshold_joins_do_not_count_as_balance() -> None:
    # At .05 all is one episode, which equals the one asked for; but it is the surest turn that is.
    session = marginals([0.6, 0.1, 0.9, 0.1, 0.6])
    threshold = balancing_threshold([session], 1)
    assert find_spans(session, threshold) == [(2, 2)]
