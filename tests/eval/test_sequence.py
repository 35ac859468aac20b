"""The table of episodes and ratings: two readers side by side, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from eval.sequence_figures import episode_figures, overlap_counts, rating_figures
from eval.sequence_rows import Found, Reader, by_coder, described, rules_over_codes, sure_answers
from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import RUPTURES, Ratings
from tests.training.made import coded_session
from tests.training.test_sequence import EXAMPLES

LABELS = LabelSets.of(load_codebook())
RESAMPLES = resample(2, 50, 0)
GROUP_OF = {"s1": 0, "s2": 1, "s3": 1}


def found(*spans: tuple[int, int], ends: str = "", withdrawal: float | None = None) -> Found:
    """Episodes, each with a letter for repaired or not and its resolution: `y5n1`."""
    told = ends or "n2" * len(spans)
    repaired = [letter == "y" for letter in told[::2]]
    resolutions: list[int | None] = [int(one) for one in told[1::2]]
    return Found(list(spans), repaired, resolutions, Ratings(withdrawal_impact=withdrawal))


REFERENCE: Reader = {
    "s1": found((0, 3), (10, 13), ends="y5n1", withdrawal=1.0),
    "s2": found((5, 8), ends="y4", withdrawal=4.0),
    "s3": found((0, 1), withdrawal=2.0),
}
PREDICTED: Reader = {
    # (0, 3) is matched, (11, 14) shares 3 of 5 turns, (20, 22) is invented
    "s1": found((0, 3), (11, 14), (20, 22), ends="y4n1y3", withdrawal=2.0),
    "s2": found((7, 9), ends="n2", withdrawal=4.0),  # shares 2 of 5
}


def test_episodes_are_matched_by_overlap_over_the_sessions_that_both_have() -> None:
    counts = overlap_counts(REFERENCE, PREDICTED, GROUP_OF, 2)
    assert counts.tolist() == [[2, 2, 3], [0, 1, 1]]
    figures = episode_figures(REFERENCE, PREDICTED, GROUP_OF, RESAMPLES)
    assert (figures.reference, figures.predicted, figures.matched) == (3, 4, 2)
    assert figures.precision.estimate == pytest.approx(2 / 4)
    assert figures.recall.estimate == pytest.approx(2 / 3)
    assert figures.f1.estimate == pytest.approx(2 * 2 / 7)
    # Onsets within 2 turns: 0 and 0, 10 and 11, 5 and 7.
    assert figures.onset_f1.estimate == pytest.approx(2 * 3 / 7)
    assert figures.repaired_kappa.estimate == 1.0  # yes and yes, no and no
    # Resolutions 5 and 1 against 4 and 1: mean squares of targets 12.25, coders .25, error .25.
    assert figures.resolution_icc.estimate == pytest.approx(12.0 / 12.5)


def test_ratings_are_set_side_by_side_where_both_have_them() -> None:
    figures = rating_figures(REFERENCE, PREDICTED, "withdrawal_impact", GROUP_OF, RESAMPLES)
    assert figures.sessions == 2
    assert figures.error == pytest.approx((1 + 0) / 2)
    assert figures.constant_error == pytest.approx(1.5)  # the median of 1 and 4 is 2.5
    none = rating_figures(REFERENCE, PREDICTED, "resolution", GROUP_OF, RESAMPLES)
    assert none.sessions == 0
    assert np.isnan([none.error, none.constant_error, none.icc.estimate]).all()


def test_a_reader_against_itself_is_perfect() -> None:
    figures = episode_figures(REFERENCE, REFERENCE, GROUP_OF, RESAMPLES)
    assert (figures.f1.estimate, figures.resolution_icc.estimate) == (1.0, 1.0)


def test_the_rules_over_a_coders_codes_find_the_episodes_of_made_sessions() -> None:
    sessions = [coded_session(1)]
    # Each rupture is answered by a strategy and followed by another: one long episode.
    (rules,) = rules_over_codes(sessions, "gold").values()
    assert rules.spans == [(1, 10)]
    (coder,) = by_coder(sessions, "gold").values()
    assert coder.spans == [(1, 2), (5, 6), (9, 10)]
    assert coder.resolutions == [2, 2, 2]
    assert by_coder(sessions, "nobody") == {}


def test_codes_as_sure_answers_say_what_the_codes_say() -> None:
    session = coded_session(1)
    coding = session.codings[0]
    answers = sure_answers(coding, LABELS)
    named = [RUPTURES[at] for at in answers.rupture.argmax(axis=1)]
    assert named == [code.rupture for code in coding.codes if code is not None]
    taken_up = answers.strategies[2] > 0.5
    assert np.array(LABELS.strategies)[taken_up].tolist() == ["validates_position"]
    assert (answers.intensity[1].argmax(), answers.processes[1].argmax()) == (1, -1 % 7)


def test_given_the_reference_episodes_the_rules_say_how_they_ended() -> None:
    examples = [replace(example, fold=0) for example in EXAMPLES[:2]]
    by_rule = described(examples, None)
    for example in examples:
        told = by_rule[example.transcript.session_id]
        assert told.spans == [(span.first, span.last) for span in example.spans]
    # The first comes back to the work after a strategy, the second does not.
    assert [by_rule[e.transcript.session_id].repaired for e in examples] == [[True], [False]]
