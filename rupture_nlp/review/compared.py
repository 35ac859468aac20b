"""What a comparison of codings consists of: coefficients of variables, of one speaker each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from rupture_nlp.evaluation.bootstrap import Interval
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.counts import Grouping, group_rows
from rupture_nlp.reports.agreement.numbers import counted
from rupture_nlp.review.studied import StudiedSession
from rupture_nlp.schema import Speaker

METRICS = ("kappa", "alpha_nominal", "ac1")
DRAWS = 2000

Draws = tuple[int, int]
"""Seed and number of draws."""


class Condition(StrEnum):
    """Whether suggestions can have made codes alike."""

    BLIND = "blind"  # nobody saw one
    ASSISTED = "assisted"  # at least one of the two did


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient. `note` says why it is undefined, or that it rests on few cases."""

    metric: str
    interval: Interval
    note: str = ""


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """One variable of one speaker's turns."""

    speaker: Speaker
    variable: str
    turns: int  # that all compared have coded
    given: tuple[int, ...]  # by each, how many turns have it; () for the five codes at once
    coefficients: tuple[Coefficient, ...]  # in the order of METRICS


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two coders, or a coder and the model, or all coders at once, over what they share."""

    names: tuple[str, ...]  # of coders; the model is not among them
    with_model: bool
    condition: Condition
    sessions: int
    groups: int
    codes: tuple[CodeAgreement, ...]


def turn_groups(sessions: Sequence[StudiedSession], speaker: Speaker) -> Grouping:
    """The group of each turn; all groups are there, also those without a turn of the speaker."""
    ids = group_rows(session.group for session in sessions)
    turns = [len(session.turns(speaker)) for session in sessions]
    return ids.take(np.repeat(np.arange(len(sessions)), turns))


def few_words(given: Sequence[int]) -> str:
    """That a variable is too rare to be estimated; "" where it is not."""
    least = min(given)
    if least >= ESTIMABLE_FROM:
        return ""
    return f"not estimable: one side gave it to {counted(least, 'turn')}"
