"""Whose codes are learned where several people coded: adjudicated, by majority, soft, or one's.

`majority` and `soft` give each session a derived coding. It bears the name `gold`, under which
agreed codes are kept everywhere, and takes the place of one that was there.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rupture_nlp.errors import CorpusError
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.schema import GOLD, CodedSession, Rupture
from rupture_nlp.training.lab.majority import majority_coding

AUTO, MAJORITY, SOFT = "auto", "majority", "soft"
GOLD_SHARE = 0.3
"""Part of the rupture distribution that the coders keep beside adjudicated codes, as in the shipped
models: a disputed turn is learned less surely than one on which all agreed."""


@dataclass(frozen=True, slots=True)
class CoderPolicy:
    """Whose codes count. `reference` is the coder name under which they then stand."""

    name: str  # gold, majority, soft, or one (a coder asked for, or the only one)
    reference: str
    coder_share: float  # what the coders other than the reference have together of a soft label

    @property
    def is_derived(self) -> bool:
        """Whether the reference coding has to be made."""
        return self.name in {MAJORITY, SOFT}


def choose_policy(sessions: Sequence[CodedSession], asked: str) -> CoderPolicy:
    """The policy that is asked for; `auto` is `gold` where there is one, the only coder, or `soft`.

    Raises:
        CorpusError: nobody coded anything, or there is no such coder; the message lists them.
    """
    own = own_coders(sessions)
    names = {coding.coder for session in sessions for coding in session.codings}
    if not names:
        raise CorpusError("no session of the corpus was coded. sessions.csv says who coded what.")
    if asked == AUTO:
        asked = GOLD if GOLD in names else (own[0] if len(own) == 1 else SOFT)
    if asked not in names and asked not in {MAJORITY, SOFT}:
        raise CorpusError(
            f"--coders: no such coder. Give {MAJORITY}, {SOFT}, or one of: "
            f"{', '.join(sorted(names))}."
        )
    if asked == GOLD:
        return CoderPolicy(GOLD, GOLD, GOLD_SHARE if own else 0.0)
    if asked in {MAJORITY, SOFT} and asked not in own:
        if not own:
            raise CorpusError(f"--coders: there is only '{GOLD}', no coders of its own to count.")
        # Every coder has the same part of a soft label, the derived coding none of it.
        return CoderPolicy(asked, GOLD, 1.0 if asked == SOFT else 0.0)
    return CoderPolicy("one", asked, 0.0)


def with_reference(
    sessions: Sequence[CodedSession], policy: CoderPolicy
) -> tuple[CodedSession, ...]:
    """The sessions with the coding that the policy's reference names, made where it is derived."""
    if not policy.is_derived:
        return tuple(sessions)
    order = _by_frequency(sessions)
    return tuple(_derived(session, order) for session in sessions)


def _derived(session: CodedSession, order: Sequence[Rupture]) -> CodedSession:
    own = tuple(coding for coding in session.codings if coding.coder != GOLD)
    if not own:
        return replace(session, codings=())
    made = majority_coding(session.transcript, own, GOLD, order)
    return replace(session, codings=(*own, made))


def _by_frequency(sessions: Iterable[CodedSession]) -> tuple[Rupture, ...]:
    """The rupture codes, those that the coders gave most often first."""
    counts = Counter(
        code.rupture
        for session in sessions
        for coding in session.codings
        if coding.coder != GOLD
        for code in coding.codes
        if code is not None and code.rupture is not None and code.is_rupture
    )
    ruptures = [code for code in Rupture if code is not Rupture.NONE]
    return tuple(sorted(ruptures, key=lambda code: -counts[code]))
