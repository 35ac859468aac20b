"""The loss of a batch: a weighted sum over questions, each averaged over those who were asked."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from rupture_nlp.models.network import HeadLogits
from rupture_nlp.training.settings import LossSettings

Members = tuple[tuple[int, ...], ...]
Total = Callable[[Tensor], Tensor]


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
    """Weights of the classes for each kind of speaker, shape (2, classes): therapist, patient.

    `members` are the codes of each class; where it is empty the five codes are the classes.
    """

    rupture: Tensor
    members: Members = ()


def batch_loss(
    logits: HeadLogits,
    targets: TargetBatch,
    weights: ClassWeights,
    settings: LossSettings,
    total: Total = lambda asked: asked,
) -> Tensor:
    """One number, differentiable; 0 for questions that nobody in the batch was asked.

    `total` makes of how many were asked here how many were asked in all: where several processes
    share a batch their losses then add up to the loss of the whole.
    """
    helped = settings.positive_weight
    strategies = targets.ask_strategies[:, None].expand_as(targets.strategies)
    parts = (
        (settings.rupture, _rupture(logits.rupture, targets, weights, settings.focal_gamma)),
        (settings.intensity, _intensity(logits.intensity, targets)),
        (settings.markers, _yes_no(logits.markers, targets.markers, targets.ask_markers, helped)),
        (settings.strategies, _yes_no(logits.strategies, targets.strategies, strategies, helped)),
        (settings.processes, _process(logits.processes, targets)),
    )
    return torch.stack(
        [weight * (terms.sum() / total(asked).clamp(min=1)) for weight, (terms, asked) in parts]
    ).sum()


def in_classes(log_p: Tensor, members: Members) -> Tensor:
    """Log-probabilities of codes to those of the classes they belong to.

    Shapes: log_p (..., 5), returns (..., classes).
    """
    if not members:
        return log_p
    return torch.stack([log_p[..., list(codes)].logsumexp(dim=-1) for codes in members], dim=-1)


def summed(rupture: Tensor, members: Members) -> Tensor:
    """Shares of codes to those of their classes. Shapes as in `in_classes`."""
    if not members:
        return rupture
    return torch.stack([rupture[..., list(codes)].sum(dim=-1) for codes in members], dim=-1)


def class_weights(rupture: Tensor, is_patient: Tensor, balance: float) -> ClassWeights:
    """Weights ~ (1 / frequency) ** balance, scaled so that their mean over the utterances is 1.

    Shapes: rupture (utterances, classes), is_patient (utterances,).
    """
    rows = []
    for speaker in (False, True):
        counts = rupture[is_patient == speaker].sum(dim=0).clamp(min=20.0)
        raw = (counts.sum() / counts) ** balance
        rows.append(raw * counts.sum() / (raw * counts).sum())
    return ClassWeights(torch.stack(rows))


Terms = tuple[Tensor, Tensor]  # the loss of every answer asked for, else 0; how many were asked


def _rupture(logits: Tensor, targets: TargetBatch, weights: ClassWeights, gamma: float) -> Terms:
    # Focal loss (Lin et al., 2017) over soft labels: sure and right answers weigh little.
    log_p = in_classes(functional.log_softmax(logits, dim=-1), weights.members)
    truth = summed(targets.rupture, weights.members)
    weight = weights.rupture[targets.is_patient.long()]
    terms = -(truth * weight * (1.0 - log_p.exp()) ** gamma * log_p).sum(dim=-1)
    return _asked(terms, targets.ask_rupture)


def _intensity(logits: Tensor, targets: TargetBatch) -> Terms:
    # Continuation ratios: more than 1? and, only where it is, more than 2?
    steps = torch.stack([targets.intensity > 1, targets.intensity > 2], dim=-1).float()  # noqa: PLR2004
    asked = torch.stack(
        [targets.ask_intensity, targets.ask_intensity & (targets.intensity > 1)], -1
    )
    return _yes_no(logits, steps, asked, 1.0)


def _yes_no(logits: Tensor, answers: Tensor, asked: Tensor, positive_weight: float) -> Terms:
    terms = functional.binary_cross_entropy_with_logits(
        logits,
        answers,
        reduction="none",
        pos_weight=torch.tensor(positive_weight, device=logits.device),
    )
    return _asked(terms, asked)


def _process(logits: Tensor, targets: TargetBatch) -> Terms:
    terms = functional.cross_entropy(logits, targets.process, reduction="none")
    return _asked(terms, targets.ask_process)


def _asked(terms: Tensor, asked: Tensor) -> Terms:
    return terms * asked, asked.sum()
