"""Sessions and episodes in a few numbers, worked by hand."""

import numpy as np
import pytest

from rupture_nlp.label.summaries import DENSITIES, episode_summary, session_summary
from rupture_nlp.models.decision import Decision
from rupture_nlp.models.tagging import Tag
from tests.label.made_answers import LABELS, RE_ENGAGES, calm_answers, speakers_of

EVEN = Decision()
SURE = np.log(np.array([0.5, 0.3, 0.2, 1e-12, 1e-12], dtype=np.float32))


def test_densities_are_expected_strength_per_hundred_turns() -> None:
    answers = calm_answers(10)
    answers.rupture[:] = np.log([1.0, 1e-12, 1e-12, 1e-12, 1e-12])
    answers.rupture[3] = SURE  # a patient's: half a withdrawal
    summary = session_summary(speakers_of("tp" * 5), answers, EVEN)
    strength = 0.7 * 1 + 0.2 * 2 + 0.1 * 3
    assert summary[0] == pytest.approx(np.log1p(100 * 0.5 * strength / 10), abs=1e-3)
    assert summary[1:DENSITIES] == pytest.approx([0.0, 0.0, 0.0], abs=1e-3)
    # The three surest withdrawals of the patient: .5, 0 and 0.
    assert summary[4] == pytest.approx(np.sqrt(0.5 / 3), abs=1e-3)
    assert summary[-1] == pytest.approx(np.log(10))


def test_families_and_speakers_are_kept_apart() -> None:
    answers = calm_answers(2)
    answers.rupture[0] = [0, -9, -9, 3, -9]  # the therapist attacks
    answers.rupture[1] = [0, -9, 3, -9, -9]  # the patient gives in
    densities = session_summary(speakers_of("tp"), answers, EVEN)[:DENSITIES]
    assert (densities > 1).tolist() == [True, False, False, True]


@pytest.mark.parametrize("drawing", ["", "o", "t", "p"])
def test_a_session_that_lacks_a_speaker_has_a_summary(drawing: str) -> None:
    summary = session_summary(speakers_of(drawing), calm_answers(len(drawing)), EVEN)
    assert np.isfinite(summary).all()


def test_an_episode_is_told_by_what_is_expected_in_it() -> None:
    answers = calm_answers(4)
    answers.rupture[0] = SURE
    answers.strategies[1, 2] = 0.8
    answers.processes[3, RE_ENGAGES] = 0.6
    marginals = np.zeros((4, len(Tag)))
    marginals[3, Tag.ENDED] = 0.4
    summary = episode_summary(speakers_of("ptpp"), answers, EVEN, LABELS, marginals)
    assert summary[0] == pytest.approx(np.log(4))
    assert summary[1] == pytest.approx(np.log1p(0.5), abs=0.02)
    assert summary[2] == pytest.approx(-0.5, abs=0.02)  # all in the first half
    assert summary[4] == pytest.approx(0.8)
    assert summary[5:7] == pytest.approx([0.6, 0.6])
    assert summary[8] == pytest.approx(0.4)


def test_an_early_return_is_not_a_return_at_the_end() -> None:
    answers = calm_answers(4)
    answers.processes[0, RE_ENGAGES] = 0.6
    summary = episode_summary(speakers_of("pppp"), answers, EVEN, LABELS, np.zeros((4, len(Tag))))
    assert summary[5:7] == pytest.approx([0.6, 0.01])


def test_an_episode_of_one_therapist_turn_has_a_summary() -> None:
    made = episode_summary(speakers_of("t"), calm_answers(1), EVEN, LABELS, np.zeros((1, len(Tag))))
    assert np.isfinite(made).all()
