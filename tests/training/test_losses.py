"""Losses worked by hand, and against torch's own."""

from dataclasses import fields, replace
from math import exp, log

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from rupture_nlp.models.network import HeadLogits
from rupture_nlp.training.losses import ClassWeights, TargetBatch, batch_loss, class_weights
from rupture_nlp.training.settings import LossSettings

EVEN = ClassWeights(torch.ones(2, 5))
OFF = LossSettings(0.0, 0.0, 0.0, 0.0, 0.0, focal_gamma=0.0, positive_weight=1.0)
ASKS = ("ask_rupture", "ask_intensity", "ask_markers", "ask_strategies", "ask_process")


def logits(pieces: int = 6, seed: int = 0) -> HeadLogits:
    random = torch.Generator().manual_seed(seed)

    def scores(width: int) -> Tensor:
        return torch.randn(pieces, width, generator=random).requires_grad_()

    return HeadLogits(scores(5), scores(2), scores(4), scores(3), scores(7))


def targets(pieces: int = 6) -> TargetBatch:
    random = torch.Generator().manual_seed(9)
    yes = torch.ones(pieces, dtype=torch.bool)
    code = torch.randint(0, 5, (pieces,), generator=random)
    return TargetBatch(
        rupture=functional.one_hot(code, 5).float(),
        intensity=torch.randint(1, 4, (pieces,), generator=random),
        markers=torch.randint(0, 2, (pieces, 4), generator=random).float(),
        strategies=torch.randint(0, 2, (pieces, 3), generator=random).float(),
        process=torch.randint(0, 7, (pieces,), generator=random),
        is_patient=torch.arange(pieces) % 2 == 0,
        ask_rupture=yes,
        ask_intensity=yes,
        ask_markers=yes[:, None].expand(pieces, 4),
        ask_strategies=yes,
        ask_process=yes,
    )


def value(loss: Tensor) -> float:
    return float(loss.detach())


def only(name: str, value: float = 1.0) -> LossSettings:
    return replace(OFF, **{name: value})


def test_without_focus_and_balance_the_rupture_loss_is_cross_entropy() -> None:
    given, wanted = logits(), targets()
    expected = functional.cross_entropy(given.rupture, wanted.rupture)
    torch.testing.assert_close(batch_loss(given, wanted, EVEN, only("rupture")), expected)


def test_soft_labels_are_learned_as_they_are() -> None:
    given, wanted = logits(), targets()
    soft = replace(wanted, rupture=torch.full((6, 5), 0.2))
    expected = functional.cross_entropy(given.rupture, soft.rupture)
    torch.testing.assert_close(batch_loss(given, soft, EVEN, only("rupture")), expected)


def test_a_focal_loss_worked_by_hand() -> None:
    # One patient turn, scores (log 3, 0, 0, 0, 0): p = 3/7 for `none`, 1/7 for the others.
    # Label: half `none`, half the second code; that code weighs 2. gamma = 2:
    # .5 * (4/7)^2 * log(7/3) + .5 * 2 * (6/7)^2 * log 7
    given = replace(logits(1), rupture=torch.tensor([[log(3), 0, 0, 0, 0]]))
    wanted = replace(targets(1), rupture=torch.tensor([[0.5, 0.5, 0, 0, 0]]))
    weights = ClassWeights(torch.tensor([[9.0] * 5, [1.0, 2.0, 1.0, 1.0, 1.0]]))
    expected = 0.5 * (4 / 7) ** 2 * log(7 / 3) + (6 / 7) ** 2 * log(7)
    found = batch_loss(given, wanted, weights, replace(only("rupture"), focal_gamma=2.0))
    assert value(found) == pytest.approx(expected, rel=1e-6)


def test_weights_are_those_of_the_speaker() -> None:
    given, wanted = logits(), targets()
    therapists_alone = ClassWeights(torch.stack([torch.ones(5), torch.zeros(5)]))
    found = batch_loss(given, wanted, therapists_alone, only("rupture"))
    kept = ~wanted.is_patient
    expected = functional.cross_entropy(given.rupture[kept], wanted.rupture[kept]) * 3 / 6
    torch.testing.assert_close(found, expected)


def test_the_intensity_loss_asks_for_more_than_two_only_above_one() -> None:
    # Scores 0 and log 3 for everybody. Intensities 1, 2, 3: "more than 1" is asked three times,
    # each costs log 2; "more than 2" twice, no costs log 4, yes log(4/3). Mean of five.
    given = replace(logits(3), intensity=torch.tensor([[0.0, log(3)]] * 3))
    wanted = replace(targets(3), intensity=torch.tensor([1, 2, 3]))
    expected = (3 * log(2) + log(4) + log(4 / 3)) / 5
    found = batch_loss(given, wanted, EVEN, only("intensity"))
    assert value(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["markers", "strategies"])
def test_what_is_there_weighs_more_than_what_is_not(name: str) -> None:
    given, wanted = logits(), targets()
    settings = replace(only(name), positive_weight=4.0)
    expected = functional.binary_cross_entropy_with_logits(
        getattr(given, name), getattr(wanted, name), pos_weight=torch.tensor(4.0)
    )
    torch.testing.assert_close(batch_loss(given, wanted, EVEN, settings), expected)


def test_the_process_loss_is_cross_entropy() -> None:
    given, wanted = logits(), targets()
    expected = functional.cross_entropy(given.processes, wanted.process)
    torch.testing.assert_close(batch_loss(given, wanted, EVEN, only("processes")), expected)


def test_questions_add_up_by_their_weights() -> None:
    given, wanted = logits(), targets()
    names = ("rupture", "intensity", "markers", "strategies", "processes")
    parts = [value(batch_loss(given, wanted, EVEN, only(name))) for name in names]
    shares = dict(zip(names, (1.0, 0.2, 0.5, 0.25, 0.3), strict=True))
    whole = value(batch_loss(given, wanted, EVEN, replace(OFF, **shares)))
    expected = sum(share * part for share, part in zip(shares.values(), parts, strict=True))
    assert whole == pytest.approx(expected, rel=1e-5)


def test_averages_are_over_those_who_were_asked() -> None:
    given, wanted = logits(), targets()
    asked = torch.tensor([True, False, False, True, False, False])
    kept = HeadLogits(**{f.name: getattr(given, f.name)[asked] for f in fields(given)})
    part = TargetBatch(**{f.name: getattr(wanted, f.name)[asked] for f in fields(wanted)})
    masked = replace(wanted, **{name: _masked(getattr(wanted, name), asked) for name in ASKS})
    everything = LossSettings(1.0, 1.0, 1.0, 1.0, 1.0)
    torch.testing.assert_close(
        batch_loss(given, masked, EVEN, everything), batch_loss(kept, part, EVEN, everything)
    )


def _masked(asks: Tensor, asked: Tensor) -> Tensor:
    return asks & (asked[:, None] if asks.ndim == 2 else asked)


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("ask_rupture", "rupture"),
        ("ask_intensity", "intensity"),
        ("ask_markers", "markers"),
        ("ask_strategies", "strategies"),
        ("ask_process", "processes"),
    ],
)
def test_a_piece_that_was_not_asked_gets_no_gradient(question: str, head: str) -> None:
    given, wanted = logits(), targets()
    asked = torch.tensor([True, True, False, True, True, True])
    masked = replace(wanted, **{question: _masked(getattr(wanted, question), asked)})
    torch.autograd.backward(batch_loss(given, masked, EVEN, LossSettings()))
    gradient = getattr(given, head).grad
    assert not gradient[2].any()
    assert gradient[1].any()


def test_a_batch_that_nobody_was_asked_about_has_no_loss() -> None:
    given, wanted = logits(), targets()
    none = torch.zeros(6, dtype=torch.bool)
    masked = replace(wanted, **{name: _masked(getattr(wanted, name), none) for name in ASKS})
    loss = batch_loss(given, masked, EVEN, LossSettings())
    torch.autograd.backward(loss)
    assert value(loss) == 0.0
    assert not any(getattr(given, f.name).grad.any() for f in fields(given))


def test_class_weights_worked_by_hand() -> None:
    # Patients: 400, 100, 100, 100, 100. Square roots of 800 / count: sqrt 2 and sqrt 8, whose mean
    # over the turns is (400 * sqrt 2 + 400 * 2 sqrt 2) / 800 = 1.5 sqrt 2: weights 2/3 and 4/3.
    code = torch.tensor([0] * 400 + [1, 2, 3, 4] * 100)
    rows = functional.one_hot(code, 5).float()
    weights = class_weights(rows, torch.ones(800, dtype=torch.bool), 0.5).rupture
    torch.testing.assert_close(weights[1], torch.tensor([2 / 3, *[4 / 3] * 4]))
    torch.testing.assert_close(weights[0], torch.ones(5))  # no therapist: nothing to weigh


def test_class_weights_have_mean_one_over_the_turns_of_each_speaker() -> None:
    random = torch.Generator().manual_seed(0)
    code = torch.multinomial(
        torch.tensor([0.8, 0.08, 0.05, 0.04, 0.03]), 4000, True, generator=random
    )
    rows = functional.one_hot(code, 5).float()
    patient = torch.arange(4000) % 3 == 0
    weights = class_weights(rows, patient, 0.7).rupture
    for speaker in (0, 1):
        mine = weights[speaker][code[patient == bool(speaker)]]
        assert float(mine.mean()) == pytest.approx(1.0, abs=1e-4)


def test_balance_zero_weighs_all_alike_and_a_rare_code_is_not_helped_without_end() -> None:
    rows = functional.one_hot(torch.tensor([0] * 2000 + [1]), 5).float()
    patients = torch.ones(2001, dtype=torch.bool)
    torch.testing.assert_close(class_weights(rows, patients, 0.0).rupture, torch.ones(2, 5))
    weights = class_weights(rows, patients, 0.5).rupture[1]
    assert float(weights[1] / weights[0]) == pytest.approx(exp(0.5 * log(2000 / 20)), rel=1e-4)
