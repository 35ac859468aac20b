"""Figures of episodes: by hand, and the same as the functions for one number."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rupture_nlp.evaluation.alpha import krippendorff_alpha
from rupture_nlp.evaluation.harness.catalogue import METRICS, VARIABLES
from rupture_nlp.evaluation.harness.episodes import episode_figures
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evidence import Predictions
from rupture_nlp.schema import (
    ALL_FIELDS,
    CodedSession,
    Episode,
    EpisodeKind,
    PredictedEpisode,
    Speaker,
)
from tests.evaluation.harness import comparisons
from tests.evaluation.harness.comparisons import compared
from tests.evaluation.results import labelled, system
from tests.evaluation.sessions import coding, episode, session

CONFRONTATION, MIXED = EpisodeKind.CONFRONTATION, EpisodeKind.MIXED
THERAPIST = Speaker.THERAPIST
IOU, ONSET, ANY = "episode(iou>=0.5)", "episode(onset<=2turns)", "episode()"


def coded(
    name: str,
    turns: int,
    reference: Sequence[Episode],
    other: Sequence[Episode],
    group: str | None = None,
) -> CodedSession:
    """A session of patient's turns with the episodes of `gold` and of `b`."""
    sides = (("gold", reference), ("b", other))
    return session(
        name,
        "P" * turns,
        *(replace(coding(name, who, "." * turns), episodes=tuple(e)) for who, e in sides),
        group=group,
    )


drawn = partial(comparisons.drawn, speaker="")
number = partial(comparisons.number, speaker="")


# Worked by hand. turn   01234567890123456789
#             gold       AAAA.BBBB.CC...DDDD.
#             b          aaaa..bbb...cc.ddd..
# a is A. b is of another kind than B. C is missed, c is false, but begins two turns after C. D was
# repaired, d was not.
A = episode(0, 3, 2, 5)
B = episode(5, 8, None, 2)
C = replace(episode(10, 11, None, 1), kind=CONFRONTATION)
D = replace(episode(15, 18, 16, 4), kind=CONFRONTATION, initiator=THERAPIST)
a = replace(A, resolution=4)
b = replace(episode(6, 8, None, 3), kind=MIXED)
c = replace(episode(12, 13, None, 2), initiator=THERAPIST)
d = replace(episode(15, 17, 16, 3), kind=CONFRONTATION, initiator=THERAPIST)
#                        012345678901
#             gold       ..EEEEE.....
#             b          ......eee.ff     one turn of E, four turns late
E = episode(2, 6)
e = replace(episode(6, 8), kind=MIXED)
f = replace(episode(10, 11), initiator=THERAPIST)
SESSIONS = [
    coded("s1", 20, [A, B, C, D], [a, b, c, d], "g1"),
    coded("s2", 12, [E], [e, f], "g1"),
    coded("s3", 9, [], [], "g2"),
]


@pytest.mark.parametrize(
    ("variable", "unit", "hits"),
    [
        ("episodes", IOU, 3.0),  # A, B (3 of 4 turns), D (3 of 4 turns)
        ("episodes_onset", ONSET, 4.0),  # and C with c
        ("episodes_strict", ANY, 1.0),  # A
        ("episodes_partial", ANY, 2.5),  # A; half of B, D, E
        ("episodes_type", ANY, 2.0),  # A, D
    ],
)
def test_episodes_found_worked_by_hand(variable: str, unit: str, hits: float) -> None:
    found = episode_figures(compared(SESSIONS))
    expected = {"precision": (hits / 6, 6), "recall": (hits / 5, 5), "f1": (2 * hits / 11, 11)}
    for metric, (value, rows) in expected.items():
        one = drawn(found, variable, metric)
        assert one.estimate == pytest.approx(value)
        assert (one.key.unit, one.rows, one.positives) == (unit, rows, 5)
        assert one.note == "not estimable: 5 positives"
        assert one.groups == 2  # g2 was searched too


def test_attributes_over_matched_pairs_worked_by_hand() -> None:
    found = episode_figures(compared(SESSIONS))
    # kind of A, B, D: ww wm cc; chance (2*1 + 1*1)/9
    assert number(found, "kind", "matched_agreement") == pytest.approx(2 / 3)
    assert number(found, "kind", "kappa") == pytest.approx(1 / 2)
    assert number(found, "initiator", "matched_agreement") == 1
    assert number(found, "initiator", "kappa") == 1
    # repaired: 11 00 10; chance (2*1 + 1*2)/9
    assert number(found, "repaired", "matched_agreement") == pytest.approx(2 / 3)
    assert number(found, "repaired", "kappa") == pytest.approx(2 / 5)
    # resolution: 54 23 43. Squared distance 1 each; of all pairs of one's and the other's
    # (1+4+4 + 4+1+1 + 0+1+1)/9 = 17/9
    assert number(found, "resolution", "matched_agreement") == 0
    assert number(found, "resolution", "kappa_quadratic") == pytest.approx(8 / 17)
    ordinal = krippendorff_alpha(np.array([[5, 4], [2, 3], [4, 3]]), "ordinal")
    assert number(found, "resolution", "alpha_ordinal") == pytest.approx(ordinal)
    kappa = drawn(found, "kind", "kappa")
    assert (kappa.key.unit, kappa.rows, kappa.note) == (IOU, 3, "only 3 matched pairs")


def test_attributes_with_the_unmatched_as_errors_worked_by_hand() -> None:
    found = episode_figures(compared(SESSIONS))
    # the same label on 2, 3, 2 and 0 pairs; 5 episodes and 6
    assert number(found, "kind", "attribute_f1") == pytest.approx(4 / 11)
    assert number(found, "initiator", "attribute_f1") == pytest.approx(6 / 11)
    assert number(found, "repaired", "attribute_f1") == pytest.approx(4 / 11)
    assert number(found, "resolution", "attribute_f1") == 0
    assert drawn(found, "kind", "attribute_f1").rows == 11
    # the resolution of E, e and f is not rated
    assert drawn(found, "resolution", "attribute_f1").rows == 8
    # withdrawal: A B E and a c f, one pair; confrontation: C D and d, one pair; mixed: b and e
    kinds = {"withdrawal": (2 / 6, 6, 3), "confrontation": (2 / 3, 3, 2), "mixed": (0.0, 2, 0)}
    for kind, (value, rows, positives) in kinds.items():
        one = drawn(found, "kind", "f1", kind)
        assert one.estimate == pytest.approx(value)
        assert (one.rows, one.positives) == (rows, positives)


def test_borders_worked_by_hand() -> None:
    # turn 012345: borders after 1 and 3 against after 1 and 4: one match, one near miss that costs
    # 1/2. Three segments of two turns, so windows of 2 places: 1111 borders against 1101.
    found = episode_figures(compared([coded("s", 6, [episode(2, 3)], [episode(2, 4)])]))
    similarity = drawn(found, "episodes", "boundary_similarity")
    difference = drawn(found, "episodes", "window_diff")
    assert (similarity.estimate, similarity.rows) == pytest.approx((1.5 / 2, 1))
    assert (difference.estimate, difference.rows) == pytest.approx((1 / 4, 1))
    assert difference.note == "window of 2 turns"


def test_thresholds_are_those_of_the_settings_and_stand_in_the_unit() -> None:
    found = episode_figures(compared(SESSIONS, settings=HarnessSettings(iou=0.8, onset_turns=0)))
    assert number(found, "episodes", "recall") == pytest.approx(1 / 5)
    assert drawn(found, "episodes", "recall").key.unit == "episode(iou>=0.8)"
    assert number(found, "episodes_onset", "recall") == pytest.approx(2 / 5)  # A and D
    assert drawn(found, "episodes_onset", "recall").key.unit == "episode(onset<=0turns)"


def predicted(episodes: Sequence[tuple[Episode, float]]) -> Predictions:
    guesses = tuple(PredictedEpisode(one, chance) for one, chance in episodes)
    return system(labelled("s1", "." * 20, episodes=guesses))


def test_chances_of_repair_worked_by_hand() -> None:
    # matched: A .9 repaired, B .2 not, D .4 repaired; (.01 + .04 + .36)/3; base rate 2/3
    system_side = predicted([(a, 0.9), (b, 0.2), (c, 0.7), (d, 0.4)])
    found = episode_figures(compared(SESSIONS[:1], system_side))
    brier = drawn(found, "repaired", "brier")
    assert (brier.estimate, brier.rows, brier.positives) == pytest.approx((0.41 / 3, 3, 2))
    assert brier.note == "not estimable: 2 positives"
    assert number(found, "repaired", "brier_skill") == pytest.approx(1 - (0.41 / 3) / (2 / 9))
    assert number(found, "repaired", "auroc") == 1
    assert drawn(found, "repaired", "auroc").key.unit == IOU


def test_chances_of_repair_are_ranked_by_auroc() -> None:
    # repaired A .1 and D .9, not B .5: A below B, D above it
    found = episode_figures(compared(SESSIONS[:1], predicted([(a, 0.1), (b, 0.5), (d, 0.9)])))
    assert number(found, "repaired", "auroc") == pytest.approx(1 / 2)


def test_chances_of_repair_without_a_pair_or_with_one_class_are_undefined() -> None:
    none = episode_figures(compared(SESSIONS[:1], predicted([(c, 0.7)])))
    one_class = episode_figures(compared(SESSIONS[:1], predicted([(b, 0.2)])))
    for metric in ("brier", "brier_skill", "auroc"):
        assert np.isnan(drawn(none, "repaired", metric).values).all()
        assert drawn(none, "repaired", metric).note == "no matched pair"
    assert number(one_class, "repaired", "brier") == pytest.approx(0.04)
    for metric in ("brier_skill", "auroc"):
        one = drawn(one_class, "repaired", metric)
        assert np.isnan(one.estimate)
        assert one.note == "not estimable: 0 positives; one class only"
    coders = episode_figures(compared(SESSIONS))
    assert not {one.key.metric for one in coders} & {"brier", "auroc"}


def test_sessions_that_one_side_did_not_search_have_no_figures() -> None:
    without = coding("s", "b", "...", fields=ALL_FIELDS - {"episodes"})
    gold = replace(coding("s", "gold", "..."), episodes=(episode(0, 1),))
    one = session("s", "PPP", gold, without)
    assert episode_figures(compared([one])) == []
    comparison = compared([one, *SESSIONS], draws=40)
    recall = drawn(episode_figures(comparison), "episodes", "recall")
    assert (recall.rows, recall.groups) == (5, 2)
    # groups g1, g2, s: the episodes are of g1 alone
    drew_g1 = comparison.resamples.weights[:, 0] > 0
    assert (np.isnan(recall.values) == ~drew_g1).all()


def test_a_side_that_never_rates_resolution_has_no_figure_of_it() -> None:
    # d has a repair whose outcome nobody rated: then b's 0 is no knowledge either
    unrated = [replace(one, resolution=None) for one in (a, b, c, d)]
    found = episode_figures(compared([coded("s", 20, [A, B, C, D], unrated)]))
    variables = {one.key.variable for one in found}
    assert {"kind", "initiator"} <= variables
    assert not {"repaired", "resolution"} & variables


@pytest.mark.parametrize(
    ("reference", "other", "defined"),
    [
        ([], [], set()),
        ([A, B], [], {"recall", "f1", "attribute_f1", "boundary_similarity"}),
        ([], [A, B], {"precision", "f1", "attribute_f1", "boundary_similarity"}),
    ],
)
def test_what_is_undefined_is_nan_and_says_why(
    reference: list[Episode], other: list[Episode], defined: set[str]
) -> None:
    for one in episode_figures(compared([coded("s", 20, reference, other)])):
        if one.key.metric in defined:
            assert (one.values == 0).all()
        elif one.key.metric != "window_diff":
            assert np.isnan(one.values).all()
            assert one.note


def test_sessions_no_longer_than_the_window_have_no_window_diff() -> None:
    found = episode_figures(compared([coded("s", 2, [episode(0, 1)], [episode(0, 1)])]))
    one = drawn(found, "episodes", "window_diff")
    assert (one.rows, one.note) == (0, "window of 2 turns; no session is longer than that")
    assert np.isnan(one.estimate)
    assert drawn(found, "episodes", "boundary_similarity").note == "no boundary on either side"
    assert drawn(found, "kind", "kappa").note == "only 1 matched pairs; one label only"


def test_a_draw_is_the_figure_of_the_groups_drawn() -> None:
    sessions = [coded("s1", 20, [A, B, C, D], [a, b, c, d], "g1"), coded("s2", 12, [E], [e], "g2")]
    comparison = compared(sessions, draws=40)
    found = episode_figures(comparison)
    names = [("episodes_partial", "f1"), ("kind", "kappa"), ("kind", "attribute_f1")]
    for place, weights in enumerate(([2, 0], [0, 2])):
        at = next(i for i, w in enumerate(comparison.resamples.weights) if w.tolist() == weights)
        alone = episode_figures(compared(sessions[place : place + 1]))
        for variable, metric in names:
            expected = number(alone, variable, metric)
            value = drawn(found, variable, metric).values[at]
            assert value == pytest.approx(expected, nan_ok=True)


@st.composite
def episodes(draw: st.DrawFn) -> list[Episode]:
    """Some episodes of a session of 30 turns, without overlap."""
    ends = sorted(draw(st.sets(st.integers(0, 29), max_size=8)))
    spans = list(zip(ends[::2], ends[1::2], strict=False))
    return [
        Episode(
            f"e{first}",
            f"u{first}",
            f"u{last}",
            draw(st.sampled_from(EpisodeKind)),
            draw(st.sampled_from([Speaker.PATIENT, THERAPIST])),
            draw(st.sampled_from([None, f"u{last}"])),
            draw(st.sampled_from([None, 1, 2, 3, 4, 5])),
        )
        for first, last in spans
    ]


@settings(max_examples=15, deadline=None)
@given(st.lists(episodes(), min_size=1, max_size=3))
def test_identical_coders_reach_one_or_nothing_can_be_said(given_ones: list[list[Episode]]) -> None:
    sessions = [coded(f"s{i}", 30, one, one) for i, one in enumerate(given_ones)]
    for one in episode_figures(compared(sessions)):
        best = 0 if one.key.metric == "window_diff" else 1
        assert np.isnan(one.estimate) or one.estimate == pytest.approx(best)
        assert np.isnan(one.estimate) <= bool(one.note)  # never NaN without a word
        assert one.key.metric in METRICS
        assert one.key.variable in VARIABLES


@settings(max_examples=15, deadline=None)
@given(episodes(), episodes())
def test_sides_changed_over_change_precision_and_recall_alone(
    first: list[Episode], second: list[Episode]
) -> None:
    one, other = (
        {d.key: d.estimate for d in episode_figures(compared([coded("s", 30, *sides)]))}
        for sides in ((first, second), (second, first))
    )
    assert one.keys() == other.keys()
    changed = {"precision": "recall", "recall": "precision"}
    for key, value in one.items():
        # The window is the reference's, and between equally good pairs attributes may choose.
        if key.variable.startswith("episodes") and key.metric != "window_diff":
            twin = replace(key, metric=changed.get(key.metric, key.metric))
            assert other[twin] == pytest.approx(value, nan_ok=True)
