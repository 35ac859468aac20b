"""The CRF of the sequence layer, against sums over all rows of tags."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.models.sequence import FORBIDDEN, SequenceTagger
from rupture_nlp.models.tagging import Tag, emissions, marginals, tag_probabilities

O, B, L, R, E = Tag  # noqa: E741  # the letters of the docstring


def made_tagger(seed: int = 0, features: int = 3) -> SequenceTagger:
    torch.manual_seed(seed)
    return SequenceTagger(features, hidden=4).eval()


def by_enumeration(tagger: SequenceTagger, scores: torch.Tensor) -> torch.Tensor:
    """Probabilities of tags as sums over every row of tags there is."""
    crf, turns = tagger.crf, len(scores)
    totals = torch.zeros(turns, len(Tag), dtype=torch.float64)
    for row in product(range(len(Tag)), repeat=turns):
        score = crf.start_transitions[row[0]] + crf.end_transitions[row[-1]]
        score = score + sum(scores[at, tag] for at, tag in enumerate(row))
        score = score + sum(crf.transitions[a, b] for a, b in pairwise(row))
        for at, tag in enumerate(row):
            totals[at, tag] += torch.exp(score.double())
    return totals / totals.sum(dim=1, keepdim=True)


@pytest.mark.parametrize("turns", [1, 2, 4])
def test_marginals_are_sums_over_all_rows_of_tags(turns: int) -> None:
    taggers = [made_tagger(seed) for seed in range(2)]
    scores = torch.randn(2, turns, len(Tag))
    crfs = [tagger.as_arrays() for tagger in taggers]
    first, steps, last = (
        np.stack([crf[f"crf.{name}"] for crf in crfs]).astype(np.float64)
        for name in ("start_transitions", "transitions", "end_transitions")
    )
    found = marginals(scores.double().numpy(), first, steps, last)
    for at, tagger in enumerate(taggers):
        with torch.no_grad():
            expected = by_enumeration(tagger, scores[at]).numpy()
        np.testing.assert_allclose(found[at], expected, atol=1e-5, rtol=1e-4)


@settings(max_examples=30, deadline=None)
@given(turns=st.integers(1, 40), seed=st.integers(0, 99))
def test_marginals_sum_to_one_and_never_open_an_episode_in_its_middle(
    turns: int, seed: int
) -> None:
    tagger = made_tagger(seed).as_arrays()
    p = tag_probabilities([tagger], np.random.default_rng(seed).normal(size=(turns, 3)))
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert p[0, [L, R, E]].max() < 1e-6
    # Inside at this turn means begun at it, or inside at the turn before.
    inside = 1 - p[:, O]
    assert (inside[1:] <= p[1:, B] + inside[:-1] - p[:-1, E] + 1e-4).all()


@settings(max_examples=20, deadline=None)
@given(turns=st.integers(1, 12), seed=st.integers(0, 99))
def test_in_use_a_turn_is_scored_as_in_training(turns: int, seed: int) -> None:
    tagger = made_tagger(seed)
    torch.nn.init.normal_(tagger.mean)
    torch.nn.init.uniform_(tagger.spread, 0.5, 2.0)
    features = torch.randn(turns, 3)
    with torch.no_grad():
        trained = tagger.emissions(features[None], torch.ones(1, turns, dtype=torch.bool))[0]
    used = emissions(tagger.as_arrays(), features.double().numpy())
    np.testing.assert_allclose(used, trained.numpy(), atol=1e-5)


def test_a_session_without_turns_has_no_marginals() -> None:
    assert tag_probabilities([made_tagger().as_arrays()], np.zeros((0, 3))).shape == (0, len(Tag))


def test_scores_as_far_apart_as_steps_that_are_never_taken_leave_probabilities() -> None:
    scores = np.array([[[0.0, 5e3, 0.0, -5e3, 0.0]] * 3])
    p = marginals(scores, *(np.full(shape, -1e4) for shape in ((1, 5), (1, 5, 5), (1, 5))))
    np.testing.assert_allclose(p[0], [[0, 1, 0, 0, 0]] * 3)


def test_steps_that_no_session_takes_weigh_nothing_and_the_others_are_free() -> None:
    crf = made_tagger().crf.requires_grad_(requires_grad=False)
    never = {(O, L), (O, R), (O, E), (E, L), (E, R), (E, E), (R, L)}
    for before, after in product(Tag, repeat=2):
        weight = float(crf.transitions[before, after])
        assert (weight == FORBIDDEN) == ((before, after) in never), (before, after)
    assert [float(crf.start_transitions[tag]) == FORBIDDEN for tag in Tag] == [
        False,
        False,
        *[True] * 3,
    ]


def test_padding_does_not_change_the_scores_of_a_session() -> None:
    tagger = made_tagger()
    short, long = torch.randn(5, 3), torch.randn(9, 3)
    features = torch.full((2, 9, 3), 7.0)
    features[0, :5], features[1] = short, long
    mask = torch.ones(2, 9, dtype=torch.bool)
    mask[0, 5:] = False
    with torch.no_grad():
        together = tagger.emissions(features, mask)
        alone = tagger.emissions(short[None], torch.ones(1, 5, dtype=torch.bool))
    torch.testing.assert_close(together[0, :5], alone[0])


def test_the_likelihood_is_that_of_the_tags_among_all_rows() -> None:
    tagger = made_tagger()
    features, mask = torch.randn(1, 3, 3), torch.ones(1, 3, dtype=torch.bool)
    with torch.no_grad():
        total = sum(
            float(tagger.log_likelihood(features, torch.tensor([row]), mask).exp())
            for row in product(range(len(Tag)), repeat=3)
        )
    assert total == pytest.approx(1.0, abs=1e-4)
