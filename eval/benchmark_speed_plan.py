"""How much the speed benchmark measures, and what of it is an option of the rounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.benchmark_speed_corpus import Ints, draw_part
from eval.benchmark_speed_growth import SIZES
from eval.benchmark_speed_ours import Ours
from eval.benchmark_speed_rivals import (
    PIPELINE_BATCHES,
    SORTED,
    Rival,
    Rivals,
    all_rivals,
    rival_texts,
    tokenizing_in_parallel,
)
from eval.benchmark_speed_rounds import Option
from rupture_nlp.schema import Transcript


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. The parts that rivals run on are in utterances."""

    utterances: int = 4000
    rounds: int = 5
    pipeline_alone: int = 192
    pipeline_context: int = 64
    sorted_alone: int = 512
    sorted_context: int = 128
    batches: tuple[int, ...] = PIPELINE_BATCHES
    growth: tuple[int, ...] = SIZES
    starts: int = 5
    start_turns: int = 40  # of the transcript that a fresh process labels
    warm_up_sessions: int = 3
    warm_up_texts: int = 32
    seed: int = 0

    def part(self, recipe: str, *, context: bool) -> int:
        """Utterances that a recipe runs on."""
        if recipe == SORTED:
            return self.sorted_context if context else self.sorted_alone
        return self.pipeline_context if context else self.pipeline_alone


QUICK = Plan(
    utterances=60,
    rounds=2,
    pipeline_alone=8,
    pipeline_context=4,
    sorted_alone=32,
    sorted_context=32,
    batches=(1, 4),
    growth=(1, 2),
    starts=1,
    start_turns=10,
    warm_up_sessions=1,
    warm_up_texts=4,
)
"""Shows that everything runs; its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """The texts that a recipe runs on, and how they stand to those of all utterances."""

    texts: tuple[str, ...]
    mean_tokens: float  # special ones included
    mean_tokens_of_all: float
    cut: float  # share of all texts that are longer than the model reads


def make_parts(
    plan: Plan, rivals: Rivals, sessions: Sequence[Transcript]
) -> dict[tuple[str, bool], Part]:
    """By recipe and context."""
    parts = {}
    for context in (False, True):
        texts = rival_texts(sessions, context=context)
        lengths: Ints = np.array(rivals.lengths(texts))
        for rival in all_rivals(plan.batches):
            if rival.context != context or (rival.recipe, context) in parts:
                continue
            together = rival.batch if rival.recipe == SORTED else 1
            chosen = draw_part(
                lengths, plan.part(rival.recipe, context=context), plan.seed, together
            )
            parts[rival.recipe, context] = Part(
                texts=tuple(texts[at] for at in chosen.tolist()),
                mean_tokens=float(lengths[chosen].mean()),
                mean_tokens_of_all=float(lengths.mean()),
                cut=float(np.mean(lengths >= rivals.longest)),
            )
    return parts


def rival_option(plan: Plan, rivals: Rivals, rival: Rival, part: Part) -> Option:
    """A recipe with its settings, on its part."""
    few = part.texts[: plan.warm_up_texts]
    return Option(
        name=rival.name,
        utterances=len(part.texts),
        run=rivals.runner(rival, part.texts),
        warm_up=rivals.runner(rival, few),
        inside=tokenizing_in_parallel,
    )


def our_option(plan: Plan, ours: Ours, sessions: Sequence[Transcript]) -> Option:
    """One of our engines, on all sessions."""
    return Option(
        name=ours.name,
        utterances=sum(len(session.utterances) for session in sessions),
        run=lambda: ours.label(sessions),
        warm_up=lambda: ours.label(sessions[: plan.warm_up_sessions]),
    )
