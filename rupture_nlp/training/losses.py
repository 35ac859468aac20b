"""The loss of a batch: a weighted sum over questions, each averaged over those who were asked."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from rupture_nlp.models.network import HeadLogits
from rupture_nlp.training.settings import LossSettings


@dataclass(frozen=True, slots=True)
class TargetBatch:
    """The targets of the pieces of a batch, as tensors; shapes as in `Targets`, pieces first."""

    rupture: Tensor
    intensity: Tensor
    markers: Tensor
    strategies: Tensor
    process: Tensor
    is_patient: Tensor
    ask_rupture: Tensor
    ask_intensity: Tensor
    ask_markers: Tensor
    ask_strategies: Tensor
    ask_process: Tensor


@dataclass(frozen=True, slots=True)
class ClassWeights:
    """Weights of the five codes for each kind of speaker, shape (2, 5): therapist, patient."""

    rupture: Tensor


def batch_loss(
    logits: HeadLogits, targets: TargetBatch, weights: ClassWeights, settings: LossSettings
) -> Tensor:
    """One number, differentiable; 0 for questions that nobody in the batch was asked."""
    parts = (
        (settings.rupture, _rupture(logits.rupture, targets, weights, settings.focal_gamma)),
        (settings.intensity, _intensity(logits.intensity, targets)),
        (
            settings.markers,
            _yes_no(logits.markers, targets.markers, targets.ask_markers, settings.positive_weight),
        ),
        (
            settings.strategies,
            _yes_no(
                logits.strategies,
                targets.strategies,
                targets.ask_strategies[:, None].expand_as(targets.strategies),
                settings.positive_weight,
            ),
        ),
        (settings.processes, _process(logits.processes, targets)),
    )
    return torch.stack([weight * part for weight, part in parts]).sum()


def class_weights(rupture: Tensor, is_patient: Tensor, balance: float) -> ClassWeights:
    """Weights ~ (1 / frequency) ** balance, scaled so that their mean over the utterances is 1.

    Shapes: rupture (utterances, 5), is_patient (utterances,).
    """
    rows = []
    for speaker in (False, True):
        counts = rupture[is_patient == speaker].sum(dim=0).clamp(min=20.0)
        raw = (counts.sum() / counts) ** balance
        rows.append(raw * counts.sum() / (raw * counts).sum())
    return ClassWeights(torch.stack(rows))


def _rupture(logits: Tensor, targets: TargetBatch, weights: ClassWeights, gamma: float) -> Tensor:
    # Focal loss (Lin et al., 2017) over soft labels: sure and right answers weigh little.
    log_p = functional.log_softmax(logits, dim=-1)
    weight = weights.rupture[targets.is_patient.long()]
    terms = -(targets.rupture * weight * (1.0 - log_p.exp()) ** gamma * log_p).sum(dim=-1)
    return _mean(terms, targets.ask_rupture)


def _intensity(logits: Tensor, targets: TargetBatch) -> Tensor:
    # Continuation ratios: more than 1? and, only where it is, more than 2?
    steps = torch.stack([targets.intensity > 1, targets.intensity > 2], dim=-1).float()  # noqa: PLR2004
    asked = torch.stack(
        [targets.ask_intensity, targets.ask_intensity & (targets.intensity > 1)], -1
    )
    return _yes_no(logits, steps, asked, 1.0)


def _yes_no(logits: Tensor, answers: Tensor, asked: Tensor, positive_weight: float) -> Tensor:
    terms = functional.binary_cross_entropy_with_logits(
        logits,
        answers,
        reduction="none",
        pos_weight=torch.tensor(positive_weight, device=logits.device),
    )
    return _mean(terms, asked)


def _process(logits: Tensor, targets: TargetBatch) -> Tensor:
    terms = functional.cross_entropy(logits, targets.process, reduction="none")
    return _mean(terms, targets.ask_process)


def _mean(terms: Tensor, asked: Tensor) -> Tensor:
    return (terms * asked).sum() / asked.sum().clamp(min=1)
