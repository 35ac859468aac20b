"""The way of an episode through the resolution model: stages, progressions, shifts back, pathways.

    turn        0 1 2 3 4 5 6 7 8 9
    code        W . s p s b f a . r     W rupture, s strategy, p discontent, b backs off,
    stage 4                   4         f explores the fear, a asserts, r re-engages
    stage 3               < 3           1 to 4: enters the stage; +: supports it;
    stage 2           2 +               <: shift back; r returns, and has no stage
    stage 1         1

Works over reference codes and over predicted ones alike. What is the literature's:

* Four stages: attending to the rupture marker, exploring the rupture experience, exploring the
  avoidance, asserting the wish or need; stages 2 and 3 alternate (Safran, Crocker, McMain & Murray
  1990; Safran & Muran 1996, 2000).
* Withdrawal moves from ever clearer discontent to self-assertion; confrontation from anger over
  disappointment and hurt to vulnerability; on the way patients back off (Safran & Muran 2000;
  Muran 2019).
* Strategies: the 3RS (Eubanks, Muran & Safran 2015), through the crosswalk of the codebook.

What is ours, and nobody's manual:

* Which strategy and process stands for which stage (`stage` in the codebook).
* A strategy attends (its own stage) where it is the first of the episode, or the first after the
  strain flared up: after a rupture turn that is not itself part of the repair. Later ones support
  the stage reached, unless they have a stage above 1 of their own.
* A shift back stands at stage 3 and enters no stage: the avoidance is there, not yet explored. A
  strategy of the exploratory type that answers it enters stage 3.
* Progressions are read from the highest step shown, whatever its order; pathways are shares of
  strategy codes.

Sources
-------
Safran, Crocker, McMain & Murray (1990), Psychotherapy 27, 154-165. Safran & Muran (1996), Journal
of Consulting and Clinical Psychology 64, 447-458. Safran & Muran (2000), Negotiating the
Therapeutic Alliance, Guilford. Eubanks, Muran & Safran (2015), Rupture Resolution Rating System
(3RS): Manual. Muran (2019), Psychotherapy Research 29, 1-14.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rupture_nlp.codebook import Codebook, Strategy
from rupture_nlp.episodes import CodedTurn
from rupture_nlp.schema import Family, Move, RepairPath, RepairStep, Speaker, UtteranceCode

ATTENDING = 1
EXPLORATORY = "exploratory"
AVOIDS = "avoids"
MIXED = "mixed"

PROGRESSIONS: dict[Family, tuple[tuple[str, str | None], ...]] = {
    Family.WITHDRAWAL: (
        ("withdrawn", None),
        ("discontent", "voices_discontent"),
        ("self_assertion", "asserts_need"),
    ),
    Family.CONFRONTATION: (
        ("anger", None),
        ("hurt", "voices_hurt"),
        ("vulnerability", "voices_vulnerability"),
    ),
}
"""The patient's line for each family: names in order, and the process that shows each. The first
is the rupture itself."""


def trace_repair(inside: Sequence[CodedTurn], codebook: Codebook) -> RepairPath:
    """Read the way of one episode.

    Parameters
    ----------
    inside
        All turns of the episode in order, coded by a person or a model; None codes are passed over.
    codebook
        Gives the stage of each strategy and process, and the pathway of each strategy.

    Returns
    -------
    RepairPath; names that the codebook does not have are left out
    """
    return RepairPath(
        steps=tuple(_steps(inside, codebook)),
        withdrawal=_progress(inside, Family.WITHDRAWAL),
        confrontation=_progress(inside, Family.CONFRONTATION),
        pathways=_pathways(inside, codebook),
    )


def main_pathway(path: RepairPath) -> str | None:
    """The pathway with more than half of the strategies, else `mixed`; None without a strategy."""
    if not path.pathways:
        return None
    name, share = path.pathways[0]
    return name if share > 1 / 2 else MIXED


def _steps(inside: Sequence[CodedTurn], codebook: Codebook) -> Iterator[RepairStep]:
    strategies = {strategy.name: strategy for strategy in codebook.strategies}
    processes = {process.name: process.stage for process in codebook.processes}
    state = _State(flared=True, backed_off=False, reached=ATTENDING)  # it opens with strain
    for code in (turn.code for turn in inside if turn.code is not None):
        own = [strategies[name] for name in code.strategies if name in strategies]
        for strategy in sorted(own, key=lambda one: one.stage):
            step = _strategy_step(code.utterance_id, strategy, state)
            state = replace(state, reached=step.stage or state.reached)
            yield step
        if own:
            state = replace(state, flared=False)
        if code.process in processes:
            step = _process_step(code.utterance_id, code.process, processes[code.process])
            backed_off = step.move is Move.SHIFTS_BACK
            state = replace(state, backed_off=backed_off, reached=step.stage or state.reached)
            yield step
        elif code.is_rupture:
            state = replace(state, flared=True)


@dataclass(frozen=True, slots=True)
class _State:
    """Where the repair stands before a step."""

    flared: bool  # a rupture that nobody has attended to
    backed_off: bool  # the patient's last step was a shift back
    reached: int


def _strategy_step(utterance_id: str, strategy: Strategy, state: _State) -> RepairStep:
    if state.flared or strategy.stage > ATTENDING:
        return RepairStep(utterance_id, strategy.name, strategy.stage, Move.ENTERS)
    # After a shift back the stage reached is that of the avoidance.
    explores = state.backed_off and strategy.type == EXPLORATORY
    move = Move.ENTERS if explores else Move.SUPPORTS
    return RepairStep(utterance_id, strategy.name, state.reached, move)


def _process_step(utterance_id: str, name: str, stage: int | None) -> RepairStep:
    if stage is None:
        return RepairStep(utterance_id, name, None, Move.RETURNS)
    move = Move.SHIFTS_BACK if name == AVOIDS else Move.ENTERS
    return RepairStep(utterance_id, name, stage, move)


def _progress(inside: Sequence[CodedTurn], family: Family) -> str | None:
    """How far the patient came on the family's line; None where the patient is not on it.

    That is the line of each family of the patient's own ruptures; where only the therapist
    ruptured, every line of which the patient shows a step.
    """
    codes = [turn.code for turn in inside if turn.speaker is Speaker.PATIENT and turn.code]
    ruptured = {of for code in codes for of in _families(code)}
    shown = {code.process for code in codes}
    line = PROGRESSIONS[family]
    reached = [name for name, process in line[1:] if process in shown]
    if family not in ruptured and (ruptured or not reached):
        return None
    return reached[-1] if reached else line[0][0]


def _families(code: UtteranceCode) -> set[Family]:
    both = (code.rupture, code.secondary)
    return {rupture.family for rupture in both if rupture is not None and rupture.family}


def _pathways(inside: Sequence[CodedTurn], codebook: Codebook) -> tuple[tuple[str, float], ...]:
    pathway_of = {strategy.name: strategy.pathway for strategy in codebook.strategies}
    names = [name for turn in inside if turn.code is not None for name in turn.code.strategies]
    taken = Counter(pathway_of[name] for name in names if name in pathway_of)
    ordered = sorted(taken, key=lambda pathway: (-taken[pathway], codebook.pathways.index(pathway)))
    return tuple((pathway, taken[pathway] / taken.total()) for pathway in ordered)
