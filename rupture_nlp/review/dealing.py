"""Deal sessions to coders by chance: everyone gets close to equally many turns, of all lengths.

Every session has the same chance to be coded twice, to be coded blind, and to go to any of the
coders, whatever its length; only the joint draw is balanced. So codes of blind and of assisted
sessions can be compared as those of a randomised experiment.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Deal:
    """How to deal."""

    coders: int
    double_share: float = 0.0  # of the sessions: coded by two, both blind, for agreement
    blind_share: float = 1.0  # of the sessions coded by one


@dataclass(frozen=True, slots=True)
class Dealt:
    """One session for one coder, both as places in what was dealt."""

    session: int
    coder: int
    blind: bool


def deal(turns: Sequence[int], rules: Deal, generator: np.random.Generator) -> tuple[Dealt, ...]:
    """Deal sessions of these lengths.

    Raises:
        ValueError: no coder, or sessions are to be coded twice by one.
    """
    if rules.coders < 1 or (rules.double_share > 0 and rules.coders < 2):  # noqa: PLR2004
        raise ValueError("more coders are needed")
    doubles = choose_share(turns, rules.double_share, generator)
    hands = _hands(turns, doubles, rules.coders, generator)
    dealt = []
    for coder, hand in enumerate(hands):
        single = [session for session in hand if session not in doubles]
        lengths = [turns[session] for session in single]
        chosen = choose_share(lengths, rules.blind_share, generator)
        blind = {single[place] for place in chosen} | doubles
        dealt += [Dealt(session, coder, session in blind) for session in hand]
    return tuple(sorted(dealt, key=lambda one: (one.session, one.coder)))


def choose_share(
    sizes: Sequence[int], share: float, generator: np.random.Generator
) -> frozenset[int]:
    """Choose places with a chance of `share` each, spread evenly over the sizes.

    As many as the share says, up to rounding, and of any neighbours in size nearly as many.

    Source
    ------
    Sequential pivotal method: Deville and Tillé (1998), Biometrika 85(1), 89-101.
    """
    if share <= 0 or not sizes:
        return frozenset()
    if share >= 1:
        return frozenset(range(len(sizes)))
    first, *others = np.lexsort((generator.random(len(sizes)), np.asarray(sizes))).tolist()
    chosen = set()
    open_one, chance = first, share  # the one place that is not settled yet
    for other in others:
        total = chance + share
        if total < 1:  # one of the two is out, the other takes its chance over
            open_one = other if generator.random() < share / total else open_one
            chance = total
        else:  # one of the two is in, the other keeps what is left
            other_in = generator.random() >= (1 - share) / (2 - total)
            chosen.add(other if other_in else open_one)
            open_one = open_one if other_in else other
            chance = total - 1
    if generator.random() < chance:
        chosen.add(open_one)
    return frozenset(chosen)


def _hands(
    turns: Sequence[int], doubles: frozenset[int], coders: int, generator: np.random.Generator
) -> list[list[int]]:
    """The longest session first, to the hand with the fewest turns so far; ties by chance, so that
    every hand is as likely to get a session."""
    hands: list[list[int]] = [[] for _ in range(coders)]
    loads = [0] * coders
    ties = generator.random(len(turns))
    for session in sorted(range(len(turns)), key=lambda place: (-turns[place], ties[place])):
        luck = generator.random(coders)
        order = sorted(range(coders), key=lambda hand: (loads[hand], luck[hand]))
        for hand in order[: 2 if session in doubles else 1]:
            hands[hand].append(session)
            loads[hand] += turns[session]
    return hands
