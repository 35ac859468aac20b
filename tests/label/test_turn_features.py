"""What the sequence layer reads of a turn."""

import numpy as np
import pytest

from rupture_nlp.label.decide import calibrated
from rupture_nlp.label.turn_features import rupture_probabilities, turn_features
from rupture_nlp.models.decision import Decision, SpeakerDecision
from tests.label.made_answers import LABELS, calm_answers, speakers_of

DECISION = Decision(patient=SpeakerDecision(temperature=2.0), therapist=SpeakerDecision(bias=1.0))
SIZE = 1 + 4 + len(LABELS.strategies) + 1 + len(LABELS.processes) + 1 + 2 + 2


def test_each_speaker_is_calibrated_by_its_own_rules_and_others_never_rupture() -> None:
    answers = calm_answers(3)
    answers.rupture[:] = [1.0, 2.0, 0.0, 0.0, 0.0]
    p = rupture_probabilities(speakers_of("pto"), answers, DECISION)
    np.testing.assert_allclose(p[0], calibrated(answers.rupture[0], DECISION.patient))
    np.testing.assert_allclose(p[1], calibrated(answers.rupture[1], DECISION.therapist))
    assert p[2].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_the_first_feature_is_the_log_odds_of_a_rupture() -> None:
    answers = calm_answers(1)
    answers.rupture[0] = np.log([0.75, 0.25, 1e-9, 1e-9, 1e-9])
    features = turn_features(speakers_of("p"), answers, Decision())
    assert features.shape == (1, SIZE)
    assert features[0, 0] == pytest.approx(np.log(0.25 / 0.75), abs=1e-3)


def test_strategies_are_read_of_therapists_and_processes_of_patients_alone() -> None:
    answers = calm_answers(2)
    features = turn_features(speakers_of("pt"), answers, Decision())
    first = 5
    strategies = features[:, first : first + len(LABELS.strategies) + 1]
    start = first + len(LABELS.strategies) + 1
    processes = features[:, start : start + len(LABELS.processes) + 1]
    assert np.all(strategies[0] == 0.0)
    assert np.all(strategies[1] < 0.0)
    assert np.all(processes[1] == 0.0)
    assert np.all(processes[0] < 0.0)
    assert features[:, -2:].tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_sure_answers_stay_finite() -> None:
    answers = calm_answers(2)
    answers.rupture[:, 1], answers.strategies[:], answers.processes[:] = 1e4, 1.0, 0.0
    assert np.isfinite(turn_features(speakers_of("pt"), answers, Decision())).all()


def test_no_turns_no_rows() -> None:
    assert turn_features((), calm_answers(0), Decision()).shape == (0, SIZE)
