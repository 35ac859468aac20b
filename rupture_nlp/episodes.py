"""Episodes and session ratings by rule, from utterance codes alone (codebook, sections 5 and 6).

    turn      0 1 2 3 4 5 6 7 8 ...
    code      . W . s p . r . .      W rupture, s strategy, p process, r re-engages
    episode     [---------]          opens at W, repair starts at s, closes at r

Fed with a coder's codes this is the ceiling of any model's episodes, fed with a model's codes the
baseline that a sequence layer has to beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rupture_nlp.schema import (
    Episode,
    EpisodeKind,
    Family,
    Rupture,
    Speaker,
    UtteranceCode,
)

UNSTRAINED_TURNS = 10
"""An episode ends when so many turns pass without rupture, strategy or process."""

PSEUDO_ALLIANCE_TURNS = 3
RE_ENGAGES = "re_engages"


@dataclass(frozen=True, slots=True)
class CodedTurn:
    """What the rules look at: who spoke and how the turn was coded; no code for other speakers."""

    speaker: Speaker
    code: UtteranceCode | None

    @property
    def is_strained(self) -> bool:
        """Whether the turn keeps an episode alive."""
        code = self.code
        return code is not None and bool(code.is_rupture or code.strategies or code.process)

    @property
    def is_rupture(self) -> bool:
        return self.code is not None and self.code.is_rupture


def find_episodes(turns: Sequence[CodedTurn]) -> tuple[Episode, ...]:
    """Episodes in order; they never overlap. Turn ids are those of the codes."""
    episodes: list[Episode] = []
    at = 0
    while at < len(turns):
        if not turns[at].is_rupture:
            at += 1
            continue
        end = _end_of(turns, at)
        episodes.append(describe_episode(turns[at : end + 1], str(len(episodes) + 1)))
        at = end + 1
    return tuple(episodes)


def _end_of(turns: Sequence[CodedTurn], start: int) -> int:
    last = start
    for at in range(start, len(turns)):
        if at - last > UNSTRAINED_TURNS:
            break
        if turns[at].is_strained:
            last = at
        code = turns[at].code
        if at > start and code is not None and code.process == RE_ENGAGES:
            return at
    return last


def describe_episode(inside: Sequence[CodedTurn], episode_id: str) -> Episode:
    """The attributes of an episode by rule from its turns, given where it lies.

    Its kind is that of its ruptures; without one it counts as withdrawal.
    """
    codes = [turn.code for turn in inside if turn.code is not None]
    repair = next((code.utterance_id for code in codes if code.strategies), None)
    return Episode(
        episode_id=episode_id,
        start=codes[0].utterance_id,
        end=codes[-1].utterance_id,
        kind=kind_of(inside) or EpisodeKind.WITHDRAWAL,
        initiator=inside[0].speaker,
        repair_start=repair,
        resolution=_resolution(inside),
    )


def kind_of(inside: Sequence[CodedTurn]) -> EpisodeKind | None:
    """Which families the ruptures of these turns belong to; None where there is no rupture."""
    codes = [turn.code for turn in inside if turn.code is not None]
    families = {code.rupture.family for code in codes if code.rupture and code.is_rupture}
    if {Family.WITHDRAWAL, Family.CONFRONTATION} <= families:
        return EpisodeKind.MIXED
    return next((EpisodeKind(family.value) for family in families if family), None)


def _resolution(inside: Sequence[CodedTurn]) -> int:
    # The patient is back in the work: 4, or 5 where what was missing has been said. Not back: 3
    # where it was at least spoken of after a strategy, 1 where it grew, else 2.
    codes = [turn.code for turn in inside if turn.code is not None]
    processes = {code.process for code in codes if code.process}
    strategies = [code for code in codes if code.strategies]
    spoken = processes & {"asserts_need", "voices_vulnerability", "voices_hurt"}
    if RE_ENGAGES in processes:
        if not strategies:
            return 3
        return 5 if len(spoken) > 1 and len(strategies) > 1 else 4
    if strategies and spoken:
        return 3
    return 1 if _grew(codes) else 2


def _grew(codes: Sequence[UtteranceCode]) -> bool:
    strength = [code.intensity or 1 for code in codes if code.is_rupture]
    return len(strength) > 1 and strength[-1] > strength[0]


def has_pseudo_alliance(turns: Sequence[CodedTurn], episodes: Sequence[Episode]) -> bool:
    """Three appeasing turns of the patient in an episode that was not repaired."""
    place = {t.code.utterance_id: at for at, t in enumerate(turns) if t.code is not None}
    for episode in episodes:
        if (episode.resolution or 0) > 3:  # noqa: PLR2004  # "resolution 3 or less"
            continue
        inside = turns[place[episode.start] : place[episode.end] + 1]
        appeasing = sum(
            turn.speaker is Speaker.PATIENT
            and turn.code is not None
            and turn.code.rupture is Rupture.WITHDRAWAL_FROM_SELF
            for turn in inside
        )
        if appeasing >= PSEUDO_ALLIANCE_TURNS:
            return True
    return False
