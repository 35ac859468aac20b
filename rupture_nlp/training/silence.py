"""Codes that were not learned are never given: their scores are held far below all others."""

import torch
from torch import nn

from rupture_nlp.models.network import LabelNetwork
from rupture_nlp.schema import RUPTURES, Speaker
from rupture_nlp.training.settings import LabelRules

FLOOR = -10_000.0
"""A score that no temperature brings back, and that 16-bit floats hold."""

_HALVES = (Speaker.THERAPIST, Speaker.PATIENT)  # of the rupture head's outputs, as `Heads` cuts it


def silence(network: LabelNetwork, rules: LabelRules) -> None:
    """Hold the scores of codes without a class at `FLOOR`, and those of all ruptures of speakers
    who were not coded. In the weights, so that every engine and every command keeps to it."""
    head: nn.Linear = network.heads.rupture
    with torch.no_grad():
        for row in silenced_rows(rules):
            head.weight[row] = 0.0
            head.bias[row] = FLOOR


def silenced_rows(rules: LabelRules) -> list[int]:
    """Which outputs of the rupture head are held down."""
    return [
        half * len(RUPTURES) + code
        for half, speaker in enumerate(_HALVES)
        for code, place in enumerate(rules.class_of)
        if place < 0 or (code > 0 and speaker not in rules.speakers)
    ]
