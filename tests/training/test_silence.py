"""Classes coarser than the codes, and codes that are never given."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from rupture_nlp.engines.torch_engine import TorchEngine
from rupture_nlp.label.decide import calibrated
from rupture_nlp.models.decision import SpeakerDecision
from rupture_nlp.schema import RUPTURES, Speaker
from rupture_nlp.training.calibrate import fit_decision
from rupture_nlp.training.losses import ClassWeights, batch_loss, class_weights, summed
from rupture_nlp.training.settings import LabelRules, TrainSettings, as_recorded
from rupture_nlp.training.silence import silence
from rupture_nlp.training.targets import of_speakers
from tests.tiny_model import make_tiny_network
from tests.training.made import coded_session
from tests.training.test_calibrate import made_rows
from tests.training.test_losses import EVEN, logits, only, targets

FAMILIES = LabelRules((0, 1, 1, 2, 2))


def test_the_loss_of_families_is_that_of_their_summed_probabilities() -> None:
    given, wanted = logits(), targets()
    weights = ClassWeights(torch.ones(2, 3), FAMILIES.members)
    p = functional.softmax(given.rupture, dim=-1)
    by_family = torch.stack([p[:, 0], p[:, 1] + p[:, 2], p[:, 3] + p[:, 4]], dim=-1)
    family = torch.tensor(FAMILIES.class_of)[wanted.rupture.argmax(dim=-1)]
    expected = functional.nll_loss(by_family.log(), family)
    torch.testing.assert_close(batch_loss(given, wanted, weights, only("rupture")), expected)


def test_codes_of_one_class_may_be_swapped_without_changing_the_loss() -> None:
    given, wanted = logits(), targets()
    weights = ClassWeights(torch.ones(2, 3), FAMILIES.members)
    swapped = replace(wanted, rupture=wanted.rupture[:, [0, 2, 1, 4, 3]])
    one, two = (batch_loss(given, t, weights, only("rupture")) for t in (wanted, swapped))
    torch.testing.assert_close(one, two)
    apart = [batch_loss(given, t, EVEN, only("rupture")) for t in (wanted, swapped)]
    assert not torch.isclose(apart[0], apart[1])


def test_class_weights_count_the_classes() -> None:
    rows = torch.eye(5).repeat(200, 1)
    patients = torch.ones(1000, dtype=torch.bool)
    weights = class_weights(summed(rows, FAMILIES.members), patients, 0.5).rupture[1]
    assert weights[1] == weights[2] < weights[0]


def test_a_silenced_code_is_never_likely_and_the_others_keep_their_shares() -> None:
    network, tokenizer = make_tiny_network()
    turns = coded_session(1).transcript.utterances
    before = TorchEngine(network, tokenizer).answer(turns).rupture
    silence(network, LabelRules((0, 1, -1, 2, -1), (Speaker.PATIENT,)))
    after = TorchEngine(network, tokenizer).answer(turns).rupture
    patient = np.array([turn.speaker is Speaker.PATIENT for turn in turns])
    p = calibrated(after, SpeakerDecision(temperature=50.0))
    assert p[:, [2, 4]].max() < 1e-9
    assert p[~patient, 0].min() > 1 - 1e-9
    kept = [0, 1, 3]
    np.testing.assert_allclose(after[patient][:, kept], before[patient][:, kept], rtol=1e-5)


def test_rules_that_leave_nothing_out_leave_the_network_alone() -> None:
    network, _ = make_tiny_network()
    before = network.heads.rupture.weight.clone()
    silence(network, LabelRules())
    assert torch.equal(network.heads.rupture.weight, before)


def test_only_the_ruptures_of_coded_speakers_are_asked_for() -> None:
    rows = made_rows(rows=40).targets
    alone = of_speakers(rows, (Speaker.THERAPIST,))
    assert not alone.ask_rupture[rows.is_patient].any()
    assert alone.ask_rupture[~rows.is_patient].all()
    assert (alone.ask_strategies == rows.ask_strategies).all()
    assert of_speakers(rows, (Speaker.PATIENT, Speaker.THERAPIST)) is rows


def test_a_temperature_for_families_is_fitted_to_families() -> None:
    rows = made_rows()
    # Which code of a family it is, is pure chance: nothing that a temperature should answer for.
    mixed = rows.answers.rupture.copy()
    random = np.random.default_rng(1)
    flip = random.random(len(mixed)) < 0.5
    mixed[flip] = mixed[flip][:, [0, 2, 1, 4, 3]]
    shuffled = replace(rows, answers=replace(rows.answers, rupture=mixed))
    by_family = fit_decision(shuffled, FAMILIES.members).patient.temperature
    assert by_family == pytest.approx(fit_decision(rows, FAMILIES.members).patient.temperature)
    assert fit_decision(shuffled).patient.temperature > 1.2 * by_family


def test_runs_from_before_there_were_label_rules_are_recognised() -> None:
    assert "labels" not in as_recorded(TrainSettings())
    assert "labels" in as_recorded(TrainSettings(labels=FAMILIES))
    assert len(LabelRules().members) == len(RUPTURES)
    assert LabelRules().apart
    assert not FAMILIES.apart
